import Alipay
import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

/// `POST /v1/payments/{id}/cancel`: closed at Alipay first, then here.
struct CancelTests {
    @Test(arguments: Engine.allCases, ["", "{}"])
    func `a payment that Alipay closes is canceled`(engine: Engine, body: String) async throws {
        try await Desk.run(on: engine) { desk in
            let id = await desk.create().id
            desk.alipayAnswers(["close_trade": TradeAnswer.done])
            let answer = await desk.call(.post, "/v1/payments/\(id)/cancel", body: body)
            #expect(answer.status == 200)
            #expect(answer.json["status"]?.text == "canceled")
            #expect(answer.json["next_action"] == .null)
            #expect(desk.alipay.requests.map { $0.parameters["out_order_no"] } == ["ORDER-1"])
            let events = await desk.call(.get, "/v1/events?type=payment.canceled")
            #expect(events.ids.count == 1)
            let page = await desk.call(.get, "/checkout/\(id)", key: nil, headers: [("Accept-Language", "en")])
            #expect(page.text.contains("<h1>Canceled</h1>"))
            // Again: nothing new, and nobody is called.
            let again = await desk.call(.post, "/v1/payments/\(id)/cancel", body: body)
            #expect(again.status == 200)
            #expect(again.text == answer.text)
            #expect(desk.alipay.requests.count == 1)
            #expect(await desk.call(.get, "/v1/events").ids == events.ids)
        }
    }

    @Test func `a trade that Alipay does not have is closed as well`() async {
        let desk = Desk()
        let id = await desk.create().id
        desk.alipayAnswers(["close_trade": TradeAnswer.error("TRADE_NOT_EXIST")])
        #expect(await desk.call(.post, "/v1/payments/\(id)/cancel").json["status"]?.text == "canceled")
    }

    @Test func `while Alipay is asked no buyer is sent on`() async throws {
        let desk = Desk()
        let id = await desk.create().id
        let pending = desk.begin(.post, "/v1/payments/\(id)/cancel")
        try await desk.waitForAlipay()
        let page = await desk.call(.get, "/checkout/\(id)", key: nil)
        #expect(page.status == 200)
        #expect(page.headers["Location"] == nil)
        #expect(await desk.call(.get, "/v1/payments/\(id)").json["next_action"] == .null)
        desk.alipay.answer(.success(TradeAnswer.done))
        #expect(await pending.reading().status == 200)
    }

    @Test(arguments: [
        ("TRADE_SUCCESS", "succeeded", "it has been paid"), ("WAIT_SELLER_SEND_GOODS", "held", "it has been paid"),
        ("WAIT_BUYER_CONFIRM_GOODS", "shipped", "it has been paid"),
        ("WAIT_SYS_CONFIRM_PAY", "processing", "Alipay is working on it"),
        ("TRADE_CLOSED", "expired", "it is closed already"),
    ])
    func `what is too far along is not canceled, and nobody is called`(
        word: String, status: String, why: String
    ) async {
        let desk = Desk(tenants: [.everything()])
        let payment = await desk.payment(at: word) { $0["settlement"] = "\"escrow\"" }
        let calls = desk.alipay.requests.count
        let answer = await desk.call(.post, "/v1/payments/\(payment.id)/cancel")
        #expect(answer.status == 409)
        #expect(answer.code == "not_cancelable")
        #expect(answer.detail == "the payment is \(status) and cannot be canceled: \(why)")
        #expect(answer.json["provider"] == nil)
        #expect(desk.alipay.requests.count == calls)
    }

    @Test func `a payment that was paid in between is applied and told`() async {
        let desk = Desk()
        let id = await desk.create().id
        desk.alipayAnswers([
            "close_trade": TradeAnswer.error("TRADE_STATUS_NOT_AVAILD"),
            "single_trade_query": TradeAnswer.trade("ORDER-1", status: "TRADE_SUCCESS"),
        ])
        let answer = await desk.call(.post, "/v1/payments/\(id)/cancel")
        #expect(answer.status == 409)
        #expect(answer.detail == "the payment is succeeded and cannot be canceled: it has been paid")
        #expect(await desk.call(.get, "/v1/payments/\(id)").json["status"]?.text == "succeeded")
    }

