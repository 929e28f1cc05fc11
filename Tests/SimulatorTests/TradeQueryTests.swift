import Diagnostics
import HTTP
import Simulator
import Support
import Testing
import Text

@Suite struct TradeQueryTests {
    /// The elements inside `<trade>` as fields, and the answer's `sign`.
    static func read(_ answer: String) throws -> (elements: Fields, sign: String?) {
        let root = try XMLReader.read(Array(answer.utf8))
        let trade = try found(root.child(named: "response")?.child(named: "trade"))
        var elements = Fields()
        for element in trade.children { elements.set(element.name, element.text) }
        return (elements, root.child(named: "sign")?.text)
    }

    @Test(arguments: ["trade_no", "out_trade_no"]) func `a paid trade is told by either number, and signed`(
        name: String
    ) throws {
        let world = TestWorld()
        let trade = try world.paidTrade()
        let answer = world.query(name, name == "trade_no" ? trade.tradeNo : "ORDER-1")
        let (elements, sign) = try TradeQueryTests.read(answer)
        #expect(sign == PartnerSignature.md5(elements, key: TestWorld.key))
        #expect(elements.text("trade_status") == "TRADE_SUCCESS")
        #expect(elements.text("total_fee") == "120.50")
        #expect(elements.text("gmt_payment") == "2026-01-02 11:04:05")
        #expect(elements.text("is_total_fee_adjust") == "F")
        #expect(elements.text("to_seller_fee") == "120.50")
        #expect(
            answer.hasPrefix(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<alipay><is_success>T</is_success><request><param name=\"service\">"
            ))
    }

    @Test func `text that means something to XML comes back as it was, and is signed after one unescape`() throws {
        let world = TestWorld()
        let subject = "<a> & \"b\" 'c' ]]> &amp; 三"
        let trade = try world.paidTrade(TestWorld.order(["subject": subject, "body": "one\r\ntwo\ttabs"]))
        let (elements, sign) = try TradeQueryTests.read(world.query("trade_no", trade.tradeNo))
        #expect(elements.text("subject") == subject)
        #expect(elements.text("body") == "one\r\ntwo\ttabs")
        #expect(sign == PartnerSignature.md5(elements, key: TestWorld.key))
    }

    @Test func `a partial refund shows beside a trade that is still paid`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade()
        try world.simulator.move(trade.tradeNo, .refund(2000))
        let (elements, _) = try TradeQueryTests.read(world.query("trade_no", trade.tradeNo))
        #expect(elements.text("trade_status") == "TRADE_SUCCESS")
        #expect(elements.text("refund_status") == "REFUND_SUCCESS")
        #expect(elements.text("refund_fee") == "20.00")
        #expect(elements.text("to_buyer_fee") == "20.00")
        #expect(elements.text("gmt_refund") == "2026-01-02 11:04:05.000")
    }

    @Test func `a request that is wrong is an unsigned error`() throws {
        let world = TestWorld()
        let base = Fields(["service": "single_trade_query", "partner": TestWorld.partner, "_input_charset": "utf-8"])
        let error = { (code: String) in
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<alipay><is_success>F</is_success><error>\(code)</error></alipay>"
        }
        #expect(world.query("out_trade_no", "ORDER-9") == error("TRADE_NOT_EXIST"))
        #expect(world.query("trade_no", "123456789012345") == error("ILLEGAL_ARGUMENT"))
        #expect(world.gateway(TestWorld.sign(base)) == error("ILLEGAL_ARGUMENT"))
        #expect(world.gateway(TestWorld.sign(base).changed("out_trade_no", "ORDER-9")) == error("ILLEGAL_SIGN"))
        #expect(world.gateway(TestWorld.sign(base.changed("partner", "2088"))) == error("ILLEGAL_PARTNER"))
        #expect(world.gateway(TestWorld.sign(base.changed("_input_charset", "big5"))) == error("ILLEGAL_CHARSET"))
        let other = TestWorld { $0.tradeQuery = false }
        #expect(other.query("out_trade_no", "ORDER-1") == error("ILLEGAL_PARTNER_EXTERFACE"))
    }

    @Test func `another partner's trade does not exist`() throws {
        let world = TestWorld(others: DirectPayTests.others)
        let trade = try world.paidTrade()
        let fields = Fields([
            "service": "single_trade_query", "partner": "2088000000000009", "_input_charset": "utf-8",
            "trade_no": trade.tradeNo,
        ])
        let answer = world.gateway(PartnerSignature.signed(fields, key: DirectPayTests.others[0].key))
        #expect(answer.contains("<error>TRADE_NOT_EXIST</error>"))
    }

    @Test func `of two trades of one order the paid one is told`() throws {
        let world = TestWorld()
        let first = try world.openTrade()
        let second = try world.simulator.payAgain(first.tradeNo)
        let (elements, _) = try TradeQueryTests.read(world.query("out_trade_no", "ORDER-1"))
        #expect(elements.text("trade_no") == second.tradeNo)
        #expect(first.tradeNo != second.tradeNo)
    }
}
