import App
import Crypto
import HTTP
import JSON
import Simulator
import Support
import Testing

/// The buyer is back before Alipay's notification, or without any: a lost notification is no lost order.
@Suite(.timeLimit(.minutes(2))) struct LostReturnWalkTests {
    private static let query = "single_trade_query"
    private static let back = #", "return_url": "https://shop.example/thanks?cart=7&x=%2B#top""#

    @Test func `a buyer whose notification was lost comes back with what Alipay says of the trade`() async throws {
        try await World.onLine { world, service, line in
            try world.loseNotifications()
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: Self.back)
            _ = try world.alipay.simulator.move(trade, .pay)
            #expect(try await world.status(id, on: service) == "requires_action")
            let response = try await world.send(.get, try #require(world.alipay.simulator.returnURL(of: trade)))
            let location = try #require(response.headers["Location"])
            #expect(response.status == 303)
            #expect(location.hasPrefix("https://shop.example/thanks?cart=7&x=%2B&payment_id=\(id)&"))
            let parts = URLParts(location)
            #expect(parts.fragment == "top" && parts.fields["status"] == "succeeded")
            let timestamp = try #require(parts.fields["timestamp"].flatMap(Int.init))
            let right = try world.signature("\(id).\(timestamp).ORDER-1.succeeded")
            #expect(parts.fields["signature"] == right)
            #expect(parts.fields["signature"] != (try world.signature("\(id).\(timestamp).ORDER-1.requires_action")))
            #expect(try await world.nextWebhook()["type"]?.text == "payment.succeeded")
            #expect(try await world.status(id, on: service) == "succeeded")
            // Once more: what is known is not asked about.
            let again = try await world.send(.get, try #require(world.alipay.simulator.returnURL(of: trade)))
            #expect(URLParts(try #require(again.headers["Location"])).fields["status"] == "succeeded")
            #expect(line.calls(Self.query).count == 1)
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded"])
        }
    }

    @Test func `what a notification says while Alipay is asked is what the buyer comes back with`() async throws {
        try await World.onLine(World.Options(alipay: ["notify_verify: false"])) { world, service, line in
            try world.loseNotifications()
            let (_, trade) = try await world.open("ORDER-1", on: service, extra: Self.back)
            _ = try world.alipay.simulator.move(trade, .pay)
            line.trouble(Self.query, .callKept)
            let url = try #require(world.alipay.simulator.returnURL(of: trade))
            async let response = world.send(.get, url)
            while line.waiting < 1 { await Task.yield() }
            let paid = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.told(paid, on: service) == "success")
            _ = try await world.expectWebhook("payment.succeeded")
            line.release()
            let location = try #require(try await response.headers["Location"])
            #expect(URLParts(location).fields["status"] == "succeeded")
        }
    }

    @Test func `one payment is asked about once in ten seconds, however often its buyer reloads`() async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            try world.loseNotifications()
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: Self.back)
            let (_, other) = try await world.open("ORDER-2", on: service, extra: Self.back)
            for trade in [trade, other] { _ = try world.alipay.simulator.move(trade, .pay) }
            func come(_ trade: String) async throws -> String? {
                let url = try #require(world.alipay.simulator.returnURL(of: trade))
                let response = try await world.send(.get, url)
                #expect(response.status == 303)
                return URLParts(response.headers["Location"] ?? "").fields["status"]
            }
            line.trouble(Self.query, .callLost)
            for _ in 0..<4 { #expect(try await come(trade) == "requires_action") }
            #expect(line.calls(Self.query).count == 1)
            // Another payment's buyer does not wait for this one's seconds.
            #expect(try await come(other) == "succeeded")
            #expect(line.calls(Self.query).count == 2)
            clock.advance(byMs: 9_999)
            #expect(try await come(trade) == "requires_action")
            #expect(line.calls(Self.query).count == 2)
            clock.advance(byMs: 1)
            #expect(try await come(trade) == "succeeded")
            #expect(line.calls(Self.query).count == 3)
            #expect(try await world.status(id, on: service) == "succeeded")
        }
    }

    @Test func `a buyer gets an answer though Alipay gives none`() async throws {
        try await World.onLine { world, service, line in
            try world.loseNotifications()
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: Self.back)
            _ = try world.alipay.simulator.move(trade, .pay)
            line.trouble(Self.query, .callKept)
            let response = try await world.send(.get, try #require(world.alipay.simulator.returnURL(of: trade)))
            #expect(line.waiting == 1)
            let parts = URLParts(try #require(response.headers["Location"]))
            #expect(response.status == 303 && parts.fields["status"] == "requires_action")
            let timestamp = parts.fields["timestamp"] ?? ""
            #expect(parts.fields["signature"] == (try world.signature("\(id).\(timestamp).ORDER-1.requires_action")))
            line.release()
        }
    }

    @Test(arguments: [
        ("en", "The merchant has received this payment."), ("zh-CN", "商家已收到这笔付款。"),
    ])
    func `without a return_url the page says what Alipay says, in the buyer's language`(
        language: String, text: String
    ) async throws {
        try await World.onLine { world, service, line in
            try world.loseNotifications()
            let (id, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .pay)
            let url = try #require(world.alipay.simulator.returnURL(of: trade))
            let response = try await world.send(.get, url, headers: [("Accept-Language", language)])
            let page = String(decoding: response.body, as: UTF8.self)
            #expect(response.status == 200 && response.headers["Location"] == nil)
            #expect(page.contains("<html lang=\"\(language)\">") && page.contains(text))
            #expect(line.calls(Self.query).count == 1)
            #expect(try await world.status(id, on: service) == "succeeded")
        }
    }

    @Test func `a return that is not signed says that we are checking, asks nobody, and changes nothing`()
        async throws
    {
        try await World.onLine { world, service, line in
            try world.loseNotifications()
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: Self.back)
            _ = try world.alipay.simulator.move(trade, .pay)
            let url = try #require(world.alipay.simulator.returnURL(of: trade))
            let sign = try #require(URLParts(url).fields["sign"])
            let unsigned = url.replacing("sign=\(sign)", with: "sign=\(String(repeating: "0", count: 32))")
            #expect(unsigned != url)
            for (language, text) in [("en", "We are checking with Alipay."), ("zh", "我们正在向支付宝确认。")] {
                let response = try await world.send(.get, unsigned, headers: [("Accept-Language", language)])
                #expect(response.status == 200 && response.headers["Location"] == nil)
                #expect(String(decoding: response.body, as: UTF8.self).contains(text))
            }
            #expect(line.calls(Self.query).isEmpty)
            #expect(try await world.status(id, on: service) == "requires_action")
            #expect(try await world.events(on: service).isEmpty)
        }
    }

    @Test func `a tenant without queries shows what is known`() async throws {
        try await World.onLine(World.Options(alipay: ["services: {trade_query: false}"])) { world, service, line in
            try world.loseNotifications()
            let (_, trade) = try await world.open("ORDER-1", on: service, extra: Self.back)
            _ = try world.alipay.simulator.move(trade, .pay)
            let response = try await world.send(.get, try #require(world.alipay.simulator.returnURL(of: trade)))
            #expect(URLParts(response.headers["Location"] ?? "").fields["status"] == "requires_action")
            #expect(line.calls(Self.query).isEmpty)
        }
    }
}

extension World {
    /// RFC 2104 by hand: what a merchant computes over a return's fields with the first endpoint's secret.
    func signature(_ text: String) throws -> String {
        guard var key = Base64.decode(String(secret.dropFirst("whsec_".count))), key.count <= 64 else {
            throw Broken(description: "the secret is not base64 of up to 64 bytes")
        }
        key += Array(repeating: 0, count: 64 - key.count)
        let inner = SHA256.digest(key.map { $0 ^ 0x36 } + Array(text.utf8))
        return "v1," + Base64.encode(SHA256.digest(key.map { $0 ^ 0x5C } + inner))
    }
}
