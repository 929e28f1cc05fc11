import Alipay
import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

/// `POST /v1/payments/{id}/refunds`: money goes back, never more than came.
struct RefundTests {
    private static let fastpay = "refund_fastpay_by_platform_nopwd"
    private static let acquire = "alipay.acquire.refund"

    private static func refund(
        _ desk: Desk, _ id: String, _ body: String = "", headers: [(String, String)] = [],
        key: String = Desk.bookshopKey
    ) async -> Reading {
        await desk.call(.post, "/v1/payments/\(id)/refunds", key: key, headers: headers, body: body)
    }

    /// A desk with a payment of 120.50 that succeeded, whose refunds Alipay takes and settles later.
    private static func paid(_ desk: Desk) async -> String {
        let id = await desk.payment(at: "TRADE_SUCCESS").id
        desk.alipayAnswers([fastpay: TradeAnswer.done])
        return id
    }

    /// A barcode payment of 120.50 that succeeded; Alipay does its refunds at once.
    private static func charged(_ desk: Desk) async -> String {
        desk.alipayAnswers([
            "alipay.acquire.createandpay": TradeAnswer.charged("ORDER-1"),
            acquire: TradeAnswer.acquire("ORDER-1", "SUCCESS"),
        ])
        return await desk.create {
            $0["channel"] = "\"barcode\""
            $0["buyer"] = #"{"auth_code": "28"}"#
        }.id
    }

