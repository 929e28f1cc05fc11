import HTTP
import JSON
import Simulator
import Support
import Testing

/// Payments in a shop.
@Suite struct AcquireTests {
    static let order: KeyValuePairs<String, String> = [
        "out_trade_no": "SHOP-1", "subject": "咖啡", "total_fee": "15.00",
        "notify_url": "http://merchant.example/notify/bookshop",
    ]

    /// Asks, holds the sign against the elements and gives them.
    static func ask(
        _ world: TestWorld, _ service: String, _ fields: KeyValuePairs<String, String>,
        _ more: KeyValuePairs<String, String> = [:]
    ) throws -> Fields {
        var request = Fields([
            "service": "alipay.acquire.\(service)", "partner": TestWorld.partner, "_input_charset": "utf-8",
        ])
        for (name, value) in Array(fields) + Array(more) { request.set(name, value) }
        let (elements, sign) = try read(world.gateway(TestWorld.sign(request)), wrapper: "alipay")
        #expect(sign == PartnerSignature.md5(elements, key: TestWorld.key))
        return elements
    }

    static func pay(_ world: TestWorld, code: String, _ more: KeyValuePairs<String, String> = [:]) throws -> Fields {
        var fields: [(String, String)] =
            Array(order)
            + [
                ("product_code", "BARCODE_PAY_OFFLINE"), ("dynamic_id_type", "bar_code"), ("dynamic_id", code),
            ].map { ($0.0, $0.1) }
        fields += Array(more)
        var request = Fields([
            "service": "alipay.acquire.createandpay", "partner": TestWorld.partner, "_input_charset": "utf-8",
        ])
        for (name, value) in fields { request.set(name, value) }
        let (elements, sign) = try read(world.gateway(TestWorld.sign(request)), wrapper: "alipay")
        #expect(sign == PartnerSignature.md5(elements, key: TestWorld.key))
        return elements
    }

    static func precreate(_ world: TestWorld, _ more: KeyValuePairs<String, String> = [:]) throws -> Fields {
        try ask(world, "precreate", order, Array(more).isEmpty ? ["product_code": "QR_CODE_OFFLINE"] : more)
    }

    static let paid = "280000000000000001"

    // MARK: codes that buyers scan

    @Test func `a code leads to the cashier, and the trade begins when it is scanned`() throws {
        let world = TestWorld()
        let answer = try AcquireTests.precreate(world)
        #expect(answer.text("result_code") == "SUCCESS")
        #expect(answer.text("voucher_type") == "qrcode")
        let code = try found(answer.text("qr_code"))
        #expect(code.hasPrefix("http://localhost/cashier/qr/"))
        #expect(try AcquireTests.precreate(world).text("qr_code") == code)
        #expect(world.simulator.trades().isEmpty)
        let before = try AcquireTests.ask(world, "query", ["out_trade_no": "SHOP-1"])
        #expect(before.text("result_code") == "FAIL")
        #expect(before.text("detail_error_code") == "TRADE_NOT_EXIST")
        let page = world.text(world.send(.get, String(code.dropFirst("http://localhost".count))))
        #expect(page.contains("咖啡") && page.contains("¥ 15.00"))
        let trade = try found(world.simulator.trades().first)
        try world.simulator.move(trade.tradeNo, .pay)
        let form = try found(world.inbox.forms.first)
        #expect(form.text("notify_action_type") == "payByAccountAction")
        #expect(form.text("trade_status") == "TRADE_SUCCESS")
        let after = try AcquireTests.ask(world, "query", ["out_trade_no": "SHOP-1"])
        #expect(after.text("trade_status") == "TRADE_SUCCESS")
        #expect(after.text("buyer_logon_id") == "buy***@example.com")
        #expect(after.text("send_pay_date") == "2026-01-02 11:04:05")
        #expect(try AcquireTests.precreate(world).text("detail_error_code") == "TRADE_HAS_SUCCESS")
    }

