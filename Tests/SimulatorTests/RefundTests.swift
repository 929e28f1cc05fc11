import HTTP
import JSON
import Simulator
import Support
import Testing

/// The batches of `refund_fastpay_by_platform_nopwd` and their query.
@Suite struct RefundTests {
    static let accepted = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<alipay><is_success>T</is_success></alipay>"

    /// Asks for a batch with the items given; the clock stands at 2026-01-02 in Beijing.
    static func refund(
        _ world: TestWorld, _ items: String..., batchNo: String = "20260102001", date: String = "2026-01-02 11:04:05",
        count: String? = nil
    ) -> String {
        world.ask(
            "refund_fastpay_by_platform_nopwd",
            [
                "notify_url": "http://merchant.example/notify/refunds", "refund_date": date, "batch_no": batchNo,
                "batch_num": count ?? String(items.count), "detail_data": items.joined(separator: "#"),
            ])
    }

    static func query(_ world: TestWorld, _ fields: KeyValuePairs<String, String>) -> String {
        world.ask("refund_fastpay_query", fields)
    }

    @Test func `a batch is carried out, each trade and the batch are told, and the query tells it too`() throws {
        let world = TestWorld()
        let first = try world.paidTrade().tradeNo
        let second = try world.paidTrade(EscrowTests.order.changed("out_trade_no", "ORDER-2")).tradeNo
        let answer = RefundTests.refund(world, "\(first)^20.50^协商退款", "\(second)^25.00^缺货")
        #expect(answer == RefundTests.accepted)
        #expect(world.simulator.trade(first)?.refundedFen == 2050)
        #expect(world.simulator.trade(first)?.status == .success)
        #expect(world.simulator.trade(second)?.status == .closed)
        let forms = try world.inbox.forms.suffix(3)
        #expect(
            forms.map { $0.text("notify_type") } == ["trade_status_sync", "trade_status_sync", "batch_refund_notify"])
        #expect(forms.map { $0.text("refund_status") } == ["REFUND_SUCCESS", "REFUND_SUCCESS", nil])
        let batch = try found(forms.last)
        #expect(batch.text("success_num") == "2")
        #expect(batch.text("batch_no") == "20260102001")
        #expect(batch.text("result_details") == "\(first)^20.50^SUCCESS#\(second)^25.00^SUCCESS")
        #expect(PartnerSignature.isValid(batch, key: TestWorld.key))
        #expect(world.inbox.requests.last?.url == "http://merchant.example/notify/refunds")
        #expect(
            RefundTests.query(world, ["batch_no": "20260102001"])
                == "is_success=T&result_details=20260102001^\(first)^20.50^SUCCESS#20260102001^\(second)^25.00^SUCCESS")
        #expect(
            RefundTests.query(world, ["trade_no": second])
                == "is_success=T&result_details=20260102001^\(second)^25.00^SUCCESS")
        let (elements, _) = try read(world.query("trade_no", first), wrapper: "trade")
        #expect(elements.text("to_buyer_fee") == "20.50")
    }

    @Test func `several refunds of one trade add up, and the query of the trade tells the sum`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade().tradeNo
        _ = RefundTests.refund(world, "\(trade)^20.00^a", batchNo: "20260102001")
        _ = RefundTests.refund(world, "\(trade)^0.50^b", batchNo: "20260102002")
        let (elements, _) = try read(world.query("trade_no", trade), wrapper: "trade")
        #expect(elements.text("to_buyer_fee") == "20.50")
        #expect(elements.text("refund_status") == "REFUND_SUCCESS")
        #expect(world.simulator.refunds().map(\.batchNo) == ["20260102002", "20260102001"])
    }

    @Test(
        arguments: [
            ("2026010100", "BATCH_NO_FORMAT_ERROR"), ("20260102", "BATCH_NO_FORMAT_ERROR"),
            ("2026010201", "BATCH_NO_FORMAT_ERROR"), ("20260102000", "BATCH_NO_FORMAT_ERROR"),
            ("20260102a-1", "BATCH_NO_FORMAT_ERROR"), ("20260101001", "BATCH_NO_FORMAT_ERROR"),
            ("202601021234567890123456789012345", "BATCH_NO_FORMAT_ERROR"), ("", "ILLEGAL_ARGUMENT"),
        ])
    func `a batch number is today in Beijing and 3 to 24 letters and digits`(batchNo: String, code: String) throws {
        let world = TestWorld()
        let trade = try world.paidTrade().tradeNo
        #expect(RefundTests.refund(world, "\(trade)^1.00^a", batchNo: batchNo).contains("<error>\(code)</error>"))
        #expect(world.simulator.trade(trade)?.refundedFen == 0)
    }

    @Test func `the batch's date is Beijing's, which is ahead of Greenwich's`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade().tradeNo
        // 16:00 in Greenwich, midnight in Beijing.
        world.clock.advance(byMs: (12 * 3600 + 55 * 60 + 55) * 1000)
        #expect(RefundTests.refund(world, "\(trade)^1.00^a", batchNo: "20260102001").contains("BATCH_NO_FORMAT_ERROR"))
        #expect(RefundTests.refund(world, "\(trade)^1.00^a", batchNo: "20260103001") == RefundTests.accepted)
    }

    @Test func `a batch that is wrong as a whole is refused at once`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade().tradeNo
        let other = "2026010221001000000000000001"
        for (answer, code) in [
            (RefundTests.refund(world, "\(trade)^1.00^a", count: "2"), "BATCH_NUM_NOT_EQUAL_TOTAL"),
            (RefundTests.refund(world, "\(trade)^1.00^a", count: "1001"), "BATCH_NUM_EXCEED_LIMIT"),
            (RefundTests.refund(world, "\(trade)^1.00^a", count: "one"), "BATCH_NUM_ERROR"),
            (RefundTests.refund(world, "\(trade)^1.00^a", date: "2026-13-02 11:04:05"), "REFUND_DATE_ERROR"),
            (RefundTests.refund(world, "\(trade)^1.00"), "DETAIL_DATA_FORMAT_ERROR"),
            (RefundTests.refund(world, "\(trade)^1.00^"), "DETAIL_DATA_FORMAT_ERROR"),
            (RefundTests.refund(world, "\(trade)^1.00^a^b"), "DETAIL_DATA_FORMAT_ERROR"),
            (RefundTests.refund(world, "ORDER-1^1.00^a"), "DETAIL_DATA_FORMAT_ERROR"),
            (RefundTests.refund(world, "\(trade)^1.001^a"), "REFUND_AMOUNT_NOT_VALID"),
            (RefundTests.refund(world, "\(trade)^0.00^a"), "REFUND_AMOUNT_NOT_VALID"),
            (
                RefundTests.refund(world, "\(trade)^1.00^" + String(repeating: "书", count: 129)),
                "BATCH_MEMO_LENGTH_EXCEED_LIMIT"
            ),
            (RefundTests.refund(world, "\(trade)^1.00^a", "\(trade)^1.00^b"), "DUBL_TRADE_NO_IN_SAME_BATCH"),
            (
                RefundTests.refund(world, "\(trade)^1.00^a|x^^y^^0.10^r", "\(other)^1.00^b"),
                "ROYALTYER_NOT_SIGN_PROTOCOL"
            ),
        ] { #expect(answer.contains("<error>\(code)</error>"), "\(code)") }
        #expect(world.simulator.refunds().isEmpty)
        #expect(
            TestWorld { $0.refund = false }.ask("refund_fastpay_by_platform_nopwd", ["a": "b"]).contains("EXTERFACE"))
    }

    @Test func `what is wrong with one item is its result, and the others are carried out`() throws {
        let world = TestWorld(others: DirectPayTests.others)
        let open = { (number: String) in try world.paidTrade(TestWorld.order.changed("out_trade_no", number)).tradeNo }
        let good = try open("A")
        let poor = try open("B")
        let closed = try open("C")
        try world.simulator.move(closed, .refund(12050))
        let finished = try open("D")
        try world.simulator.move(finished, .finish)
        let frozen = try open("E")
        try world.simulator.move(frozen, .freeze)
        let unpaid = try world.openTrade(TestWorld.order.changed("out_trade_no", "F")).tradeNo
        let unknown = "2026010221001000000000000001"
        _ = world.gateway(
            PartnerSignature.signed(
                TestWorld.order(["partner": "2088000000000009", "seller_id": "2088000000000009"]),
                key: DirectPayTests.others[0].key))
        let strange = try found(world.simulator.trades(outTradeNo: "ORDER-1").first).tradeNo
        let all = [good, poor, closed, finished, frozen, unpaid, unknown, strange]
        let answer = world.ask(
            "refund_fastpay_by_platform_nopwd",
            [
                "notify_url": "http://merchant.example/r", "refund_date": "2026-01-02 11:04:05",
                "batch_no": "20260102abc", "batch_num": "8",
                "detail_data": all.map { "\($0)^\($0 == poor ? "120.51" : "120.50")^r" }.joined(separator: "#"),
            ])
        #expect(answer == RefundTests.accepted)
        let refund = try found(world.simulator.refund(partner: TestWorld.partner, batchNo: "20260102abc"))
        #expect(
            refund.items.map(\.result) == [
                "SUCCESS", "REASON_TRADE_REFUND_FEE_ERR", "TRADE_HAS_CLOSED", "TRADE_HAS_FINISHED",
                "SELLER_STATUS_NOT_ALLOW", "TRADE_STATUS_ERROR", "TRADE_NOT_EXISTS", "NOT_THIS_PARTNERS_TRADE",
            ])
        #expect(try world.inbox.forms.last?.text("success_num") == "1")
    }

    @Test func `a batch number counts once, for ever`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade().tradeNo
        #expect(RefundTests.refund(world, "\(trade)^1.00^a") == RefundTests.accepted)
        #expect(RefundTests.refund(world, "\(trade)^1.00^a").contains("<error>DUPLICATE_BATCH_NO</error>"))
        #expect(world.simulator.trade(trade)?.refundedFen == 100)
    }

    @Test(arguments: [(Fault.Kind.inProgress, "P"), (.delayed, "T")])
    func `a refund in progress locks its trade until it is told to end`(kind: Fault.Kind, word: String) throws {
        let world = TestWorld()
        let trade = try world.paidTrade().tradeNo
        world.simulator.set(try FaultTests.fault(.refund, kind))
        #expect(RefundTests.refund(world, "\(trade)^1.00^a").contains("<is_success>\(word)</is_success></alipay>"))
        #expect(world.simulator.trade(trade)?.refundedFen == 0)
        let again = RefundTests.refund(world, "\(trade)^1.00^a", batchNo: "20260102002")
        #expect(again.contains("<error>BATCH_REFUND_LOCK_ERROR</error>"))
        let unknown = "is_success=F&error_code=REFUND_NOT_EXIST"
        #expect(RefundTests.query(world, ["batch_no": "20260102001"]) == unknown)
        let done = try ControlTests.ask(world, .post, "/simulator/refunds/20260102001/finish").json
        #expect(done["state"]?.text == "done")
        #expect(world.simulator.trade(trade)?.refundedFen == 100)
        #expect(RefundTests.query(world, ["batch_no": "20260102001"]).hasPrefix("is_success=T"))
        try world.simulator.carryOutRefund(partner: TestWorld.partner, batchNo: "20260102001")
        #expect(world.simulator.trade(trade)?.refundedFen == 100)
        #expect(RefundTests.refund(world, "\(trade)^1.00^a", batchNo: "20260102002") == RefundTests.accepted)
    }

    @Test func `an item fails with the code that a fault says`() throws {
        let world = TestWorld()
        let first = try world.paidTrade().tradeNo
        let second = try world.paidTrade(TestWorld.order.changed("out_trade_no", "ORDER-2")).tradeNo
        world.simulator.set(try found(Fault(.refundItem, .error, code: "TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH")))
        #expect(RefundTests.refund(world, "\(first)^1.00^a", "\(second)^1.00^b") == RefundTests.accepted)
        #expect(
            try world.inbox.forms.last?.text("result_details")
                == "\(first)^1.00^TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH#\(second)^1.00^SUCCESS")
        #expect(world.simulator.trade(first)?.refundedFen == 0)
    }

    @Test func `the query answers XML if the account is told so, and every refusal has the form of its answer`() throws
    {
        let world = TestWorld { $0.refundQueryAsXML = true }
        let trade = try world.paidTrade().tradeNo
        #expect(RefundTests.query(world, ["batch_no": "20260102001"]).contains("<error>REFUND_NOT_EXIST</error>"))
        _ = RefundTests.refund(world, "\(trade)^1.00^a")
        #expect(
            RefundTests.query(world, ["batch_no": "20260102001"]).hasSuffix(
                "<is_success>T</is_success><result_details>20260102001^\(trade)^1.00^SUCCESS</result_details></alipay>")
        )
        #expect(RefundTests.query(TestWorld(), [:]) == "is_success=F&error_code=ILLEGAL_ARGUMENT")
    }

    @Test func `a batch's notification is repeated and spoilt like any other`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade(TestWorld.order.changed("notify_url", "")).tradeNo
        world.simulator.set(try FaultTests.fault(.notification, .wrongAmount))
        world.inbox.answer(.body("fail"))
        _ = RefundTests.refund(world, "\(trade)^1.00^a")
        world.clock.advance(byMs: 240_000)
        let forms = try world.inbox.forms
        #expect(forms.map { $0.text("result_details") } == ["\(trade)^1.01^SUCCESS", "\(trade)^1.00^SUCCESS"])
        #expect(forms.map { $0.text("notify_id") }.allSatisfy { $0 == forms[0].text("notify_id") })
        #expect(forms.allSatisfy { PartnerSignature.isValid($0, key: TestWorld.key) })
        #expect(world.simulator.notifications().first?.batchNo == "20260102001")
    }
}