    @Test(arguments: Engine.allCases)
    func `a part is refunded, answered whole`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let id = await RefundTests.paid(desk)
            let answer = await RefundTests.refund(
                desk, id, #"{"amount": 5000, "reason": "缺货 & 其他", "merchant_reference": "BACK-1"}"#)
            #expect(answer.status == 201)
            #expect(answer.headers["Location"] == "/v1/refunds/\(answer.id)")
            let batchNo = "20260102" + answer.id.suffix(22)
            #expect(
                answer.text == """
                    {"id":"\(answer.id)","object":"refund","payment":"\(id)","amount":5000,"reason":"缺货 & 其他",\
                    "merchant_reference":"BACK-1","status":"pending","origin":"api",\
                    "provider":{"batch_no":"\(batchNo)","code":null,"trade_no":"2026010200001"},\
                    "next_action":null,"last_error":null,"created_at":"2026-01-02T03:04:05.000Z",\
                    "updated_at":"2026-01-02T03:04:05.000Z"}
                    """)
            #expect(desk.alipay.requests.last?.parameters["detail_data"] == "2026010200001^50.00^缺货 & 其他")
            #expect(desk.alipay.requests.last?.parameters["batch_no"] == batchNo)
            #expect(await desk.call(.get, "/v1/refunds/\(answer.id)").text == answer.text)
        }
    }

    @Test(arguments: ["", "{}", #"{"amount": null, "reason": null, "merchant_reference": null, "trade_no": null}"#])
    func `without an amount all that is left goes back`(body: String) async {
        let desk = Desk(tenants: [.everything()])
        let id = await RefundTests.charged(desk)
        #expect(await RefundTests.refund(desk, id, #"{"amount": 2050}"#).json["status"]?.text == "succeeded")
        let answer = await RefundTests.refund(desk, id, body)
        #expect(answer.status == 201)
        #expect(answer.json["amount"]?.int64 == 10000)
        let payment = await desk.call(.get, "/v1/payments/\(id)")
        #expect(payment.json["amount_refunded"]?.int64 == 12050)
        #expect(payment.json["refundable"] == .bool(false))
        let none = await RefundTests.refund(desk, id, body)
        #expect(none.status == 409)
        #expect(none.code == "not_refundable")
        #expect(none.detail == "the payment cannot be refunded: all of it has gone back")
    }

    @Test func `a refund that Alipay refuses is made, and failed`() async {
        let desk = Desk()
        let id = await RefundTests.paid(desk)
        desk.alipayAnswers([RefundTests.fastpay: TradeAnswer.error("SELLER_NOT_SIGN_PROTOCOL")])
        let answer = await RefundTests.refund(desk, id)
        #expect(answer.status == 201)
        #expect(answer.json["status"]?.text == "failed")
        #expect(answer.json["provider"]?["code"]?.text == "SELLER_NOT_SIGN_PROTOCOL")
        #expect(answer.json["last_error"]?["code"]?.text == "provider_refused")
        #expect(await desk.call(.get, "/v1/events?type=refund.failed").ids.count == 1)
        // It is over, and another may be made.
        desk.alipayAnswers([RefundTests.fastpay: TradeAnswer.done])
        #expect(await RefundTests.refund(desk, id).json["status"]?.text == "pending")
    }

    @Test(arguments: [
        SendError.Code.timeout, .connect, .reset,
    ])
    func `no answer is unknown, and stands in the way of another`(code: SendError.Code) async {
        let desk = Desk()
        let id = await RefundTests.paid(desk)
        desk.alipay.always { _ in .failure(SendError(code: code, message: "too slow")) }
        let answer = await RefundTests.refund(desk, id, #"{"amount": 1}"#)
        #expect(answer.status == 201)
        #expect(answer.json["status"]?.text == "unknown")
        let second = await RefundTests.refund(desk, id, #"{"amount": 1}"#)
        #expect(second.status == 409)
        #expect(
            second.text == """
                {"type":"https://payrelay.dev/errors/refund_in_progress","title":"Refund in progress","status":409,\
                "code":"refund_in_progress",\
                "detail":"\(answer.id), another refund of this trade, is unknown; one at a time","errors":[],\
                "retryable":true,"outcome":"known","request_id":"req_1","refund":"\(answer.id)"}
                """)
    }

    @Test func `staff who have to type a password are told where`() async {
        let desk = Desk(tenants: [.bookshop(services: .init(refund: .password))])
        let id = await RefundTests.paid(desk)
        let answer = await RefundTests.refund(desk, id)
        #expect(answer.status == 201)
        #expect(answer.json["status"]?.text == "pending")
        #expect(answer.json["next_action"]?["type"]?.text == "redirect")
        let url = answer.json["next_action"]?["url"]?.text ?? ""
        #expect(url.contains("&service=refund_fastpay_by_platform_pwd&"))
        #expect(desk.services == ["single_trade_query"])
        #expect(await desk.call(.get, "/v1/refunds/\(answer.id)").text == answer.text)
        #expect(await desk.call(.get, "/v1/refunds").text.contains(url))
        // Alipay takes the batch on its own day only.
        desk.clock.advance(byMs: 86_400_000)
        #expect(await desk.call(.get, "/v1/refunds/\(answer.id)").json["next_action"] == .null)
    }

    // MARK: - Amounts

    @Test(arguments: [("12050", 201), ("12051", 409), ("1", 201), ("10000000000", 409)])
    func `a refund of all is taken, one fen more is not`(amount: String, status: Int) async {
        let desk = Desk()
        let id = await RefundTests.paid(desk)
        let answer = await RefundTests.refund(desk, id, "{\"amount\": \(amount)}")
        #expect(answer.status == status)
        guard status == 409 else { return }
        #expect(answer.code == "refund_exceeds_payment")
        #expect(answer.detail == "a refund of \(amount) fen is more than the 12050 fen that are left")
    }

    @Test func `what is left is told after a part has gone back`() async {
        let desk = Desk(tenants: [.everything()])
        let id = await RefundTests.charged(desk)
        _ = await RefundTests.refund(desk, id, #"{"amount": 12000}"#)
        let answer = await RefundTests.refund(desk, id, #"{"amount": 51}"#)
        #expect(answer.detail == "a refund of 51 fen is more than the 50 fen that are left")
        #expect(await RefundTests.refund(desk, id, #"{"amount": 50}"#).json["status"]?.text == "succeeded")
    }

    @Test(arguments: [
        ("0", "/amount: amount must be a whole number of fen from 1 to 10000000000"),
        ("-1", "/amount: amount must be a whole number of fen from 1 to 10000000000"),
        ("1.0", "/amount: amount must be a whole number of fen from 1 to 10000000000"),
        ("\"1\"", "/amount: amount must be a whole number of fen from 1 to 10000000000"),
        ("10000000001", "/amount: amount must be a whole number of fen from 1 to 10000000000"),
        ("18446744073709551617", "/amount: amount must be a whole number of fen from 1 to 10000000000"),
    ])
    func `an amount that is none is refused`(amount: String, error: String) async {
        let desk = Desk()
        let id = await RefundTests.paid(desk)
        let answer = await RefundTests.refund(desk, id, "{\"amount\": \(amount)}")
        #expect(answer.status == 400)
        #expect(answer.errors == [error])
        #expect(await desk.call(.get, "/v1/refunds").ids == [])
    }

    /// However many ask at once, and for however much.
    @Test(arguments: Engine.allCases, [1, 241, 5000])
    func `fifty refunds at once never give back more than was paid`(engine: Engine, amount: Int) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: .init([.everything()]))
            let id = await RefundTests.charged(desk)
            let answers = await withTaskGroup(of: Reading.self) { group in
                for _ in 1...50 { group.addTask { await RefundTests.refund(desk, id, "{\"amount\": \(amount)}") } }
                return await group.reduce(into: [Reading]()) { $0.append($1) }
            }
            let made = answers.filter { $0.status == 201 }
            let codes = ["refund_in_progress", "refund_exceeds_payment", "not_refundable"]
            #expect(!made.isEmpty)
            #expect(made.count * amount <= 12050)
            #expect(answers.allSatisfy { $0.status == 201 || codes.contains($0.code ?? "") })
            let payment = await desk.call(.get, "/v1/payments/\(id)")
            #expect(payment.json["amount_refunded"]?.int64 == Int64(made.count * amount))
            let sent = desk.alipay.requests.filter { $0.service == RefundTests.acquire }
            #expect(sent.count == made.count)
            #expect(Set(sent.map { $0.parameters["out_request_no"] }).count == made.count)
        }
    }

    @Test(arguments: Engine.allCases)
    func `fifty refunds at once that Alipay settles later make one`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let id = await RefundTests.paid(desk)
            let answers = await withTaskGroup(of: Reading.self) { group in
                for _ in 1...50 { group.addTask { await RefundTests.refund(desk, id, #"{"amount": 1}"#) } }
                return await group.reduce(into: [Reading]()) { $0.append($1) }
            }
            #expect(answers.count { $0.status == 201 } == 1)
            #expect(answers.count { $0.code == "refund_in_progress" } == 49)
            #expect(desk.services.count { $0 == RefundTests.fastpay } == 1)
        }
    }

    // MARK: - Other fields

    @Test(arguments: [
        ("[]", [": the body must be empty or a JSON object"]),
        ("x", [": the body is not JSON: unexpected character at byte 0"]),
        (
            #"{"amount": 0, "reason": "a|b", "merchant_reference": "A B", "trade_no": "12", "note": "x"}"#,
            [
                "/amount: amount must be a whole number of fen from 1 to 10000000000",
                "/reason: reason must be 1 to 256 bytes counted as GBK, without ^ | $ # and control characters",
                "/merchant_reference: merchant_reference must be 1 to 64 of A-Z a-z 0-9 _ -",
                "/trade_no: trade_no must be Alipay's number of a trade: 16 to 64 digits, as text",
                "/note: unknown field note",
            ]
        ),
        (
            #"{"reason": 1, "merchant_reference": 2, "trade_no": 2026010200000001}"#,
            [
                "/reason: reason must be text, not a number",
                "/merchant_reference: merchant_reference must be text, not a number",
                "/trade_no: trade_no must be text, not a number",
            ]
        ),
    ])
    func `what is wrong with a refund is pointed at`(body: String, errors: [String]) async {
        let desk = Desk()
        let id = await RefundTests.paid(desk)
        let answer = await RefundTests.refund(desk, id, body)
        #expect(answer.status == 400)
        #expect(answer.errors == errors)
        #expect(await desk.call(.get, "/v1/refunds").ids == [])
    }

    @Test(arguments: [
        "^", "|", "$", "#", "\\n", "\\u0000", "\\u0085", "\\u2029",
    ])
    func `a reason has none of what Alipay reads as more than text`(character: String) async {
        let desk = Desk()
        let id = await RefundTests.paid(desk)
        let answer = await RefundTests.refund(desk, id, "{\"reason\": \"a\(character)b\"}")
        #expect(answer.pointers == ["/reason"])
    }

    @Test(arguments: ["T-shirt&size=XL", "缺货&refund_amount=100.00"])
    func `a reason that another parameter could hide in is refused by name, and nothing is sent`(
        reason: String
    ) async {
        let desk = Desk()
        let id = await RefundTests.paid(desk)
        let calls = desk.alipay.requests.count
        let answer = await RefundTests.refund(desk, id, "{\"reason\": \"\(reason)\"}")
        #expect(answer.status == 400)
        #expect(
            answer.errors == [
                "/reason: reason has something like &name= in it, which could be read as a parameter of the signed request"
            ])
        #expect(await desk.call(.get, "/v1/refunds").ids == [])
        #expect(desk.alipay.requests.count == calls)
    }

    @Test(arguments: [
        ("a", 256), ("缺", 128), ("🦄", 64),
    ])
    func `a reason at its limit is taken, one past it is not`(character: String, count: Int) async {
        let desk = Desk()
        let id = await RefundTests.paid(desk)
        let full = String(repeating: character, count: count)
        #expect(await RefundTests.refund(desk, id, "{\"reason\": \"\(full)x\"}").pointers == ["/reason"])
        #expect(await RefundTests.refund(desk, id, "{\"reason\": \"\(full)\"}").json["reason"]?.text == full)
    }

    @Test func `a character that the tenant's charset lacks is named`() async {
        let desk = Desk(tenants: [.everything(charset: .gbk)])
        let id = await RefundTests.paid(desk)
        let answer = await RefundTests.refund(desk, id, #"{"reason": "缺货 😀"}"#)
        #expect(answer.status == 400)
        #expect(
            answer.errors == ["/reason: reason has \"😀\" (U+1F600), which this tenant's charset gbk cannot express"])
        #expect(await desk.call(.get, "/v1/refunds").ids == [])
    }

    // MARK: - What can be refunded

    @Test(arguments: [
        ("WAIT_BUYER_PAY", "it is requires_action; only a succeeded one can be"),
        ("WAIT_SELLER_SEND_GOODS", "it is held; only a succeeded one can be"),
        ("TRADE_CLOSED", "it is expired; only a succeeded one can be"),
        ("TRADE_FINISHED", "Alipay takes no refund of it any more"),
    ])
    func `what is not refundable says why`(word: String, why: String) async {
        let desk = Desk(tenants: [.everything()])
        let id = await desk.payment(at: word) { $0["settlement"] = "\"escrow\"" }.id
        let answer = await RefundTests.refund(desk, id)
        #expect(answer.status == 409)
        #expect(answer.code == "not_refundable")
        #expect(answer.detail == "the payment cannot be refunded: \(why)")
    }

    @Test func `a trade that the payment does not have is not refunded`() async {
        let desk = Desk()
        let id = await RefundTests.paid(desk)
        let answer = await RefundTests.refund(desk, id, #"{"trade_no": "2026010299999999"}"#)
        #expect(answer.status == 409)
        #expect(answer.detail == "the payment has no paid trade 2026010299999999")
    }

    @Test func `money of another sum is refunded by its trade`() async throws {
        let desk = Desk()
        let id = await desk.create().id
        desk.alipay.always { _ in
            .success(
                TradeAnswer.trade("ORDER-1", status: "TRADE_SUCCESS", total: "1.00", tradeNo: "2026010200000077"))
        }
        _ = await desk.call(.post, "/v1/payments/\(id)/sync")
        desk.alipayAnswers([RefundTests.fastpay: TradeAnswer.done])
        let over = await RefundTests.refund(desk, id, #"{"trade_no": "2026010200000077", "amount": 101}"#)
        #expect(over.detail == "a refund of 101 fen is more than the 100 fen that are left")
        let answer = await RefundTests.refund(desk, id, #"{"trade_no": "2026010200000077"}"#)
        #expect(answer.status == 201)
        #expect(answer.json["amount"]?.int64 == 100)
        #expect(answer.json["provider"]?["trade_no"]?.text == "2026010200000077")
    }

    @Test func `another tenant's payment and refund are not there`() async {
        let desk = Desk()
        let id = await RefundTests.paid(desk)
        let refund = await RefundTests.refund(desk, id, #"{"merchant_reference": "BACK-1", "amount": 1}"#)
        let calls = desk.alipay.requests.count
        #expect(await RefundTests.refund(desk, id, key: Desk.teashopKey).code == "not_found")
        #expect(await desk.call(.get, "/v1/refunds/\(refund.id)", key: Desk.teashopKey).code == "not_found")
        #expect(await desk.call(.get, "/v1/refunds?payment=\(id)", key: Desk.teashopKey).ids == [])
        #expect(await desk.call(.get, "/v1/refunds", key: Desk.teashopKey).ids == [])
        #expect(desk.alipay.requests.count == calls)
    }

    // MARK: - Asked again

    @Test(arguments: Engine.allCases)
    func `the same reference is the same refund`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let id = await RefundTests.paid(desk)
            let body = #"{"amount": 100, "merchant_reference": "BACK-1"}"#
            let first = await RefundTests.refund(desk, id, body)
            let second = await RefundTests.refund(desk, id, body)
            #expect(second.status == 200)
            #expect(second.headers["Location"] == nil)
            #expect(second.text == first.text)
            #expect(desk.services.count { $0 == RefundTests.fastpay } == 1)
            let other = await RefundTests.refund(desk, id, #"{"amount": 101, "merchant_reference": "BACK-1"}"#)
            #expect(other.status == 409)
            #expect(other.code == "reference_conflict")
            #expect(other.detail == "BACK-1 is another refund, \(first.id), with other fields")
            #expect(other.json["refund"]?.text == first.id)
        }
    }

    @Test(arguments: Engine.allCases)
    func `fifty refunds of one reference at once make one`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: .init([.everything()]))
            let id = await RefundTests.charged(desk)
            let body = #"{"amount": 100, "merchant_reference": "BACK-1"}"#
            let answers = await withTaskGroup(of: Reading.self) { group in
                for _ in 1...50 { group.addTask { await RefundTests.refund(desk, id, body) } }
                return await group.reduce(into: [Reading]()) { $0.append($1) }
            }
            #expect(answers.count { $0.status == 201 } == 1)
            #expect(answers.count { $0.status == 200 } == 49)
            #expect(Set(answers.map(\.id)).count == 1)
            #expect(await desk.call(.get, "/v1/payments/\(id)").json["amount_refunded"]?.int64 == 100)
        }
    }

    @Test(arguments: Engine.allCases)
    func `the same key again replays the refund and gives nothing back`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: .init([.everything()]))
            let id = await RefundTests.charged(desk)
            let key = [("Idempotency-Key", "k")]
            let first = await RefundTests.refund(desk, id, #"{"amount": 100}"#, headers: key)
            let second = await RefundTests.refund(desk, id, #"{"amount": 100}"#, headers: key)
            #expect(first.status == 201)
            #expect(second.body == first.body)
            #expect(second.headers["Location"] == "/v1/refunds/\(first.id)")
            #expect(second.headers["Idempotent-Replayed"] == "true")
            #expect(await desk.call(.get, "/v1/payments/\(id)").json["amount_refunded"]?.int64 == 100)
            let other = await RefundTests.refund(desk, id, #"{"amount": 101}"#, headers: key)
            #expect(other.code == "idempotency_mismatch")
        }
    }

    @Test(arguments: Engine.allCases)
    func `while the first runs the second is told to come back`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let id = await RefundTests.paid(desk)
            desk.alipayAnswers([:])
            let key = [("Idempotency-Key", "k")]
            let first = desk.begin(.post, "/v1/payments/\(id)/refunds", headers: key)
            try await desk.waitForAlipay()
            #expect(await RefundTests.refund(desk, id, headers: key).code == "idempotency_in_progress")
            desk.alipay.answer(.success(TradeAnswer.done))
            #expect(await first.reading().status == 201)
        }
    }

    /// The refund itself is the answer, though nobody came to give it: a key alone must not refund twice.
    @Test(arguments: Engine.allCases)
    func `what a dead process began is answered by the refund it made`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let id = await RefundTests.paid(desk)
            desk.alipayAnswers([:])
            let key = [("Idempotency-Key", "k")]
            _ = desk.begin(.post, "/v1/payments/\(id)/refunds", headers: key, body: Array(#"{"amount": 1}"#.utf8))
            try await desk.waitForAlipay()
            let made = await desk.call(.get, "/v1/refunds?payment=\(id)").ids
            #expect(made.count == 1)
            let next = Desk(store: desk.store, clock: desk.clock, owner: "process-2")
            let answer = await RefundTests.refund(next, id, #"{"amount": 1}"#, headers: key)
            #expect(answer.status == 201)
            #expect(answer.ids.isEmpty)
            #expect(answer.id == made[0])
            #expect(answer.json["status"]?.text == "pending")
            #expect(answer.headers["Location"] == "/v1/refunds/\(made[0])")
            #expect(next.alipay.requests.isEmpty)
            #expect(await next.call(.get, "/v1/refunds").ids == made)
        }
    }

    @Test func `what was not made is not stored under its key, but for what can never be`() async {
        let desk = Desk()
        let id = await RefundTests.paid(desk)
        let key = [("Idempotency-Key", "k")]
        #expect(await RefundTests.refund(desk, id, #"{"amount": 99999}"#, headers: key).status == 409)
        #expect(await RefundTests.refund(desk, id, #"{"amount": 1}"#, headers: key).status == 201)
        let bad = [("Idempotency-Key", "bad")]
        #expect(await RefundTests.refund(desk, id, #"{"amount": 0}"#, headers: bad).status == 400)
        let again = await RefundTests.refund(desk, id, #"{"amount": 0}"#, headers: bad)
        #expect(again.headers["Idempotent-Replayed"] == "true")
    }

    @Test func `a store that fails is 503, and nothing was made or sent`() async {
        let store = MemoryStore()
        let desk = Desk(store: store)
        let id = await RefundTests.paid(desk)
        let calls = desk.alipay.requests.count
        store.failNextWrites(1)
        #expect(await RefundTests.refund(desk, id).status == 503)
        #expect(await desk.call(.get, "/v1/refunds").ids == [])
        #expect(desk.alipay.requests.count == calls)
    }

    // MARK: - Reading

    @Test(arguments: Engine.allCases)
    func `refunds are listed newest first, by payment and by page`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: .init([.everything()]))
            let id = await RefundTests.charged(desk)
            var made: [String] = []
            for amount in 1...3 {
                desk.clock.advance(byMs: 1000)
                made.insert(await RefundTests.refund(desk, id, "{\"amount\": \(amount)}").id, at: 0)
            }
            let other = await desk.payment("ORDER-2", at: "TRADE_SUCCESS").id
            desk.alipayAnswers([RefundTests.fastpay: TradeAnswer.done])
            desk.clock.advance(byMs: 1000)
            let last = await RefundTests.refund(desk, other).id
            #expect(await desk.call(.get, "/v1/refunds").ids == [last] + made)
            #expect(await desk.call(.get, "/v1/refunds?payment=\(other)").ids == [last])
            let first = await desk.call(.get, "/v1/refunds?payment=\(id)&limit=2")
            #expect(first.ids == Array(made[0...1]))
            #expect(first.hasMore == .bool(true))
            let second = await desk.call(.get, "/v1/refunds?payment=\(id)&limit=2&starting_after=\(made[1])")
            #expect(second.ids == [made[2]])
            #expect(second.hasMore == .bool(false))
            #expect(await desk.call(.get, "/v1/refunds?payment=pay_1").ids == [])
        }
    }

    @Test(arguments: [
        ("limit=0", ["limit: limit must be a whole number from 1 to 100"]),
        ("starting_after=re_1", ["starting_after: starting_after names nothing of this tenant's"]),
        ("status=failed", ["status: unknown parameter status; known are payment, limit, starting_after"]),
    ])
    func `a query at fault is refused`(query: String, errors: [String]) async {
        let answer = await Desk().call(.get, "/v1/refunds?\(query)")
        #expect(answer.status == 400)
        #expect(answer.errors == errors)
    }
}
