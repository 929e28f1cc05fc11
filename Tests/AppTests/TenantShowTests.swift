import Testing

/// `payrelay tenant show`: what it asks of the admin API, and how it shows the answer.
struct TenantShowTests {
    private static let answer = """
        {"object":"tenant","id":"shop","name":"书店\\u001b[31m","partner":"2088101122136241","sign_type":"MD5",\
        "products":["web/instant","qr/instant"],"endpoints":[{"id":"default","url":"https://shop.example"}],\
        "notify_sources":null,"allowed_sources":["203.0.113.0/24","2001:db8::/32"],\
        "limits":{"requests_per_second":50,"burst":100,"payments_per_day":null,"amount_max":5000000,\
        "webhook_backlog":100000},"keys":[\
        {"kind":"alipay_key","key":"0123456789ab","state":"lapsed","place":"alipay.keys[0]","label":null,\
        "not_after":"2026-01-02T00:00:00.000Z","count":12,"last_used_at":"2026-01-01T23:59:59.000Z"},\
        {"kind":"api_key","key":"123456789abc","state":"in_force","place":"api_keys[0]","label":"backend",\
        "not_after":null,"count":1,"last_used_at":"2026-01-02T03:04:05.000Z"},\
        {"kind":"webhook_secret","key":"23456789abcd","state":"in_force","place":"webhook.secrets[0]","label":null,\
        "not_after":null,"count":0,"last_used_at":null},\
        {"kind":"webhook_secret","key":"3456789abcde","state":"not_in_file","place":null,"label":null,\
        "not_after":null,"count":3,"last_used_at":"2025-12-01T00:00:00.000Z"}]}
        """

    @Test func `a tenant is a line for each thing, and a line for each key`() throws {
        let listener = try AdminListener([Self.answer])
        defer { listener.stop() }
        let outcome = listener.run("tenant show shop")
        #expect(outcome.status == 0 && outcome.error == "")
        #expect(
            outcome.out == """
                id: shop
                name: 书店\\u{1b}[31m
                partner: 2088101122136241
                sign_type: MD5
                products: web/instant, qr/instant
                notify_sources: anywhere
                allowed_sources: 203.0.113.0/24, 2001:db8::/32
                endpoint: default  https://shop.example
                requests_per_second: 50
                burst: 100
                payments_per_day: no limit
                amount_max: 5000000
                webhook_backlog: 100000
                keys:
                  0123456789ab  lapsed  alipay.keys[0]  not after 2026-01-02T00:00:00.000Z  \
                used 12 times, last at 2026-01-01T23:59:59.000Z
                  123456789abc  in_force  api_keys[0] (backend)  used 1 time, last at 2026-01-02T03:04:05.000Z
                  23456789abcd  in_force  webhook.secrets[0]  never used
                  3456789abcde  not_in_file  webhook_secret  used 3 times, last at 2025-12-01T00:00:00.000Z

                """)
        #expect(listener.asked == ["GET /api/tenants/shop "])
    }
}
