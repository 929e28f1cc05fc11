import Alipay
import Crypto
import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// A merchant whose keys lapse while the gateway runs: nothing is signed, believed or opened with them from that instant on.
struct LapsedKeyTests {
    /// The bookshop, whose keys of that kind lapse in a minute.
    private static func desk(
        alipayKeys: Bool = false, apiKey: Bool = false, secrets: Bool = false, products: Set<Product> = Set(Product.all)
    ) -> Desk {
        let clock = ManualClock()
        let endsMs = clock.nowMs + 60_000
        let keys = SigningKeys(
            md5: [TaggedKey(md5: TradeAnswer.key, notAfterMs: alipayKeys ? endsMs : nil)], clock: clock)
        let secret = WebhookSecret(bytes: Array(0..<32)).lapsing(atMs: secrets ? endsMs : nil)
        let tenant = Tenant(
            id: "bookshop", name: "Bookshop",
            contract: Contract(
                partner: "2088101122136241", sellerEmail: "sales@bookshop.example", keys: keys,
                gatewayURL: "https://mapi.alipay.com/gateway.do"),
            products: products,
            apiKeys: [
                APIKey(
                    label: "backend", digest: SHA256.digest(Array(Desk.bookshopKey.utf8)),
                    notAfterMs: apiKey ? endsMs : nil)
            ],
            endpoints: [EndpointSettings(url: "https://shop.example/hooks", secrets: [secret])])
        return Desk(clock: clock, tenants: [tenant])
    }

    private func alarms(_ desk: Desk) -> String? {
        let name = "payrelay_alarms_total{tenant=\"bookshop\",kind=\"keys_lapsed\"} "
        return desk.metrics.prometheusText().split(separator: "\n").first { $0.hasPrefix(name) }
            .map { String($0.dropFirst(name.count)) }
    }

    @Test func `an API key opens until the instant at which it lapses, and is then told from an unknown one`() async {
        let desk = Self.desk(apiKey: true)
        desk.clock.advance(byMs: 59_999)
        #expect(await desk.call(.get, "/v1/payments").status == 200)
        desk.clock.advance(byMs: 1)
        let refused = await desk.call(.get, "/v1/payments")
        #expect(refused.status == 401)
        #expect(refused.json["detail"]?.text == "this API key has lapsed; use the one that took its place")
        #expect(refused.headers["WWW-Authenticate"] == "Bearer")
    }

    @Test func `authentication counts the key that was shown`() async throws {
        let desk = Self.desk()
        let use = try #require(desk.tenants.current.tenant("bookshop")?.apiKeys.first?.tag.use)
        _ = await desk.call(.get, "/v1/payments")
        _ = await desk.call(.get, "/v1/payments", key: "sk_wrong")
        #expect(use.count == 1)
        #expect(use.lastUsedAtMs == desk.clock.nowMs)
    }

