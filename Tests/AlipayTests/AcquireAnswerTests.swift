import Alipay
import HTTP
import Payments
import Testing

/// Query, refund, cancel and close of `alipay.acquire`, and whom an answer is about.
struct AcquireAnswerTests {
    static func query(
        _ reply: Reply, _ contract: Contract = .sample(), verifiedTLS: Bool = false
    ) -> SingleTradeQuery.Answer {
        AcquireQuery.answer(reply.response(verifiedTLS: verifiedTLS), outTradeNo: "ORDER-1001", contract)
    }

    static func refund(_ reply: Reply) -> AcquireRefund.Answer {
        AcquireRefund.answer(reply.response(), refund: .sample(), outTradeNo: "ORDER-1001", .sample())
    }

    static func cancel(_ reply: Reply) -> AcquireCancel.Answer {
        AcquireCancel.answer(reply.response(), outTradeNo: "ORDER-1001", .sample())
    }

    static func close(_ reply: Reply) -> CloseTrade.Answer {
        AcquireClose.answer(reply.response(), outTradeNo: "ORDER-1001", .sample())
    }

    // MARK: - Requests

    @Test func `the requests name the order, a refund the trade`() throws {
        for (service, request) in [
            ("alipay.acquire.query", try #require(AcquireQuery.request(outTradeNo: "ORDER-1001", .sample()))),
            ("alipay.acquire.cancel", try #require(AcquireCancel.request(outTradeNo: "ORDER-1001", .sample()))),
            ("alipay.acquire.close", try #require(AcquireClose.request(outTradeNo: "ORDER-1001", .sample()))),
        ] {
            let sent = try SentParameters(request)
            #expect(sent["service"] == service && sent["out_trade_no"] == "ORDER-1001")
            #expect(sent["partner"] == "2088101122136241" && sent["sign"] == sent.expectedSign())
            #expect(request.policy == .trusted && request.timeout == .seconds(10))
            #expect(request.bodyLimit == .refuse(bytesMax: 262_144))
        }
        let timely = try #require(AcquireQuery.request(outTradeNo: "ORDER-1001", .sample(), timeout: .seconds(3)))
        #expect(timely.timeout == .seconds(3))
    }

    @Test func `a refund, whole`() throws {
        let request = try #require(AcquireRefund.request(refund: .sample(reason: "部分退款\n#1"), .sample()))
        #expect(
            request.url == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8&partner=2088101122136241"
                + "&service=alipay.acquire.refund&trade_no=2026010222001400000000000001&out_request_no=20260102re01"
                + "&refund_amount=20.00&refund_reason=%E9%83%A8%E5%88%86%E9%80%80%E6%AC%BE%20%231"
                + "&sign=b4c8247df09c3f2590376b3243fdac65&sign_type=MD5")
        let silent = try SentParameters(try #require(AcquireRefund.request(refund: .sample(), .sample())))
        #expect(silent["refund_reason"] == nil)
    }

    // MARK: - Query

    static let found = Reply.acquire(
        "SUCCESS",
        [
            ("trade_no", "2026010222001400000000000001"), ("trade_status", "TRADE_SUCCESS"), ("total_fee", "120.50"),
            ("send_pay_date", "2026-01-02 11:04:05"), ("buyer_logon_id", "b***@example.com"),
        ])

    @Test func `a query's answer is the trade's report`() {
        let report = AcquireCreationTests.report()
        #expect(AcquireAnswerTests.query(AcquireAnswerTests.found) == .trade(report))
        let later = AcquireAnswerTests.found.with("gmt_payment", "2026-01-02 11:04:06")
        #expect(AcquireAnswerTests.query(later) == .trade(AcquireCreationTests.report(paidAtMs: 1_767_323_046_000)))
        let odd = AcquireAnswerTests.query(AcquireAnswerTests.found.with("trade_status", "TRADE_REFUSE"))
        #expect(odd == .unsupported(tradeNo: "2026010222001400000000000001", word: "TRADE_REFUSE"))
        let bare = AcquireAnswerTests.query(AcquireAnswerTests.found.with("trade_status", nil))
        #expect(bare == .invalid("the answer lacks trade_no or trade_status"))
    }

    /// An amount comes in an element without children; the list has none of the signature's bytes.
    @Test func `a list of the sums that were paid is not in the way of the signature`() {
        let xml = AcquireAnswerTests.found.xml.replacing(
            "</alipay></response>",
            with: "<fund_bill_list><TradeFundBill><amount>1.00</amount></TradeFundBill></fund_bill_list>"
                + "</alipay></response>")
        let answer = AcquireQuery.answer(.sample(xml, verifiedTLS: false), outTradeNo: "ORDER-1001", .sample())
        #expect(answer == .trade(AcquireCreationTests.report()))
    }

    @Test(
        arguments: [
            ("FAIL", "TRADE_NOT_EXIST", .notFound), ("FAIL", "TRADE_IS_NOT_EXIST", .notFound),
            ("FAIL", "ACCESS_FORBIDDEN", .refused(code: "ACCESS_FORBIDDEN")), ("FAIL", nil, .refused(code: "FAIL")),
            ("PROCESS_EXCEPTION", nil, .invalid("Alipay's result is PROCESS_EXCEPTION")),
            ("UNKNOWN", "SYSTEM_ERROR", .invalid("Alipay's result is UNKNOWN, SYSTEM_ERROR")),
        ] as [(String, String?, SingleTradeQuery.Answer)])
    func `a query that finds nothing, or fails`(result: String, code: String?, answer: SingleTradeQuery.Answer) {
        #expect(AcquireAnswerTests.query(.acquire(result).with("detail_error_code", code)) == answer)
    }

    // MARK: - Whom it is about

    @Test func `an answer about another order, seller or partner proves nothing`() {
        let found = AcquireAnswerTests.found
        let other = { (name: String, value: String) in AcquireAnswerTests.query(found.with(name, value)) }
        #expect(other("out_trade_no", "ORDER-1002") == .invalid("the answer is about another order"))
        #expect(other("partner", "2088000000000009") == .invalid("the answer is about another partner"))
        #expect(other("seller_id", "2088000000000009") == .invalid("the answer is about another seller"))
        #expect(other("seller_email", "x@y.example") == .invalid("the answer is about another seller"))
        let forged = found.with { $0.key = otherKeyText }
        #expect(AcquireAnswerTests.query(forged) == .invalid("the signature of the answer is wrong"))
    }

    @Test func `the seller's word counts before the partner's`() {
        let contract = Contract.sample(sellerID: "2088000000000005")
        let ours = AcquireAnswerTests.found.with("seller_id", "2088000000000005").with("partner", "2088000000000005")
        #expect(AcquireAnswerTests.query(ours, contract) == .trade(AcquireCreationTests.report()))
    }

    @Test func `an answer that names nothing counts over a connection that only Alipay answers on`() {
        let anonymous = AcquireAnswerTests.found.with("partner", nil)
        #expect(
            AcquireAnswerTests.query(anonymous)
                == .invalid("an answer that does not say what it is about, over an unverified connection"))
        #expect(AcquireAnswerTests.query(anonymous, verifiedTLS: true) == .trade(AcquireCreationTests.report()))
    }

    @Test func `a refund's answer is about its trade`() {
        let other = Reply.acquire("SUCCESS", [("trade_no", "2026010222001400000000000002")])
        #expect(AcquireAnswerTests.refund(other) == .unknown("the answer is about another trade", code: nil))
    }

    // MARK: - Refund

    @Test(
        arguments: [
            ("SUCCESS", nil, .succeeded), ("SUCCESS", "20.00", .succeeded), ("SUCCESS", "45.00", .succeeded),
            ("SUCCESS", "19.99", .unknown("less went back than was asked for", code: nil)),
            ("SUCCESS", "many", .unknown("refund_fee cannot be read", code: nil)),
            ("UNKNOWN", nil, .unknown("Alipay's result is UNKNOWN", code: nil)),
        ] as [(String, String?, AcquireRefund.Answer)])
    func `a refund that succeeded, and what it adds up to`(result: String, fee: String?, answer: AcquireRefund.Answer) {
        #expect(AcquireAnswerTests.refund(.acquire(result).with("refund_fee", fee)) == answer)
        let repeated = Reply.acquire(result).with("refund_fee", fee).with("fund_change", "N")
        #expect(AcquireAnswerTests.refund(repeated) == answer)
    }

    @Test(
        arguments: [
            ("DISCORDANT_REPEAT_REQUEST", .failed(code: "DISCORDANT_REPEAT_REQUEST")),
            ("SOME_NEW_CODE", .failed(code: "SOME_NEW_CODE")),
            ("SYSTEM_ERROR", .unknown("Alipay's error SYSTEM_ERROR", code: "SYSTEM_ERROR")),
            ("TRADE_STATUS_ERROR", .unknown("Alipay's error TRADE_STATUS_ERROR", code: "TRADE_STATUS_ERROR")),
        ] as [(String, AcquireRefund.Answer)])
    func `a refund that failed, or nobody knows`(code: String, answer: AcquireRefund.Answer) {
        #expect(AcquireAnswerTests.refund(.acquire("FAIL", [("detail_error_code", code)])) == answer)
        let refused = OutboundResponse.sample(Reply.short("F", error: code))
        let short = AcquireRefund.answer(refused, refund: .sample(), outTradeNo: "ORDER-1001", .sample())
        #expect(short == answer)
    }

    // MARK: - Cancel

    @Test(
        arguments: [
            ("SUCCESS", ["action": "close"], .canceled(action: .close, tradeNo: nil)),
            (
                "SUCCESS", ["action": "refund", "trade_no": "20260102"],
                .canceled(action: .refund, tradeNo: "20260102")
            ),
            ("SUCCESS", ["action": "CLOSE", "retry_flag": "N"], .canceled(action: .close, tradeNo: nil)),
            ("SUCCESS", [:], .unknown("canceled, but not whether it was closed or given back")),
            (
                "FAIL", ["retry_flag": "Y", "detail_error_code": "SYSTEM_ERROR"],
                .retry("Alipay's result is FAIL, SYSTEM_ERROR")
            ),
            ("UNKNOWN", ["retry_flag": "Y"], .retry("Alipay's result is UNKNOWN")),
            ("UNKNOWN", ["retry_flag": "N"], .unknown("Alipay's result is UNKNOWN")),
            ("FAIL", ["retry_flag": "N", "detail_error_code": "TRADE_NOT_EXIST"], .notFound),
            ("FAIL", ["detail_error_code": "ACCESS_FORBIDDEN"], .failed(code: "ACCESS_FORBIDDEN")),
            ("FAIL", ["detail_error_code": "SYSTEM_ERROR"], .unknown("Alipay's error SYSTEM_ERROR")),
            ("FAIL", ["detail_error_code": "TRADE_HAS_FINISHED"], .wrongState(code: "TRADE_HAS_FINISHED")),
            ("FAIL", ["detail_error_code": "REASON_ILLEGAL_STATUS"], .wrongState(code: "REASON_ILLEGAL_STATUS")),
            (
                "FAIL", ["detail_error_code": "REASON_TRADE_BEEN_FREEZEN"],
                .wrongState(code: "REASON_TRADE_BEEN_FREEZEN")
            ),
            ("FAIL", ["detail_error_code": "TRADE_HAS_CLOSE"], .wrongState(code: "TRADE_HAS_CLOSE")),
        ] as [(String, [String: String], AcquireCancel.Answer)])
    func `a cancel says what was done, or whether to try again`(
        result: String, fields: [String: String], answer: AcquireCancel.Answer
    ) {
        #expect(AcquireAnswerTests.cancel(.acquire(result, fields.map { ($0.key, $0.value) })) == answer)
    }

    // MARK: - Close

    @Test(
        arguments: [
            ("SUCCESS", nil, .closed), ("FAIL", "TRADE_NOT_EXIST", .notFound),
            ("FAIL", "REASON_ILLEGAL_STATUS", .wrongState), ("FAIL", "TRADE_STATUS_ERROR", .wrongState),
            ("FAIL", "TRADE_HAS_SUCCESS", .wrongState), ("FAIL", "TRADE_HAS_CLOSE", .wrongState),
            ("FAIL", "ACCESS_FORBIDDEN", .refused(code: "ACCESS_FORBIDDEN")),
            ("UNKNOWN", nil, .invalid("Alipay's result is UNKNOWN")),
        ] as [(String, String?, CloseTrade.Answer)])
    func `a close says whether it is closed, as close_trade does`(
        result: String, code: String?, answer: CloseTrade.Answer
    ) {
        #expect(AcquireAnswerTests.close(.acquire(result).with("detail_error_code", code)) == answer)
    }
}
