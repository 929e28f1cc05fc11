import Diagnostics
import HTTP
import Simulator
import Support
import Testing

@Suite struct NotificationTests {
    static let minuteMs: Int64 = 60_000

    @Test func `a notification looks like Alipay's and is signed`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade(
            TestWorld.order(["body": String(repeating: "书", count: 500), "extra_common_param": "m=17"]))
        let request = try found(world.inbox.requests.first)
        let form = try found(world.inbox.forms.first)
        #expect(request.method == .post)
        #expect(request.url == "http://merchant.example/notify/bookshop")
        #expect(request.headers["Content-Type"] == "application/x-www-form-urlencoded; text/html; charset=UTF-8")
        #expect(request.headers["User-Agent"] == "Mozilla/4.0")
        #expect(PartnerSignature.isValid(form, key: TestWorld.key))
        let id = try found(form.text("notify_id"))
        #expect(id.utf8.count == 34 && id.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        var rest = form
        rest.set("notify_id", "")
        rest.set("sign", "")
        #expect(
            rest
                == Fields([
                    "discount": "0.00", "payment_type": "1", "subject": "三体 (1-3)", "trade_no": trade.tradeNo,
                    "buyer_email": "buyer@example.com", "gmt_create": "2026-01-02 11:04:05",
                    "notify_type": "trade_status_sync", "quantity": "1", "out_trade_no": "ORDER-1",
                    "seller_id": TestWorld.partner, "body": String(repeating: "书", count: 400),
                    "trade_status": "TRADE_SUCCESS", "is_total_fee_adjust": "N", "total_fee": "120.50",
                    "gmt_payment": "2026-01-02 11:04:05", "seller_email": "sales@bookshop.example", "price": "120.50",
                    "buyer_id": "2088102000000001", "notify_id": "", "use_coupon": "N", "extra_common_param": "m=17",
                    "notify_time": "2026-01-02 11:04:05", "sign_type": "MD5", "sign": "",
                ]))
    }

    @Test(arguments: [1, 60]) func `it is repeated after 4, 10, 10 minutes, 1, 2, 6, 15 hours, at any speed`(
        speed: Int
    ) throws {
        let world = TestWorld(speed: speed)
        world.inbox.answerAlways(.body("fail"))
        let trade = try world.paidTrade()
        var count = 1
        for minutes in [4, 10, 10, 60, 120, 360, 900] as [Int64] {
            world.clock.advance(byMs: minutes * NotificationTests.minuteMs / Int64(speed) - 1)
            #expect(world.inbox.requests.count == count)
            world.clock.advance(byMs: 1)
            count += 1
            #expect(world.inbox.requests.count == count)
        }
        world.clock.advance(byMs: 30 * 86_400_000)
        #expect(world.inbox.requests.count == 8)
        let notification = try found(world.simulator.notifications(tradeNo: trade.tradeNo).first)
        #expect(notification.state == .exhausted)
        #expect(notification.attempts.count == 8)
        #expect(notification.attempts.last?.outcome == .answered(status: 200, body: Array("fail".utf8)))
    }

    @Test func `a repeat has the same notify_id and a new time and sign`() throws {
        let world = TestWorld()
        world.inbox.answer(.error(.timeout))
        _ = try world.paidTrade()
        world.clock.advance(byMs: 4 * NotificationTests.minuteMs)
        let forms = try world.inbox.forms
        #expect(forms.count == 2)
        #expect(forms[0].text("notify_id") == forms[1].text("notify_id"))
        #expect(forms.map { $0.text("notify_time") } == ["2026-01-02 11:04:05", "2026-01-02 11:08:05"])
        #expect(forms[0].text("sign") != forms[1].text("sign"))
        #expect(forms.allSatisfy { PartnerSignature.isValid($0, key: TestWorld.key) })
    }

    @Test func `only the seven bytes with status 200 count`() throws {
        for (text, status) in [
            ("success\n", 200), ("SUCCESS", 200), ("\u{FEFF}success", 200), ("", 200), ("success", 201),
            ("success", 302),
            ("success", 500),
        ] {
            let world = TestWorld()
            world.inbox.answer(.body(text, status: status))
            _ = try world.paidTrade()
            #expect(world.simulator.notifications().first?.state == .pending, "\(text) with \(status)")
            world.clock.advance(byMs: 4 * NotificationTests.minuteMs)
            #expect(world.simulator.notifications().first?.state == .acknowledged)
        }
    }

    @Test func `after success nothing comes any more`() throws {
        let world = TestWorld()
        _ = try world.paidTrade()
        world.clock.advance(byMs: 2 * 86_400_000)
        #expect(world.inbox.requests.count == 1)
        #expect(world.simulator.notifications().first?.state == .acknowledged)
    }

    @Test func `a stopped simulator sends no more`() throws {
        let world = TestWorld()
        world.inbox.answerAlways(.body("fail"))
        let trade = try world.paidTrade()
        world.simulator.stop()
        world.clock.advance(byMs: 86_400_000)
        try world.simulator.move(trade.tradeNo, .finish)
        #expect(world.inbox.requests.count == 1)
    }

    @Test func `each change has its own notify_id and its own fields`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade()
        try world.simulator.move(trade.tradeNo, .refund(50))
        try world.simulator.move(trade.tradeNo, .refund(12000))
        let forms = try world.inbox.forms
        #expect(forms.map { $0.text("trade_status") } == ["TRADE_SUCCESS", "TRADE_SUCCESS", "TRADE_CLOSED"])
        #expect(forms.map { $0.text("refund_status") } == [nil, "REFUND_SUCCESS", "REFUND_SUCCESS"])
        #expect(forms.map { $0.text("gmt_close") } == [nil, nil, "2026-01-02 11:04:05"])
        #expect(forms.map { $0.text("gmt_refund") } == [nil, "2026-01-02 11:04:05", "2026-01-02 11:04:05"])
        #expect(forms.allSatisfy { $0.text("total_fee") == "120.50" })
        #expect(Set(forms.map { $0.text("notify_id") }).count == 3)
    }

    @Test func `finished, frozen and released trades are told`() throws {
        let world = TestWorld()
        let trade = try world.openTrade()
        for move in [.freeze, .unfreeze, .finish] as [TradeMove] { try world.simulator.move(trade.tradeNo, move) }
        #expect(
            try world.inbox.forms.map { $0.text("trade_status") } == [
                "TRADE_PENDING", "TRADE_SUCCESS", "TRADE_FINISHED",
            ])
    }

    @Test func `an unpaid trade and its close are told only if the contract says so`() throws {
        let quiet = TestWorld()
        try quiet.simulator.move(try quiet.openTrade().tradeNo, .close)
        #expect(quiet.inbox.requests.isEmpty)
        let loud = TestWorld {
            $0.notifiesWaitBuyerPay = true
            $0.notifiesClosed = true
        }
        try loud.simulator.move(try loud.openTrade().tradeNo, .close)
        let forms = try loud.inbox.forms
        #expect(forms.map { $0.text("trade_status") } == ["WAIT_BUYER_PAY", "TRADE_CLOSED"])
        #expect(forms.map { $0.text("is_total_fee_adjust") } == ["Y", "N"])
        #expect(forms.allSatisfy { $0.text("gmt_payment") == nil })
    }

    @Test func `a price that the seller changed is told as it was paid`() throws {
        let world = TestWorld()
        let trade = try world.openTrade()
        try world.simulator.move(trade.tradeNo, .changePrice(10000))
        try world.simulator.move(trade.tradeNo, .pay)
        let form = try found(world.inbox.forms.first)
        #expect(form.text("total_fee") == "100.00")
        #expect(form.text("price") == "120.50")
        #expect(form.text("discount") == "-20.50")
        #expect(form.text("is_total_fee_adjust") == "Y")
    }

    @Test func `without notify_url nothing is sent`() throws {
        let world = TestWorld()
        _ = try world.paidTrade(TestWorld.order(["notify_url": ""]))
        #expect(world.inbox.requests.isEmpty)
        #expect(world.simulator.notifications().isEmpty)
    }

    @Test func `a second payment for one order has a trade number of its own`() throws {
        let world = TestWorld()
        let first = try world.paidTrade()
        let second = try world.simulator.payAgain(first.tradeNo)
        let forms = try world.inbox.forms
        #expect(forms.map { $0.text("trade_no") } == [first.tradeNo, second.tradeNo])
        #expect(forms.allSatisfy { $0.text("out_trade_no") == "ORDER-1" })
    }
}

