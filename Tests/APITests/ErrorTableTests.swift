import API
import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// The contract's table of errors: every code that the handlers of this version give. `too_large` is the listener's.
struct ErrorTableTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let code: String
        let status: Int
        var retryable = false
        var outcome = "known"
        let ask: @Sendable (Desk, _ requestID: String) async -> Reading

        var testDescription: String { code }
    }

    static let cases = [
        Case(code: "invalid_request", status: 400) { desk, id in
            await desk.call(.post, "/v1/payments", body: "{}", id: id)
        },
        Case(code: "unauthenticated", status: 401) { desk, id in
            await desk.call(.get, "/v1/payments", key: nil, id: id)
        },
        Case(code: "not_found", status: 404) { desk, id in await desk.call(.get, "/v1/payments/pay_1", id: id) },
        Case(code: "method_not_allowed", status: 405) { desk, id in await desk.call(.delete, "/v1/payments", id: id) },
        Case(code: "unsupported_media_type", status: 415) { desk, id in
            await desk.call(.post, "/v1/payments", headers: [("Content-Type", "text/plain")], body: "{}", id: id)
        },
        Case(code: "reference_conflict", status: 409) { desk, id in
            _ = await desk.create()
            var body = Body.minimal()
            body["amount"] = "1"
            return await desk.call(.post, "/v1/payments", body: body.text, id: id)
        },
        Case(code: "idempotency_in_progress", status: 409, retryable: true) { desk, id in
            let payment = await desk.create().id
            let key = [("Idempotency-Key", "k")]
            _ = desk.begin(.post, "/v1/payments/\(payment)/sync", headers: key)
            return await desk.call(.post, "/v1/payments/\(payment)/sync", headers: key, id: id)
        },
        Case(code: "not_cancelable", status: 409) { desk, id in
            let payment = await desk.payment(at: "TRADE_SUCCESS").id
            return await desk.call(.post, "/v1/payments/\(payment)/cancel", id: id)
        },
        Case(code: "not_shippable", status: 409) { desk, id in
            let payment = await desk.create().id
            return await desk.call(
                .post, "/v1/payments/\(payment)/shipments", body: #"{"carrier": "SF"}"#, id: id)
        },
        Case(code: "not_refundable", status: 409) { desk, id in
            let payment = await desk.create().id
            return await desk.call(.post, "/v1/payments/\(payment)/refunds", id: id)
        },
        Case(code: "not_deliverable", status: 409) { desk, id in
            desk.tenants.replace(with: .init([.bookshop(endpoints: [.onlyRefunds])]))
            _ = await desk.payment(at: "TRADE_SUCCESS")
            let event = await desk.call(.get, "/v1/events").ids[0]
            return await desk.call(.post, "/v1/events/\(event)/redeliver", id: id)
        },
        Case(code: "refund_exceeds_payment", status: 409) { desk, id in
            let payment = await desk.payment(at: "TRADE_SUCCESS").id
            return await desk.call(.post, "/v1/payments/\(payment)/refunds", body: #"{"amount": 12051}"#, id: id)
        },
        Case(code: "refund_in_progress", status: 409, retryable: true) { desk, id in
            let payment = await desk.payment(at: "TRADE_SUCCESS").id
            desk.alipay.always { _ in .success(TradeAnswer.done) }
            _ = await desk.call(.post, "/v1/payments/\(payment)/refunds")
            return await desk.call(.post, "/v1/payments/\(payment)/refunds", id: id)
        },
        Case(code: "idempotency_mismatch", status: 422) { desk, id in
            _ = await desk.create(headers: [("Idempotency-Key", "k")])
            return await desk.call(.post, "/v1/payments", headers: [("Idempotency-Key", "k")], body: "{}", id: id)
        },
        Case(code: "product_not_enabled", status: 422) { desk, id in
            var body = Body.minimal()
            body["channel"] = "\"qr\""
            return await desk.call(.post, "/v1/payments", body: body.text, id: id)
        },
        Case(code: "rate_limited", status: 429, retryable: true) { desk, id in
            desk.tenants.replace(with: .init([.bookshop(limits: .init(requestsPerSecond: 1))]))
            _ = await desk.call(.get, "/v1/payments")
            return await desk.call(.get, "/v1/payments", id: id)
        },
        Case(code: "provider_refused", status: 502) { desk, id in
            let payment = await desk.create().id
            desk.alipay.always { _ in .success(TradeAnswer.error("ILLEGAL_SIGN")) }
            return await desk.call(.post, "/v1/payments/\(payment)/sync", id: id)
        },
        Case(code: "provider_invalid_answer", status: 502, retryable: true, outcome: "unknown") { desk, id in
            let payment = await desk.create().id
            desk.alipay.always { _ in .success(TradeAnswer.xml("<alipay/>")) }
            return await desk.call(.post, "/v1/payments/\(payment)/sync", id: id)
        },
        Case(code: "unavailable", status: 503, retryable: true) { desk, id in
            desk.handler.drain()
            return await desk.call(.get, "/v1/payments", id: id)
        },
        Case(code: "provider_timeout", status: 504, retryable: true, outcome: "unknown") { desk, id in
            let payment = await desk.create().id
            desk.alipay.always { _ in .failure(SendError(code: .timeout, message: "too slow")) }
            return await desk.call(.post, "/v1/payments/\(payment)/sync", id: id)
        },
    ]

    @Test(arguments: cases)
    func `an error has its code's status, title, outcome and advice, and the request's id`(_ error: Case) async {
        let answer = await error.ask(Desk(), "req_01KDYK0000000000000000000A")
        #expect(answer.status == error.status)
        #expect(answer.headers["Content-Type"] == "application/problem+json")
        #expect(answer.json["type"]?.text == "https://payrelay.dev/errors/\(error.code)")
        #expect(answer.json["code"]?.text == error.code)
        #expect(answer.json["status"]?.int64 == Int64(error.status))
        #expect(answer.json["retryable"] == .bool(error.retryable))
        #expect(answer.json["outcome"]?.text == error.outcome)
        #expect(answer.json["request_id"]?.text == "req_01KDYK0000000000000000000A")
        #expect(answer.detail?.isEmpty == false)
        #expect(answer.json["title"]?.text?.isEmpty == false)
        #expect(
            (answer.headers["Retry-After"] != nil) == ["rate_limited", "idempotency_in_progress"].contains(error.code))
    }

    @Test func `a store that fails to read is 503 for every read`() async {
        let store = MemoryStore()
        let desk = Desk(store: store)
        let id = await desk.create().id
        for path in [
            "payments", "payments/\(id)", "refunds", "refunds/re_1", "events", "events/evt_1", "deliveries",
            "deliveries/dlv_1", "notifications",
        ] {
            store.failNextReads(1)
            let answer = await desk.call(.get, "/v1/\(path)")
            #expect(answer.status == 503)
            #expect(answer.code == "unavailable")
        }
    }

    @Test func `a store that fails to write is 503, and nothing was made`() async {
        let store = MemoryStore()
        let desk = Desk(store: store)
        store.failNextWrites(1)
        #expect(await desk.create().status == 503)
        #expect(await desk.call(.get, "/v1/payments").ids == [])
        #expect(await desk.create().status == 201)
    }
}
