import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// A cancel is closed at Alipay first, then here; and what the buyer does meanwhile counts.
@Suite(.timeLimit(.minutes(2))) struct CancelWalkTests {
    private static let query = "single_trade_query"
    private static let close = "close_trade"

    @Test func `an open payment is closed at Alipay, and then canceled`() async throws {
        try await World.onLine { world, service, line in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let (status, canceled, _) = try await world.cancel(id, on: service)
            #expect(status == 200 && canceled["status"]?.text == "canceled" && canceled["next_action"] == .null)
            #expect(world.alipay.simulator.trade(trade)?.status == .closed)
            #expect(line.calls(Self.close).count == 1 && line.calls(Self.query).isEmpty)
            let webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.canceled" && webhook["sequence"]?.int64 == 1)
            // The same again is the same, and asks nobody.
            let (again, same, _) = try await world.cancel(id, on: service)
            #expect(again == 200 && same == canceled)
            #expect(line.calls(Self.close).count == 1)
            #expect(try await world.eventTypes(on: service) == ["payment.canceled"])
        }
    }

    @Test func `a trade that Alipay never had is closed`() async throws {
        try await World.onLine { world, service, line in
            let id = try #require(try await world.create("ORDER-1", on: service)["id"]?.text)
            let (status, canceled, _) = try await world.cancel(id, on: service)
            #expect(status == 200 && canceled["status"]?.text == "canceled")
            let asked = try #require(line.calls(Self.close).first)
            #expect(asked.fields["out_order_no"] == "ORDER-1" && asked.fields["trade_no"] == nil)
            #expect(line.calls(Self.query).isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func `what was paid meanwhile is not canceled`(hasQuery: Bool) async throws {
        var options = World.Options()
        if !hasQuery { options.alipay = ["services: {trade_query: false}"] }
        try await World.onLine(options) { world, service, line in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            try world.loseNotifications()
            _ = try world.alipay.simulator.move(trade, .pay)
            let (status, problem, _) = try await world.cancel(id, on: service)
            #expect(status == 409 && problem["code"]?.text == "not_cancelable")
            #expect(problem["outcome"]?.text == "known" && problem["retryable"] == .bool(false))
            #expect(line.calls(Self.close).count == 1 && line.calls(Self.query).count == (hasQuery ? 1 : 0))
            let now = try await world.payment(id, on: service)
            if hasQuery {
                #expect(now["status"]?.text == "succeeded" && now["amount_paid"]?.int64 == 12_050)
                #expect(try await world.nextWebhook()["type"]?.text == "payment.succeeded")
            } else {
                // Nobody can say what it is: it stays open, and buyers are sent on again.
                #expect(problem["provider"]?["code"]?.text == "TRADE_STATUS_NOT_AVAILD")
                #expect(now["status"]?.text == "requires_action" && now["next_action"]?["type"]?.text == "redirect")
                #expect(try await world.events(on: service).isEmpty)
            }
        }
    }

    @Test func `what Alipay closed by itself is canceled, once the query says so`() async throws {
        try await World.onLine { world, service, line in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .close)
            let (status, canceled, _) = try await world.cancel(id, on: service)
            #expect(status == 200 && canceled["status"]?.text == "canceled")
            #expect(line.calls(Self.close).count == 1 && line.calls(Self.query).count == 1)
        }
    }

    @Test func `an answer that is lost is made up for by the query`() async throws {
        try await World.onLine { world, service, line in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            line.trouble(Self.close, .answerLost)
            let (status, canceled, _) = try await world.cancel(id, on: service)
            #expect(status == 200 && canceled["status"]?.text == "canceled")
            #expect(world.alipay.simulator.trade(trade)?.status == .closed)
            #expect(line.calls(Self.query).count == 1)
        }
    }

    @Test(arguments: [Line.Trouble.callLost, .answerLost])
    func `where Alipay is silent the outcome is unknown, nobody is sent on, and the same call again settles it`(
        trouble: Line.Trouble
    ) async throws {
        try await World.onLine { world, service, line in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            line.trouble(Self.close, trouble)
            line.trouble(Self.query, .callLost)
            let (status, problem, _) = try await world.cancel(id, on: service)
            #expect(status == 504 && problem["code"]?.text == "provider_timeout")
            #expect(problem["outcome"]?.text == "unknown")
            let now = try await world.payment(id, on: service)
            #expect(now["status"]?.text == "requires_action" && now["next_action"] == .null)
            #expect(world.alipay.simulator.trade(trade)?.status == (trouble == .callLost ? .waitBuyerPay : .closed))
            #expect(try await world.events(on: service).isEmpty)
            let (again, canceled, _) = try await world.cancel(id, on: service)
            #expect(again == 200 && canceled["status"]?.text == "canceled")
            #expect(try await world.eventTypes(on: service) == ["payment.canceled"])
        }
    }

    @Test func `a cancel whose outcome is unknown is finished by the next look`() async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            let (id, _) = try await world.open("ORDER-1", on: service)
            line.trouble(Self.close, .callLost)
            line.trouble(Self.query, .callLost)
            #expect(try await world.cancel(id, on: service).status == 504)
            try await world.look(at: id, clock)
            #expect(try await world.nextWebhook(clock)["type"]?.text == "payment.canceled")
            #expect(line.calls(Self.close).count == 2)
        }
    }

    @Test(arguments: [Fault.Kind.status500, .htmlPage, .garbled, .error])
    func `an answer that proves nothing is followed by a query`(kind: Fault.Kind) async throws {
        try await World.onLine { world, service, line in
            let (id, _) = try await world.open("ORDER-1", on: service)
            world.alipay.simulator.set(try #require(Fault(.closeTrade, kind)))
            let (status, answer, _) = try await world.cancel(id, on: service)
            // Alipay's SYSTEM_ERROR says that it does not know either.
            if kind == .garbled {
                #expect(status == 200 && answer["status"]?.text == "canceled")
            } else {
                #expect(status == 502 && answer["code"]?.text == "provider_invalid_answer")
                #expect(answer["outcome"]?.text == "unknown")
                #expect(try await world.status(id, on: service) == "requires_action")
            }
            #expect(line.calls(Self.query).count == 1)
        }
    }

    @Test func `a refusal changes nothing, and buyers may pay`() async throws {
        try await World.onLine { world, service, line in
            let payment = try await world.create("ORDER-1", on: service)
            let id = try #require(payment["id"]?.text)
            world.alipay.simulator.set(try #require(Fault(.closeTrade, .error, code: "ILLEGAL_SIGN")))
            let (status, problem, _) = try await world.cancel(id, on: service)
            #expect(status == 502 && problem["code"]?.text == "provider_refused")
            #expect(problem["provider"]?["code"]?.text == "ILLEGAL_SIGN")
            #expect(try await world.status(id, on: service) == "requires_action")
            #expect(try await world.send(.get, payment["next_action"]?["url"]?.text ?? "").status == 302)
            #expect(try await world.cancel(id, on: service).status == 200)
        }
    }

    @Test func `while a cancel is in flight no buyer is sent on`() async throws {
        try await World.onLine { world, service, line in
            let payment = try await world.create("ORDER-1", on: service)
            let id = try #require(payment["id"]?.text)
            let url = try #require(payment["next_action"]?["url"]?.text)
            line.trouble(Self.close, .answerKept)
            async let canceled = world.cancel(id, on: service)
            try await world.until(nil, "the close") { line.waiting == 1 }
            let page = try await world.send(.get, url, headers: [("Accept-Language", "en")])
            #expect(page.status == 200 && page.headers["Location"] == nil)
            let now = try await world.payment(id, on: service)
            #expect(now["status"]?.text == "requires_action" && now["next_action"] == .null)
            line.release()
            #expect(try await canceled.status == 200)
        }
    }

    @Test func `two cancels at once are one`() async throws {
        try await World.onLine { world, service, line in
            let (id, _) = try await world.open("ORDER-1", on: service)
            line.trouble(Self.close, .answerKept, times: 2)
            async let first = world.cancel(id, on: service)
            async let second = world.cancel(id, on: service)
            try await world.until(nil, "both closes") { line.waiting == 2 }
            line.release()
            let statuses = [try await first.status, try await second.status]
            #expect(statuses == [200, 200])
            #expect(try await world.eventTypes(on: service) == ["payment.canceled"])
        }
    }

    @Test(arguments: ["accept", "refund"])
    func `a provider_url that is paid after the cancel is a late payment`(policy: String) async throws {
        try await World.onLine(World.Options(alipay: ["on_late_payment: \(policy)"])) { world, service, line in
            let payment = try await world.create("ORDER-1", on: service)
            let id = try #require(payment["id"]?.text)
            #expect(try await world.cancel(id, on: service).status == 200)
            #expect(try await world.nextWebhook()["type"]?.text == "payment.canceled")
            // Alipay had no such trade, so there was nothing to close: the URL is still good.
            let trade = try await world.openCashier(payment)
            _ = try world.alipay.simulator.move(trade, .pay)
            let webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.late_success" && webhook["previous_status"]?.text == "canceled")
            #expect(webhook["data"]?["late"] == .bool(true) && webhook["data"]?["status"]?.text == "succeeded")
            #expect(webhook["data"]?["amount_paid"]?.int64 == 12_050)
            // Only after a query, at that moment.
            #expect(line.calls(Self.query).count == 1)
            // The webhook is often faster than the alarm.
            try await world.until(nil, "the alarm") { try await world.alarms("late_payment", on: service) == 1 }
            guard policy == "refund" else {
                #expect(line.calls("refund_fastpay_by_platform_nopwd").isEmpty)
                return #expect(world.alipay.simulator.trade(trade)?.refundedFen == 0)
            }
            let refunded = try await world.nextWebhook()
            #expect(refunded["type"]?.text == "refund.succeeded" && refunded["data"]?["amount"]?.int64 == 12_050)
            #expect(refunded["data"]?["origin"]?.text == "api" && refunded["data"]?["payment"]?.text == id)
            #expect(world.alipay.simulator.trade(trade)?.refundedFen == 12_050)
            let now = try await world.payment(id, on: service)
            #expect(now["amount_refunded"]?.int64 == 12_050 && now["refundable"] == .bool(false))
            #expect(line.calls("refund_fastpay_by_platform_nopwd").count == 1)
        }
    }

    @Test func `a late payment is not believed until the query says so`() async throws {
        try await World.onLine { world, service, line in
            let payment = try await world.create("ORDER-1", on: service)
            let id = try #require(payment["id"]?.text)
            #expect(try await world.cancel(id, on: service).status == 200)
            let trade = try await world.openCashier(payment)
            try world.loseNotifications()
            _ = try world.alipay.simulator.move(trade, .pay)
            line.trouble(Self.query, .callLost, times: 2)
            // Once instead of notify_verify, once because it is late.
            let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.told(message, on: service) == "fail")
            #expect(try await world.status(id, on: service) == "canceled")
            line.mend()
            #expect(try await world.told(message, on: service) == "success")
            let now = try await world.payment(id, on: service)
            #expect(now["status"]?.text == "succeeded" && now["late"] == .bool(true))
        }
    }

    @Test func `what is over, and what there is not, cannot be canceled`() async throws {
        try await World.onLine { world, service, line in
            let (id, _) = try await world.pay("ORDER-1", on: service)
            let (status, problem, _) = try await world.cancel(id, on: service)
            #expect(status == 409 && problem["code"]?.text == "not_cancelable")
            #expect(line.calls(Self.close).isEmpty && line.calls(Self.query).isEmpty)
            let nobody = "pay_00000000000000000000000000"
            #expect(try await world.cancel(nobody, on: service).status == 404)
            #expect(try await world.cancel(id, on: service, key: World.otherKey).status == 404)
        }
    }
}

extension World {
    func cancel(
        _ id: String, on service: Service, key: String = World.apiKey
    ) async throws -> (status: Int, json: JSONValue, headers: Headers) {
        try await call(.post, "/v1/payments/\(id)/cancel", on: service, key: key)
    }
}
