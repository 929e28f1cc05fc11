import Diagnostics
import HTTP
import Simulator
import Support
import Testing

@Suite struct DirectPayTests {
    static let others = [
        SimulatorAccount(
            partner: "2088000000000009", key: Secret("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"),
            sellerEmail: "other@shop.example")
    ]

    @Test func `the cashier shows what there is to pay and begins the trade`() throws {
        let world = TestWorld()
        #expect(world.query("out_trade_no", "ORDER-1").contains("<error>TRADE_NOT_EXIST</error>"))
        let page = world.cashier()
        let trade = try found(world.simulator.trades().first)
        #expect(page.contains("三体 (1-3)") && page.contains("ORDER-1") && page.contains("¥ 120.50"))
        #expect(page.contains("action=\"/cashier/\(trade.tradeNo)/pay\""))
        #expect(trade.status == .waitBuyerPay)
        #expect(trade.tradeNo.hasPrefix("20260102") && trade.tradeNo.utf8.count == 28)
        #expect(trade.tradeNo.utf8.allSatisfy { (0x30...0x39).contains($0) })
        #expect(try world.inbox.forms.isEmpty)
    }

    @Test func `a merchant's text is never markup`() {
        let page = TestWorld().cashier(TestWorld.order(["subject": "<script>\"'&amp;</script>"]))
        #expect(page.contains("&lt;script&gt;&quot;&#39;&amp;amp;&lt;/script&gt;"))
        #expect(!page.contains("<script"))
    }

    @Test func `no script may run on any page`() throws {
        let world = TestWorld()
        let response = try found(world.send(.get, "/gateway.do", query: TestWorld.sign(TestWorld.order).formEncoded()))
        #expect(response.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'self'; base-uri 'none'")
    }

    @Test(
        arguments: [
            (["partner": "2088000000000000"], "ILLEGAL_PARTNER"), (["partner": ""], "ILLEGAL_PARTNER"),
            (["_input_charset": "big5"], "ILLEGAL_CHARSET"), (["_input_charset": "utf8"], "ILLEGAL_CHARSET"),
            (["service": "create_donate_trade_by_user"], "ILLEGAL_SERVICE"), (["service": ""], "ILLEGAL_SERVICE"),
            (["out_trade_no": ""], "ILLEGAL_ARGUMENT"), (["subject": ""], "ILLEGAL_ARGUMENT"),
            (["payment_type": ""], "ILLEGAL_ARGUMENT"), (["payment_type": "9"], "ILLEGAL_PAYMENT_TYPE"),
            (["total_fee": ""], "ILLEGAL_ARGUMENT"), (["total_fee": "0.00"], "TOTAL_FEE_LESSEQUAL_ZERO"),
            (["total_fee": "-1.00"], "TOTAL_FEE_LESSEQUAL_ZERO"), (["total_fee": "1.001"], "ILLEGAL_FEE_PARAM"),
            (["total_fee": "100000000.01"], "ILLEGAL_FEE_PARAM"),
            (["price": "1.00", "quantity": "1"], "ILLEGAL_ARGUMENT"),
            (["total_fee": "", "price": "1.00", "quantity": "0"], "ILLEGAL_FEE_PARAM"),
            (["total_fee": "", "price": "1.00", "quantity": "100000001"], "ILLEGAL_FEE_PARAM"),
            (["seller_id": ""], "ILLEGAL_ARGUMENT"), (["seller_id": "2088000000000001"], "SELLER_NOT_EXIST"),
            (["seller_id": "2088000000000009"], "SELLER_NOT_IN_SPECIFIED_SELLERS"),
            (["buyer_email": "sales@bookshop.example"], "BUYER_SELLER_EQUAL"),
            (["notify_url": "ftp://merchant.example/"], "ILLEGAL_ARGUMENT"),
            (["notify_url": "http://merchant.example/notify?shop=17"], "ILLEGAL_ARGUMENT"),
            (["return_url": "http://merchant.example/thanks you"], "ILLEGAL_ARGUMENT"),
            (["return_url": "http://merchant.example/\r\nSet-Cookie: a"], "ILLEGAL_ARGUMENT"),
            (["it_b_pay": "1h"], "SELF_TIMEOUT_NOT_SUPPORT"), (["exter_invoke_ip": "::1"], "ILLEGAL_EXTER_INVOKE_IP"),
            (["paymethod": "directpay"], "ILLEGAL_ARGUMENT"), (["paymethod": "bankPay"], "ILLEGAL_ARGUMENT"),
            (["subject": "a\u{7}b"], "ILLEGAL_ARGUMENT"),
            (["enable_paymethod": "cash", "disable_paymethod": "cartoon"], "ILLEGAL_ARGUMENT"),
        ] as [(KeyValuePairs<String, String>, String)])
    func `a signed request that is wrong is a page with Alipay's code`(
        changes: KeyValuePairs<String, String>, code: String
    ) {
        let world = TestWorld(others: DirectPayTests.others)
        #expect(world.cashier(TestWorld.order(changes)).contains("<strong>\(code)</strong>"))
        #expect(world.simulator.trades().isEmpty)
    }

    @Test(arguments: [
        ("out_trade_no", 64), ("body", 1000), ("show_url", 400), ("notify_url", 190), ("return_url", 200),
        ("extra_common_param", 100), ("subject", 256),
    ])
    func `a field may be as long as its limit and no longer`(name: String, longest: Int) {
        let start = name.hasSuffix("url") ? "http://m.example/" : "x"
        let text = start + String(repeating: "y", count: longest - start.utf8.count)
        #expect(TestWorld().cashier(TestWorld.order([name: text])).contains("付款 Pay"))
        #expect(TestWorld().cashier(TestWorld.order([name: text + "y"])).contains("ILLEGAL_ARGUMENT"))
    }

