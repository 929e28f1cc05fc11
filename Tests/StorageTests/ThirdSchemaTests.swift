import Diagnostics
import Payments
import SQLite
import Storage
import Support
import Testing

/// What becomes of a database that the second schema's program wrote.
struct ThirdSchemaTests {
    private let place: SQLitePlace
    private static let waitMs = Delivery.orderWaitMs

    init() throws { place = try SQLitePlace() }

    /// Three events of one payment and a test, to `a`: delivered, held, pending after a try, and held; the second payment's
    /// was given up.
    @Test func `open deliveries come through, and what was held is pending and due`() async throws {
        try prepare()
        let store = try place.open()
        let done = delivery("dlv_1", "evt_1", .paymentProcessing, .delivered, attemptCount: 1, sequence: 1)
        var tried = delivery("dlv_2", "evt_2", .paymentUpdated, .pending, attemptCount: 2, sequence: 2, dueMs: 70_000)
        tried.lane = .retry
        tried.orderedPayment = "pay_1"
        var held = delivery("dlv_3", "evt_3", .paymentSucceeded, .pending, sequence: 3, dueMs: 3000 + Self.waitMs)
        held.behindDueMs = 3000
        held.orderedPayment = "pay_1"
        let test = delivery("dlv_4", "evt_4", .webhookTest, .pending, dueMs: 4000)
        for expected in [done, tried, held, test] {
            #expect(try await store.delivery(expected.id) == expected)
        }
        let due = try await store.due(.shop(), nowMs: 4000)
        #expect(due.map(\.delivery) == [test])
        #expect(due.map(\.event) == [Event.sample("evt_4", type: .webhookTest, atMs: 4000)])
        let lines = try await store.read { reader throws(StoreError) in try reader.openLines() }
        #expect(
            lines == [OpenLine(line: .shop(), nextDueMs: 4000), OpenLine(line: .shop("a", .retry), nextDueMs: 70_000)])
        // The order holds from here on.
        #expect(try await store.record(.sample(3), of: tried.after(.delivered), nowMs: 80_000))
        #expect(try await store.delivery("dlv_3")?.nextAttemptAtMs == 80_000)
        await store.close()
    }

    @Test func `nothing is lost in the totals, and what was given up can be replayed`() async throws {
        try prepare()
        let store = try place.open()
        let counts = try await store.counts()
        #expect(counts.accepted == 5)
        #expect(counts.delivered == 1)
        #expect(counts.exhausted == 1)
        #expect(counts.openCount == 3)
        #expect(counts.gap == 0)
        let again = try #require(try await store.requeue("dlv_5", nowMs: 90_000))
        #expect(again.roundBase == 14)
        #expect(again.orderedPayment == "pay_2")
        #expect(try await store.counts().gap == 0)
        let query = DeliveryQuery(tenant: "shop", limit: 10)
        let listed = try await store.read { reader throws(StoreError) in
            try reader.deliveries(query).map(\.delivery.id)
        }
        #expect(listed == ["dlv_5", "dlv_4", "dlv_3", "dlv_2", "dlv_1"])
        #expect(try await store.put(.sample(hold: .disabled)))
        await store.close()
        let connection = try Connection(path: place.path, mode: .readOnly)
        #expect(try connection.prepare("PRAGMA integrity_check").all { try $0.text(0) } == ["ok"])
        #expect(try connection.prepare("PRAGMA foreign_key_check").all { try $0.text(0) } == [])
    }

    @Test func `an empty database of the second schema has no totals and no owner yet`() async throws {
        let connection = try Connection(path: place.path, mode: .readWriteCreate)
        try Migrations.apply(Array(Migrations.all.prefix(2)), to: connection, nowMs: 1)
        let store = try place.open()
        #expect(try await store.counts() == DeliveryCounts(accepted: 0, delivered: 0, exhausted: 0, open: []))
        await store.close()
    }

    private func delivery(
        _ id: String, _ event: String, _ type: EventType, _ status: Delivery.Status, attemptCount: Int = 0,
        sequence: Int64 = 0, dueMs: Int64? = nil
    ) -> Delivery {
        Delivery(
            id: id, tenant: "shop", event: event, eventType: type, endpoint: "a", status: status,
            attemptCount: attemptCount, nextAttemptAtMs: dueMs, sequence: sequence,
            createdAtMs: Int64(id.dropFirst(4))! * 1000)
    }

    private func prepare() throws {
        let connection = try Connection(path: place.path, mode: .readWriteCreate)
        try Migrations.apply(Array(Migrations.all.prefix(2)), to: connection, nowMs: 1)
        try connection.execute(
            """
            INSERT INTO payments (id, tenant, merchant_reference, status, sequence, amount_minor, amount_refunded_minor,
                refundable, late, channel, settlement, created_at_ms, updated_at_ms, expires_at_ms, subject)
            VALUES ('pay_1', 'shop', 'r1', 'succeeded', 3, 100, 0, 0, 0, 'web', 'instant', 1000, 1000, 9000, 's'),
                ('pay_2', 'shop', 'r2', 'expired', 1, 100, 0, 0, 0, 'web', 'instant', 1000, 1000, 9000, 's');
            INSERT INTO events (seq, id, tenant, type, payment, sequence, timestamp_ms, body)
            VALUES (1, 'evt_1', 'shop', 'payment.processing', 'pay_1', 1, 1000, x'7B7D'),
                (2, 'evt_2', 'shop', 'payment.updated', 'pay_1', 2, 2000, x'7B7D'),
                (3, 'evt_3', 'shop', 'payment.succeeded', 'pay_1', 3, 3000, x'7B7D'),
                (4, 'evt_4', 'shop', 'webhook.test', NULL, 0, 4000, CAST('{"id":"evt_4"}' AS BLOB)),
                (5, 'evt_5', 'shop', 'payment.expired', 'pay_2', 1, 5000, x'7B7D');
            INSERT INTO deliveries (id, tenant, event, endpoint, status, attempt_count, next_attempt_at_ms, created_at_ms)
            VALUES ('dlv_1', 'shop', 1, 'a', 'delivered', 1, NULL, 1000),
                ('dlv_2', 'shop', 2, 'a', 'pending', 2, 70000, 2000),
                ('dlv_3', 'shop', 3, 'a', 'held', 0, NULL, 3000),
                ('dlv_4', 'shop', 4, 'a', 'held', 0, NULL, 4000),
                ('dlv_5', 'shop', 5, 'a', 'exhausted', 14, NULL, 5000);
            """)
    }
}