/// `refund_fastpay_by_platform_pwd`: the seller confirms in a browser.
@Suite struct PasswordRefundTests {
    static func request(_ trade: String) -> Fields {
        Fields([
            "service": "refund_fastpay_by_platform_pwd", "partner": TestWorld.partner, "_input_charset": "utf-8",
            "notify_url": "http://merchant.example/notify/refunds", "seller_user_id": TestWorld.partner,
            "refund_date": "2026-01-02 11:04:05", "batch_no": "20260102001", "batch_num": "1",
            "detail_data": "\(trade)^1.00^<协商>",
        ])
    }

    @Test func `nothing happens until the seller confirms on the page`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade().tradeNo
        let page = world.cashier(PasswordRefundTests.request(trade))
        let path = "/cashier/refunds/\(TestWorld.partner)/20260102001/confirm"
        #expect(page.contains("action=\"\(path)\"") && page.contains("&lt;协商&gt;"))
        #expect(world.simulator.trade(trade)?.refundedFen == 0)
        #expect(world.cashier(PasswordRefundTests.request(trade)) == page)
        #expect(world.send(.get, path)?.status == 405)
        #expect(world.text(world.send(.post, path)).contains("SUCCESS"))
        #expect(world.simulator.trade(trade)?.refundedFen == 100)
        #expect(try world.inbox.forms.last?.text("notify_type") == "batch_refund_notify")
        #expect(world.text(world.send(.post, path)).contains("SUCCESS"))
        #expect(world.simulator.trade(trade)?.refundedFen == 100)
    }

    @Test func `the seller must be named and be the partner's, and another batch needs another number`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade().tradeNo
        let good = PasswordRefundTests.request(trade)
        for (name, text, code) in [
            ("seller_user_id", "", "ILLEGAL_ARGUMENT"), ("seller_user_id", "2088000000000001", "SELLER_INFO_NOT_EXIST"),
            ("seller_email", "x@y.example", "EMAIL_USERID_NOT_MATCH"),
            ("detail_data", "\(trade)^1.00^a|x^^y^^0.10^r", "PWD_REFUND_NOT_ALLOW_ROYALTY"),
        ] { #expect(world.cashier(good.changed(name, text)).contains("<strong>\(code)</strong>"), "\(name)") }
        _ = world.cashier(good)
        let other = world.cashier(good.changed("detail_data", "\(trade)^2.00^a"))
        #expect(other.contains("<strong>DUPLICATE_BATCH_NO</strong>"))
    }
}
