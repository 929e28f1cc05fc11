import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// Refunds of ours and of Alipay's site, in any order, while anything that can go wrong does: in the end the sums agree.
@Suite(.timeLimit(.minutes(5))) struct RefundChaosTests {
    private static let paidFen: Int64 = 12_050
    private static let steps = 30

    @Test(arguments: 1...8, [false, true])
    func `whatever happens on the way, every fen that went back is counted once`(seed: Int, inShop: Bool) async throws {
        let clock = ManualClock()
        let options = World.Options(products: [inShop ? "barcode/instant" : "web/instant"])
        try await World.onLine(options, clock: clock) { world, service, line in
            var random = SeededGenerator(seed: UInt64(seed))
            let (id, trade) = try await Self.pay(world, service, inShop: inShop)
            for _ in 0..<Self.steps {
                try await Self.step(world, service, line, clock, payment: id, trade: trade, &random)
            }
            try await Self.calmDown(world, service, line, clock, payment: id)
            try await Self.check(world, service, payment: id, trade: trade)
        }
    }

    private static func pay(
        _ world: World, _ service: Service, inShop: Bool
    ) async throws -> (id: String, trade: String) {
        guard inShop else { return try await world.pay("ORDER-1", on: service) }
        let payment = try await world.charge("ORDER-1", code: "1", on: service).json
        _ = try await world.expectWebhook("payment.succeeded")
        return (try #require(payment["id"]?.text), try #require(payment["provider"]?["trade_no"]?.text))
    }

    private static let services = [
        World.refundService, "refund_fastpay_query", "single_trade_query", "notify_verify",
        AcquireRefundTests.refundService,
        "alipay.acquire.query",
    ]

    private static let faults: [Fault?] = [
        Fault(.refund, .inProgress), Fault(.refund, .delayed), Fault(.refund, .error),
        Fault(.refund, .errorAfterEffect),
        Fault(.refund, .garbled), Fault(.refund, .error, code: "BATCH_REFUND_LOCK_ERROR"), Fault(.refund, .status500),
        Fault(.refundItem, .error, code: "SELLER_STATUS_NOT_ALLOW"), Fault(.refundQuery, .error),
        Fault(.refundQuery, .garbled),
        Fault(.query, .badSignature), Fault(.query, .status500), Fault(.query, .error), Fault(.verify, .answerFalse),
        Fault(.verify, .status500), Fault(.notification, .drop), Fault(.notification, .drop, count: 3),
        Fault(.notification, .duplicate), Fault(.notification, .outOfOrder), Fault(.notification, .badSignature),
        Fault(.acquireRefund, .unknown), Fault(.acquireRefund, .unknownAfterEffect), Fault(.acquireRefund, .unsigned),
        Fault(.acquireRefund, .error), Fault(.acquireQuery, .unknown),
    ]

    private static func step(
        _ world: World, _ service: Service, _ line: Line, _ clock: ManualClock, payment: String, trade: String,
        _ random: inout SeededGenerator
    ) async throws {
        let simulator = world.alipay.simulator
        switch Int.random(in: 0..<12, using: &random) {
        case 0...2:
            let fen = Int64.random(in: 1...4000, using: &random)
            let (status, answer) = try await world.refund(payment, #"{"amount": \#(fen)}"#, on: service)
            #expect(status == 201 || status == 409, "\(answer)")
        case 3:
            let left = simulator.trade(trade)?.leftFen ?? 0
            guard left > 0 else { return }
            _ = try? simulator.move(trade, .refund(Int64.random(in: 1...min(left, 4000), using: &random)))
        case 4, 5: simulator.set(try #require(faults.randomElement(using: &random) ?? nil))
        case 6:
            let service = services.randomElement(using: &random) ?? ""
            line.trouble(service, Bool.random(using: &random) ? .callLost : .answerLost)
        case 7:
            guard let batch = simulator.refunds().first(where: { $0.state != .done }) else { return }
            _ = try? simulator.carryOutRefund(partner: World.account.partner, batchNo: batch.batchNo)
        case 8: _ = try await world.call(.post, "/v1/payments/\(payment)/sync", on: service)
        default:
            clock.advance(byMs: Int64.random(in: 1...900, using: &random) * 1000)
            for _ in 0..<200 {
                clock.advance(byMs: 0)
                await Task.yield()
            }
        }
        // Never more here than there, nor more there than was paid.
        let counted = try await world.payment(payment, on: service)["amount_refunded"]?.int64 ?? -1
        #expect(counted <= simulator.trade(trade)?.refundedFen ?? 0 && counted >= 0)
    }

    /// Nothing goes wrong any more, and time passes until nothing is open.
    private static func calmDown(
        _ world: World, _ service: Service, _ line: Line, _ clock: ManualClock, payment: String
    ) async throws {
        let simulator = world.alipay.simulator
        simulator.clearFaults()
        line.mend()
        for batch in simulator.refunds() where batch.state != .done {
            _ = try simulator.carryOutRefund(partner: World.account.partner, batchNo: batch.batchNo)
        }
        for _ in 0..<100 {
            let open = try await world.refunds(payment, on: service)
                .filter { ["pending", "unknown"].contains($0["status"]?.text) }
                .compactMap { $0["id"]?.text }.filter { try world.lookState($0).nextAtMs != nil }
            guard let first = open.first else { break }
            try await world.look(at: first, clock)
        }
        try await world.looksEnd(at: payment, clock)
        try await world.notificationsEnd(clock)
        #expect(try await world.call(.post, "/v1/payments/\(payment)/sync", on: service).status == 200)
    }

    private static func check(_ world: World, _ service: Service, payment: String, trade: String) async throws {
        let there = try #require(world.refundedAtAlipay(trade))
        let now = try await world.payment(payment, on: service)
        let refunds = try await world.refunds(payment, on: service)
        let stuck = try await world.metric(
            #"payrelay_alarms_total{tenant="bookshop",kind="refund_stuck"}"#, on: service)
        let open = refunds.filter { $0["status"]?.text != "succeeded" && $0["status"]?.text != "failed" }
        #expect(open.isEmpty || stuck > 0)
        let spent = refunds.filter { $0["status"]?.text == "succeeded" }.compactMap { $0["amount"]?.int64 }.reduce(0, +)
        let here = now["amount_refunded"]?.int64
        if open.isEmpty {
            #expect(here == there && spent == there, "here \(here ?? -1), refunds \(spent), at Alipay \(there)")
        } else {
            #expect(here == spent && spent <= there)
        }
        #expect(there <= paidFen && now["status"]?.text == "succeeded")
        #expect(now["refundable"] == .bool(there < paidFen))
        let events = try await world.events(on: service)
        #expect(events.compactMap { $0["sequence"]?.int64 } == Array(1...Int64(events.count)))
        let told = events.filter { $0["type"]?.text == "refund.succeeded" }.compactMap { $0["data"]?["id"]?.text }
        let succeeded = refunds.filter { $0["status"]?.text == "succeeded" }.compactMap { $0["id"]?.text }
        #expect(told.count == succeeded.count && Set(told) == Set(succeeded))
    }
}
