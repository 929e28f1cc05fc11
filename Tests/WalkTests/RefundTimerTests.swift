import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// Refunds whose outcome nobody told: what the timer finds out, and when a refund is given up.
@Suite(.timeLimit(.minutes(2))) struct RefundTimerTests {
    static let query = "refund_fastpay_query"

    /// What a first answer may be that leaves everything open, whether the money moved, and how it is arranged.
    struct Opening: Sendable, CustomTestStringConvertible {
        let name: String
        let fault: Fault?
        let trouble: Line.Trouble?
        let moved: Bool

        var testDescription: String { name }

        static let all: [Opening] = [
            Opening(name: "the call is lost", fault: nil, trouble: .callLost, moved: false),
            Opening(name: "the answer is lost", fault: nil, trouble: .answerLost, moved: true),
            Opening(name: "garbled", fault: Fault(.refund, .garbled), trouble: nil, moved: true),
            Opening(name: "status 500", fault: Fault(.refund, .status500), trouble: nil, moved: false),
            Opening(name: "an HTML page", fault: Fault(.refund, .htmlPage), trouble: nil, moved: false),
            Opening(name: "SYSTEM_ERROR", fault: Fault(.refund, .error), trouble: nil, moved: false),
            Opening(name: "SYSTEM_ERROR, done", fault: Fault(.refund, .errorAfterEffect), trouble: nil, moved: true),
        ]
    }

    @Test(arguments: Opening.all, [false, true])
    func `an open outcome is found out after 10 s, and sent again only if Alipay does not know it`(
        opening: Opening, asXML: Bool
    ) async throws {
        let clock = ManualClock()
        var options = World.Options()
        options.accounts[0].contract.refundQueryAsXML = asXML
        try await World.onLine(options, clock: clock) { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            try world.loseNotifications()
            if let fault = opening.fault { world.alipay.simulator.set(fault) }
            if let trouble = opening.trouble { line.trouble(World.refundService, trouble) }
            let refund = try await world.makeRefund(id, #"{"amount": 2000}"#, on: service)
            let refundID = try #require(refund["id"]?.text)
            #expect(refund["status"]?.text == "unknown")
            #expect(world.refundedAtAlipay(trade) == (opening.moved ? 2000 : 0))
            #expect(try await world.look(at: refundID, clock) == 10_000)
            #expect(line.calls(Self.query).count == 1)
            if !opening.moved {
                // Sent again with the same number, and taken; the next look hears how it went.
                #expect(try await world.readRefund(refundID, on: service)["status"]?.text == "pending")
                #expect(try await world.look(at: refundID, clock) == 30_000)
            }
            let told = try await world.expectWebhook("refund.succeeded")
            #expect(told["id"]?.text == refundID && told["last_error"] == .null)
            let sent = line.calls(World.refundService)
            #expect(sent.count == (opening.moved ? 1 : 2))
            #expect(Set(sent.compactMap { $0.fields["batch_no"] }).count == 1)
            #expect(world.refundedAtAlipay(trade) == 2000)
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 2000)
        }
    }

    @Test func `a batch that Alipay has and has not done is no second refund when it is sent again`() async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            try world.loseNotifications()
            world.alipay.simulator.set(try #require(Fault(.refund, .delayed)))
            line.trouble(World.refundService, .answerLost)
            let refund = try await world.makeRefund(id, on: service)
            let refundID = try #require(refund["id"]?.text)
            let batchNo = try #require(refund["provider"]?["batch_no"]?.text)
            // REFUND_NOT_EXIST, and then DUPLICATE_BATCH_NO.
            try await world.look(at: refundID, clock)
            #expect(line.calls(World.refundService).count == 2)
            let pending = try await world.readRefund(refundID, on: service)
            #expect(pending["status"]?.text == "pending" && pending["last_error"] == .null)
            #expect(world.refundedAtAlipay(trade) == 0)
            _ = try world.alipay.simulator.carryOutRefund(partner: World.account.partner, batchNo: batchNo)
            #expect(try await world.look(at: refundID, clock) == 30_000)
            #expect(try await world.expectWebhook("refund.succeeded")["id"]?.text == refundID)
            #expect(world.refundedAtAlipay(trade) == 12_050 && world.alipay.simulator.refunds().count == 1)
        }
    }

    @Test func `a trade that is locked is tried again with the same number`() async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            world.alipay.simulator.set(try #require(Fault(.refund, .error, code: "BATCH_REFUND_LOCK_ERROR")))
            let refund = try await world.makeRefund(id, on: service)
            #expect(refund["status"]?.text == "pending")
            #expect(refund["provider"]?["code"]?.text == "BATCH_REFUND_LOCK_ERROR")
            try await world.look(at: try #require(refund["id"]?.text), clock)
            let told = try await world.expectWebhook("refund.succeeded")
            #expect(told["id"] == refund["id"] && told["provider"]?["code"] == .null)
            #expect(Set(line.calls(World.refundService).compactMap { $0.fields["batch_no"] }).count == 1)
            #expect(world.refundedAtAlipay(trade) == 12_050)
        }
    }

    @Test func `a refusal of what was sent again settles nothing, and the query does`() async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            try world.loseNotifications()
            // Taken, unanswered, and not done yet; and the second is refused for the first's sake.
            world.alipay.simulator.set(try #require(Fault(.refund, .delayed)))
            line.trouble(World.refundService, .answerLost)
            let refund = try await world.makeRefund(id, on: service)
            let refundID = try #require(refund["id"]?.text)
            let batchNo = try #require(refund["provider"]?["batch_no"]?.text)
            world.alipay.simulator.set(try #require(Fault(.refund, .error, code: "TRADE_HAS_CLOSED")))
            try await world.look(at: refundID, clock)
            #expect(try await world.readRefund(refundID, on: service)["status"]?.text == "unknown")
            _ = try world.alipay.simulator.carryOutRefund(partner: World.account.partner, batchNo: batchNo)
            try await world.look(at: refundID, clock)
            #expect(try await world.expectWebhook("refund.succeeded")["id"]?.text == refundID)
            #expect(world.refundedAtAlipay(trade) == 12_050)
        }
    }

    /// A refund whose calls are all lost, until the Beijing day is over: from then on Alipay is only asked.
    static func untilTomorrow(
        _ world: World, _ service: Service, _ line: Line, _ clock: ManualClock, payment: String, fen: Int64 = 12_050
    ) async throws -> String {
        line.trouble(World.refundService, .callLost, times: 20)
        let refund = try await world.makeRefund(payment, #"{"amount": \#(fen)}"#, on: service)
        let id = try #require(refund["id"]?.text)
        var passed: [Int64] = []
        // It is 11:04:05 in Beijing; the looks after 10 s, 30 s, 2 min, 10 min, 1 h and twice 6 h.
        for _ in 0..<7 { passed.append((try await world.look(at: id, clock) ?? 0) / 1000) }
        #expect(passed == [10, 30, 120, 600, 3600, 21_600, 21_600])
        #expect(try await world.readRefund(id, on: service)["status"]?.text == "unknown")
        return id
    }

    @Test func `on another day Alipay is only asked, and after a day of no it is given up, never earlier`()
        async throws
    {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            let refundID = try await Self.untilTomorrow(world, service, line, clock, payment: id)
            let sent = line.calls(World.refundService).count
            // One call, and one more at each look of its own day.
            #expect(sent == 7)
            line.mend()
            let firstNotFoundAtMs = clock.nowMs
            for _ in 0..<3 {
                #expect(try await world.look(at: refundID, clock) == 21_600_000)
                #expect(try await world.readRefund(refundID, on: service)["status"]?.text == "unknown")
                let (status, problem) = try await world.refund(id, #"{"amount": 1}"#, on: service)
                #expect(status == 409 && problem["code"]?.text == "refund_in_progress")
            }
            try await world.look(at: refundID, clock)
            let told = try await world.expectWebhook("refund.failed")
            #expect(clock.nowMs - firstNotFoundAtMs == 86_400_000)
            #expect(told["id"]?.text == refundID && told["provider"]?["code"]?.text == "REFUND_NOT_EXIST")
            #expect(line.calls(World.refundService).count == sent)
            // And the money can be given back after all.
            _ = try await world.makeRefund(id, on: service)
            #expect(try await world.expectWebhook("refund.succeeded")["amount"]?.int64 == 12_050)
            #expect(world.refundedAtAlipay(trade) == 12_050)
        }
    }

    @Test(arguments: [2000, 12_050] as [Int64])
    func `it is not given up while as much went back as it wanted`(fen: Int64) async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            let refundID = try await Self.untilTomorrow(world, service, line, clock, payment: id, fen: fen)
            // By whom, nobody can tell.
            try world.loseNotifications()
            _ = try world.alipay.simulator.move(trade, .refund(fen))
            for _ in 0..<6 { try await world.look(at: refundID, clock) }
            #expect(try await world.readRefund(refundID, on: service)["status"]?.text == "unknown")
            #expect(
                try await world.metric(#"payrelay_alarms_total{tenant="bookshop",kind="refund_stuck"}"#, on: service)
                    >= 1)
            #expect(line.calls(World.refundService).count == 7)
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 0)
        }
    }

    @Test func `it is given up where less went back than it wanted, and that is told as Alipay's own`() async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            let refundID = try await Self.untilTomorrow(world, service, line, clock, payment: id, fen: 2000)
            try world.loseNotifications()
            _ = try world.alipay.simulator.move(trade, .refund(1999))
            for _ in 0..<4 { try await world.look(at: refundID, clock) }
            #expect(try await world.expectWebhook("refund.failed")["id"]?.text == refundID)
            try await world.looksEnd(at: id, clock)
            let told = try await world.expectWebhook("refund.succeeded")
            #expect(told["origin"]?.text == "provider" && told["amount"]?.int64 == 1999)
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 1999)
        }
    }

    @Test func `a query that proves nothing settles nothing and counts for nothing`() async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            try world.loseNotifications()
            line.trouble(World.refundService, .answerLost)
            let refund = try await world.makeRefund(id, on: service)
            let refundID = try #require(refund["id"]?.text)
            let kinds: [Fault.Kind] = [.garbled, .htmlPage, .status500, .error]
            for kind in kinds {
                world.alipay.simulator.set(try #require(Fault(.refundQuery, kind)))
                try await world.look(at: refundID, clock)
                #expect(try await world.readRefund(refundID, on: service)["status"]?.text == "unknown", "\(kind)")
            }
            line.trouble(Self.query, .callLost, .answerLost)
            for _ in 0..<2 { try await world.look(at: refundID, clock) }
            #expect(try await world.readRefund(refundID, on: service)["status"]?.text == "unknown")
            #expect(line.calls(World.refundService).count == 1)
            try await world.look(at: refundID, clock)
            #expect(try await world.expectWebhook("refund.succeeded")["id"]?.text == refundID)
            #expect(world.refundedAtAlipay(trade) == 12_050)
        }
    }
}
