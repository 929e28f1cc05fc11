import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// Nothing depends on the notification alone: every message of Alipay's is lost in these walks.
@Suite(.timeLimit(.minutes(2))) struct PollingWalkTests {
    private static let query = "single_trade_query"
    private static let close = "close_trade"
    private static let minuteMs: Int64 = 60_000
    private static let dayMs: Int64 = 86_400_000
    /// When a payment is asked about, in minutes after it was made.
    private static let looks: [Int64] = [1, 5, 15, 60, 360, 1440]

    @Test(arguments: looks.indices)
    func `a payment is found paid at the next look, and is asked about at no other time`(before: Int) async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            try world.loseNotifications()
            let madeAtMs = clock.nowMs
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: #", "expires_in": 1296000"#)
            for look in 0..<before {
                try await world.look(at: id, clock)
                #expect(clock.nowMs == madeAtMs + Self.looks[look] * Self.minuteMs)
                #expect(line.calls(Self.query).count == look + 1)
                #expect(try await world.status(id, on: service) == "requires_action")
            }
            _ = try world.alipay.simulator.move(trade, .pay)
            let dueMs = madeAtMs + Self.looks[before] * Self.minuteMs
            clock.advance(byMs: dueMs - 1 - clock.nowMs)
            #expect(try await world.status(id, on: service) == "requires_action")
            #expect(try world.lookState(id).nextAtMs == dueMs)
            #expect(line.calls(Self.query).count == before)
            try await world.look(at: id, clock)
            let webhook = try await world.nextWebhook(clock)
            #expect(webhook["type"]?.text == "payment.succeeded" && webhook["data"]?["amount_paid"]?.int64 == 12_050)
            #expect(line.calls(Self.query).count == before + 1 && line.calls("notify_verify").isEmpty)
            // It is over: nobody asks any more.
            #expect(try world.lookState(id).nextAtMs == nil)
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded"])
        }
    }

    @Test(arguments: [true, false])
    func `at its end the gateway closes it at Alipay, whether its buyer came to the cashier or not`(
        opened: Bool
    ) async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            let payment = try await world.create("ORDER-1", on: service)
            let id = try #require(payment["id"]?.text)
            let trade = opened ? try await world.openCashier(payment) : nil
            for minutes in [1, 5, 15, 60] as [Int64] {
                try await world.look(at: id, clock)
                #expect(try await world.status(id, on: service) == "requires_action", "\(minutes)")
            }
            #expect(line.calls(Self.close).isEmpty)
            #expect(try await world.look(at: id, clock) == 60 * Self.minuteMs)
            let webhook = try await world.nextWebhook(clock)
            #expect(webhook["type"]?.text == "payment.expired" && webhook["data"]?["amount_paid"] == .null)
            #expect(line.calls(Self.close).count == 1 && line.calls(Self.query).count == 5)
            if let trade { #expect(world.alipay.simulator.trade(trade)?.status == .closed) }
            #expect(try world.lookState(id).nextAtMs == nil)
        }
    }

    @Test func `with it_b_pay Alipay closes it, and the look at its end finds that`() async throws {
        var options = World.Options(alipay: ["services: {it_b_pay: true}"])
        options.accounts[0].contract.itBPay = true
        let clock = ManualClock()
        try await World.onLine(options, clock: clock) { world, service, line in
            let payment = try await world.create("ORDER-1", on: service)
            let id = try #require(payment["id"]?.text)
            // Half a minute later there are 119 whole minutes left.
            clock.advance(byMs: 30_000)
            let fresh = try await world.payment(id, on: service)
            let trade = try await world.openCashier(fresh)
            for _ in 0..<4 { try await world.look(at: id, clock) }
            clock.advance(byMs: 60 * Self.minuteMs - 1000)
            #expect(world.alipay.simulator.trade(trade)?.status == .closed)
            #expect(try await world.status(id, on: service) == "requires_action")
            #expect(try await world.look(at: id, clock) == 1000)
            #expect(try await world.nextWebhook(clock)["type"]?.text == "payment.expired")
            #expect(line.calls(Self.close).isEmpty)
        }
    }

    @Test func `a buyer who pays while the gateway closes the payment has paid it`() async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            try world.loseNotifications()
            let (id, trade) = try await world.open("ORDER-1", on: service)
            for _ in 0..<4 { try await world.look(at: id, clock) }
            // What the query says is kept back until the buyer has paid.
            line.trouble(Self.query, .answerKept)
            clock.advance(byMs: 60 * Self.minuteMs)
            try await world.until(clock, "the last query") { line.waiting == 1 }
            #expect(line.calls(Self.query).count == 5)
            _ = try world.alipay.simulator.move(trade, .pay)
            line.release()
            let webhook = try await world.nextWebhook(clock)
            #expect(webhook["type"]?.text == "payment.succeeded" && webhook["data"]?["late"] == .bool(false))
            #expect(line.calls(Self.close).count == 1 && line.calls(Self.query).count == 6)
            #expect(try await world.alarms("not_closable", on: service) == 0)
            #expect(try await world.status(id, on: service) == "succeeded")
        }
    }

    @Test func `without queries nothing is asked, and a trade that can be closed was not paid`() async throws {
        let clock = ManualClock()
        try await World.onLine(World.Options(alipay: ["services: {trade_query: false}"]), clock: clock) {
            world, service, line in
            let madeAtMs = clock.nowMs
            let (id, _) = try await world.open("ORDER-1", on: service)
            #expect(try world.lookState(id).nextAtMs == madeAtMs + 120 * Self.minuteMs)
            try await world.look(at: id, clock)
            #expect(try await world.nextWebhook(clock)["type"]?.text == "payment.expired")
            #expect(line.calls(Self.query).isEmpty && line.calls(Self.close).count == 1)
        }
    }

    @Test func `without queries a trade that cannot be closed stays open, with an alarm`() async throws {
        let clock = ManualClock()
        try await World.onLine(World.Options(alipay: ["services: {trade_query: false}"]), clock: clock) {
            world, service, line in
            world.alipay.simulator.set(try #require(Fault(.notification, .drop)))
            let (id, trade) = try await world.open("ORDER-1", on: service)
            clock.advance(byMs: 119 * Self.minuteMs)
            _ = try world.alipay.simulator.move(trade, .pay)
            #expect(try await world.look(at: id, clock) == Self.minuteMs)
            #expect(try await world.status(id, on: service) == "requires_action")
            #expect(try await world.alarms("not_closable", on: service) == 1)
            #expect(try await world.events(on: service).isEmpty)
            // Nobody is sent to pay what is over, and it is tried again later.
            #expect(try await world.payment(id, on: service)["next_action"] == .null)
            #expect(try await world.look(at: id, clock) == Self.minuteMs)
            #expect(line.calls(Self.close).count == 2 && line.calls(Self.query).isEmpty)
            // Alipay's repeat says what it was.
            clock.advance(byMs: 2 * Self.minuteMs)
            #expect(try await world.nextWebhook(clock)["type"]?.text == "payment.succeeded")
            #expect(try world.lookState(id).nextAtMs == nil)
        }
    }

    @Test func `what fell due while the gateway was down is looked at when it is up again`() async throws {
        let clock = ManualClock()
        let world = try World(clock: clock)
        defer { world.stop() }
        var service = try world.start()
        try world.loseNotifications()
        let (paid, trade) = try await world.open("ORDER-1", on: service)
        let (unpaid, _) = try await world.open("ORDER-2", on: service)
        service.stop()
        _ = try world.alipay.simulator.move(trade, .pay)
        clock.advance(byMs: Self.dayMs)
        service = try world.start()
        defer { service.stop() }
        var types: [String: String] = [:]
        for _ in 0..<2 {
            let webhook = try await world.nextWebhook(clock)
            types[webhook["data"]?["id"]?.text ?? ""] = webhook["type"]?.text
        }
        #expect(types == [paid: "payment.succeeded", unpaid: "payment.expired"])
    }

    @Test func `money in escrow is asked about daily, and so is what was shipped`() async throws {
        let clock = ManualClock()
        try await World.onLine(World.Options(products: ["web/escrow"]), clock: clock) { world, service, line in
            try world.loseNotifications()
            let madeAtMs = clock.nowMs
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: World.escrow)
            _ = try world.alipay.simulator.move(trade, .pay)
            for minutes in Self.looks {
                try await world.look(at: id, clock)
                #expect(clock.nowMs == madeAtMs + minutes * Self.minuteMs)
                #expect(try await world.status(id, on: service) == "held")
                guard minutes == Self.looks[0] else { continue }
                #expect(try await world.nextWebhook(clock)["type"]?.text == "payment.held")
            }
            for _ in 0..<2 { #expect(try await world.look(at: id, clock) == Self.dayMs) }
            _ = try world.alipay.simulator.move(
                trade, .sendGoods(Trade.Shipment(carrier: "SF", invoiceNo: "SF1")))
            #expect(try await world.look(at: id, clock) == Self.dayMs)
            #expect(try await world.nextWebhook(clock)["type"]?.text == "payment.shipped")
            #expect(try await world.look(at: id, clock) == Self.dayMs)
            _ = try world.alipay.simulator.move(trade, .confirmReceipt)
            #expect(try await world.look(at: id, clock) == Self.dayMs)
            #expect(try await world.nextWebhook(clock)["type"]?.text == "payment.succeeded")
            #expect(line.calls(Self.query).count == Self.looks.count + 5 && line.calls(Self.close).isEmpty)
            #expect(try world.lookState(id).nextAtMs == nil)
        }
    }

    @Test func `what Alipay has is never closed by us, however long its outcome is open`() async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            try world.loseNotifications()
            let (id, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .freeze)
            // Past its end, and days after.
            for _ in 0..<8 {
                try await world.look(at: id, clock)
                #expect(try await world.status(id, on: service) == "processing")
            }
            let (status, problem, _) = try await world.call(.post, "/v1/payments/\(id)/cancel", on: service)
            #expect(status == 409 && problem["code"]?.text == "not_cancelable")
            #expect(line.calls(Self.close).isEmpty)
            _ = try world.alipay.simulator.move(trade, .unfreeze)
            #expect(try await world.look(at: id, clock) == Self.dayMs)
            #expect(try await world.eventTypes(on: service) == ["payment.processing", "payment.succeeded"])
        }
    }

    @Test func `an Alipay that leaves one tenant waiting delays no other tenant's looks`() async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            try world.loseNotifications()
            // The line is the first tenant's; the second one's calls go to Alipay directly.
            line.trouble(Self.query, .callKept, times: 100)
            for number in 0..<20 { _ = try await world.create("SLOW-\(number)", on: service) }
            let body = #"{"merchant_reference": "TEA-1", "amount": 800, "subject": "龙井", "channel": "web"}"#
            let (_, tea, _) = try await world.call(
                .post, "/v1/payments", on: service, key: World.otherKey, body: body)
            _ = try await world.send(.get, tea["next_action"]?["provider_url"]?.text ?? "")
            let trade = try #require(
                world.alipay.simulator.trade(partner: World.otherAccount.partner, outTradeNo: "TEA-1"))
            _ = try world.alipay.simulator.move(trade.tradeNo, .pay)
            clock.advance(byMs: Self.minuteMs)
            let webhook = try await world.nextWebhook(clock)
            #expect(webhook["type"]?.text == "payment.succeeded" && webhook["data"]?["amount"]?.int64 == 800)
            // A tenant has no more than its share under way.
            try await world.until(clock, "the first tenant's share") { line.waiting == 4 }
            #expect(line.calls(Self.query).count == 4)
            #expect(line.calls(Self.close).isEmpty)
            line.mend()
            line.release()
        }
    }
}
