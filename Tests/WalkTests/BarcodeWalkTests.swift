import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// The shop scans the buyer's code: every outcome of the charge, and what becomes of one that stays open.
@Suite(.timeLimit(.minutes(2))) struct BarcodeWalkTests {
    static let options = World.Options(products: ["barcode/instant"])
    static let chargeService = "alipay.acquire.createandpay"
    static let cancelService = "alipay.acquire.cancel"
    static let queryService = "alipay.acquire.query"

    @Test func `paid at once is succeeded at once`() async throws {
        try await World.onLine(Self.options) { world, service, line in
            let (status, payment) = try await world.charge("ORDER-1", code: "1", on: service)
            #expect(status == 201 && payment["status"]?.text == "succeeded" && payment["next_action"] == .null)
            #expect(payment["amount_paid"]?.int64 == 12_050 && payment["refundable"] == .bool(true))
            #expect(try await world.expectWebhook("payment.succeeded")["id"] == payment["id"])
            try await world.notificationsEnd()
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded"])
            // The same again is the same payment, and charges nobody.
            let (again, same) = try await world.charge("ORDER-1", code: "1", on: service)
            #expect(again == 200 && same["id"] == payment["id"])
            #expect(line.calls(Self.chargeService).count == 1)
            // The code stands in no URL.
            #expect(line.calls(Self.chargeService).first?.fields["dynamic_id"] == "280000000000000001")
        }
    }

    @Test(arguments: [("3", "BUYER_ENABLE_STATUS_FORBID"), ("6", "BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR")])
    func `a refusal is 502 with Alipay's code, and the payment canceled`(code: String, reason: String) async throws {
        try await World.onLine(Self.options) { world, service, line in
            let (status, problem) = try await world.charge("ORDER-1", code: code, on: service)
            #expect(status == 502 && problem["code"]?.text == "provider_refused")
            #expect(problem["provider"]?["code"]?.text == reason && problem["outcome"]?.text == "known")
            let told = try await world.expectWebhook("payment.canceled")
            #expect(told["id"] == problem["payment"] && told["amount_paid"] == .null)
            #expect(told["last_error"]?["details"]?["provider_code"]?.text == reason)
            let (again, same) = try await world.charge("ORDER-1", code: "1", on: service)
            #expect(again == 200 && same["status"]?.text == "canceled")
            #expect(line.calls(Self.chargeService).count == 1)
        }
    }

    @Test func `an order that could not be charged is ended at Alipay as well`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options, clock: clock) { world, service, line in
            let (status, _) = try await world.charge("ORDER-1", code: "6", on: service)
            #expect(status == 502)
            _ = try await world.expectWebhook("payment.canceled")
            try await world.until(clock, "a cancel") { line.calls(Self.cancelService).count == 1 }
            let trade = try #require(
                world.alipay.simulator.trade(partner: World.account.partner, outTradeNo: "ORDER-1"))
            try await world.until(clock) { world.alipay.simulator.trade(trade.tradeNo)?.status == .closed }
            #expect(throws: TradeRefusal.self) { try world.alipay.simulator.move(trade.tradeNo, .pay) }
        }
    }

    @Test func `a buyer who has to confirm is processing at once, and succeeded when it is done`() async throws {
        try await World.onLine(Self.options) { world, service, line in
            let (status, payment) = try await world.charge("ORDER-1", code: "2", on: service)
            #expect(status == 201 && payment["status"]?.text == "processing" && payment["amount_paid"] == .null)
            let trade = try #require(payment["provider"]?["trade_no"]?.text)
            _ = try await world.expectWebhook("payment.processing")
            _ = try world.alipay.simulator.move(trade, .pay)
            let told = try await world.expectWebhook("payment.succeeded")
            #expect(told["id"] == payment["id"] && told["sequence"]?.int64 == 2)
            #expect(line.calls(Self.chargeService).count == 1 && line.calls(Self.cancelService).isEmpty)
        }
    }

    /// A charge that its buyer has to confirm, whose trade is known to the last detail: a look that learns nothing new writes
    /// one thing, the time of the next, and so is over when that shows.
    private func inProcess(_ world: World, _ service: Service) async throws -> (id: String, trade: String) {
        let (status, payment) = try await world.charge("ORDER-1", code: "2", on: service)
        #expect(status == 201)
        _ = try await world.expectWebhook("payment.processing")
        let id = try #require(payment["id"]?.text)
        #expect(try await world.call(.post, "/v1/payments/\(id)/sync", on: service).status == 200)
        try world.loseNotifications()
        return (id, try #require(payment["provider"]?["trade_no"]?.text))
    }

    @Test func `an open outcome is asked about every 5 s, and found out`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options, clock: clock) { world, service, line in
            let startedAtMs = clock.nowMs
            let (id, trade) = try await inProcess(world, service)
            for _ in 0..<4 { #expect(try await world.look(at: id, clock) == 5000) }
            _ = try world.alipay.simulator.move(trade, .pay)
            try await world.look(at: id, clock)
            let told = try await world.expectWebhook("payment.succeeded")
            #expect(told["id"]?.text == id && told["amount_paid"]?.int64 == 12_050)
            let asked = line.calls(Self.queryService).map { ($0.atMs - startedAtMs) / 1000 }
            #expect(asked == [0, 5, 10, 15, 20, 25])
        }
    }

    @Test(arguments: ["4", "5"])
    func `UNKNOWN is processing at once, and the query tells`(code: String) async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options, clock: clock) { world, service, line in
            try world.loseNotifications()
            let (status, payment) = try await world.charge("ORDER-1", code: code, on: service)
            #expect(status == 201 && payment["status"]?.text == "processing")
            _ = try await world.expectWebhook("payment.processing")
            let id = try #require(payment["id"]?.text)
            try await world.look(at: id, clock)
            if code == "4" {
                #expect(try await world.expectWebhook("payment.succeeded")["amount_paid"]?.int64 == 12_050)
                return
            }
            // There is none, and at 30 s there will be none.
            for _ in 0..<4 {
                #expect(try await world.payment(id, on: service)["status"]?.text == "processing")
                try await world.look(at: id, clock)
            }
            #expect(line.calls(Self.cancelService).isEmpty)
            try await world.look(at: id, clock)
            #expect(try await world.expectWebhook("payment.canceled")["amount_paid"] == .null)
            #expect(line.calls(Self.cancelService).count == 1 && line.calls(Self.chargeService).count == 1)
        }
    }

    @Test func `a charge whose answer is lost is processing, and never charged again`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options, clock: clock) { world, service, line in
            try world.loseNotifications()
            line.trouble(Self.chargeService, .answerLost)
            let (status, payment) = try await world.charge("ORDER-1", code: "1", on: service)
            #expect(status == 201 && payment["status"]?.text == "processing")
            _ = try await world.expectWebhook("payment.processing")
            let (again, same) = try await world.charge("ORDER-1", code: "1", on: service)
            #expect(again == 200 && same["status"]?.text == "processing")
            try await world.look(at: try #require(payment["id"]?.text), clock)
            _ = try await world.expectWebhook("payment.succeeded")
            #expect(line.calls(Self.chargeService).count == 1)
        }
    }

    @Test func `from 30 s on it is canceled, again and again while Alipay wants to be asked again`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options, clock: clock) { world, service, line in
            let startedAtMs = clock.nowMs
            let (id, trade) = try await inProcess(world, service)
            world.alipay.simulator.set(try #require(Fault(.acquireCancel, .retry, count: 2)))
            line.trouble(Self.cancelService, .callLost)
            for _ in 0..<9 { try await world.look(at: id, clock) }
            let told = try await world.expectWebhook("payment.canceled")
            #expect(told["amount_paid"] == .null && told["id"]?.text == id)
            #expect(line.calls(Self.cancelService).map { ($0.atMs - startedAtMs) / 1000 } == [30, 35, 40, 45])
            #expect(world.alipay.simulator.trade(trade)?.status == .closed)
            #expect(try world.lookState(id).nextAtMs == nil)
        }
    }

    @Test func `a cancel that met a payment gives it back, and both are told`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options, clock: clock) { world, service, line in
            let (id, trade) = try await inProcess(world, service)
            for _ in 0..<5 { try await world.look(at: id, clock) }
            // Paid in the last moment, which the query of that moment does not tell.
            _ = try world.alipay.simulator.move(trade, .pay)
            line.trouble(Self.queryService, .callLost)
            try await world.look(at: id, clock)
            let canceled = try await world.expectWebhook("payment.canceled")
            #expect(canceled["amount_paid"]?.int64 == 12_050 && canceled["refundable"] == .bool(false))
            let refund = try await world.expectWebhook("refund.succeeded")
            #expect(refund["origin"]?.text == "provider" && refund["amount"]?.int64 == 12_050)
            #expect(world.refundedAtAlipay(trade) == 12_050)
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 12_050)
        }
    }

    @Test func `the merchant's own cancel ends it at once`() async throws {
        try await World.onLine(Self.options) { world, service, line in
            let (_, payment) = try await world.charge("ORDER-1", code: "2", on: service)
            _ = try await world.expectWebhook("payment.processing")
            let id = try #require(payment["id"]?.text)
            let (status, canceled, _) = try await world.call(.post, "/v1/payments/\(id)/cancel", on: service)
            #expect(status == 200 && canceled["status"]?.text == "canceled")
            _ = try await world.expectWebhook("payment.canceled")
            #expect(line.calls(Self.cancelService).count == 1)
            let trade = try #require(payment["provider"]?["trade_no"]?.text)
            #expect(world.alipay.simulator.trade(trade)?.status == .closed)
        }
    }
}
