import App
import Diagnostics
import HTTP
import JSON
import Simulator
import Testing

@Suite(.timeLimit(.minutes(2))) struct PaymentWalkTests {
    @Test func `a payment travels from create to a webhook that the shop verifies`() async throws {
        try await World.run { world, service in
            let payment = try await world.create("ORDER-1", on: service, extra: #", "metadata": {"cart": "8812"}"#)
            let id = try #require(payment["id"]?.text)
            #expect(payment["status"]?.text == "requires_action")
            let trade = try await world.openCashier(payment)
            _ = try world.alipay.simulator.move(trade, .pay)
            let webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.succeeded")
            #expect(webhook["sequence"]?.int64 == 1)
            #expect(webhook["previous_status"]?.text == "requires_action")
            #expect(webhook["data"]?["id"]?.text == id)
            #expect(webhook["data"]?["metadata"]?["cart"]?.text == "8812")
            let now = try await world.payment(id, on: service)
            #expect(now["status"]?.text == "succeeded")
            #expect(now["amount_paid"]?.int64 == 12050)
            #expect(now["provider"]?["trade_no"]?.text == trade)
            #expect(now["next_action"] == .null)
            #expect(world.shop.merchant.refused == 0)
        }
    }

    @Test(arguments: [
        "三体 (1-3)", "🦄 emoji 👩‍👩‍👧", "+ % & = # ' \\\" < > \\\\", "a trailing space ", "%E4%B8%89+%2B", "&amp;&lt;",
        "100% = 1+1 & more",
    ])
    func `a subject goes through create, URL, notification and webhook unchanged`(escaped: String) async throws {
        let subject = try #require(try JSONReader.read(Array("\"\(escaped)\"".utf8)).text)
        try await World.run { world, service in
            let payment = try await world.create("ORDER-1", subject: escaped, on: service)
            #expect(payment["subject"]?.text == subject)
            let trade = try await world.openCashier(payment)
            #expect(world.alipay.simulator.trade(trade)?.order.subject == subject)
            _ = try world.alipay.simulator.move(trade, .pay)
            #expect(try await world.nextWebhook()["data"]?["subject"]?.text == subject)
            let journal = try await world.call(.get, "/v1/notifications", on: service).json
            #expect(journal["data"]?.elements.first?["verdict"]?.text == "applied")
        }
    }

    @Test func `nothing of one tenant is there for another`() async throws {
        try await World.run { world, service in
            let payment = try await world.create("ORDER-1", on: service)
            let id = try #require(payment["id"]?.text)
            let trade = try await world.openCashier(payment)
            _ = try world.alipay.simulator.move(trade, .pay)
            let event = try #require(try await world.nextWebhook()["id"]?.text)
            let delivery = try #require(
                try await world.call(.get, "/v1/deliveries?event=\(event)", on: service).json["data"]?.elements.first?[
                    "id"]?.text)
            for path in ["/v1/payments/\(id)", "/v1/events/\(event)", "/v1/deliveries/\(delivery)"] {
                #expect(try await world.call(.get, path, on: service).status == 200)
                #expect(try await world.call(.get, path, on: service, key: World.otherKey).status == 404)
            }
            for path in [
                "/v1/payments", "/v1/payments?merchant_reference=ORDER-1", "/v1/events", "/v1/deliveries",
                "/v1/notifications",
            ] {
                #expect(
                    try await world.call(.get, path, on: service, key: World.otherKey).json["data"]?.elements.count == 0
                )
            }
            #expect(
                try await world.call(.post, "/v1/payments/\(id)/sync", on: service, key: World.otherKey).status == 404)
            #expect(
                try await world.call(.get, "/v1/events?after=\(event)", on: service, key: World.otherKey).status == 400)
        }
    }
}