    @Test func `the code has the address that the caller used`() throws {
        let world = TestWorld()
        var request = Fields([
            "service": "alipay.acquire.precreate", "partner": TestWorld.partner, "_input_charset": "utf-8",
            "product_code": "QR_CODE_OFFLINE",
        ])
        for (name, value) in AcquireTests.order { request.set(name, value) }
        let reply = RecordedReply()
        world.simulator.handle(
            Request(
                method: .get, path: "/gateway.do", query: TestWorld.sign(request).formEncoded(),
                headers: Headers([("Host", "127.0.0.1:8090")])), reply)
        #expect(world.text(reply.response).contains("<qr_code>http://127.0.0.1:8090/cashier/qr/"))
    }

    @Test func `the control API scans too, and a code ends after two hours or when it is cancelled`() throws {
        let world = TestWorld()
        let code = try found(try AcquireTests.precreate(world).text("qr_code"))
        let scan = try ControlTests.ask(world, .post, "/simulator/scan", body: "{\"qr_code\":\"\(code)\"}")
        #expect(scan.json["status"]?.text == "WAIT_BUYER_PAY")
        world.clock.advance(byMs: 7_200_000)
        #expect(throws: GatewayError.self) { try world.simulator.scan(code) }
        let other = try found(try AcquireTests.precreate(world).text("qr_code"))
        #expect(other != code)
        let second = TestWorld()
        let unscanned = try found(try AcquireTests.precreate(second).text("qr_code"))
        let cancel = try AcquireTests.ask(second, "cancel", ["out_trade_no": "SHOP-1"])
        #expect(cancel.text("result_code") == "SUCCESS")
        #expect(cancel.text("action") == "close")
        #expect(throws: GatewayError.self) { try second.simulator.scan(unscanned) }
    }

    // MARK: codes that shops scan

