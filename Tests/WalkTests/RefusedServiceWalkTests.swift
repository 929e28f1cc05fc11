import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// A tenant's file claims a service that Alipay says is not in the contract: ILLEGAL_PARTNER_EXTERFACE.
@Suite(.timeLimit(.minutes(2))) struct RefusedServiceWalkTests {
    private static let query = "single_trade_query"
    private static let close = "close_trade"
    private static let refund = "refund_fastpay_by_platform_nopwd"
    private static let hourMs: Int64 = 3_600_000

    private static func options(_ spoil: (inout SimulatorAccount.Contract) -> Void) -> World.Options {
        var options = World.Options()
        spoil(&options.accounts[0].contract)
        return options
    }

    @Test func `a query that is refused stops, shows in the gauge, and is tried once an hour`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options { $0.tradeQuery = false }, clock: clock) { world, service, line in
            let id = try #require(try await world.create("ORDER-1", on: service)["id"]?.text)
            let sync = "/v1/payments/\(id)/sync"
            #expect(!(try await world.isRefused(Self.query, on: service)))
            let (status, problem, _) = try await world.call(.post, sync, on: service)
            #expect(status == 502 && problem["provider"]?["code"]?.text == "ILLEGAL_PARTNER_EXTERFACE")
            #expect(try await world.isRefused(Self.query, on: service))
            #expect(try await world.alarms("service_not_contracted", on: service) == 1)
            for _ in 0..<5 {
                let (status, problem, _) = try await world.call(.post, sync, on: service)
                #expect(status == 422 && problem["code"]?.text == "product_not_enabled")
            }
            #expect(line.calls(Self.query).count == 1)
            clock.advance(byMs: Self.hourMs - 1)
            _ = try await world.call(.post, sync, on: service)
            #expect(line.calls(Self.query).count == 1)
            clock.advance(byMs: 1)
            for _ in 0..<3 { _ = try await world.call(.post, sync, on: service) }
            // A look that is due at the same moment may be the one that asks, and be on its way yet.
            while line.calls(Self.query).count < 2 { await Task.yield() }
            #expect(line.calls(Self.query).count == 2)
            #expect(try await world.alarms("service_not_contracted", on: service) == 1)
        }
    }

    @Test func `another contract in the file is asked at once, whatever the old one had refused`() async throws {
        try await World.onLine(Self.options { $0.tradeQuery = false }) { world, service, line in
            let id = try #require(try await world.create("ORDER-1", on: service)["id"]?.text)
            let sync = "/v1/payments/\(id)/sync"
            for expected in [502, 422] {
                #expect(try await world.call(.post, sync, on: service).status == expected)
            }
            #expect(line.calls(Self.query).count == 1)
            try await world.edit(service, "gateway_url: http://127.0.0.1:", "gateway_url: http://localhost:")
            #expect(try await world.call(.post, sync, on: service).status == 502)
            #expect(line.calls(Self.query).count == 2)
        }
    }

    @Test func `looks go on while the query is refused, one call an hour among all of them`() async throws {
        let clock = ManualClock()
        let options = Self.options { $0.tradeQuery = false }
        try await World.onLine(options, clock: clock) { world, service, line in
            try world.loseNotifications()
            let extra = #", "expires_in": 1296000"#
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: extra)
            let (other, _) = try await world.open("ORDER-2", on: service, extra: extra)
            // 1, 5, 15 minutes.
            for _ in 0..<3 {
                try await world.look(at: id, clock)
                try await world.until(clock, "the other look") {
                    try world.lookState(other).nextAtMs == world.lookState(id).nextAtMs
                }
            }
            // Both may have been under way when the first was refused.
            #expect((1...2).contains(line.calls(Self.query).count))
            let first = line.calls(Self.query).count
            // An hour after it was made less than an hour has passed since the refusal; after six hours more.
            try await world.look(at: id, clock)
            #expect(line.calls(Self.query).count == first)
            try await world.look(at: id, clock)
            // The other look may be the one that asks, and be on its way yet.
            while line.calls(Self.query).count == first { await Task.yield() }
            #expect((first + 1...first + 2).contains(line.calls(Self.query).count))
            #expect(try await world.status(id, on: service) == "requires_action")
            #expect(try world.lookState(id).nextAtMs != nil)
            _ = trade
        }
    }

    @Test func `a contract that is mended is found by a look, and what was paid meanwhile with it`() async throws {
        var options = World.Options(alipay: ["notify_verify: false"])
        options.products = ["web/escrow"]
        let clock = ManualClock()
        try await World.onLine(options, clock: clock) { world, service, line in
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: World.escrow)
            // Alipay refuses while the money comes.
            world.alipay.simulator.set(
                try #require(Fault(.query, .error, count: Fault.countMax, code: "ILLEGAL_PARTNER_EXTERFACE")))
            _ = try await world.call(.post, "/v1/payments/\(id)/sync", on: service)
            _ = try world.alipay.simulator.move(trade, .pay)
            #expect(try await world.nextWebhook(clock)["type"]?.text == "payment.held")
            try world.loseNotifications()
            #expect(try world.lookState(id).nextAtMs != nil)
            for _ in 0..<4 { try await world.look(at: id, clock) }
            #expect(line.calls(Self.query).count == 2)
            world.alipay.simulator.clearFaults()
            try world.loseNotifications()
            _ = try world.alipay.simulator.move(trade, .sendGoods(Trade.Shipment()))
            try await world.look(at: id, clock)
            #expect(try await world.nextWebhook(clock)["type"]?.text == "payment.shipped")
            #expect(!(try await world.isRefused(Self.query, on: service)))
        }
    }

    @Test func `a close that is refused stops, and the payment stays open with an alarm at its end`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options { $0.closeTrade = false }, clock: clock) { world, service, line in
            let (id, _) = try await world.open("ORDER-1", on: service)
            for _ in 0..<3 {
                let (status, problem, _) = try await world.cancel(id, on: service)
                #expect(status == 502 && problem["code"]?.text == "provider_refused")
                #expect(problem["provider"]?["code"]?.text == "ILLEGAL_PARTNER_EXTERFACE")
            }
            #expect(line.calls(Self.close).count == 1)
            #expect(try await world.isRefused(Self.close, on: service))
            let now = try await world.payment(id, on: service)
            #expect(now["status"]?.text == "requires_action" && now["next_action"]?["type"]?.text == "redirect")
            for _ in 0..<5 { try await world.look(at: id, clock) }
            #expect(try await world.status(id, on: service) == "requires_action")
            #expect(try await world.alarms("not_closable", on: service) == 1)
            #expect(line.calls(Self.close).count == 2)
        }
    }

    @Test func `what Alipay does not have needs no close`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options { $0.closeTrade = false }, clock: clock) { world, service, line in
            let id = try #require(try await world.create("ORDER-1", on: service)["id"]?.text)
            for _ in 0..<5 { try await world.look(at: id, clock) }
            #expect(try await world.nextWebhook(clock)["type"]?.text == "payment.expired")
            #expect(try await world.alarms("not_closable", on: service) == 0)
        }
    }

    @Test func `a refund that is refused stops the calls, and fails at once from then on`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options { $0.refund = false }, clock: clock) { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            for number in 1...3 {
                let (status, refund, _) = try await world.call(
                    .post, "/v1/payments/\(id)/refunds", on: service, body: #"{"amount": 100}"#)
                #expect(status == 201 && refund["status"]?.text == "failed", "\(number): \(refund)")
                #expect(refund["last_error"]?["code"] != .null && refund["last_error"] != nil)
            }
            #expect(line.calls(Self.refund).count == 1)
            #expect(try await world.isRefused(Self.refund, on: service))
            clock.advance(byMs: Self.hourMs)
            _ = try await world.call(.post, "/v1/payments/\(id)/refunds", on: service, body: #"{"amount": 100}"#)
            #expect(line.calls(Self.refund).count == 2)
            #expect(world.alipay.simulator.trade(trade)?.refundedFen == 0)
        }
    }

    @Test func `a refusal of one tenant's contract is none of another's`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options { $0.tradeQuery = false }, clock: clock) { world, service, line in
            let id = try #require(try await world.create("ORDER-1", on: service)["id"]?.text)
            _ = try await world.call(.post, "/v1/payments/\(id)/sync", on: service)
            let body = #"{"merchant_reference": "TEA-1", "amount": 800, "subject": "龙井", "channel": "web"}"#
            let (_, tea, _) = try await world.call(
                .post, "/v1/payments", on: service, key: World.otherKey, body: body)
            let (status, _, _) = try await world.call(
                .post, "/v1/payments/\(tea["id"]?.text ?? "")/sync", on: service, key: World.otherKey)
            #expect(status == 200)
        }
    }
}
