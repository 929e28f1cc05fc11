import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

struct IdempotencyKeyTests {
    @Test(arguments: Engine.allCases)
    func `the same request again is answered by what is stored, byte for byte`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let first = await desk.create(headers: [("Idempotency-Key", "6c1f")])
            desk.clock.advance(byMs: 6_000_000)
            let second = await desk.create(headers: [("idempotency-key", "6c1f")])
            #expect(first.status == 201)
            #expect(first.headers["Idempotent-Replayed"] == nil)
            #expect(second.status == 201)
            #expect(second.body == first.body)
            #expect(
                second.headers
                    == Headers([
                        ("Content-Type", "application/json"), ("Location", "/v1/payments/\(first.id)"),
                        ("Idempotent-Replayed", "true"),
                    ]))
        }
    }

    @Test(arguments: Engine.allCases)
    func `another body under the key is a mismatch`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            _ = await desk.create(headers: [("Idempotency-Key", "k")])
            let answer = await desk.create("ORDER-2", headers: [("Idempotency-Key", "k")])
            #expect(answer.status == 422)
            #expect(answer.code == "idempotency_mismatch")
            #expect(await desk.call(.get, "/v1/payments").ids.count == 1)
        }
    }

    @Test(arguments: Engine.allCases)
    func `a refusal is stored as well`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let bad = await desk.create(headers: [("Idempotency-Key", "bad")]) { $0["amount"] = "0" }
            let again = await desk.create(headers: [("Idempotency-Key", "bad")]) { $0["amount"] = "0" }
            #expect(bad.status == 400)
            #expect(again.body == bad.body)
            #expect(
                again.headers
                    == Headers([("Content-Type", "application/problem+json"), ("Idempotent-Replayed", "true")]))
            #expect(await desk.create(headers: [("Idempotency-Key", "bad")]).code == "idempotency_mismatch")

            let qr = await desk.create(headers: [("Idempotency-Key", "qr")]) { $0["channel"] = "\"qr\"" }
            #expect(qr.code == "product_not_enabled")
            desk.tenants.replace(
                with: .init([.bookshop(products: [Product(channel: .qr, settlement: .instant)])]))
            let stillQR = await desk.create(headers: [("Idempotency-Key", "qr")]) { $0["channel"] = "\"qr\"" }
            #expect(stillQR.status == 422)
            #expect(stillQR.headers["Idempotent-Replayed"] == "true")
        }
    }

    @Test func `a refusal of a call that would wait is stored as well`() async {
        let desk = Desk(startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        let key = [("Idempotency-Key", "k")]
        let bad = await desk.call(.post, "/v1/webhooks/test", headers: key, body: #"{"endpoint": "none"}"#)
        #expect(bad.status == 400)
        let again = await desk.call(.post, "/v1/webhooks/test", headers: key, body: #"{"endpoint": "none"}"#)
        #expect(again.body == bad.body)
        #expect(again.headers["Idempotent-Replayed"] == "true")
        let other = await desk.call(.post, "/v1/webhooks/test", headers: key)
        #expect(other.code == "idempotency_mismatch")
    }

    @Test func `a conflict is not stored`() async {
        let desk = Desk()
        _ = await desk.create()
        let conflict = await desk.create(headers: [("Idempotency-Key", "k")]) { $0["amount"] = "1" }
        #expect(conflict.status == 409)
        let again = await desk.create(headers: [("Idempotency-Key", "k")]) { $0["amount"] = "1" }
        #expect(again.status == 409)
        #expect(again.headers["Idempotent-Replayed"] == nil)
        #expect(await desk.create(headers: [("Idempotency-Key", "k")]).status == 200)
    }

    @Test func `an unknown key of the API and too many requests are not stored`() async {
        let desk = Desk(tenants: [.bookshop(limits: .init(requestsPerSecond: 1))])
        let key = [("Idempotency-Key", "k")]
        #expect(await desk.create(key: "sk_unknown", headers: key).status == 401)
        #expect(await desk.create("ORDER-0").status == 201)
        #expect(await desk.create(headers: key).status == 429)
        desk.clock.advance(byMs: 1000)
        let answer = await desk.create(headers: key)
        #expect(answer.status == 201)
        #expect(answer.headers["Idempotent-Replayed"] == nil)
    }

    @Test func `a failing store is 503 and nothing is stored`() async {
        let store = MemoryStore()
        let desk = Desk(store: store)
        store.failNextWrites(1)
        let failed = await desk.create(headers: [("Idempotency-Key", "k")])
        #expect(failed.status == 503)
        #expect(failed.code == "unavailable")
        #expect(await desk.call(.get, "/v1/payments").ids == [])
        let answer = await desk.create(headers: [("Idempotency-Key", "k")]) { $0["amount"] = "7" }
        #expect(answer.status == 201)
        #expect(answer.headers["Idempotent-Replayed"] == nil)
    }

    @Test func `the key counts for one tenant and one path`() async {
        let desk = Desk(startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        let key = [("Idempotency-Key", "k")]
        let ours = await desk.create(headers: key)
        let theirs = await desk.create(key: Desk.teashopKey, headers: key)
        #expect(theirs.status == 201)
        #expect(theirs.id != ours.id)
        let test = await desk.call(.post, "/v1/webhooks/test", headers: key)
        #expect(test.json["object"]?.text == "delivery")
        let read = await desk.call(.get, "/v1/payments/\(ours.id)", headers: key)
        #expect(read.headers["Idempotent-Replayed"] == nil)
    }

    @Test(arguments: [
        "k", "a key of words, with \"signs\" ~", String(repeating: "k", count: 255),
    ])
    func `a key of 1 to 255 printable ASCII characters is one`(key: String) async {
        let desk = Desk()
        _ = await desk.create(headers: [("Idempotency-Key", key)])
        #expect(await desk.create(headers: [("Idempotency-Key", key)]).headers["Idempotent-Replayed"] == "true")
    }

    @Test(arguments: [
        [""], [String(repeating: "k", count: 256)], ["schlüssel"], ["键"], ["tab\there"], ["a", "b"], ["a", "a"],
    ])
    func `anything else is refused, and makes nothing`(keys: [String]) async {
        let desk = Desk()
        let answer = await desk.create(headers: keys.map { ("Idempotency-Key", $0) })
        #expect(answer.status == 400)
        #expect(
            answer.errors == [
                "Idempotency-Key: Idempotency-Key must be one value of 1 to 255 printable ASCII characters"
            ])
        #expect(await desk.call(.get, "/v1/payments").ids == [])
    }

    @Test func `after seven days the key is new`() async {
        let desk = Desk()
        let key = [("Idempotency-Key", "k")]
        _ = await desk.create(headers: key)
        desk.clock.advance(byMs: 7 * 86_400_000 - 1)
        #expect(await desk.create("ORDER-2", headers: key).code == "idempotency_mismatch")
        desk.clock.advance(byMs: 1)
        #expect(await desk.create("ORDER-2", headers: key).status == 201)
    }

    // MARK: - Calls that wait for somebody else

    @Test(arguments: Engine.allCases)
    func `while the first one runs the second is told to come back`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let payment = await desk.create()
            let key = [("Idempotency-Key", "k")]
            let first = desk.begin(.post, "/v1/payments/\(payment.id)/sync", headers: key)
            try await desk.waitForAlipay()
            let second = await desk.call(.post, "/v1/payments/\(payment.id)/sync", headers: key, id: "req_5")
            #expect(second.status == 409)
            #expect(second.headers["Retry-After"] == "1")
            #expect(
                second.text == """
                    {"type":"https://payrelay.dev/errors/idempotency_in_progress","title":"Idempotency in progress",\
                    "status":409,"code":"idempotency_in_progress",\
                    "detail":"the first request with this Idempotency-Key is still running","errors":[],\
                    "retryable":true,"outcome":"known","request_id":"req_5"}
                    """)
            #expect(!first.isAnswered)
            desk.alipay.answer(.success(TradeAnswer.trade("ORDER-1", status: "WAIT_BUYER_PAY")))
            let done = await first.reading()
            #expect(done.status == 200)
            let third = await desk.call(.post, "/v1/payments/\(payment.id)/sync", headers: key)
            #expect(third.headers["Idempotent-Replayed"] == "true")
            #expect(third.body == done.body)
            #expect(desk.alipay.requests.count == 1)
        }
    }

    @Test func `what Alipay did not answer is not stored`() async {
        let desk = Desk()
        let payment = await desk.create()
        let key = [("Idempotency-Key", "k")]
        desk.alipay.always { _ in .failure(.init(code: .timeout, message: "too slow")) }
        #expect(await desk.call(.post, "/v1/payments/\(payment.id)/sync", headers: key).status == 504)
        desk.alipay.always { _ in .success(TradeAnswer.error("TRADE_NOT_EXIST")) }
        let answer = await desk.call(.post, "/v1/payments/\(payment.id)/sync", headers: key)
        #expect(answer.status == 200)
        #expect(answer.headers["Idempotent-Replayed"] == nil)
    }

    @Test(arguments: Engine.allCases)
    func `what a dead process left running is taken over`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let payment = await desk.create()
            let key = [("Idempotency-Key", "k")]
            _ = desk.begin(.post, "/v1/payments/\(payment.id)/sync", headers: key)
            try await desk.waitForAlipay()
            let next = Desk(store: desk.store, clock: desk.clock, owner: "process-2")
            next.alipay.always { _ in .success(TradeAnswer.error("TRADE_NOT_EXIST")) }
            #expect(await next.call(.post, "/v1/payments/\(payment.id)/sync", headers: key).status == 200)
            let replay = await next.call(.post, "/v1/payments/\(payment.id)/sync", headers: key)
            #expect(replay.headers["Idempotent-Replayed"] == "true")
        }
    }

    @Test func `a result that the store could not keep does not leave the key running`() async throws {
        let store = MemoryStore()
        let desk = Desk(store: store)
        let payment = await desk.create()
        let key = [("Idempotency-Key", "k")]
        let first = desk.begin(.post, "/v1/payments/\(payment.id)/sync", headers: key)
        try await desk.waitForAlipay()
        store.failNextWrites(1)
        desk.alipay.answer(.success(TradeAnswer.error("TRADE_NOT_EXIST")))
        #expect(await first.reading().status == 200)
        desk.alipay.always { _ in .success(TradeAnswer.error("TRADE_NOT_EXIST")) }
        let second = await desk.call(.post, "/v1/payments/\(payment.id)/sync", headers: key)
        #expect(second.status == 200)
        #expect(second.headers["Idempotent-Replayed"] == nil)
        #expect(
            await desk.call(.post, "/v1/payments/\(payment.id)/sync", headers: key).headers["Idempotent-Replayed"]
                == "true")
    }
}