    @Test(
        arguments: [
            ("0", "ORDER_SUCCESS_PAY_SUCCESS", nil, "TRADE_SUCCESS"),
            ("1", "ORDER_SUCCESS_PAY_SUCCESS", nil, "TRADE_SUCCESS"),
            ("2", "ORDER_SUCCESS_PAY_INPROCESS", nil, "WAIT_BUYER_PAY"),
            ("3", "ORDER_FAIL", "BUYER_ENABLE_STATUS_FORBID", nil), ("4", "UNKNOWN", "SYSTEM_ERROR", "TRADE_SUCCESS"),
            ("5", "UNKNOWN", "SYSTEM_ERROR", nil),
            ("6", "ORDER_SUCCESS_PAY_FAIL", "BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "WAIT_BUYER_PAY"),
        ] as [(String, String, String?, String?)])
    func `a payment code's last digit is its outcome`(
        digit: String, result: String, error: String?, status: String?
    )
        throws
    {
        let world = TestWorld()
        let answer = try AcquireTests.pay(world, code: "28000000000000000" + digit)
        #expect(answer.text("result_code") == result)
        #expect(answer.text("detail_error_code") == error)
        #expect(world.simulator.trades().first?.status.rawValue == status)
        #expect(world.inbox.requests.count == (status == "TRADE_SUCCESS" ? 1 : 0))
    }

    @Test func `an order that is paid or closed is not paid again, and another order needs another number`() throws {
        let world = TestWorld()
        _ = try AcquireTests.pay(world, code: "280000000000000006")
        let retry = try AcquireTests.pay(world, code: AcquireTests.paid)
        #expect(retry.text("result_code") == "ORDER_SUCCESS_PAY_SUCCESS")
        #expect(world.simulator.trades().count == 1)
        for (changes, code) in [([:], "TRADE_HAS_SUCCESS"), (["total_fee": "16.00"], "CONTEXT_INCONSISTENT")]
            as [(KeyValuePairs<String, String>, String)]
        {
            let answer = try AcquireTests.pay(world, code: AcquireTests.paid, changes)
            #expect(answer.text("result_code") == "ORDER_FAIL")
            #expect(answer.text("detail_error_code") == code)
        }
        _ = try AcquireTests.ask(world, "cancel", ["out_trade_no": "SHOP-1"])
        #expect(try AcquireTests.pay(world, code: AcquireTests.paid).text("detail_error_code") == "TRADE_HAS_CLOSE")
    }

    @Test func `a wrong parameter is a result that is signed`() throws {
        for changes in [
            ["dynamic_id": "28"], ["dynamic_id_type": "smell"], ["product_code": "QR_CODE_OFFLINE"],
            ["price": "7.00", "quantity": "2"], ["total_fee": "0"], ["currency": "840"],
        ] as [KeyValuePairs<String, String>] {
            let answer = try AcquireTests.pay(TestWorld(), code: AcquireTests.paid, changes)
            #expect(answer.text("detail_error_code") == "INVALID_PARAMETER", "\(changes)")
        }
        let world = TestWorld { $0.createAndPay = false }
        #expect(world.ask("alipay.acquire.createandpay", [:]).contains("<error>ILLEGAL_PARTNER_EXTERFACE</error>"))
    }

    // MARK: after the order

    @Test func `a refund request gives money back once`() throws {
        let world = TestWorld()
        _ = try AcquireTests.pay(world, code: AcquireTests.paid)
        let request: KeyValuePairs = ["out_trade_no": "SHOP-1", "out_request_no": "R1", "refund_amount": "5.00"]
        let first = try AcquireTests.ask(world, "refund", request, ["notify_url": "http://merchant.example/refunds"])
        #expect(first.text("fund_change") == "Y")
        #expect(first.text("refund_fee") == "5.00")
        #expect(world.inbox.requests.last?.url == "http://merchant.example/refunds")
        let form = try found(world.inbox.forms.last)
        #expect(form.text("notify_action_type") == "refundFPAction")
        #expect(form.text("out_biz_no") == "R1")
        #expect(form.text("refund_fee") == "5.00")
        #expect(form.text("trade_status") == "TRADE_SUCCESS")
        #expect(form.text("gmt_refund") == "2026-01-02 11:04:05.000")
        #expect(form.text("refund_status") == nil)
        let again = try AcquireTests.ask(world, "refund", request)
        #expect(again.text("fund_change") == "N")
        #expect(again.text("refund_fee") == "5.00")
        let other = try AcquireTests.ask(world, "refund", request, ["refund_amount": "6.00"])
        #expect(other.text("result_code") == "FAIL")
        #expect(other.text("detail_error_code") == "DISCORDANT_REPEAT_REQUEST")
        let much = try AcquireTests.ask(world, "refund", request, ["out_request_no": "R2", "refund_amount": "10.01"])
        #expect(much.text("detail_error_code") == "REASON_TRADE_REFUND_FEE_ERR")
        let rest = try AcquireTests.ask(world, "refund", request, ["out_request_no": "R2", "refund_amount": "10.00"])
        #expect(rest.text("refund_fee") == "15.00")
        #expect(world.simulator.trades().first?.status == .closed)
        #expect(try AcquireTests.ask(world, "refund", request).text("fund_change") == "N")
        #expect(world.inbox.requests.count == 3)
    }

    @Test func `without a request number there is one refund only`() throws {
        let world = TestWorld()
        _ = try AcquireTests.pay(world, code: AcquireTests.paid)
        let request: KeyValuePairs = ["out_trade_no": "SHOP-1", "refund_amount": "5.00"]
        #expect(try AcquireTests.ask(world, "refund", request).text("fund_change") == "Y")
        #expect(try AcquireTests.ask(world, "refund", request).text("fund_change") == "N")
        #expect(world.simulator.trades().first?.refundRequests == ["SHOP-1": 500])
    }

    @Test(
        arguments: [("1", "refund", "reverseAction", 1500), ("2", "close", nil, 0)]
            as [(String, String, String?, Int64)])
    func `cancelling gives back what is paid and closes what is not, as often as one asks`(
        digit: String, action: String, told: String?, refundedFen: Int64
    ) throws {
        let world = TestWorld()
        _ = try AcquireTests.pay(world, code: "28000000000000000" + digit)
        for _ in 1...2 {
            let answer = try AcquireTests.ask(world, "cancel", ["out_trade_no": "SHOP-1"])
            #expect(answer.text("result_code") == "SUCCESS")
            #expect(answer.text("retry_flag") == "N")
            #expect(answer.text("action") == action)
        }
        let trade = try found(world.simulator.trades().first)
        #expect(trade.status == .closed)
        #expect(trade.refundedFen == refundedFen)
        #expect(try world.inbox.forms.compactMap { $0.text("notify_action_type") }.last == told)
    }

    @Test func `what cannot be cancelled, closed or refunded says why`() throws {
        let world = TestWorld()
        let number: KeyValuePairs = ["out_trade_no": "SHOP-1"]
        for service in ["cancel", "close", "query"] {
            let answer = try AcquireTests.ask(world, service, number)
            #expect(answer.text("detail_error_code") == "TRADE_NOT_EXIST", "\(service)")
        }
        #expect(try AcquireTests.ask(world, "close", [:]).text("detail_error_code") == "INVALID_PARAMETER")
        _ = try AcquireTests.pay(world, code: AcquireTests.paid)
        #expect(try AcquireTests.ask(world, "close", number).text("detail_error_code") == "REASON_ILLEGAL_STATUS")
        try world.simulator.move(try found(world.simulator.trades().first).tradeNo, .finish)
        #expect(try AcquireTests.ask(world, "cancel", number).text("detail_error_code") == "TRADE_HAS_FINISHED")
        let refund = try AcquireTests.ask(world, "refund", number, ["refund_amount": "1.00"])
        #expect(refund.text("detail_error_code") == "TRADE_HAS_FINISHED")
        #expect(try world.inbox.forms.last?.text("notify_action_type") == "finishFPAction")
    }

    @Test func `an unpaid order is closed once`() throws {
        let world = TestWorld { $0.notifiesClosed = true }
        _ = try AcquireTests.pay(world, code: "280000000000000002")
        let number: KeyValuePairs = ["out_trade_no": "SHOP-1"]
        #expect(try AcquireTests.ask(world, "close", number).text("result_code") == "SUCCESS")
        #expect(try AcquireTests.ask(world, "close", number).text("detail_error_code") == "TRADE_HAS_CLOSE")
        #expect(try world.inbox.forms.map { $0.text("notify_action_type") } == ["closeTradeAction"])
    }

    // MARK: faults

    @Test func `cancel asks to be repeated as often as was said, and then is done`() throws {
        let world = TestWorld()
        _ = try AcquireTests.pay(world, code: AcquireTests.paid)
        world.simulator.set(try FaultTests.fault(.acquireCancel, .retry, count: 2))
        let flags = try (1...3).map { _ in
            try AcquireTests.ask(world, "cancel", ["out_trade_no": "SHOP-1"]).text("retry_flag")
        }
        #expect(flags == ["Y", "Y", "N"])
    }

    @Test(arguments: [(Fault.Kind.unknown, 0), (.unknownAfterEffect, 500)] as [(Fault.Kind, Int64)])
    func `an unknown refund is one that happened, or not`(kind: Fault.Kind, refundedFen: Int64) throws {
        let world = TestWorld()
        _ = try AcquireTests.pay(world, code: AcquireTests.paid)
        world.simulator.set(try FaultTests.fault(.acquireRefund, kind))
        let request: KeyValuePairs = ["out_trade_no": "SHOP-1", "out_request_no": "R1", "refund_amount": "5.00"]
        #expect(try AcquireTests.ask(world, "refund", request).text("result_code") == "UNKNOWN")
        #expect(world.simulator.trades().first?.refundedFen == refundedFen)
        #expect(try AcquireTests.ask(world, "refund", request).text("fund_change") == (refundedFen == 0 ? "Y" : "N"))
    }

    @Test func `an unknown query is an exception of the process`() throws {
        let world = TestWorld()
        world.simulator.set(try FaultTests.fault(.acquireQuery, .unknown))
        #expect(try AcquireTests.ask(world, "query", ["out_trade_no": "A"]).text("result_code") == "PROCESS_EXCEPTION")
    }
}
