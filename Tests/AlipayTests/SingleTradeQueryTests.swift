import Alipay
import HTTP
import Payments
import Testing

struct SingleTradeQueryTests {
    static func answer(
        _ xml: String, _ contract: Contract = .sample(), status: Int = 200, headers: [(String, String)] = [],
        verifiedTLS: Bool = true
    ) -> SingleTradeQuery.Answer {
        let response = OutboundResponse.sample(xml, status: status, headers: headers, verifiedTLS: verifiedTLS)
        return SingleTradeQuery.answer(response, outTradeNo: "ORDER-1001", contract)
    }

    static func answer(
        _ answer: Answer, _ contract: Contract = .sample(), verifiedTLS: Bool = true
    ) -> SingleTradeQuery.Answer {
        self.answer(answer.xml, contract, verifiedTLS: verifiedTLS)
    }

    static func report(_ answer: Answer) -> TradeReport? {
        guard case .trade(let report) = self.answer(answer) else { return nil }
        return report
    }

    static let paid = TradeReport(
        source: .query, tradeNo: "2026010222001400000000000001", word: "TRADE_SUCCESS",
        state: .succeeded(refundable: true),
        amountMinor: 12_050, paidAtMs: 1_767_323_045_000, refundedMinor: 0, buyer: "b***@example.com")

    // MARK: - The request

    @Test func `the request by Alipay's number, whole`() throws {
        let request = try #require(SingleTradeQuery.request(.tradeNo("2026010222001400000000000001"), .sample()))
        #expect(
            request.url
                == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8&partner=2088101122136241&service=single_trade_query"
                + "&trade_no=2026010222001400000000000001&sign=362e0812646ae4a47939fb637c8e5f71&sign_type=MD5")
        #expect(request.method == .get && request.body.isEmpty)
        #expect(request.policy == .trusted)
        #expect(request.timeout == .seconds(10))
        #expect(request.bodyLimit == .refuse(bytesMax: 262_144))
    }

    @Test func `the request by the merchant's number, whole, in less time`() throws {
        let request = try #require(SingleTradeQuery.request(.outTradeNo("ORDER-1001"), .sample(), timeout: .seconds(3)))
        #expect(
            request.url
                == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8&partner=2088101122136241&service=single_trade_query"
                + "&out_trade_no=ORDER-1001&sign=119c0e8276c44136dd16143c6b1cc9a8&sign_type=MD5")
        #expect(request.timeout == .seconds(3))
    }

    // MARK: - A good answer

    /// Its sign was computed apart from all code here.
    @Test func `a recorded answer is the trade's report`() throws {
        #expect(
            SingleTradeQueryTests.answer(try Fixture.text("trade-success.xml")) == .trade(SingleTradeQueryTests.paid))
    }

    @Test func `the answer is read whatever its Content-Type says, or whether it has one`() {
        for type in ["application/json", "text/html; charset=GBK", "image/png", "text/xml;charset=utf-16", ""] {
            let answer = SingleTradeQueryTests.answer(Answer.paid.xml, headers: [("Content-Type", type)])
            #expect(answer == .trade(SingleTradeQueryTests.paid))
        }
        #expect(SingleTradeQueryTests.answer(.paid) == .trade(SingleTradeQueryTests.paid))
    }

    /// What is signed needs no connection to vouch for it.
    @Test func `a signed answer counts over any connection`() {
        #expect(SingleTradeQueryTests.answer(.paid, verifiedTLS: false) == .trade(SingleTradeQueryTests.paid))
    }

    @Test(
        arguments: [
            ("WAIT_BUYER_PAY", .waitingForBuyer), ("TRADE_PENDING", .frozen), ("WAIT_SELLER_SEND_GOODS", .held),
            ("TRADE_FINISHED", .succeeded(refundable: false)), ("TRADE_CLOSED", .closed),
        ] as [(String, TradeState)])
    func `the status is Alipay's word and ours`(word: String, state: TradeState) {
        let report = SingleTradeQueryTests.report(Answer.paid.with("trade_status", word))
        #expect(report?.word == word)
        #expect(report?.state == state)
    }

    @Test func `elements that are new, empty or in another order are taken as they come`() {
        var answer = Answer.paid.with("some_new_element", "x").with("gmt_close", "")
        answer.elements.fields.reverse()
        #expect(SingleTradeQueryTests.answer(answer) == .trade(SingleTradeQueryTests.paid))
    }

    @Test func `text is unescaped once, CDATA and comments are XML's own business`() {
        let xml = Answer.paid.xml
        let cdata = xml.replacing(
            "<use_coupon>F</use_coupon>", with: "<use_coupon><![CDATA[F]]></use_coupon><!-- <x>1</x> -->")
        #expect(SingleTradeQueryTests.answer(cdata) == .trade(SingleTradeQueryTests.paid))
        let reference = xml.replacing("<use_coupon>F", with: "<use_coupon>&#70;")
        #expect(SingleTradeQueryTests.answer(reference) == .trade(SingleTradeQueryTests.paid))
        let twice = xml.replacing("&lt;1-3&gt;", with: "&amp;lt;1-3&amp;gt;")
        #expect(twice != xml)
        #expect(SingleTradeQueryTests.answer(twice) == .invalid("the signature of the answer is wrong"))
    }

    @Test func `the buyer is shown by email address, by id, or not at all`() {
        #expect(SingleTradeQueryTests.report(Answer.paid.with("buyer_email", nil))?.buyer == "2088000000000002")
        let neither = Answer.paid.with("buyer_email", nil).with("buyer_id", "")
        #expect(SingleTradeQueryTests.report(neither)?.buyer == nil)
        #expect(SingleTradeQueryTests.report(neither) != nil)
    }

    // MARK: - What went back

    @Test(
        arguments: [
            // to_buyer_fee is all that went back so far.
            (nil, nil, "20.00", 2_000), (nil, nil, "0.00", 0), (nil, nil, nil, nil),
            ("REFUND_SUCCESS", "20.00", nil, 2_000),
            ("REFUND_SUCCESS", nil, "20.00", 2_000),
            // A second refund: refund_fee may be the last one alone.
            ("REFUND_SUCCESS", "5.00", "25.00", 2_500), ("REFUND_SUCCESS", "25.00", "0.00", 2_500),
            (nil, "20.00", nil, 2_000),
            // A dispute that runs, or came to nothing: refund_fee is what the buyer wants.
            ("WAIT_SELLER_AGREE", "120.50", nil, nil), ("WAIT_SELLER_AGREE", "120.50", "0.00", 0),
            ("SELLER_REFUSE_BUYER", "120.50", "0.00", 0), ("WAIT_BUYER_RETURN_GOODS", "100.00", "20.00", 2_000),
            ("REFUND_CLOSED", "120.50", "0.00", 0), ("WAIT_ALIPAY_REFUND", "120.50", nil, nil),
        ] as [(String?, String?, String?, Int64?)])
    func `money that was asked for is not money that went back`(
        status: String?, refundFee: String?, toBuyerFee: String?, refunded: Int64?
    ) throws {
        let answer = Answer.paid.with("refund_status", status).with("refund_fee", refundFee).with(
            "to_buyer_fee", toBuyerFee)
        let report = try #require(SingleTradeQueryTests.report(answer))
        #expect(report.refundedMinor == refunded)
        #expect(report.refundStatus == status)
    }
}
