import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// The buyer opens the checkout.
@Suite(.timeLimit(.minutes(2))) struct CheckoutWalkTests {
    @Test func `an open payment sends the buyer on with a freshly signed request`() async throws {
        try await World.run { world, service in
            let payment = try await world.create("ORDER-1", on: service)
            let response = try await world.send(.get, try #require(payment["next_action"]?["url"]?.text))
            #expect(response.status == 302 && response.headers["Cache-Control"] == "no-store")
            let location = try #require(response.headers["Location"])
            #expect(location == payment["next_action"]?["provider_url"]?.text)
            let parts = URLParts(location)
            var fields = parts.fields
            #expect(parts.base == world.alipay.gatewayURL && parts.parameters.count == fields.count)
            #expect(fields.removeValue(forKey: "sign_type") == "MD5")
            #expect(fields.removeValue(forKey: "sign") == HandMadeNotification.sign(fields, World.account.key))
            #expect(
                fields == [
                    "service": "create_direct_pay_by_user", "_input_charset": "utf-8", "partner": World.account.partner,
                    "seller_email": World.account.sellerEmail, "payment_type": "1", "out_trade_no": "ORDER-1",
                    "total_fee": "120.50", "subject": "三体 (1-3)", "notify_url": "\(service.publicURL)/notify/bookshop",
                    "return_url": "\(service.publicURL)/return/bookshop",
                ])
            #expect(try await world.send(.get, location).status == 200)
        }
    }

    @Test func `it_b_pay is what is left of the payment's time, where the contract has it`() async throws {
        let clock = ManualClock()
        try await World.run(World.Options(alipay: ["services: {it_b_pay: true}"]), clock: clock) { world, service in
            let payment = try await world.create("ORDER-1", on: service)
            let url = try #require(payment["next_action"]?["url"]?.text)
            for (minutes, left) in [(0, "120m"), (30, "90m"), (89, "1m")] as [(Int64, String)] {
                clock.advance(byMs: minutes * 60_000)
                var fields = URLParts(try #require(try await world.send(.get, url).headers["Location"])).fields
                #expect(fields["it_b_pay"] == left)
                fields["sign_type"] = nil
                #expect(fields.removeValue(forKey: "sign") == HandMadeNotification.sign(fields, World.account.key))
            }
        }
    }

    @Test func `a payment whose time is over sends nobody on`() async throws {
        let clock = ManualClock()
        try await World.run(clock: clock) { world, service in
            let payment = try await world.create("ORDER-1", on: service)
            let url = try #require(payment["next_action"]?["url"]?.text)
            clock.advance(byMs: 7_200_000 - 1)
            #expect(try await world.send(.get, url).status == 302)
            clock.advance(byMs: 1)
            try await world.expectPage(url, contains: "The time to pay is over.")
            let id = try #require(payment["id"]?.text)
            #expect(try await world.payment(id, on: service)["next_action"] == .null)
        }
    }

    @Test func `a payment that is paid, processing, expired or canceled says so and sends nobody on`() async throws {
        try await World.run(StatusWalkTests.talkative) { world, service in
            let simulator = world.alipay.simulator
            let (paid, _) = try await world.pay("PAID", on: service)
            let (frozen, frozenTrade) = try await world.open("FROZEN", on: service)
            _ = try simulator.move(frozenTrade, .freeze)
            #expect(try await world.nextWebhook()["type"]?.text == "payment.processing")
            let (closed, closedTrade) = try await world.open("CLOSED", on: service)
            _ = try simulator.move(closedTrade, .close)
            #expect(try await world.nextWebhook()["type"]?.text == "payment.expired")
            let (refunded, refundedTrade) = try await world.open("REFUNDED", on: service)
            try world.loseNextNotification()
            _ = try simulator.move(refundedTrade, .pay)
            _ = try simulator.move(refundedTrade, .refund(12_050))
            #expect(try await world.nextWebhook()["type"]?.text == "payment.canceled")
            let base = "\(service.publicURL)/checkout"
            try await world.expectPage("\(base)/\(paid)", contains: "The merchant has received this payment.")
            try await world.expectPage("\(base)/\(frozen)", contains: "Alipay is processing this payment.")
            try await world.expectPage("\(base)/\(closed)", contains: "The time to pay is over.")
            try await world.expectPage("\(base)/\(refunded)", contains: "This payment was canceled.")
        }
    }

    @Test func `a payment that there is not is 404`() async throws {
        try await World.run { world, service in
            for id in ["pay_00000000000000000000000000", "pay_", "", "%00", "ORDER-1"] {
                let response = try await world.send(
                    .get, "\(service.publicURL)/checkout/\(id)", headers: [("Accept-Language", "en")])
                #expect(response.status == 404 && response.headers["Location"] == nil)
                #expect(String(decoding: response.body, as: UTF8.self).contains("There is no such payment."))
            }
        }
    }

    @Test func `a thousand characters of Chinese go out, and the buyer comes back`() async throws {
        try await World.run { world, service in
            let description = String(repeating: "龙", count: 1000)
            let extra = #", "return_url": "https://shop.example/thanks", "description": "\#(description)""#
            let payment = try await world.create("ORDER-1", on: service, extra: extra)
            let response = try await world.send(.get, try #require(payment["next_action"]?["url"]?.text))
            let location = try #require(Onward.url(response.headers, response.body))
            #expect(response.status == 200 && location.utf8.count > 9000)
            #expect(try await world.send(.get, location).status == 200)
            let trade = try #require(
                world.alipay.simulator.trade(partner: World.account.partner, outTradeNo: "ORDER-1"))
            #expect(trade.order.body == description)
            _ = try world.alipay.simulator.move(trade.tradeNo, .pay)
            #expect(try await world.nextWebhook()["type"]?.text == "payment.succeeded")
            let back = try await world.send(.get, try #require(world.alipay.simulator.returnURL(of: trade.tradeNo)))
            #expect(back.status == 303)
            #expect(URLParts(try #require(back.headers["Location"])).fields["status"] == "succeeded")
        }
    }

    @Test func `the longest payment that can be created can be paid`() async throws {
        try await World.run { world, service in
            let show = "http://s.example/" + String(repeating: "&", count: 383)
            let extra = """
                , "description": "\(String(repeating: "🐉", count: 1000))", "show_url": "\(show)"
                """
            let reference = String(repeating: "R", count: 64)
            let subject = String(repeating: "龙", count: 128)
            let payment = try await world.create(
                reference, amount: 10_000_000_000, subject: subject, on: service, extra: extra)
            let response = try await world.send(.get, try #require(payment["next_action"]?["url"]?.text))
            #expect(response.status == 200)
            #expect(Onward.url(response.headers, response.body) == payment["next_action"]?["provider_url"]?.text)
        }
    }

    @Test func `a description's characters are counted one by one, joined or not`() async throws {
        try await World.run { world, service in
            let body = """
                {"merchant_reference": "ORDER-1", "amount": 1, "subject": "x", "channel": "web", \
                "description": "\(String(repeating: "👩‍👩‍👧", count: 201))"}
                """
            let (status, problem, _) = try await world.call(.post, "/v1/payments", on: service, body: body)
            #expect(status == 400 && problem["errors"]?.elements.first?["pointer"]?.text == "/description")
        }
    }
}

extension World {
    /// A page that tells an English buyer something, and sends them nowhere.
    fileprivate func expectPage(_ url: String, contains text: String) async throws {
        let response = try await send(.get, url, headers: [("Accept-Language", "en")])
        #expect(response.status == 200 && response.headers["Location"] == nil)
        #expect(String(decoding: response.body, as: UTF8.self).contains(text), "\(url)")
    }
}
