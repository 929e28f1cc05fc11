import Payments
import SQLite
import Storage
import Testing

/// What becomes of a database that the fifth schema's program wrote.
struct SixthSchemaTests {
    private let place: SQLitePlace

    init() throws { place = try SQLitePlace() }

    @Test func `a tenant's events and notifications are listed as before, without an index for it`() async throws {
        let connection = try Connection(path: place.path, mode: .readWriteCreate)
        try Migrations.apply(Array(Migrations.all.prefix(5)), to: connection, nowMs: 1)
        try connection.execute(
            """
            INSERT INTO events (id, tenant, type, sequence, timestamp_ms, body) VALUES
                ('evt_1', 'shop', 'webhook.test', 0, 1000, x'7B7D'), ('evt_2', 'shop', 'payment.held', 0, 1000, x'7B7D'),
                ('evt_3', 'rival', 'payment.held', 0, 1000, x'7B7D'), ('evt_4', 'shop', 'webhook.test', 0, 1, x'7B7D');
            INSERT INTO notifications (id, tenant, notify_id, notify_type, verdict, explanation, received_at_ms, body) VALUES
                ('ntf_1', 'shop', 'n1', 't', 'applied', '', 3, x'00'), ('ntf_2', 'shop', 'n2', 't', 'stale', '', 2, x'00'),
                ('ntf_3', 'rival', 'n1', 't', 'stale', '', 2, x'00'), ('ntf_4', 'shop', 'n4', 't', 'applied', '', 1, x'00');
            """)
        let store = try place.open()
        let (events, notifications) = try await store.read { reader throws(StoreError) in
            (
                try reader.events(tenant: "shop", after: nil, type: nil, limit: 10),
                try reader.notifications(NotificationQuery(tenant: "shop", limit: 10))
            )
        }
        #expect(events?.map(\.id) == ["evt_1", "evt_2", "evt_4"])
        #expect(notifications.map(\.id) == ["ntf_1", "ntf_2", "ntf_4"])
        await store.close()
        let names = try connection.prepare("SELECT name FROM sqlite_schema WHERE name LIKE '%_listed' ORDER BY name")
            .all { try $0.text(0) }
        #expect(names == ["deliveries_listed", "payments_listed", "refunds_listed", "tenant_changes_listed"])
    }
}
