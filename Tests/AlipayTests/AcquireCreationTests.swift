import Alipay
import HTTP
import Payments
import Testing

/// `alipay.acquire.precreate` and `alipay.acquire.createandpay`.
struct AcquireCreationTests {
    static let notifyURL = "https://pay.example/notify/bookshop"

    static func precreate(_ reply: Reply) -> AcquirePrecreate.Answer {
        AcquirePrecreate.answer(reply.response(), .sample(.qr), .sample())
    }

    static func pay(_ reply: Reply) -> AcquireCreateAndPay.Answer {
        AcquireCreateAndPay.answer(reply.response(), .sample(.barcode), .sample())
    }

    // MARK: - Requests

    @Test func `a code is asked for, whole`() throws {
        let contract = Contract.sample(services: ContractServices(itBPay: true))
        let request = try #require(
            AcquirePrecreate.request(
                .sample(.qr), contract, notifyURL: AcquireCreationTests.notifyURL, nowMs: sampleNowMs))
        #expect(
            request.url == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8&partner=2088101122136241"
                + "&service=alipay.acquire.precreate&notify_url=https%3A%2F%2Fpay.example%2Fnotify%2Fbookshop"
                + "&out_trade_no=ORDER-1001&seller_id=2088101122136241&subject=Blue%20mug&total_fee=120.50"
                + "&it_b_pay=120m&product_code=QR_CODE_OFFLINE&sign=a163aa6661868c702b9366e1e0d901d8&sign_type=MD5")
        #expect(request.method == .get && request.policy == .trusted && request.timeout == .seconds(10))
    }

    @Test func `a long description goes into the body`() throws {
        let payment = Payment.sample(.qr, description: String(repeating: "三", count: 1000))
        let request = try #require(
            AcquirePrecreate.request(
                payment, .sample(), notifyURL: AcquireCreationTests.notifyURL, nowMs: sampleNowMs))
        #expect(request.method == .post && request.url.hasSuffix("gateway.do?_input_charset=utf-8"))
        let sent = try SentParameters(request)
        #expect(sent["body"] == payment.description && sent["sign"] == sent.expectedSign())
    }

    /// It is money to whoever reads it within its minute.
    @Test func `the buyer's code stands in no URL`() throws {
        let request = try #require(
            AcquireCreateAndPay.request(
                .sample(.barcode), authCode: "281234567890123456", .sample(), notifyURL: AcquireCreationTests.notifyURL,
                nowMs: sampleNowMs))
        #expect(request.method == .post)
        #expect(request.url == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8")
        let sent = try SentParameters(request)
        #expect(sent["service"] == "alipay.acquire.createandpay" && sent["product_code"] == "BARCODE_PAY_OFFLINE")
        #expect(sent["dynamic_id_type"] == "bar_code" && sent["dynamic_id"] == "281234567890123456")
        #expect(sent["total_fee"] == "120.50" && sent["notify_url"] == AcquireCreationTests.notifyURL)
        #expect(sent["sign"] == sent.expectedSign())
    }

    // MARK: - A code to scan

    @Test func `a code that Alipay has made`() {
        let made = Reply.acquire("SUCCESS", [("qr_code", "https://qr.alipay.com/bax01"), ("voucher_type", "qrcode")])
        #expect(AcquireCreationTests.precreate(made) == .created(qrCode: "https://qr.alipay.com/bax01"))
        for code in [nil, "", "码"] {
            let answer = AcquireCreationTests.precreate(made.with("qr_code", code))
            #expect(answer == .unknown("the answer lacks qr_code, or it cannot be read"))
        }
    }

    @Test(
        arguments: [
            ("FAIL", "EXIST_FORBIDDEN_WORD", .failed(code: "EXIST_FORBIDDEN_WORD")),
            ("FAIL", nil, .failed(code: "FAIL")),
            ("FAIL", "SOME_NEW_CODE", .failed(code: "SOME_NEW_CODE")),
            ("FAIL", "SYSTEM_ERROR", .unknown("Alipay's error SYSTEM_ERROR")),
            ("FAIL", "TRADE_HAS_SUCCESS", .unknown("Alipay's error TRADE_HAS_SUCCESS")),
            ("UNKNOWN", nil, .unknown("Alipay's result is UNKNOWN")),
            ("UNKNOWN", "SYSTEM_ERROR", .unknown("Alipay's result is UNKNOWN, SYSTEM_ERROR")),
            ("success", nil, .unknown("Alipay's result is success")),
        ] as [(String, String?, AcquirePrecreate.Answer)])
    func `a code that is not made, or nobody knows`(result: String, code: String?, answer: AcquirePrecreate.Answer) {
        #expect(AcquireCreationTests.precreate(.acquire(result).with("detail_error_code", code)) == answer)
    }

    // MARK: - A charge

    static let paid = Reply.acquire(
        "ORDER_SUCCESS_PAY_SUCCESS",
        [
            ("trade_no", "2026010222001400000000000001"), ("total_fee", "120.50"),
            ("gmt_payment", "2026-01-02 11:04:05"), ("buyer_logon_id", "b***@example.com"),
            ("buyer_user_id", "2088000000000002"),
        ])

    static func report(
        _ word: String = "TRADE_SUCCESS", _ state: TradeState = .succeeded(refundable: true), amount: Int64? = 12_050,
        paidAtMs: Int64? = 1_767_323_045_000, buyer: String? = "b***@example.com"
    ) -> TradeReport {
        TradeReport(
            source: .query, tradeNo: "2026010222001400000000000001", word: word, state: state, amountMinor: amount,
            paidAtMs: paidAtMs, buyer: buyer)
    }

    @Test func `a charge that went through is a report of the trade`() {
        #expect(AcquireCreationTests.pay(AcquireCreationTests.paid) == .paid(AcquireCreationTests.report()))
        let finished = AcquireCreationTests.paid.with("trade_status", "TRADE_FINISHED")
        #expect(
            AcquireCreationTests.pay(finished)
                == .paid(AcquireCreationTests.report("TRADE_FINISHED", .succeeded(refundable: false))))
        let bare = AcquireCreationTests.paid.with("total_fee", nil).with("gmt_payment", nil).with("buyer_logon_id", nil)
        #expect(
            AcquireCreationTests.pay(bare)
                == .paid(AcquireCreationTests.report(amount: nil, paidAtMs: nil, buyer: "2088000000000002")))
    }

    @Test func `a charge that is said to have gone through and was not is unknown`() {
        let odd = AcquireCreateAndPay.Answer.unknown(
            "paid, but not which trade, or in a status that is not a paid one's")
        #expect(AcquireCreationTests.pay(AcquireCreationTests.paid.with("trade_no", nil)) == odd)
        for word in ["WAIT_BUYER_PAY", "TRADE_CLOSED", "SOMETHING"] {
            #expect(AcquireCreationTests.pay(AcquireCreationTests.paid.with("trade_status", word)) == odd)
        }
        for (name, value) in [("total_fee", "1.005"), ("gmt_payment", "now"), ("trade_no", "二")] {
            let answer = AcquireCreationTests.pay(AcquireCreationTests.paid.with(name, value))
            #expect(answer == .unknown("\(name) cannot be read"))
        }
    }

    @Test func `a charge in process is one that waits, with a trade or without`() {
        let waiting = AcquireCreationTests.paid.with("result_code", "ORDER_SUCCESS_PAY_INPROCESS").with(
            "gmt_payment", nil)
        let report = AcquireCreationTests.report("WAIT_BUYER_PAY", .waitingForBuyer, paidAtMs: nil)
        #expect(AcquireCreationTests.pay(waiting) == .inProcess(report))
        #expect(AcquireCreationTests.pay(waiting.with("trade_no", nil)) == .inProcess(nil))
        let paid = AcquireCreationTests.pay(waiting.with("trade_status", "TRADE_SUCCESS"))
        #expect(paid == .unknown("in process, but in a status that says otherwise"))
    }

    @Test(
        arguments: [
            ("ORDER_FAIL", "SOUNDWAVE_PARSER_FAIL", .failed(code: "SOUNDWAVE_PARSER_FAIL", orderStands: false)),
            ("ORDER_FAIL", nil, .failed(code: "ORDER_FAIL", orderStands: false)),
            (
                "ORDER_SUCCESS_PAY_FAIL", "BUYER_ENABLE_STATUS_FORBID",
                .failed(code: "BUYER_ENABLE_STATUS_FORBID", orderStands: true)
            ),
            ("ORDER_FAIL", "TRADE_HAS_SUCCESS", .unknown("Alipay's error TRADE_HAS_SUCCESS")),
            ("ORDER_FAIL", "SYSTEM_ERROR", .unknown("Alipay's error SYSTEM_ERROR")),
            ("UNKNOWN", "SYSTEM_ERROR", .unknown("Alipay's result is UNKNOWN, SYSTEM_ERROR")),
            ("SUCCESS", nil, .unknown("Alipay's result is SUCCESS")),
        ] as [(String, String?, AcquireCreateAndPay.Answer)])
    func `a charge that failed, or nobody knows`(result: String, code: String?, answer: AcquireCreateAndPay.Answer) {
        #expect(AcquireCreationTests.pay(.acquire(result).with("detail_error_code", code)) == answer)
    }

    @Test func `the call itself is refused`() {
        let wrong = OutboundResponse.sample(Reply.short("F", error: "ILLEGAL_SIGN"))
        #expect(AcquirePrecreate.answer(wrong, .sample(.qr), .sample()) == .failed(code: "ILLEGAL_SIGN"))
        #expect(
            AcquireCreateAndPay.answer(wrong, .sample(.barcode), .sample())
                == .failed(code: "ILLEGAL_SIGN", orderStands: false))
        let fault = OutboundResponse.sample(Reply.short("F", error: "SYSTEM_ERROR"))
        #expect(
            AcquireCreateAndPay.answer(fault, .sample(.barcode), .sample()) == .unknown("Alipay's error SYSTEM_ERROR"))
    }
}
