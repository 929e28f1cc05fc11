import HTTP
import JSON
import Payments
import Support
import Synchronization
import Tenants
import Testing
import Webhooks

/// `POST /v1/deliveries/replay`
struct ReplayTests {
    private static let path = "/v1/deliveries/replay"
    private static let all = #"{"since": "2026-01-01T00:00:00Z"}"#

    /// An hour before the clock's time.
    private static let hourMs: Int64 = 3_600_000

    private func replay(_ desk: Desk, _ body: String, key: String = Desk.bookshopKey) async -> Reading {
        await desk.call(.post, ReplayTests.path, key: key, body: body)
    }

    private func count(_ desk: Desk, _ body: String, key: String = Desk.bookshopKey) async -> Int64? {
        await replay(desk, body, key: key).json["count"]?.int64
    }

    @Test func `what is exhausted goes out again, in the order it was made`() async throws {
        let desk = Desk(startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        for number in 1...3 { try await desk.keep(number, DeliverySample(agoMs: 100 - Int64(number))) }
        try await desk.keep(4, DeliverySample(status: .delivered, agoMs: 50))
        let answer = await replay(desk, ReplayTests.all)
        #expect(answer.status == 202)
        #expect(answer.text == #"{"object":"replay","id":"\#(answer.id)","count":3}"#)
        #expect(IdentifierSource.isWellFormed(answer.id, .replay))
        for _ in 1...10 where desk.sent.count < 3 { desk.clock.advance(byMs: 1000) }
        #expect(desk.sent == (1...3).map { "https://shop.example/hooks evt_bookshop_\($0)" })
        #expect(await desk.statuses() == ["delivered", "delivered", "delivered", "delivered"])
        let again = await replay(desk, ReplayTests.all)
        #expect(again.status == 202)
        #expect(again.text == #"{"object":"replay","id":null,"count":0}"#)
    }

    @Test(arguments: Engine.allCases)
    func `since is within, until is not, and until is now where it is not said`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            for hours in 1...4 { try await desk.keep(hours, DeliverySample(agoMs: Int64(hours) * ReplayTests.hourMs)) }
            func count(_ since: String, _ until: String? = nil) async -> Int64? {
                let end = until.map { #", "until": "\#($0)""# } ?? ""
                return await self.count(desk, #"{"since": "\#(since)"\#(end)}"#)
            }
            #expect(await count("2026-01-02T02:04:05.001Z") == 0)
            #expect(await count("2026-01-02T02:04:05Z") == 1)
            #expect(await count("2026-01-02T09:04:05+08:00") == 2)
            #expect(await count("2026-01-01T00:00:00Z", "2026-01-02T00:04:05Z") == 1)
            #expect(await count("2026-01-01T00:00:00Z", "2026-01-02T00:04:05.001Z") == 2)
            #expect(await count("2026-01-02T00:04:05Z", "2026-01-02T02:04:05Z") == 2)
            #expect(await count("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z") == 4)
        }
    }

    @Test(arguments: Engine.allCases)
    func `only what was asked for is counted, and only of the tenant's own`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: TenantSnapshot([.bookshop(endpoints: [.shop, .erp]), .teashop]))
            try await desk.keep(1, DeliverySample(agoMs: 1))
            try await desk.keep(2, DeliverySample(endpoint: "erp", agoMs: 1))
            try await desk.keep(3, DeliverySample(endpoint: "erp", type: .refundFailed, agoMs: 1))
            try await desk.keep(4, DeliverySample(status: .delivered, agoMs: 1))
            try await desk.keep(5, DeliverySample(status: .pending, agoMs: 1))
            try await desk.keep(6, DeliverySample(tenant: "teashop", agoMs: 1))
            func count(_ more: String, key: String = Desk.bookshopKey) async -> Int64? {
                await self.count(desk, #"{"since": "2026-01-01T00:00:00Z"\#(more)}"#, key: key)
            }
            #expect(await count("") == 3)
            #expect(await count(#", "status": null, "types": null, "endpoint": null, "until": null"#) == 3)
            #expect(await count(#", "endpoint": "erp""#) == 2)
            #expect(await count(#", "types": ["refund.failed", "refund.succeeded"]"#) == 1)
            #expect(await count(#", "types": ["payment.succeeded"], "endpoint": "erp""#) == 1)
            #expect(await count(#", "types": ["payment.held"]"#) == 0)
            #expect(await count(#", "status": ["held"]"#) == 0)
            #expect(await count("", key: Desk.teashopKey) == 1)
        }
    }

    @Test func `tests are taken only where their type is named`() async throws {
        let desk = Desk()
        try await desk.keep(1, DeliverySample(type: .webhookTest, agoMs: 1))
        #expect(await count(desk, ReplayTests.all) == 0)
        let named = #"{"since": "2026-01-01T00:00:00Z", "types": ["webhook.test"]}"#
        #expect(await count(desk, named) == 1)
    }

    @Test func `what is held is counted where it is asked for`() async throws {
        let desk = Desk(startsWorker: true)
        try await desk.keep(1, DeliverySample(agoMs: 1))
        try await desk.keep(2, DeliverySample(status: .pending, agoMs: 1))
        try await desk.setDisabled(true, "default")
        func count(_ status: String) async -> Int64? {
            await self.count(desk, #"{"since": "2026-01-01T00:00:00Z", "status": [\#(status)]}"#)
        }
        #expect(await count(#""held""#) == 1)
        #expect(await count(#""exhausted", "held""#) == 2)
    }

    @Test(arguments: [
        ("{}", ["/since: since is required"]), (#"{"since": null}"#, ["/since: since is required"]),
        (
            #"{"since": "yesterday"}"#, ["/since: since must be an RFC 3339 time such as 2026-01-02T03:04:05Z"]
        ),
        (#"{"since": 1767323045}"#, ["/since: since must be text, not a number"]),
        (#"{"since": "2026-01-02T03:04:05Z"}"#, ["/since: since must be before now"]),
        (
            #"{"since": "2026-01-02T00:00:00Z", "until": "2026-01-02T00:00:00Z"}"#,
            ["/since: since must be before until"]
        ),
        (
            #"{"since": "2026-01-01T00:00:00Z", "until": "now"}"#,
            ["/until: until must be an RFC 3339 time such as 2026-01-02T03:04:05Z"]
        ),
        (
            #"{"since": "2026-01-01T00:00:00Z", "status": "held"}"#,
            ["/status: status must be an array of texts, not a string"]
        ),
        (
            #"{"since": "2026-01-01T00:00:00Z", "status": ["held", 1]}"#,
            ["/status: status must have nothing but texts in it"]
        ),
        (
            #"{"since": "2026-01-01T00:00:00Z", "status": []}"#,
            ["/status: status must have 1 to 2 of exhausted, held"]
        ),
        (
            #"{"since": "2026-01-01T00:00:00Z", "status": ["held", "pending"]}"#,
            ["/status/1: status may have exhausted, held"]
        ),
        (
            #"{"since": "2026-01-01T00:00:00Z", "status": ["held", "held", "held"]}"#,
            ["/status: status must have 1 to 2 of exhausted, held"]
        ),
        (
            #"{"since": "2026-01-01T00:00:00Z", "types": ["payment.paid"]}"#,
            ["/types/0: types may have \(EventType.allCases.map(\.rawValue).joined(separator: ", "))"]
        ),
        (
            #"{"since": "2026-01-01T00:00:00Z", "endpoint": "tea"}"#,
            ["/endpoint: endpoint must be one of default"]
        ),
        (
            #"{"since": "2026-01-01T00:00:00Z", "untill": "x"}"#,
            ["/untill: unknown field untill; did you mean until?"]
        ),
        (
            #"{"until": 5, "status": ["x"], "endpoint": "y", "since": "2026-01-01"}"#,
            [
                "/until: until must be text, not a number",
                "/since: since must be an RFC 3339 time such as 2026-01-02T03:04:05Z",
                "/status/0: status may have exhausted, held", "/endpoint: endpoint must be one of default",
            ]
        ),
        ("[]", [": the body must be a JSON object, not an array"]),
        ("", [": the body is not JSON: unexpected end at byte 0"]),
    ])
    func `every field at fault is named`(body: String, errors: [String]) async throws {
        let desk = Desk(startsWorker: true)
        try await desk.keep(1, DeliverySample(agoMs: 1))
        let answer = await replay(desk, body)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_request")
        #expect(answer.errors == errors)
        #expect(await desk.statuses() == ["exhausted"])
    }

    @Test func `more than can be replayed at once is refused, with how to ask`() async throws {
        let desk = Desk()
        let atMs = desk.clock.nowMs - 1000
        let event = Event(
            id: "evt_1", tenant: "bookshop", type: .paymentSucceeded, payment: nil, sequence: 0, timestampMs: atMs,
            body: [])
        let deliveries = (0...Replay.matchesMax).map { number in
            Delivery(
                id: "dlv_\(number)", tenant: "bookshop", event: "evt_1", eventType: .paymentSucceeded,
                endpoint: "default", status: .exhausted, nextAttemptAtMs: nil,
                createdAtMs: number == 0 ? atMs - 1000 : atMs)
        }
        try await desk.store.write { transaction throws(StoreError) in
            try transaction.insert(event, deliveries: deliveries)
        }
        let answer = await replay(desk, ReplayTests.all)
        #expect(answer.status == 400)
        #expect(
            answer.errors == [
                "/since: there are more than 100000 deliveries between since and until; replay them in shorter spans of time"
            ])
        #expect(try await desk.openReplays() == [])
        #expect(await count(desk, #"{"since": "2026-01-02T03:04:04Z"}"#) == 100_000)
    }

    @Test(arguments: Engine.allCases)
    func `ten of a tenant may be under way, whatever others do`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            try await desk.keep(1, DeliverySample(agoMs: 1))
            for (tenant, open) in [("teashop", 10), ("bookshop", 9)] {
                for number in 1...open { try await desk.open("rpl_\(tenant)_\(number)", tenant: tenant) }
            }
            #expect(await replay(desk, ReplayTests.all).status == 202)
            // Whatever became of that one meanwhile.
            try await desk.open("rpl_bookshop_10")
            let answer = await replay(desk, ReplayTests.all)
            #expect(answer.status == 429)
            #expect(answer.code == "rate_limited")
            #expect(
                answer.detail == "10 replays are under way; the next can begin when one of them has ended")
            #expect(answer.headers["Retry-After"] == "10")
        }
    }

    @Test func `one count of a tenant is under way at a time, whatever others do`() async throws {
        let store = HeldReads(MemoryStore())
        let desk = Desk(store: store)
        try await desk.keep(1, DeliverySample(agoMs: 1))
        try await desk.keep(2, DeliverySample(tenant: "teashop", agoMs: 1))
        store.hold()
        let first = desk.begin(.post, ReplayTests.path, body: Array(ReplayTests.all.utf8))
        try await store.waitUntilHeld()
        let second = await replay(desk, ReplayTests.all)
        #expect(second.status == 429)
        #expect(second.code == "rate_limited")
        #expect(second.detail == "another replay of yours is being counted")
        #expect(second.headers["Retry-After"] == "1")
        #expect(await replay(desk, ReplayTests.all, key: Desk.teashopKey).status == 202)
        store.release()
        #expect(await first.reading().status == 202)
        #expect(await replay(desk, ReplayTests.all).status == 202)
    }

    @Test(arguments: Engine.allCases)
    func `a key makes one replay, and the answer is replayed`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            try await desk.keep(1, DeliverySample(agoMs: 1))
            func ask(_ body: String = ReplayTests.all) async -> Reading {
                await desk.call(.post, ReplayTests.path, headers: [("Idempotency-Key", "k")], body: body)
            }
            let first = await ask()
            let second = await ask()
            #expect(first.status == 202 && first.json["count"]?.int64 == 1)
            #expect(second.status == 202 && second.text == first.text)
            #expect(second.headers["Idempotent-Replayed"] == "true")
            #expect(await ask("{}").code == "idempotency_mismatch")
        }
    }

    @Test func `a store that fails is 503`() async throws {
        let store = MemoryStore()
        let desk = Desk(store: store)
        try await desk.keep(1, DeliverySample(agoMs: 1))
        store.failNextReads(1)
        #expect(await replay(desk, ReplayTests.all).code == "unavailable")
        store.failNextWrites(1)
        #expect(await replay(desk, ReplayTests.all).code == "unavailable")
        #expect(try await desk.openReplays() == [])
        #expect(await replay(desk, ReplayTests.all).status == 202)
    }
}