@Suite struct NotifyVerifyTests {
    @Test func `an id is true for one minute`() throws {
        let world = TestWorld()
        world.inbox.answerAlways(.body("fail"))
        _ = try world.paidTrade()
        let id = try found(world.inbox.forms.first?.text("notify_id"))
        world.clock.advance(byMs: 59_000)
        #expect(world.verify(id) == "true")
        world.clock.advance(byMs: 2_000)
        #expect(world.verify(id) == "false")
    }

    @Test(arguments: [1, 10]) func `each repeat opens the minute anew, and no speed shortens it`(speed: Int) throws {
        let world = TestWorld(speed: speed)
        world.inbox.answer(.body("fail"), .never)
        _ = try world.paidTrade()
        let id = try found(world.inbox.forms.first?.text("notify_id"))
        world.clock.advance(byMs: 240_000 / Int64(speed) + 59_000)
        #expect(world.inbox.requests.count == 2)
        #expect(world.verify(id) == "true")
        world.clock.advance(byMs: 2_000)
        #expect(world.verify(id) == "false")
    }

    @Test func `an id is void once success was answered, also within its minute`() throws {
        let world = TestWorld()
        _ = try world.paidTrade()
        #expect(world.verify(try found(world.inbox.forms.first?.text("notify_id"))) == "false")
    }

