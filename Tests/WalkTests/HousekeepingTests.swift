import App
import HTTP
import JSON
import Payments
import SQLite
import Support
import Testing

/// What the service forgets every hour.
@Suite(.timeLimit(.minutes(2))) struct HousekeepingTests {
    private static let hourMs: Int64 = 3_600_000
    private static let dayMs: Int64 = 24 * hourMs

    /// The same request under the same key, however often.
    private func createKeyed(
        _ world: World, _ service: Service
    ) async throws -> (status: Int, json: JSONValue, headers: Headers) {
        let body = #"{"merchant_reference": "ORDER-1", "amount": 12050, "subject": "三体", "channel": "web"}"#
        return try await world.call(
            .post, "/v1/payments", on: service, headers: [("Idempotency-Key", "6c1f")], body: body)
    }

    /// Moves time on. When this returns the store has done what it was asked for on the way, and the next hour counts.
    private func pass(_ ms: Int64, _ world: World, _ service: Service, _ clock: ManualClock) async throws {
        clock.advance(byMs: ms)
        // Where the listener closes what was idle, this finds out.
        _ = try await world.events(on: service)
        // The store's writes are done, and told of, in their order.
        _ = try await world.create("AT-\(clock.nowMs)", on: service)
    }

    private func count(_ rows: String, _ world: World) throws -> Int64? {
        let file = try Connection(path: world.databasePath, mode: .readOnly, busyTimeoutMs: 1000)
        return try file.prepare("SELECT count(*) FROM \(rows)").first { try $0.int64(0) }
    }

    @Test func `an Idempotency-Key is known for seven days, and its row is gone an hour after them`() async throws {
        let clock = ManualClock()
        try await World.run(clock: clock) { world, service in
            let first = try await createKeyed(world, service)
            #expect(first.status == 201 && first.headers["Idempotent-Replayed"] == nil)
            try await pass(7 * Self.dayMs - 2 * Self.hourMs, world, service, clock)
            // It is looked for once more in the hour to 6 days and 23 hours.
            try await pass(Self.hourMs, world, service, clock)
            let again = try await createKeyed(world, service)
            #expect(again.status == 201 && again.json == first.json)
            #expect(again.headers["Idempotent-Replayed"] == "true")
            try await pass(Self.hourMs, world, service, clock)
            #expect(try count("idempotency_keys", world) == 1)
            try await pass(Self.hourMs, world, service, clock)
            #expect(try count("idempotency_keys", world) == 0)
        }
    }

    @Test func `however many keys are too old, all of them go within the hour`() async throws {
        let clock = ManualClock()
        try await World.run(clock: clock) { world, service in
            // Three transactions' worth, the last one not full.
            try Connection(path: world.databasePath, mode: .readWriteCreate, busyTimeoutMs: 10_000).execute(
                """
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
                INSERT INTO idempotency_keys
                    (tenant, method, path, key, fingerprint, answer_status, answer_body, created_at_ms)
                SELECT 'bookshop', 'POST', '/v1/payments', 'old-' || i, x'00', 201, x'7b7d', 0 FROM n
                """)
            #expect(try count("idempotency_keys", world) == 2500)
            clock.advance(byMs: Self.hourMs)
            // What follows a full batch follows at once: time stands still.
            try await world.until(clock, "the end of all of them") { try count("idempotency_keys", world) == 0 }
        }
    }

    @Test func `how many payments a day had is forgotten when the day has been over for two`() async throws {
        let clock = ManualClock()
        try await World.run(clock: clock) { world, service in
            // 11:04 in Beijing.
            let rows = "payment_days WHERE day = \(BeijingDay(of: clock.nowMs).number)"
            _ = try await world.create("ORDER-1", on: service)
            #expect(try count(rows, world) == 1)
            try await pass(2 * Self.dayMs, world, service, clock)
            try await pass(Self.hourMs, world, service, clock)
            #expect(try count(rows, world) == 1)
            try await pass(Self.dayMs - Self.hourMs, world, service, clock)
            try await pass(Self.hourMs, world, service, clock)
            #expect(try count(rows, world) == 0)
        }
    }
}
