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

/// What a buyer's browser is shown under `/checkout` and `/return`.
struct BuyerPageTests {
    @Test func `an open payment is sent on to Alipay, for this browser alone`() async {
        let desk = Desk()
        let payment = await desk.create()
        for method in [HTTP.Method.get, .head] {
            let answer = await desk.call(method, "/checkout/\(payment.id)", key: nil)
            #expect(answer.status == 302)
            #expect(answer.headers["Location"] == payment.json["next_action"]?["provider_url"]?.text)
            #expect(answer.headers["Cache-Control"] == "no-store")
            #expect(answer.headers["Referrer-Policy"] == "no-referrer")
        }
        #expect(await desk.call(.post, "/checkout/\(payment.id)", key: nil).headers["Allow"] == "GET, HEAD")
    }

    @Test func `a payment that is over is a page, in the buyer's language, whole`() async {
        let desk = Desk()
        let payment = await desk.create { $0["subject"] = "\"三体 (1-3)\"" }.id
        desk.clock.advance(byMs: 7_200_000)
        let style = """
            body{font:17px/1.6 system-ui,sans-serif;background:#f4f6f8;color:#1d2733;margin:0}\
            main{max-width:26em;margin:12vh auto;padding:2em;background:#fff;border-radius:12px}\
            h1{font-size:1.5em;margin:0 0 .4em}.order{color:#5b6773;border-top:1px solid #e3e8ed;padding-top:1em}
            """
        let chinese = await desk.call(.get, "/checkout/\(payment)", key: nil)
        #expect(chinese.status == 200)
        #expect(chinese.headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(
            chinese.text == """
                <!doctype html>
                <html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
                <meta name="robots" content="noindex"><title>已过期</title><style>\(style)</style></head>
                <body><main><h1>已过期</h1><p>付款时间已过。请回到商家重新下单。</p><p class="order">三体 (1-3)<br>¥ 120.50</p></main></body></html>
                """)
        let english = await desk.call(
            .get, "/checkout/\(payment)", key: nil, headers: [("Accept-Language", "en-GB,zh")])
        #expect(english.text.contains("<html lang=\"en\">"))
        #expect(english.text.contains("<h1>Expired</h1>"))
    }

    @Test func `a request too long for an answer's head is a page that goes on by itself`() async throws {
        let desk = Desk()
        // What the URL has beside the description.
        let shortest = await desk.create("ORDER-0") { $0["description"] = "\"x\"" }
        let beside = try #require(shortest.json["next_action"]?["provider_url"]?.text).utf8.count - 1
        for (length, status) in [(2560 - beside, 302), (2561 - beside, 200)] {
            // Nine bytes for each Chinese character, one for each letter.
            let description = String(repeating: "书", count: length / 9) + String(repeating: "x", count: length % 9)
            let payment = await desk.create("ORDER-\(length % 10)") { $0["description"] = "\"\(description)\"" }
            let url = try #require(payment.json["next_action"]?["provider_url"]?.text)
            #expect(url.utf8.count == beside + length)
            let answer = await desk.call(
                .get, "/checkout/\(payment.id)", key: nil, headers: [("Accept-Language", "en")])
            #expect(answer.status == status)
            #expect(answer.onwardURL == url)
            #expect((answer.headers["Location"] == nil) == (status == 200))
            #expect(answer.headers["Cache-Control"] == "no-store")
            #expect(answer.headers["Referrer-Policy"] == "no-referrer")
            guard status == 200 else { continue }
            #expect(answer.text.contains("<h1>On to Alipay</h1>"))
            #expect(answer.text.contains("<a href=\"\(url.replacing("&", with: "&amp;"))\">Continue</a>"))
        }
    }

    @Test(arguments: [
        (#"<script>alert(1)</script>"#, "&lt;script&gt;alert(1)&lt;/script&gt;"),
        (#"</p></main><img src=x onerror=alert(1)>"#, "&lt;/p&gt;&lt;/main&gt;&lt;img src=x onerror=alert(1)&gt;"),
        (#"a & b &lt; 'c' \"d\""#, "a &amp; b &amp;lt; &#39;c&#39; &quot;d&quot;"),
        ("</style><script>", "&lt;/style&gt;&lt;script&gt;"), ("<\u{301}b>", "&lt;\u{301}b&gt;"),
        ("]]><!--", "]]&gt;&lt;!--"),
    ])
    func `a hostile subject is text on the page`(subject: String, escaped: String) async throws {
        let desk = Desk()
        let payment = await desk.create { $0["subject"] = "\"\(subject)\"" }.id
        desk.clock.advance(byMs: 7_200_000)
        let page = await desk.call(.get, "/checkout/\(payment)", key: nil).text
        #expect(page.contains("<p class=\"order\">\(escaped)<br>"))
        #expect(!page.contains("<script") && !page.contains("<img"))
    }

    @Test func `the policy allows this page's own style and nothing else`() async throws {
        let desk = Desk()
        let answer = await desk.call(.get, "/checkout/pay_1", key: nil)
        let start = try #require(answer.text.firstRange(of: "<style>")).upperBound
        let end = try #require(answer.text.firstRange(of: "</style>")).lowerBound
        let hash = Base64.encode(SHA256.digest(Array(answer.text[start..<end].utf8)))
        #expect(
            answer.headers["Content-Security-Policy"] == """
                default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'; \
                frame-ancestors 'none'
                """)
        #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
        #expect(answer.headers["Referrer-Policy"] == "no-referrer")
        #expect(answer.headers["Cache-Control"] == "no-store")
        // Without JavaScript, and nothing loaded from anywhere.
        for word in ["<script", " on", "javascript:", "src=", "href=", "url("] { #expect(!answer.text.contains(word)) }
    }

    @Test(arguments: [
        (nil, "zh-CN"), ("", "zh-CN"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"), ("en", "en"), ("en-US,en;q=0.9", "en"),
        ("EN-us", "en"), ("fr, en", "zh-CN"), ("*", "zh-CN"),
    ])
    func `the language is Chinese unless the browser asks for English first`(header: String?, language: String) async {
        let answer = await Desk().call(
            .get, "/checkout/pay_1", key: nil, headers: header.map { [("Accept-Language", $0)] } ?? [])
        #expect(answer.status == 404)
        #expect(answer.text.contains("<html lang=\"\(language)\">"))
    }

    @Test func `a paid payment is not sent to Alipay again`() async {
        let desk = Desk()
        let payment = await desk.create().id
        desk.alipay.always { _ in .success(TradeAnswer.trade("ORDER-1", status: "TRADE_SUCCESS")) }
        _ = await desk.call(.post, "/v1/payments/\(payment)/sync")
        let page = await desk.call(.get, "/checkout/\(payment)", key: nil, headers: [("Accept-Language", "en")])
        #expect(page.status == 200)
        #expect(page.headers["Location"] == nil)
        #expect(page.text.contains("<h1>Paid</h1><p>The merchant has received this payment.</p>"))
    }

    @Test func `a return that is not signed proves nothing and shows nothing`() async {
        let desk = Desk()
        _ = await desk.create { $0["return_url"] = "\"https://shop.example/thanks\"" }
        let answer = await desk.call(
            .get, "/return/bookshop?out_trade_no=ORDER-1&trade_status=TRADE_SUCCESS&sign=00&sign_type=MD5", key: nil,
            headers: [("Accept-Language", "en")])
        #expect(answer.status == 200)
        #expect(answer.headers["Location"] == nil)
        #expect(answer.text.contains("<h1>Checking</h1>"))
        #expect(!answer.text.contains("Two books"))
    }

    @Test func `a store that does not answer asks the buyer to reload`() async {
        let store = MemoryStore()
        let desk = Desk(store: store)
        let payment = await desk.create().id
        store.failNextReads(1)
        let answer = await desk.call(.get, "/checkout/\(payment)", key: nil)
        #expect(answer.status == 503)
        #expect(answer.headers["Content-Type"] == "text/html; charset=utf-8")
    }

    // MARK: - What is known only when the buyer comes

    @Test func `each buyer is sent on with a time stamp of their own`() async throws {
        let desk = Desk(tenants: [.bookshop(services: .init(queryTimestamp: true))])
        let payment = await desk.create()
        #expect(payment.text.contains(#""url":"https://pay.example/checkout/\#(payment.id)","provider_url":null}"#))
        #expect(desk.alipay.requests.isEmpty)
        for key in ["KHN8BKnR", "Kp-fdyfW"] {
            desk.alipayAnswers(["query_timestamp": TradeAnswer.timestamp(key)])
            let answer = await desk.browse("/checkout/\(payment.id)")
            #expect(answer.status == 302)
            #expect(try #require(answer.headers["Location"]).contains("&anti_phishing_key=\(key)&"))
        }
        #expect(desk.services == ["query_timestamp", "query_timestamp"])
    }

    @Test(arguments: [TradeAnswer.error("ILLEGAL_PARTNER"), TradeAnswer.xml("<html/>")])
    func `without a time stamp the buyer is asked to try again`(response: OutboundResponse) async {
        let desk = Desk(tenants: [.bookshop(services: .init(queryTimestamp: true))])
        let id = await desk.create().id
        desk.alipayAnswers(["query_timestamp": response])
        let answer = await desk.browse("/checkout/\(id)")
        #expect(answer.status == 503)
        #expect(answer.headers["Location"] == nil)
        #expect(answer.text.contains("<h1>Please try again</h1>"))
    }

    @Test func `the buyer's address goes to Alipay where the contract asks for it`() async throws {
        let desk = Desk(tenants: [.bookshop(services: .init(exterInvokeIP: true))])
        let payment = await desk.create { $0["buyer"] = #"{"ip": "198.51.100.9"}"# }
        #expect(payment.json["next_action"]?["provider_url"] == .null)
        let seen = try #require(IPAddress("203.0.113.7"))
        #expect(
            await desk.browse("/checkout/\(payment.id)", from: seen).headers["Location"]?
                .contains("&exter_invoke_ip=203.0.113.7&") == true)
        // Alipay's field takes IPv4 only: then what the merchant saw has to do.
        let six = try #require(IPAddress("2001:db8::1"))
        #expect(
            await desk.browse("/checkout/\(payment.id)", from: six).headers["Location"]?
                .contains("&exter_invoke_ip=198.51.100.9&") == true)
        #expect(desk.alipay.requests.isEmpty)
    }

    // MARK: - Coming back

    private static func signedReturn(_ reference: String) -> String {
        HandMadeNotification(
            reference: reference, tradeNo: "2026010200001", status: "TRADE_SUCCESS", partner: "2088101122136241",
            sellerEmail: "sales@bookshop.example", key: TradeAnswer.key
        ).body
    }

    /// It lies at Alipay, and nobody has to order again.
    @Test func `a payment of which another sum was paid is not called expired`() async {
        let desk = Desk()
        let id = await desk.create().id
        desk.alipayAnswers([
            "single_trade_query": TradeAnswer.trade("ORDER-1", status: "TRADE_SUCCESS", total: "99.00")
        ])
        _ = await desk.call(.post, "/v1/payments/\(id)/sync")
        let english = [("Accept-Language", "en")]
        let page = await desk.call(.get, "/checkout/\(id)", key: nil, headers: english)
        #expect(page.status == 200 && page.text.contains("<h1>Checking</h1>"))
        desk.clock.advance(byMs: 86_400_000)
        #expect(
            await desk.call(.get, "/checkout/\(id)", key: nil, headers: english).text.contains("<h1>Checking</h1>"))
    }

    @Test(arguments: ["broken", "missing"])
    func `buyers of a tenant that is down for now are asked to come again`(how: String) async throws {
        let desk = Desk()
        let id = await desk.create().id
        let others = [Tenant.teashop]
        desk.tenants.replace(
            with: how == "broken" ? .init(others, broken: ["bookshop"]) : .init(others, missing: ["bookshop"]))
        for path in ["/checkout/\(id)", "/return/bookshop?" + BuyerPageTests.signedReturn("ORDER-1")] {
            let page = await desk.call(.get, path, key: nil, headers: [("Accept-Language", "en")])
            #expect(page.status == 503 && page.text.contains("<h1>Please try again</h1>"))
        }
        let posted = await desk.call(.post, "/notify/bookshop", key: nil, body: "a=b")
        #expect(posted.status == 503 && posted.text == "fail")
        desk.tenants.replace(with: .init(others))
        #expect(await desk.call(.get, "/checkout/\(id)", key: nil).status == 404)
        #expect(await desk.call(.post, "/notify/bookshop", key: nil, body: "a=b").status == 404)
    }

    @Test func `a buyer who comes back before the notification finds the payment paid`() async {
        let desk = Desk()
        let id = await desk.create().id
        desk.alipayAnswers(["single_trade_query": TradeAnswer.trade("ORDER-1", status: "TRADE_SUCCESS")])
        let page = await desk.browse("/return/bookshop?" + BuyerPageTests.signedReturn("ORDER-1"))
        #expect(page.text.contains("<h1>Paid</h1>"))
        #expect(await desk.call(.get, "/v1/payments/\(id)").json["status"]?.text == "succeeded")
    }

    @Test func `whoever reloads the return asks Alipay once in ten seconds`() async {
        let desk = Desk()
        _ = await desk.create()
        desk.alipayAnswers(["single_trade_query": TradeAnswer.trade("ORDER-1", status: "WAIT_BUYER_PAY")])
        let back = "/return/bookshop?" + BuyerPageTests.signedReturn("ORDER-1")
        for _ in 1...5 { #expect(await desk.browse(back).text.contains("<h1>Checking</h1>")) }
        #expect(desk.alipay.requests.count == 1)
        desk.clock.advance(byMs: 9_999)
        _ = await desk.browse(back)
        #expect(desk.alipay.requests.count == 1)
        desk.clock.advance(byMs: 1)
        _ = await desk.browse(back)
        #expect(desk.alipay.requests.count == 2)
    }

    @Test(arguments: [("web", "single_trade_query"), ("qr", "alipay.acquire.query")])
    func `a buyer who comes back waits three seconds for Alipay at most, a merchant who asks ten`(
        channel: String, service: String
    ) async {
        let desk = Desk(tenants: [.everything()])
        desk.alipayAnswers(["alipay.acquire.precreate": TradeAnswer.qrCode("ORDER-1")])
        let id = await desk.create { $0["channel"] = "\"\(channel)\"" }.id
        desk.alipay.always { _ in .failure(SendError(code: .timeout, message: "too slow")) }
        let page = await desk.browse("/return/bookshop?" + BuyerPageTests.signedReturn("ORDER-1"))
        #expect(page.text.contains("<h1>Checking</h1>"))
        #expect(await desk.call(.post, "/v1/payments/\(id)/sync").status == 504)
        let asked = desk.alipay.requests.filter { $0.service == service }
        #expect(asked.map(\.timeout) == [.seconds(3), .seconds(10)])
    }
}