    @Test func `an id is true while its answer is still out`() throws {
        let world = TestWorld()
        world.inbox.answer(.never)
        _ = try world.paidTrade()
        #expect(world.verify(try found(world.inbox.forms.first?.text("notify_id"))) == "true")
    }

    @Test func `another partner's id is false, and so is one that nobody gave`() throws {
        let world = TestWorld(others: DirectPayTests.others)
        world.inbox.answer(.never)
        _ = try world.paidTrade()
        let id = try found(world.inbox.forms.first?.text("notify_id"))
        #expect(world.verify(id, partner: "2088000000000009") == "false")
        #expect(world.verify("0123456789abcdef0123456789abcdef2a") == "false")
    }

    @Test func `a wrong command is invalid`() {
        let world = TestWorld()
        #expect(world.verify("", partner: TestWorld.partner) == "invalid")
        #expect(world.verify("0123456789abcdef0123456789abcdef2a", partner: "") == "invalid")
        #expect(world.verify("0123456789abcdef0123456789abcdef2a", partner: "2088") == "invalid")
    }

    @Test func `POST and the old address do as well`() throws {
        let world = TestWorld()
        world.inbox.answer(.never)
        _ = try world.paidTrade()
        let id = try found(world.inbox.forms.first?.text("notify_id"))
        let form = Fields(["partner": TestWorld.partner, "notify_id": id])
        #expect(world.text(world.send(.get, "/trade/notify_query.do", query: form.formEncoded())) == "true")
        let service = form.changed("service", "notify_verify")
        let response = try found(world.send(.post, "/gateway.do", body: service.formEncoded()))
        #expect(world.text(response) == "true")
        #expect(response.headers["Content-Type"] == "text/plain; charset=utf-8")
    }
}