extension Desk {
    /// Keeps a replay that has not ended.
    fileprivate func open(_ id: String, tenant: String = "bookshop") async throws {
        let filter = ReplayFilter(tenant: tenant, sinceMs: 0, untilMs: 1, statuses: [.exhausted])
        let replay = Replay(id: id, filter: filter, matched: 1, createdAtMs: clock.nowMs)
        try await store.write { transaction throws(StoreError) in try transaction.insert(replay) }
    }

    fileprivate func openReplays() async throws -> [String] {
        try await store.read { reader throws(StoreError) in try reader.openReplays().map(\.id) }
    }
}

/// A store whose next read waits until it is let go.
private final class HeldReads: Store {
    private struct State {
        var holdsNext = false
        var held: (@Sendable () -> Void)?
    }

    private let base: any Store
    private let state = Mutex(State())

    init(_ base: any Store) { self.base = base }

    func hold() { state.withLock { $0.holdsNext = true } }

    func waitUntilHeld() async throws {
        for _ in 1...100_000 where state.withLock({ $0.held == nil }) { await Task.yield() }
        try #require(state.withLock { $0.held != nil })
    }

    func release() {
        let held = state.withLock { $0.held }
        held?()
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> Value,
        then: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        let isHeld = state.withLock { state in
            guard state.holdsNext else { return false }
            state.holdsNext = false
            state.held = { [base] in base.read(body, then: then) }
            return true
        }
        if !isHeld { base.read(body, then: then) }
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> Value,
        then: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) { base.write(body, then: then) }

    func observeDeliveries(_ observer: @escaping @Sendable (DeliveryNews) -> Void) {
        base.observeDeliveries(observer)
    }
}