    @Test(arguments: ["web", "qr"])
    func `a payment is not made without a key to sign with: 503, an alarm, and nothing stored`(channel: String) async {
        let desk = Self.desk(alipayKeys: true)
        desk.clock.advance(byMs: 60_000)
        let refused = await desk.create { $0["channel"] = "\"\(channel)\"" }
        #expect(refused.status == 503)
        #expect(refused.json["code"]?.text == "unavailable")
        #expect(
            refused.json["detail"]?.text
                == "no key of this merchant's contract with Alipay is in force; nothing was done")
        #expect(await desk.call(.get, "/v1/payments").ids == [])
        #expect(desk.alipay.requests.isEmpty)
        #expect(alarms(desk) == "1")
        #expect(desk.log.messages(.error) == ["no key at Alipay is in force"])
        // Each is counted; the log has one line a minute.
        _ = await desk.create { $0["channel"] = "\"\(channel)\"" }
        #expect(alarms(desk) == "2")
        #expect(desk.log.messages(.error).count == 1)
    }

    @Test func `what was made before is still shown and repeated, and its checkout says to try again`() async {
        let desk = Self.desk(alipayKeys: true)
        let made = await desk.create()
        #expect(made.json["next_action"]?["provider_url"]?.text?.contains("sign=") == true)
        desk.clock.advance(byMs: 60_000)
        let again = await desk.create()
        #expect(again.status == 200)
        #expect(again.id == made.id)
        #expect(again.json["next_action"]?["provider_url"] == .null)
        let page = await desk.browse("/checkout/\(made.id)")
        #expect(page.headers["Location"] == nil)
        #expect(page.text.contains("Please try again"))
        #expect(alarms(desk) == "1")
    }

    @Test(arguments: ["cancel", "sync", "refunds", "shipments"])
    func `what would be asked of Alipay is 503, and nothing is sent`(part: String) async {
        let desk = Self.desk(alipayKeys: true)
        let id = await desk.create().id
        desk.clock.advance(byMs: 60_000)
        let refused = await desk.call(.post, "/v1/payments/\(id)/\(part)", body: "{}")
        #expect(refused.status == 503)
        #expect(refused.json["retryable"] == .bool(true))
        #expect(desk.alipay.requests.isEmpty)
        #expect(alarms(desk) == "1")
    }

    @Test func `a notification by a lapsed key is refused, and the journal names the key and its end`() async throws {
        let desk = Self.desk(alipayKeys: true)
        _ = await desk.create()
        desk.alipayAnswers(["notify_verify": TradeAnswer.xml("true")])
        desk.clock.advance(byMs: 60_000)
        let message = HandMadeNotification(
            reference: "ORDER-1", tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS", total: "120.50",
            notifyID: "n1", partner: "2088101122136241", sellerEmail: "sales@bookshop.example", key: TradeAnswer.key)
        let answer = await desk.call(
            .post, "/notify/bookshop", key: nil,
            headers: [("Content-Type", "application/x-www-form-urlencoded")], body: message.body)
        #expect(answer.text == "fail")
        let row = try #require(await desk.call(.get, "/v1/notifications").elements("data").first)
        let fingerprint = KeyFingerprint.of(TradeAnswer.key.reveal())
        #expect(row["verdict"]?.text == "bad_signature")
        #expect(
            row["explanation"]?.text?.hasPrefix(
                "SIGN equal only by the key \(fingerprint), which lapsed at 2026-01-02T03:05:05Z") == true)
        #expect(alarms(desk) == "1")
        var other = message
        other.sign = "00000000000000000000000000000000"
        let forged = await desk.call(
            .post, "/notify/bookshop", key: nil,
            headers: [("Content-Type", "application/x-www-form-urlencoded")], body: other.body)
        #expect(forged.text == "fail")
        let rows = await desk.call(.get, "/v1/notifications").elements("data")
        #expect(
            rows.contains {
                $0["explanation"]?.text?.hasPrefix(
                    "SIGN not checked: no key is in force, the last one was \(fingerprint), which lapsed at ") == true
            })
    }

    @Test func `a buyer is not sent back with a signature by a lapsed secret`() async throws {
        let desk = Self.desk(secrets: true)
        let use = try #require(desk.tenants.current.tenant("bookshop")?.endpoints.first?.secrets.first?.tag.use)
        _ = await desk.create { $0["return_url"] = "\"https://shop.example/thanks\"" }
        let back = HandMadeNotification(
            reference: "ORDER-1", tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS", total: "120.50",
            notifyID: "n1", partner: "2088101122136241", sellerEmail: "sales@bookshop.example", key: TradeAnswer.key)
        desk.alipayAnswers(["single_trade_query": TradeAnswer.trade("ORDER-1", status: "TRADE_SUCCESS")])
        let early = await desk.browse("/return/bookshop?\(back.body)")
        #expect(early.status == 303)
        #expect(use.count == 1)
        desk.clock.advance(byMs: 60_000)
        let late = await desk.browse("/return/bookshop?\(back.body)")
        #expect(late.status == 200)
        #expect(late.headers["Location"] == nil)
        #expect(use.count == 1)
    }
}
