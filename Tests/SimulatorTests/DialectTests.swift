import Crypto
import Diagnostics
import HTTP
import JSON
import Simulator
import Support
import Testing
import Text

@Suite struct DialectTests {
    /// `三体 (1-3)` in GBK.
    static let subjectGBK: [UInt8] = [0xC8, 0xFD, 0xCC, 0xE5, 0x20, 0x28, 0x31, 0x2D, 0x33, 0x29]

    static func orderGBK(_ name: String = "gbk") -> Fields {
        var order = TestWorld.order(["_input_charset": name])
        order.set("subject", bytes: subjectGBK)
        return order
    }

    @Test(arguments: ["gbk", "GBK", "gb2312", ""])
    func `an order in GBK is read, notified and answered in GBK, byte for byte`(name: String) throws {
        let world = TestWorld()
        let trade = try world.paidTrade(DialectTests.orderGBK(name))
        #expect(trade.order.subject == "三体 (1-3)")
        let form = try found(world.inbox.forms.first)
        #expect(form["subject"] == DialectTests.subjectGBK)
        #expect(PartnerSignature.isValid(form, key: TestWorld.key))
        #expect(
            world.inbox.requests[0].headers["Content-Type"]
                == "application/x-www-form-urlencoded; text/html; charset=GBK")
        let back = try found(world.simulator.returnURL(of: trade.tradeNo))
        #expect(back.contains("subject=%C8%FD%CC%E5+%281-3%29"))

        let query = Fields([
            "service": "single_trade_query", "partner": TestWorld.partner, "_input_charset": name,
            "out_trade_no": "ORDER-1",
        ])
        let response = try found(world.send(.get, "/gateway.do", query: TestWorld.sign(query).formEncoded()))
        #expect(response.headers["Content-Type"] == "text/xml; charset=GBK")
        #expect(response.body.starts(with: Array("<?xml version=\"1.0\" encoding=\"GBK\"?>".utf8)))
        let root = try XMLReader.read(response.body)
        let content = try found(root.child(named: "response")?.child(named: "trade"))
        var elements = Fields()
        for element in content.children { elements.set(element.name, element.text) }
        #expect(elements.text("subject") == "三体 (1-3)")
        #expect(root.child(named: "sign")?.text == PartnerSignature.md5(elements.encoded(in: .gbk), key: TestWorld.key))
    }

    @Test func `the last request for a trade says how it is notified`() throws {
        let world = TestWorld()
        _ = try world.openTrade(DialectTests.orderGBK())
        _ = try world.paidTrade()
        #expect(try world.inbox.forms.first?.text("subject") == "三体 (1-3)")
    }

    @Test func `what GBK lacks is a question mark where a request in GBK asks for it`() throws {
        let world = TestWorld()
        _ = try world.openTrade(TestWorld.order.changed("subject", "书📚"))
        let query = Fields([
            "service": "single_trade_query", "partner": TestWorld.partner, "_input_charset": "gbk",
            "out_trade_no": "ORDER-1",
        ])
        let response = try found(world.send(.get, "/gateway.do", query: TestWorld.sign(query).formEncoded()))
        #expect(GBK.decode(response.body)?.contains("<subject>书?</subject>") == true)
    }

    @Test func `bytes outside the charset are refused`() throws {
        var order = TestWorld.order(["_input_charset": "gbk"])
        order.set("subject", bytes: [0xFF, 0xFF])
        #expect(TestWorld().cashier(order).contains("<strong>ILLEGAL_ENCODING</strong>"))
    }

    @Test func `with POST the charset stands in the URL, and says the same as in the body`() throws {
        let world = TestWorld()
        let body = TestWorld.sign(DialectTests.orderGBK()).formEncoded()
        let ask = { (query: String) in
            world.text(world.send(.post, "/gateway.do", query: Array(query.utf8), body: body))
        }
        #expect(ask("_input_charset=gbk").contains("付款 Pay"))
        #expect(ask("").contains("<strong>ILLEGAL_SIGN</strong>"))
        #expect(ask("_input_charset=utf-8").contains("<strong>ILLEGAL_CHARSET</strong>"))
    }
}

@Suite struct RSATests {
    static let merchantKey = RSAPrivateKey.generate(bits: 1024)

    static func world(_ signTypes: Set<SimulatorAccount.SignType>? = nil) -> TestWorld {
        TestWorld(merchantKey: merchantKey.publicKey, signTypes: signTypes ?? [.rsa])
    }

    @Test func `an order with an RSA sign is answered, returned and notified with Alipay's RSA sign`() throws {
        let world = RSATests.world()
        let alipay = try RSAPublicKey(text: world.simulator.alipayPublicKey)
        #expect(
            world.gateway(PartnerSignature.signed(TestWorld.order, rsaKey: RSATests.merchantKey)).contains("付款 Pay"))
        let trade = try found(world.simulator.trades().first)
        try world.simulator.move(trade.tradeNo, .pay)
        let form = try found(world.inbox.forms.first)
        #expect(form.text("sign_type") == "RSA")
        #expect(PartnerSignature.isValidRSA(form, key: alipay))
        let back = try found(world.simulator.returnURL(of: trade.tradeNo))
        let fields = try Fields(form: back.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst())
        #expect(PartnerSignature.isValidRSA(fields, key: alipay))
        let query = Fields([
            "service": "single_trade_query", "partner": TestWorld.partner, "_input_charset": "utf-8",
            "trade_no": trade.tradeNo,
        ])
        let answer = world.gateway(PartnerSignature.signed(query, rsaKey: RSATests.merchantKey))
        var (elements, sign) = try read(answer, wrapper: "trade")
        elements.set("sign", sign)
        #expect(PartnerSignature.isValidRSA(elements, key: alipay))
        #expect(answer.contains("<sign_type>RSA</sign_type>"))
    }

    @Test func `a sign of another key, or of a kind that the account has not, is refused`() {
        let world = RSATests.world()
        let other = RSAPrivateKey.generate(bits: 1024)
        #expect(world.gateway(PartnerSignature.signed(TestWorld.order, rsaKey: other)).contains("ILLEGAL_SIGN<"))
        #expect(world.cashier().contains("ILLEGAL_SIGN_TYPE"))
        let both = RSATests.world([.md5, .rsa])
        #expect(both.cashier().contains("付款 Pay"))
    }

    @Test func `Alipay's key is made once, or is the one of the settings`() throws {
        let world = TestWorld()
        #expect(world.simulator.alipayPublicKey == world.simulator.alipayPublicKey)
        let simulator = AlipaySimulator(
            settings: SimulatorSettings(alipayKey: RSATests.merchantKey), sender: Inbox(), clock: world.clock,
            logger: .none)
        #expect(simulator.alipayPublicKey == RSATests.merchantKey.publicKeyText)
        let keys = try ControlTests.ask(world, .get, "/simulator/keys").json
        #expect(keys["alipay_public_key"]?.text == world.simulator.alipayPublicKey)
    }
}
