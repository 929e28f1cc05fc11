import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

/// Payments with a QR code: one transaction before the call to Alipay, one after it.
struct QRPaymentTests {
    private static func create(
        _ desk: Desk, headers: [(String, String)] = [], _ change: (inout Body) -> Void = { _ in }
    ) async -> Reading {
        await desk.create(headers: headers) {
            $0["channel"] = "\"qr\""
            change(&$0)
        }
    }

    private static func begin(_ desk: Desk, headers: [(String, String)] = []) -> RecordedReply {
        var body = Body.minimal()
        body["channel"] = "\"qr\""
        return desk.begin(.post, "/v1/payments", headers: headers, body: Array(body.text.utf8))
    }

    private static let precreate = "alipay.acquire.precreate"

    @Test func `the answer shows the code`() async throws {
        let desk = Desk(tenants: [.everything()])
        desk.alipayAnswers([QRPaymentTests.precreate: TradeAnswer.qrCode("ORDER-1")])
        let answer = await QRPaymentTests.create(desk)
        #expect(answer.status == 201)
        #expect(answer.headers["Location"] == "/v1/payments/\(answer.id)")
        #expect(answer.json["status"]?.text == "requires_action")
        #expect(answer.text.contains(#""next_action":{"type":"qr_code","content":"https://qr.alipay.com/bax00001"}"#))
        let sent = try #require(desk.alipay.requests.first?.parameters)
        #expect(sent["out_trade_no"] == "ORDER-1")
        #expect(sent["total_fee"] == "120.50")
        #expect(sent["notify_url"] == "https://pay.example/notify/bookshop")
        #expect(await desk.call(.get, "/v1/payments/\(answer.id)").text == answer.text)
        // There is no page of ours to send a buyer on from.
        #expect(await desk.call(.get, "/checkout/\(answer.id)", key: nil).status == 404)
    }

    @Test func `the payment is durable before Alipay is called`() async throws {
        let desk = Desk(tenants: [.everything()])
        let pending = QRPaymentTests.begin(desk)
        try await desk.waitForAlipay()
        #expect(!pending.isAnswered)
        let stored = await desk.call(.get, "/v1/payments?merchant_reference=ORDER-1")
        #expect(stored.ids.count == 1)
        desk.alipay.answer(.success(TradeAnswer.qrCode("ORDER-1")))
        #expect(await pending.reading().id == stored.ids[0])
    }

    @Test func `the same again shows the same code and calls nobody`() async {
        let desk = Desk(tenants: [.everything()])
        desk.alipayAnswers([QRPaymentTests.precreate: TradeAnswer.qrCode("ORDER-1")])
        let first = await QRPaymentTests.create(desk)
        let second = await QRPaymentTests.create(desk)
        #expect(second.status == 200)
        #expect(second.text == first.text)
        #expect(desk.alipay.requests.count == 1)
        desk.clock.advance(byMs: 7_200_000)
        #expect(await QRPaymentTests.create(desk).json["next_action"] == .null)
    }

    @Test(arguments: [SendError.Code.timeout, .connect, .reset])
    func `no answer is processing, and the same again asks for the code again`(code: SendError.Code) async {
        let desk = Desk(tenants: [.everything()])
        desk.alipay.always { _ in .failure(SendError(code: code, message: "10.1.2.3 is slow")) }
        let first = await QRPaymentTests.create(desk)
        #expect(first.status == 201)
        #expect(first.json["status"]?.text == "processing")
        #expect(first.json["next_action"] == .null)
        #expect(!first.text.contains("10.1.2.3"))
        desk.alipayAnswers([QRPaymentTests.precreate: TradeAnswer.qrCode("ORDER-1")])
        let second = await QRPaymentTests.create(desk)
        #expect(second.status == 200)
        #expect(second.id == first.id)
        #expect(second.json["next_action"]?["content"]?.text == "https://qr.alipay.com/bax00001")
        #expect(desk.alipay.requests.count == 2)
        #expect(desk.alipay.requests.map { $0.parameters["out_trade_no"] } == ["ORDER-1", "ORDER-1"])
    }

