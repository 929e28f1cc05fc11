import Alipay
import Crypto
import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// `/api/tenants/{id}` of the admin listener.
struct AdminTenantTests {
    private static let oldKey = "sk_bookshop_old"

    /// Two keys of each kind, the older of which lapse in a minute, counted in `uses`.
    private static func tenant(
        _ clock: ManualClock, _ uses: KeyUses, md5: [String] = ["old-hush", "new-hush"]
    ) -> Tenant {
        let endsMs = clock.nowMs + 60_000
        let keys = md5.enumerated().map { TaggedKey(md5: Secret($1), notAfterMs: $0 == 0 ? endsMs : nil) }
        return uses.counting(
            Tenant(
                id: "bookshop", name: "Bookshop",
                contract: Contract(
                    partner: "2088101122136241", keys: SigningKeys(md5: keys, clock: clock),
                    gatewayURL: "https://mapi.alipay.com/gateway.do"),
                products: [
                    Product(channel: .qr, settlement: .instant), Product(channel: .web, settlement: .instant),
                ],
                apiKeys: [
                    APIKey(label: "old", digest: SHA256.digest(Array(oldKey.utf8)), notAfterMs: endsMs),
                    APIKey(label: "new", digest: SHA256.digest(Array(Desk.bookshopKey.utf8))),
                ],
                endpoints: [
                    EndpointSettings(
                        url: "https://shop.example:8443/in/t0ken?k=hush",
                        secrets: [WebhookSecret(bytes: Array(0..<32)).lapsing(atMs: endsMs)])
                ],
                limits: TenantLimits(requestsPerSecond: 50, amountMaxMinor: 5_000_000),
                allowedSources: [AddressBlock("127.0.0.0/8")].compactMap(\.self)))
    }

    private func key(
        _ kind: String, _ print: String, _ state: String, place: String?, label: String? = nil, end: String? = nil,
        count: Int = 0, last: String? = nil
    ) -> String {
        func text(_ value: String?) -> String { value.map { "\"\($0)\"" } ?? "null" }
        return """
            {"kind":"\(kind)","key":"\(print)","state":"\(state)","place":\(text(place)),"label":\(text(label)),\
            "not_after":\(text(end)),"count":\(count),"last_used_at":\(text(last))}
            """
    }

    @Test func `a tenant is shown with its limits and every key, whole, and no secret`() async throws {
        let (clock, uses) = (ManualClock(), KeyUses())
        let desk = Desk(clock: clock, tenants: [Self.tenant(clock, uses)], keyUses: uses)
        _ = await desk.call(.get, "/v1/payments", key: Self.oldKey)
        _ = await desk.call(.get, "/v1/payments", key: Self.oldKey)
        clock.advance(byMs: 60_000)
        _ = await desk.call(.get, "/v1/payments", key: Self.oldKey)
        _ = await desk.call(.get, "/v1/payments")
        let answer = await desk.ask(admin: "/api/tenants/bookshop")
        #expect(answer.status == 200)
        func print(_ text: String) -> String { KeyFingerprint.of(Array(text.utf8)) }
        let end = "2026-01-02T03:05:05.000Z"
        let keys = [
            key("alipay_key", print("old-hush"), "lapsed", place: "alipay.keys[0]", end: end),
            key("alipay_key", print("new-hush"), "in_force", place: "alipay.keys[1]"),
            key(
                "api_key", print(Self.oldKey), "lapsed", place: "api_keys[0]", label: "old", end: end, count: 2,
                last: "2026-01-02T03:04:05.000Z"),
            key(
                "api_key", print(Desk.bookshopKey), "in_force", place: "api_keys[1]", label: "new", count: 1, last: end),
            key(
                "webhook_secret", KeyFingerprint.of(Array(0..<32)), "lapsed", place: "webhook.secrets[0]", end: end),
        ]
        #expect(
            answer.text == """
                {"object":"tenant","id":"bookshop","name":"Bookshop","partner":"2088101122136241","sign_type":"MD5",\
                "products":["web/instant","qr/instant"],\
                "endpoints":[{"id":"default","url":"https://shop.example:8443"}],"notify_sources":null,\
                "allowed_sources":["127.0.0.0/8"],"limits":{"requests_per_second":50,"burst":50,\
                "payments_per_day":null,"amount_max":5000000,"webhook_backlog":100000},\
                "keys":[\(keys.joined(separator: ","))]}
                """)
        #expect(!answer.text.contains("hush") && !answer.text.contains("t0ken"))
    }

    @Test func `keys that were used and are in no file any more come last, the straggler first`() async throws {
        let (clock, uses) = (ManualClock(), KeyUses())
        let desk = Desk(clock: clock, tenants: [Self.tenant(clock, uses)], keyUses: uses)
        for text in ["old-hush", "new-hush"] {
            uses.use(
                of: KeyName(tenant: "bookshop", kind: .alipayKey, fingerprint: KeyFingerprint.of(Array(text.utf8)))
            ).note(atMs: clock.nowMs)
            clock.advance(byMs: 1000)
        }
        uses.use(of: KeyName(tenant: "rival", kind: .apiKey, fingerprint: "aaaaaaaaaaaa")).note(atMs: clock.nowMs)
        desk.tenants.replace(with: TenantSnapshot([Self.tenant(clock, uses, md5: ["third-hush"])]))
        let keys = await desk.ask(admin: "/api/tenants/bookshop").elements("keys")
        #expect(
            keys.suffix(2).map { $0["key"]?.text } == [
                KeyFingerprint.of(Array("new-hush".utf8)), KeyFingerprint.of(Array("old-hush".utf8)),
            ])
        #expect(keys.suffix(2).map { $0["state"]?.text } == ["not_in_file", "not_in_file"])
        #expect(keys.suffix(2).map { $0["place"] } == [.null, .null])
        #expect(keys.count == 6)
    }

    @Test func `a tenant that is not there is 404, and a parameter is not taken`() async {
        let desk = Desk()
        let missing = await desk.ask(admin: "/api/tenants/nobody")
        #expect(missing.status == 404)
        #expect(missing.detail == "no tenant nobody is served now")
        #expect(await desk.ask(admin: "/api/tenants/bookshop?x=1").status == 400)
        #expect(
            await desk.ask(
                admin: "/api/tenants/bookshop", method: .post, headers: [("Content-Type", "application/json")]
            ).status == 404)
    }
}