    @Test func `a state that nobody can name carries Alipay's code, and the buyer may go on`() async {
        let desk = Desk(tenants: [.bookshop(services: .init(tradeQuery: false))])
        let id = await desk.create().id
        desk.alipayAnswers(["close_trade": TradeAnswer.error("TRADE_STATUS_NOT_AVAILD")])
        let answer = await desk.call(.post, "/v1/payments/\(id)/cancel")
        #expect(answer.status == 409)
        #expect(answer.json["provider"]?["code"]?.text == "TRADE_STATUS_NOT_AVAILD")
        #expect(answer.json["provider"]?["message"]?.text == "The trade is in a state that does not allow this.")
        #expect(
            answer.detail
                == "the payment is requires_action and cannot be canceled: Alipay does not close it as it stands there")
        #expect(await desk.call(.get, "/checkout/\(id)", key: nil).status == 302)
    }

    @Test func `Alipay's refusal changes nothing`() async {
        let desk = Desk()
        let payment = await desk.create()
        desk.alipayAnswers(["close_trade": TradeAnswer.error("ILLEGAL_PARTNER_EXTERFACE")])
        let answer = await desk.call(.post, "/v1/payments/\(payment.id)/cancel")
        #expect(answer.status == 502)
        #expect(answer.code == "provider_refused")
        #expect(answer.detail == "Alipay refused the cancel: ILLEGAL_PARTNER_EXTERFACE")
        #expect(answer.json["retryable"] == .bool(false))
        #expect(await desk.call(.get, "/v1/payments/\(payment.id)").text == payment.text)
    }

    @Test(arguments: [
        SendError.Code.timeout, .connect, .tls,
    ])
    func `no answer leaves the outcome open`(code: SendError.Code) async {
        let desk = Desk()
        let id = await desk.create().id
        desk.alipay.always { _ in .failure(SendError(code: code, message: "10.1.2.3 is slow")) }
        let answer = await desk.call(.post, "/v1/payments/\(id)/cancel")
        #expect(answer.status == 504)
        #expect(answer.code == "provider_timeout")
        #expect(answer.json["outcome"]?.text == "unknown")
        #expect(!answer.text.contains("10.1.2.3"))
        // Nobody pays meanwhile what may be closed; the same call again ends it.
        #expect(await desk.call(.get, "/checkout/\(id)", key: nil).headers["Location"] == nil)
        desk.alipayAnswers(["close_trade": TradeAnswer.done])
        #expect(await desk.call(.post, "/v1/payments/\(id)/cancel").status == 200)
    }

    @Test func `an answer that proves nothing leaves the outcome open`() async {
        let desk = Desk()
        let id = await desk.create().id
        desk.alipay.always { _ in .success(TradeAnswer.xml("<html/>")) }
        let answer = await desk.call(.post, "/v1/payments/\(id)/cancel")
        #expect(answer.status == 502)
        #expect(answer.code == "provider_invalid_answer")
        #expect(answer.json["outcome"]?.text == "unknown")
        #expect(answer.detail == "Alipay's answer proves nothing: not an answer of Alipay's interface")
    }

    @Test func `a cancel whose outcome is open is tried again within a minute, whenever the next look was due`()
        async throws
    {
        let desk = Desk()
        let id = await desk.create { $0["expires_in"] = "1296000" }.id
        desk.clock.advance(byMs: 2 * 86_400_000)
        try await desk.store.write { transaction throws(StoreError) in
            guard var payment = try transaction.payment(id: id, tenant: "bookshop") else { return }
            payment.checkAtMs = payment.expiresAtMs
            try transaction.update(payment)
        }
        desk.alipay.always { _ in .failure(SendError(code: .timeout, message: "")) }
        #expect(await desk.call(.post, "/v1/payments/\(id)/cancel").status == 504)
        #expect(try await desk.checkAtMs(of: id) == desk.clock.nowMs + 60_000)
    }

    @Test func `what was paid in between and goes back with the cancel is a cancel that was done`() async throws {
        let desk = Desk(tenants: [.everything()])
        desk.alipayAnswers(["alipay.acquire.precreate": TradeAnswer.qrCode("ORDER-1")])
        let id = await desk.create { $0["channel"] = "\"qr\"" }.id
        desk.alipay.always { _ in nil }
        let pending = desk.begin(.post, "/v1/payments/\(id)/cancel")
        try await desk.waitForAlipay()
        // Alipay has given it back by then; the message of the payment itself comes before its answer.
        desk.alipayAnswers([
            "notify_verify": OutboundResponse(status: 200, body: Array("true".utf8), verifiedTLS: true)
        ])
        let paid = HandMadeNotification(
            reference: "ORDER-1", tradeNo: "2026010200001", status: "TRADE_SUCCESS", partner: "2088101122136241",
            sellerEmail: "sales@bookshop.example", key: TradeAnswer.key)
        #expect(await desk.call(.post, "/notify/bookshop", key: nil, body: paid.body).text == "success")
        #expect(await desk.call(.get, "/v1/payments/\(id)").json["status"]?.text == "succeeded")
        desk.alipay.answer(
            .success(TradeAnswer.acquire("ORDER-1", "SUCCESS", ["action": "refund", "trade_no": "2026010200001"])))
        let answer = await pending.reading()
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.json["status"]?.text == "succeeded" && answer.json["amount_refunded"]?.int64 == 12_050)
        let calls = desk.alipay.requests.count
        let again = await desk.call(.post, "/v1/payments/\(id)/cancel")
        #expect(again.status == 200 && again.text == answer.text)
        #expect(desk.alipay.requests.count == calls)
    }

    @Test(arguments: [
        "TRADE_HAS_CLOSE", "REASON_ILLEGAL_STATUS", "REASON_TRADE_BEEN_FREEZEN", "TRADE_HAS_SUCCESS",
    ])
    func `a cancel that meets a paid or closed trade asks what it is`(code: String) async {
        let desk = Desk(tenants: [.everything()])
        desk.alipayAnswers(["alipay.acquire.precreate": TradeAnswer.qrCode("ORDER-1")])
        let id = await desk.create { $0["channel"] = "\"qr\"" }.id
        desk.alipayAnswers([
            "alipay.acquire.cancel": TradeAnswer.acquire("ORDER-1", "FAIL", ["detail_error_code": code]),
            "alipay.acquire.query": TradeAnswer.acquire(
                "ORDER-1", "SUCCESS",
                ["trade_no": "2026010200001", "trade_status": "TRADE_SUCCESS", "total_fee": "120.50"]),
        ])
        let answer = await desk.call(.post, "/v1/payments/\(id)/cancel")
        #expect(answer.status == 409)
        #expect(answer.detail == "the payment is succeeded and cannot be canceled: it has been paid")
    }

    @Test func `another tenant's payment is not there`() async {
        let desk = Desk()
        let payment = await desk.create()
        #expect(await desk.call(.post, "/v1/payments/\(payment.id)/cancel", key: Desk.teashopKey).code == "not_found")
        #expect(desk.alipay.requests.isEmpty)
        #expect(await desk.call(.get, "/v1/payments/\(payment.id)").text == payment.text)
    }

    @Test func `a cancel has no fields`() async {
        let desk = Desk()
        let id = await desk.create().id
        let answer = await desk.call(.post, "/v1/payments/\(id)/cancel", body: #"{"reason": "x"}"#)
        #expect(answer.status == 400)
        #expect(answer.errors == ["/reason: unknown field reason"])
        #expect(desk.alipay.requests.isEmpty)
    }

    @Test func `a store that fails before Alipay is asked is 503, and nothing was done`() async {
        let store = MemoryStore()
        let desk = Desk(store: store)
        let id = await desk.create().id
        desk.alipayAnswers(["close_trade": TradeAnswer.done])
        store.failNextWrites(1)
        let answer = await desk.call(.post, "/v1/payments/\(id)/cancel")
        #expect(answer.status == 503)
        #expect(answer.detail == "the service cannot do this now; nothing was done")
        #expect(answer.json["outcome"]?.text == "known")
        #expect(desk.alipay.requests.isEmpty)
        #expect(await desk.call(.post, "/v1/payments/\(id)/cancel").status == 200)
    }

    @Test func `a store that cannot keep Alipay's answer is 503, and the same call again is safe`() async throws {
        let store = MemoryStore()
        let desk = Desk(store: store)
        let id = await desk.create().id
        let pending = desk.begin(.post, "/v1/payments/\(id)/cancel")
        try await desk.waitForAlipay()
        store.failNextWrites(1)
        desk.alipay.answer(.success(TradeAnswer.done))
        let answer = await pending.reading()
        #expect(answer.status == 503)
        #expect(answer.detail == "the service cannot keep this now; the same call again is safe")
        #expect(answer.json["outcome"]?.text == "unknown")
        desk.alipayAnswers(["close_trade": TradeAnswer.done])
        #expect(await desk.call(.post, "/v1/payments/\(id)/cancel").status == 200)
    }

    @Test(arguments: Engine.allCases)
    func `an Idempotency-Key replays the cancel`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let id = await desk.create().id
            let key = [("Idempotency-Key", "k")]
            let pending = desk.begin(.post, "/v1/payments/\(id)/cancel", headers: key)
            try await desk.waitForAlipay()
            #expect(
                await desk.call(.post, "/v1/payments/\(id)/cancel", headers: key).code == "idempotency_in_progress")
            desk.alipay.answer(.success(TradeAnswer.done))
            let first = await pending.reading()
            #expect(first.status == 200)
            let second = await desk.call(.post, "/v1/payments/\(id)/cancel", headers: key)
            #expect(second.body == first.body)
            #expect(second.headers["Idempotent-Replayed"] == "true")
            #expect(await desk.call(.post, "/v1/payments/\(id)/cancel", headers: key, body: "{}").status == 422)
        }
    }

    @Test func `a refused cancel is not stored under its key`() async {
        let desk = Desk()
        let id = await desk.payment(at: "WAIT_SYS_CONFIRM_PAY").id
        let key = [("Idempotency-Key", "k")]
        #expect(await desk.call(.post, "/v1/payments/\(id)/cancel", headers: key).status == 409)
        let again = await desk.call(.post, "/v1/payments/\(id)/cancel", headers: key)
        #expect(again.status == 409)
        #expect(again.headers["Idempotent-Replayed"] == nil)
    }

    @Test func `a barcode whose outcome is open can be canceled`() async {
        let desk = Desk(tenants: [.everything()])
        desk.alipay.always { _ in .failure(SendError(code: .timeout, message: "too slow")) }
        let id = await desk.create {
            $0["channel"] = "\"barcode\""
            $0["buyer"] = #"{"auth_code": "28"}"#
        }.id
        desk.alipayAnswers([
            "alipay.acquire.cancel": TradeAnswer.acquire("ORDER-1", "SUCCESS", ["action": "close"])
        ])
        let answer = await desk.call(.post, "/v1/payments/\(id)/cancel")
        #expect(answer.status == 200)
        #expect(answer.json["status"]?.text == "canceled")
    }
}
