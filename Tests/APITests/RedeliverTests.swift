import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// `POST /v1/events/{id}/redeliver`
struct RedeliverTests {
    private static let path = "/v1/events/evt_bookshop_1/redeliver"

    @Test func `an event goes out again as itself, and is answered with its delivery and what was tried so far`()
        async throws
    {
        let desk = Desk(startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 204, address: "203.0.113.7")) }
        try await desk.keep(1)
        let answer = await desk.call(.post, RedeliverTests.path)
        #expect(answer.status == 202)
        #expect(
            answer.text == """
                {"object":"list","data":[{"id":"dlv_bookshop_1","object":"delivery","event":"evt_bookshop_1",\
                "event_type":"payment.succeeded","endpoint":"default","status":"pending",\
                "next_attempt_at":"2026-01-02T03:04:05.000Z","waiting_for":null,\
                "created_at":"2026-01-02T03:04:05.000Z",\
                "attempts":[{"number":1,"started_at":"2026-01-02T03:04:05.000Z","duration_ms":80,"outcome":"status",\
                "status_code":500,"error":"the endpoint answered 500","address":"203.0.113.7",\
                "response_excerpt":"oh no"}]}],"has_more":false}
                """)
        #expect(desk.sent == ["https://shop.example/hooks evt_bookshop_1"])
        let delivery = await desk.call(.get, "/v1/deliveries/dlv_bookshop_1").json
        #expect(delivery["status"]?.text == "delivered")
        #expect(delivery["attempts"]?.numbers == [1, 2])
    }

    @Test(arguments: Engine.allCases)
    func `what was delivered goes out again as well, and one that waits goes at once`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            try await desk.keep(1, DeliverySample(status: .delivered))
            try await desk.keep(2, DeliverySample(status: .pending))
            for number in 1...2 {
                let answer = await desk.call(.post, "/v1/events/evt_bookshop_\(number)/redeliver")
                #expect(answer.status == 202)
                #expect(answer.ids == ["dlv_bookshop_\(number)"])
                let delivery = await desk.call(.get, "/v1/deliveries/dlv_bookshop_\(number)").json
                #expect(delivery["status"]?.text == "pending")
                #expect(delivery["next_attempt_at"]?.text == "2026-01-02T03:04:05.000Z")
            }
            #expect(await desk.call(.get, "/v1/events").ids == ["evt_bookshop_1", "evt_bookshop_2"])
        }
    }

    @Test(arguments: Engine.allCases)
    func `an endpoint that was added since gets it too, in the order of the file`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            try await desk.keep(1)
            desk.tenants.replace(with: TenantSnapshot([.bookshop(endpoints: [.erp, .onlyRefunds, .shop])]))
            let answer = await desk.call(.post, RedeliverTests.path)
            #expect(answer.status == 202)
            #expect(answer.ids.count == 2)
            #expect(answer.ids.last == "dlv_bookshop_1")
            let added = await desk.call(.get, "/v1/deliveries/\(answer.ids[0])").json
            #expect(added["endpoint"]?.text == "erp")
            #expect(added["event"]?.text == "evt_bookshop_1")
            #expect(added["status"]?.text == "pending")
            #expect(added["attempts"] == .array([]))
            // Once more: the same two.
            #expect(await desk.call(.post, RedeliverTests.path).ids == answer.ids)
        }
    }

    @Test func `the named endpoint alone gets it`() async throws {
        let desk = Desk(tenants: [.bookshop(endpoints: [.shop, .erp])], startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        try await desk.keep(1)
        let answer = await desk.call(.post, RedeliverTests.path, body: #"{"endpoint": "erp"}"#)
        #expect(answer.status == 202)
        #expect(answer.ids.count == 1)
        #expect(desk.sent == ["https://erp.example/in evt_bookshop_1"])
        #expect(await desk.call(.get, "/v1/deliveries/dlv_bookshop_1").json["status"]?.text == "exhausted")
    }

    @Test(arguments: [
        ("", [EndpointSettings.onlyRefunds], "no endpoint in force takes this event, a payment.succeeded"),
        (
            #"{"endpoint": "refunds"}"#, [.shop, .onlyRefunds],
            "the endpoint refunds does not take this event, a payment.succeeded"
        ),
    ])
    func `nobody is sent what it does not take`(
        body: String, endpoints: [EndpointSettings], detail: String
    ) async throws {
        let desk = Desk(tenants: [.bookshop(endpoints: endpoints)], startsWorker: true)
        try await desk.keep(1)
        let answer = await desk.call(.post, RedeliverTests.path, body: body)
        #expect(answer.status == 409)
        #expect(answer.code == "not_deliverable")
        #expect(answer.detail == detail)
        #expect(desk.sent == [])
        #expect(await desk.statuses() == ["exhausted"])
    }

    @Test func `a test goes again only to where it went`() async throws {
        let desk = Desk(tenants: [.bookshop(endpoints: [.shop, .erp])], startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        let test = await desk.call(.post, "/v1/webhooks/test", body: #"{"endpoint": "erp"}"#).json
        let event = test["event"]?.text ?? "-"
        let again = await desk.call(.post, "/v1/events/\(event)/redeliver")
        #expect(again.ids == [test["id"]?.text])
        #expect(desk.sent == [String](repeating: "https://erp.example/in \(event)", count: 2))
        desk.tenants.replace(with: TenantSnapshot([.bookshop()]))
        #expect(await desk.call(.post, "/v1/events/\(event)/redeliver").code == "not_deliverable")
    }

    @Test(arguments: [
        (#"{"endpoint": "tea"}"#, "/endpoint: endpoint must be one of default, erp"),
        (#"{"endpoint": 1}"#, "/endpoint: endpoint must be text, not a number"),
        (#"{"endpiont": "erp"}"#, "/endpiont: unknown field endpiont; did you mean endpoint?"),
        ("[]", ": the body must be empty or a JSON object"),
        ("erp", ": the body is not JSON: unexpected character at byte 0"),
    ])
    func `a body that names no endpoint of the tenant's is refused`(body: String, error: String) async throws {
        let desk = Desk(tenants: [.bookshop(endpoints: [.shop, .erp]), .teashop], startsWorker: true)
        try await desk.keep(1)
        let answer = await desk.call(.post, RedeliverTests.path, body: body)
        #expect(answer.status == 400)
        #expect(answer.errors == [error])
        #expect(desk.sent == [])
        #expect(await desk.statuses() == ["exhausted"])
    }

    @Test func `another tenant's event is not there`() async throws {
        let desk = Desk(startsWorker: true)
        try await desk.keep(1)
        for (path, key) in [
            (RedeliverTests.path, Desk.teashopKey), ("/v1/events/evt_bookshop_2/redeliver", Desk.bookshopKey),
            ("/v1/events/dlv_bookshop_1/redeliver", Desk.bookshopKey),
        ] {
            let answer = await desk.call(.post, path, key: key)
            #expect(answer.status == 404)
            #expect(answer.code == "not_found")
            #expect(answer.detail == "this tenant has no such event")
        }
        #expect(desk.sent == [])
        #expect(await desk.statuses() == ["exhausted"])
        #expect(await desk.statuses(key: Desk.teashopKey) == [])
    }

    @Test(arguments: Engine.allCases)
    func `a key sends it once, and replays the answer`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            try await desk.keep(1)
            let key = [("Idempotency-Key", "again")]
            let first = await desk.call(.post, RedeliverTests.path, headers: key)
            desk.clock.advance(byMs: 1000)
            let second = await desk.call(.post, RedeliverTests.path, headers: key)
            #expect(second.status == 202)
            #expect(second.text == first.text)
            #expect(second.headers["Idempotent-Replayed"] == "true")
            // Due when it was asked for first.
            let delivery = await desk.call(.get, "/v1/deliveries/dlv_bookshop_1").json
            #expect(delivery["next_attempt_at"]?.text == "2026-01-02T03:04:05.000Z")
            let other = await desk.call(.post, RedeliverTests.path, headers: key, body: #"{"endpoint": "default"}"#)
            #expect(other.code == "idempotency_mismatch")
        }
    }

    @Test func `a refusal for a mistake is kept under its key, one for a file that can change is not`() async throws {
        let desk = Desk(tenants: [.bookshop(endpoints: [.onlyRefunds])])
        try await desk.keep(1)
        let path = RedeliverTests.path
        for _ in 1...2 {
            let answer = await desk.call(.post, path, headers: [("Idempotency-Key", "a")], body: "[]")
            #expect(answer.status == 400)
        }
        #expect(
            await desk.call(.post, path, headers: [("Idempotency-Key", "a")], body: "[]")
                .headers["Idempotent-Replayed"] == "true")
        let headers = [("Idempotency-Key", "b")]
        #expect(await desk.call(.post, path, headers: headers).status == 409)
        desk.tenants.replace(with: TenantSnapshot([.bookshop()]))
        #expect(await desk.call(.post, path, headers: headers).status == 202)
    }

    @Test func `to a disabled endpoint it is held, the answer says so, and it goes once the endpoint is enabled`()
        async throws
    {
        let desk = Desk(startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        try await desk.keep(1)
        try await desk.setDisabled(true, "default")
        let answer = await desk.call(.post, RedeliverTests.path)
        #expect(answer.status == 202)
        #expect(
            answer.text.contains(
                """
                "status":"held","next_attempt_at":null,"waiting_for":{"reason":"endpoint_disabled",\
                "since":"2026-01-02T03:04:05.000Z","until":null,"detail":"the test says so"}
                """), "\(answer.text)")
        #expect(desk.sent == [])
        #expect(await desk.call(.get, "/v1/deliveries?status=held").ids == ["dlv_bookshop_1"])
        try await desk.setDisabled(false, "default")
        #expect(desk.sent == ["https://shop.example/hooks evt_bookshop_1"])
        #expect(await desk.statuses() == ["delivered"])
    }

    @Test func `behind an open circuit breaker one goes out to see`() async throws {
        let desk = Desk(startsWorker: true)
        try await desk.keep(1)
        desk.endpoints.always { _ in .success(.init(status: 500)) }
        try await desk.openBreaker()
        desk.endpoints.always { _ in nil }
        let before = desk.sent.count
        let answer = await desk.call(.post, RedeliverTests.path)
        #expect(
            answer.text.contains(#""status":"held","next_attempt_at":null,"waiting_for":{"reason":"circuit_breaker""#))
        #expect(desk.sent.dropFirst(before) == ["https://shop.example/hooks evt_bookshop_1"])
        desk.endpoints.answer(status: 204)
        #expect(await desk.call(.get, "/v1/deliveries/dlv_bookshop_1").json["status"]?.text == "delivered")
        #expect(await desk.call(.get, "/v1/deliveries?status=held").ids == [])
    }

    @Test func `a store that does not take it is 503, and nothing is sent`() async throws {
        let store = MemoryStore()
        let desk = Desk(store: store, startsWorker: true)
        try await desk.keep(1)
        store.failNextWrites(1)
        let answer = await desk.call(.post, RedeliverTests.path)
        #expect(answer.status == 503)
        #expect(answer.code == "unavailable")
        #expect(desk.sent == [])
        #expect(await desk.statuses() == ["exhausted"])
    }
}

extension JSONValue {
    /// Of attempts.
    fileprivate var numbers: [Int64] {
        if case .array(let attempts) = self { return attempts.compactMap { $0["number"]?.int64 } }
        return []
    }
}
