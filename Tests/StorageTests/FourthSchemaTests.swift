import Diagnostics
import Payments
import SQLite
import Storage
import Support
import Testing

/// What becomes of a database that the third schema's program wrote.
struct FourthSchemaTests {
    private let place: SQLitePlace

    init() throws { place = try SQLitePlace() }

    @Test func `what is known of endpoints comes through, and one can be held for its secrets`() async throws {
        try prepare()
        let store = try place.open()
        let states = try await store.read { reader throws(StoreError) in try reader.endpointStates() }
        let key = EndpointKey(tenant: "shop", endpoint: "a")
        let kept = EndpointState(
            key: key,
            hold: EndpointHold(reason: .disabled, sinceMs: 5, detail: "it answered 410 (gone)"), failingSinceMs: 4,
            failureCount: 3, failedEvents: ["evt_1"], openCount: 2, urlDigest: "ab", revision: 7)
        #expect(states == [kept])
        var lapsed = kept
        lapsed.hold = EndpointHold(reason: .secretsLapsed, sinceMs: 9, detail: "all its secrets have lapsed")
        lapsed.revision = 8
        let next = lapsed
        #expect(try await store.write { transaction throws(StoreError) in try transaction.put(next) })
        #expect(try await store.read { reader throws(StoreError) in try reader.endpointStates() } == [next])
        await store.close()
        let connection = try Connection(path: place.path, mode: .readOnly)
        #expect(try connection.prepare("PRAGMA integrity_check").all { try $0.text(0) } == ["ok"])
    }

    @Test func `payments of today that were made before count to the day`() async throws {
        try prepare()
        let store = try place.open()
        let count = try await store.read { reader throws(StoreError) in
            try reader.paymentCount(tenant: "shop", on: BeijingDay(of: 1_767_323_045_000))
        }
        #expect(count == 2)
        await store.close()
    }

    private func prepare() throws {
        let connection = try Connection(path: place.path, mode: .readWriteCreate)
        try Migrations.apply(Array(Migrations.all.prefix(3)), to: connection, nowMs: 1)
        try connection.execute(
            """
            INSERT INTO endpoint_states (tenant, endpoint, hold_reason, hold_since_ms, hold_until_ms, hold_detail,
                failing_since_ms, failure_count, failed_events, open_count, url_digest, revision)
            VALUES ('shop', 'a', 'disabled', 5, NULL, 'it answered 410 (gone)', 4, 3, '["evt_1"]', 2, 'ab', 7);
            INSERT INTO payments (id, tenant, merchant_reference, status, sequence, amount_minor, amount_refunded_minor,
                refundable, late, channel, settlement, created_at_ms, updated_at_ms, expires_at_ms, subject)
            VALUES ('pay_1', 'shop', 'r1', 'succeeded', 3, 100, 0, 0, 0, 'web', 'instant', 1767323045000, 1000, 9000, 's'),
                ('pay_2', 'shop', 'r2', 'expired', 1, 100, 0, 0, 0, 'web', 'instant', 1767323045001, 1000, 9000, 's'),
                ('pay_3', 'shop', 'r3', 'expired', 1, 100, 0, 0, 0, 'web', 'instant', 1000, 1000, 9000, 's');
            """)
    }
}