    @Test(arguments: [
        (
            TradeAnswer.error("ILLEGAL_SIGN"), "ILLEGAL_SIGN",
            "The signature is wrong: the key, the charset or a changed value."
        ),
        (
            TradeAnswer.acquire("ORDER-1", "FAIL", ["detail_error_code": "EXIST_FORBIDDEN_WORD"]),
            "EXIST_FORBIDDEN_WORD", "The subject or the description has a forbidden word in it."
        ),
        (TradeAnswer.error("NEW_CODE"), "NEW_CODE", "Alipay's documents do not name this code."),
    ])
    func `a refusal is told, and the payment is canceled`(
        refusal: OutboundResponse, code: String, message: String
    ) async throws {
        let desk = Desk(tenants: [.everything()])
        desk.alipayAnswers([QRPaymentTests.precreate: refusal])
        let answer = await QRPaymentTests.create(desk)
        let payment = try #require(answer.json["payment"]?.text)
        #expect(answer.status == 502)
        #expect(
            answer.text == """
                {"type":"https://payrelay.dev/errors/provider_refused","title":"Provider refused","status":502,\
                "code":"provider_refused","detail":"Alipay refused the payment: \(code)","errors":[],\
                "retryable":false,"outcome":"known","request_id":"req_1","payment":"\(payment)",\
                "provider":{"code":"\(code)","message":"\(message)"}}
                """)
        let stored = await desk.call(.get, "/v1/payments/\(payment)")
        #expect(stored.json["status"]?.text == "canceled")
        #expect(stored.json["last_error"]?["code"]?.text == "provider_refused")
        #expect(await desk.call(.get, "/v1/events").ids.count == 1)
        // It was refused once; the same again is that payment, as it stands.
        let again = await QRPaymentTests.create(desk)
        #expect(again.status == 200)
        #expect(again.text == stored.text)
        #expect(desk.alipay.requests.count == 1)
    }

    @Test func `a body at fault calls nobody`() async {
        let desk = Desk(tenants: [.everything()])
        #expect(await QRPaymentTests.create(desk) { $0["amount"] = "0" }.status == 400)
        #expect(await QRPaymentTests.create(Desk()).status == 422)
        #expect(desk.alipay.requests.isEmpty)
    }

    @Test func `another body under the reference is a conflict`() async {
        let desk = Desk(tenants: [.everything()])
        desk.alipayAnswers([QRPaymentTests.precreate: TradeAnswer.qrCode("ORDER-1")])
        let first = await QRPaymentTests.create(desk)
        let answer = await QRPaymentTests.create(desk) { $0["amount"] = "1" }
        #expect(answer.status == 409)
        #expect(answer.json["payment"]?.text == first.id)
        #expect(desk.alipay.requests.count == 1)
    }

    @Test func `a store that fails before the call is 503, and nobody is called`() async {
        let store = MemoryStore()
        let desk = Desk(store: store, tenants: [.everything()])
        store.failNextWrites(1)
        #expect(await QRPaymentTests.create(desk).status == 503)
        #expect(desk.alipay.requests.isEmpty)
    }

    /// The code is lost, and the payment is not: it is there, and the same again asks for the code.
    @Test func `a store that fails after the call leaves the payment as it was made`() async throws {
        let store = MemoryStore()
        let desk = Desk(store: store, tenants: [.everything()])
        let pending = QRPaymentTests.begin(desk)
        try await desk.waitForAlipay()
        store.failNextWrites(1)
        desk.alipay.answer(.success(TradeAnswer.qrCode("ORDER-1")))
        let answer = await pending.reading()
        #expect(answer.status == 201)
        #expect(answer.json["next_action"] == .null)
        desk.alipayAnswers([QRPaymentTests.precreate: TradeAnswer.qrCode("ORDER-1")])
        #expect(await QRPaymentTests.create(desk).json["next_action"]?["type"]?.text == "qr_code")
    }

    // MARK: - Idempotency-Key

    static let key = [("Idempotency-Key", "k")]

    @Test(arguments: Engine.allCases)
    func `the same key again replays the code`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: .init([.everything()]))
            desk.alipayAnswers([QRPaymentTests.precreate: TradeAnswer.qrCode("ORDER-1")])
            let first = await QRPaymentTests.create(desk, headers: QRPaymentTests.key)
            let second = await QRPaymentTests.create(desk, headers: QRPaymentTests.key)
            #expect(first.status == 201)
            #expect(second.status == 201)
            #expect(second.body == first.body)
            #expect(second.headers["Location"] == "/v1/payments/\(first.id)")
            #expect(second.headers["Idempotent-Replayed"] == "true")
            #expect(desk.alipay.requests.count == 1)
            let other = await QRPaymentTests.create(desk, headers: QRPaymentTests.key) { $0["amount"] = "1" }
            #expect(other.code == "idempotency_mismatch")
        }
    }

    @Test(arguments: Engine.allCases)
    func `while the first runs the second is told to come back`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: .init([.everything()]))
            let first = QRPaymentTests.begin(desk, headers: QRPaymentTests.key)
            try await desk.waitForAlipay()
            let second = await QRPaymentTests.create(desk, headers: QRPaymentTests.key)
            #expect(second.status == 409)
            #expect(second.code == "idempotency_in_progress")
            #expect(second.headers["Retry-After"] == "1")
            desk.alipay.answer(.success(TradeAnswer.qrCode("ORDER-1")))
            #expect(await first.reading().status == 201)
        }
    }

    @Test(arguments: Engine.allCases)
    func `what a dead process began is taken over from the payment it made`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: .init([.everything()]))
            _ = QRPaymentTests.begin(desk, headers: QRPaymentTests.key)
            try await desk.waitForAlipay()
            let next = Desk(store: desk.store, clock: desk.clock, tenants: [.everything()], owner: "process-2")
            next.alipayAnswers([QRPaymentTests.precreate: TradeAnswer.qrCode("ORDER-1")])
            let answer = await QRPaymentTests.create(next, headers: QRPaymentTests.key)
            #expect(answer.status == 200)
            #expect(answer.json["next_action"]?["type"]?.text == "qr_code")
            #expect(await next.call(.get, "/v1/payments").ids == [answer.id])
            let replay = await QRPaymentTests.create(next, headers: QRPaymentTests.key)
            #expect(replay.headers["Idempotent-Replayed"] == "true")
        }
    }

    @Test func `a refusal by Alipay is not stored, a body at fault is`() async {
        let desk = Desk(tenants: [.everything()])
        desk.alipayAnswers([QRPaymentTests.precreate: TradeAnswer.error("ILLEGAL_SIGN")])
        #expect(await QRPaymentTests.create(desk, headers: QRPaymentTests.key).status == 502)
        let again = await QRPaymentTests.create(desk, headers: QRPaymentTests.key)
        #expect(again.status == 200)
        #expect(again.json["status"]?.text == "canceled")
        #expect(again.headers["Idempotent-Replayed"] == nil)
        let other = [("Idempotency-Key", "other")]
        #expect(await QRPaymentTests.create(desk, headers: other) { $0["subject"] = "1" }.status == 400)
        let replayed = await QRPaymentTests.create(desk, headers: other) { $0["subject"] = "1" }
        #expect(replayed.headers["Idempotent-Replayed"] == "true")
    }

    @Test(arguments: Engine.allCases)
    func `fifty creates at once make one payment`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: .init([.everything()]))
            desk.alipayAnswers([QRPaymentTests.precreate: TradeAnswer.qrCode("ORDER-1")])
            let answers = await withTaskGroup(of: Reading.self) { group in
                for _ in 1...50 { group.addTask { await QRPaymentTests.create(desk) } }
                return await group.reduce(into: [Reading]()) { $0.append($1) }
            }
            #expect(answers.count { $0.status == 201 } == 1)
            #expect(answers.count { $0.status == 200 } == 49)
            #expect(Set(answers.map(\.id)).count == 1)
            #expect(answers.allSatisfy { $0.json["next_action"]?["type"]?.text == "qr_code" })
            #expect(desk.services == [QRPaymentTests.precreate])
        }
    }
}
