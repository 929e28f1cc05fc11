import Alipay
import HTTP
import Testing

struct CloseTradeTests {
    static func answer(_ xml: String, verifiedTLS: Bool = true, _ contract: Contract = .sample()) -> CloseTrade.Answer {
        CloseTrade.answer(.sample(xml, verifiedTLS: verifiedTLS), contract)
    }

    @Test func `the request by the merchant's number, which is out_order_no here, and by Alipay's`() throws {
        let byOrder = try #require(CloseTrade.request(tradeNo: nil, outTradeNo: "ORDER-1001", .sample()))
        #expect(
            byOrder.url == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8&partner=2088101122136241"
                + "&service=close_trade&out_order_no=ORDER-1001&sign=12d514a5bd075317025bfa3f54011055&sign_type=MD5")
        let byTrade = try SentParameters(
            try #require(
                CloseTrade.request(tradeNo: "2026010222001400000000000001", outTradeNo: "ORDER-1001", .sample())))
        #expect(byTrade["trade_no"] == "2026010222001400000000000001" && byTrade["out_order_no"] == nil)
    }

    @Test func `a short success is a closed trade`() {
        #expect(CloseTradeTests.answer(Reply.short("T")) == .closed)
        let local = Contract.sample(gatewayURL: "http://127.0.0.1:8090/gateway.do")
        #expect(CloseTradeTests.answer(Reply.short("T"), verifiedTLS: false, local) == .closed)
        #expect(
            CloseTradeTests.answer(Reply.short("T"), verifiedTLS: false)
                == .invalid("an unsigned answer over an unverified connection"))
    }

    @Test(
        arguments: [
            ("TRADE_NOT_EXIST", .notFound), ("TRADE_IS_NOT_EXIST", .notFound), ("TRADE_STATUS_NOT_AVAILD", .wrongState),
            ("ILLEGAL_SIGN", .refused(code: "ILLEGAL_SIGN")), ("SYSTEM_ERROR", .refused(code: "SYSTEM_ERROR")),
        ] as [(String, CloseTrade.Answer)])
    func `an error says why the trade is not closed`(code: String, answer: CloseTrade.Answer) {
        #expect(CloseTradeTests.answer(Reply.short("F", error: code)) == answer)
        #expect(
            CloseTradeTests.answer(Reply.short("F", error: code), verifiedTLS: false)
                == .invalid("an unsigned answer over an unverified connection"))
    }

    @Test func `in progress is not a word of this service`() {
        #expect(CloseTradeTests.answer(Reply.short("P")) == .invalid("is_success is neither T nor F"))
    }
}