    @Test func `a subject's characters count as GBK's bytes`() {
        let subject = String(repeating: "书", count: 128)
        #expect(TestWorld().cashier(TestWorld.order(["subject": subject])).contains("付款 Pay"))
        #expect(TestWorld().cashier(TestWorld.order(["subject": subject + "a"])).contains("ILLEGAL_ARGUMENT"))
    }

    @Test func `a wrong sign is refused and the text that should have been signed is shown`() {
        let page = TestWorld().gateway(TestWorld.sign(TestWorld.order).changed("total_fee", "0.01"))
        #expect(page.contains("<strong>ILLEGAL_SIGN</strong>"))
        #expect(page.contains("_input_charset=utf-8&amp;notify_url=http://merchant.example"))
        #expect(!page.contains("abcdefghijklmnopqrstuvwxyz012345"))
    }

    @Test(arguments: ["md5", "RSA", ""]) func `a sign_type other than MD5 is refused`(signType: String) {
        let page = TestWorld().gateway(TestWorld.sign(TestWorld.order).changed("sign_type", signType))
        #expect(page.contains("<strong>ILLEGAL_SIGN_TYPE</strong>"))
    }

    @Test func `a service outside the contract is refused`() {
        #expect(TestWorld { $0.directPay = false }.cashier().contains("<strong>ILLEGAL_PARTNER_EXTERFACE</strong>"))
    }

    @Test func `bytes that are no UTF-8 are refused, however well they are signed`() throws {
        let wire = "service=create_direct_pay_by_user&partner=\(TestWorld.partner)&_input_charset=utf-8&subject=%FF"
        let page = TestWorld().cashier(try Fields(form: wire.utf8))
        #expect(page.contains("<strong>ILLEGAL_ENCODING</strong>"))
    }

    @Test func `a parameter that stands twice is refused`() {
        let wire = TestWorld.sign(TestWorld.order).formEncoded() + Array("&subject=other".utf8)
        let world = TestWorld()
        #expect(world.text(world.send(.get, "/gateway.do", query: wire)).contains("ILLEGAL_ARGUMENT"))
    }

    @Test func `price and quantity take the place of total_fee`() throws {
        let world = TestWorld()
        let trade = try world.openTrade(TestWorld.order(["total_fee": "", "price": "40.00", "quantity": "3"]))
        #expect(trade.totalFen == 12000)
    }

    @Test func `POST works when the charset stands in the URL too, and is read as GBK when it does not`() {
        let world = TestWorld()
        let body = TestWorld.sign(TestWorld.order).formEncoded()
        let good = world.send(.post, "/gateway.do", query: Array("_input_charset=utf-8".utf8), body: body)
        #expect(world.text(good).contains("付款 Pay"))
        #expect(world.text(world.send(.post, "/gateway.do", body: body)).contains("<strong>ILLEGAL_SIGN</strong>"))
    }

    @Test func `the same order again is the same trade, and another one under its number is refused`() throws {
        let world = TestWorld()
        let trade = try world.openTrade()
        #expect(world.cashier().contains(trade.tradeNo))
        for change in [("subject", "other"), ("total_fee", "120.51")] {
            let page = world.cashier(TestWorld.order([change.0: change.1]))
            #expect(page.contains("<strong>TRADE_DATA_MATCH_ERROR</strong>"))
        }
        #expect(world.simulator.trades().count == 1)
    }

    @Test func `another partner's order of the same number is another trade`() throws {
        let world = TestWorld(others: DirectPayTests.others)
        _ = try world.openTrade()
        let fields = TestWorld.order(["partner": "2088000000000009", "seller_id": "2088000000000009"])
        _ = world.gateway(PartnerSignature.signed(fields, key: DirectPayTests.others[0].key))
        #expect(
            Set(world.simulator.trades(outTradeNo: "ORDER-1").map(\.partner)) == [
                TestWorld.partner, "2088000000000009",
            ])
    }

    @Test func `an unpaid trade closes when its it_b_pay is over, to the millisecond`() throws {
        let world = TestWorld { $0.itBPay = true }
        let trade = try world.openTrade(TestWorld.order(["it_b_pay": "90m"]))
        world.clock.advance(byMs: 90 * 60_000 - 1)
        #expect(world.simulator.trade(trade.tradeNo)?.status == .waitBuyerPay)
        world.clock.advance(byMs: 1)
        #expect(world.simulator.trade(trade.tradeNo)?.status == .closed)
        #expect(world.cashier(TestWorld.order(["it_b_pay": "90m"])).contains("交易已关闭"))
    }

    @Test(arguments: ["0m", "1.5h", "16d", "1", "m", "2c", "361h"]) func `what is no it_b_pay is refused`(text: String)
    {
        let world = TestWorld { $0.itBPay = true }
        #expect(world.cashier(TestWorld.order(["it_b_pay": text])).contains("<strong>ILLEGAL_ARGUMENT</strong>"))
    }

    @Test func `1c is until midnight in Beijing`() throws {
        let world = TestWorld { $0.itBPay = true }
        let trade = try world.openTrade(TestWorld.order(["it_b_pay": "1c"]))
        #expect(BeijingTime.text(try found(trade.closesAtMs)) == "2026-01-03 00:00:00")
    }
}

extension Fields {
    func changed(_ name: String, _ text: String) -> Fields {
        var fields = self
        fields.set(name, text)
        return fields
    }
}
