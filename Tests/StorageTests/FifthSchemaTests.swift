import Payments
import SQLite
import Storage
import Testing

/// What becomes of a database that the fourth schema's program wrote.
struct FifthSchemaTests {
    private let place: SQLitePlace

    init() throws { place = try SQLitePlace() }

    @Test func `its rows stay as they are, and the file is sound`() async throws {
        try prepare()
        let store = try place.open()
        #expect(try await store.payment("pay_1")?.status == .succeeded)
        await store.close()
        let connection = try Connection(path: place.path, mode: .readOnly)
        #expect(try connection.prepare("PRAGMA integrity_check").all { try $0.text(0) } == ["ok"])
        #expect(try connection.prepare("PRAGMA foreign_key_check").all { try $0.text(0) }.isEmpty)
        for table in ["payments", "notifications", "events", "deliveries"] {
            #expect(try connection.prepare("SELECT count(*) FROM \(table)").first { try $0.int64(0) } == 1)
        }
    }

    @Test(arguments: [
        ("UPDATE payments SET status = 'paid'", "CHECK constraint failed: status = 'requires_action'"),
        ("UPDATE deliveries SET status = 'lost'", "CHECK constraint failed: status = 'pending'"),
        (
            FifthSchemaTests.notification("ntf_2", verdict: "stale"),
            "UNIQUE constraint failed: notifications.tenant, notifications.notify_id"
        ),
    ])
    func `what the checks refused before they refuse now`(sql: String, start: String) async throws {
        try prepare()
        try await place.open().close()
        let connection = try Connection(path: place.path, mode: .readWriteCreate)
        let error = #expect(throws: SQLiteError.self) { try connection.execute(sql) }
        #expect(error?.code == .constraint)
        #expect(error?.message.hasPrefix(start) == true, "\(error?.message ?? "")")
    }

    @Test func `a notification that was refused stands in nobody's way`() async throws {
        try prepare()
        try await place.open().close()
        let connection = try Connection(path: place.path, mode: .readWriteCreate)
        try connection.execute(FifthSchemaTests.notification("ntf_2", verdict: "forged"))
    }

    /// SQLite's own word for such a table (sqlite.org/opcode.html).
    @Test(arguments: [
        "UPDATE payments SET status = ?", "UPDATE deliveries SET status = ?", "UPDATE notifications SET verdict = ?",
    ])
    func `no check makes a table of words`(sql: String) async throws {
        try prepare()
        let connection = try Connection(path: place.path, mode: .readWriteCreate)
        #expect(try opcodes(sql, connection).contains("OpenEphemeral"))
        try await place.open().close()
        let migrated = try Connection(path: place.path, mode: .readWriteCreate)
        #expect(try !opcodes(sql, migrated).contains("OpenEphemeral"))
    }

    @Test func `the schema cannot be rewritten once the step is done, nor after it failed`() throws {
        let connection = try prepare()
        let broken = Migration(number: 5, sql: "PRAGMA writable_schema = ON; nonsense", rewritesSchema: true)
        let before = Array(Migrations.all.prefix(4))
        #expect(throws: StoreError.self) { try Migrations.apply(before + [broken], to: connection, nowMs: 2) }
        try expectForbidden(connection)
        try Migrations.apply(Migrations.all, to: connection, nowMs: 3)
        try expectForbidden(connection)
    }

    private func expectForbidden(_ connection: Connection) throws {
        #expect(throws: SQLiteError.self) {
            try connection.execute("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = ''")
        }
    }

    private func opcodes(_ sql: String, _ connection: Connection) throws -> [String] {
        try connection.prepare("EXPLAIN " + sql).all(.null) { try $0.text(1) }
    }

    private static func notification(_ id: String, verdict: String) -> String {
        """
        INSERT INTO notifications (id, tenant, notify_id, notify_type, verdict, explanation, received_at_ms, body)
        VALUES ('\(id)', 'shop', 'n1', 'trade_status_sync', '\(verdict)', '', 1, x'00')
        """
    }

    @discardableResult
    private func prepare() throws -> Connection {
        let connection = try Connection(path: place.path, mode: .readWriteCreate)
        try Migrations.apply(Array(Migrations.all.prefix(4)), to: connection, nowMs: 1)
        try connection.execute(
            """
            INSERT INTO payments (id, tenant, merchant_reference, status, sequence, amount_minor, amount_refunded_minor,
                refundable, late, channel, settlement, created_at_ms, updated_at_ms, expires_at_ms, subject)
            VALUES ('pay_1', 'shop', 'r1', 'succeeded', 1, 100, 0, 0, 0, 'web', 'instant', 1000, 1000, 9000, 's');
            \(FifthSchemaTests.notification("ntf_1", verdict: "applied"));
            INSERT INTO events (id, tenant, type, payment, sequence, timestamp_ms, body)
            VALUES ('evt_1', 'shop', 'payment.succeeded', 'pay_1', 1, 1000, x'7B7D');
            INSERT INTO deliveries (id, tenant, event, endpoint, status, attempt_count, next_attempt_at_ms, created_at_ms)
            VALUES ('dlv_1', 'shop', 1, 'a', 'pending', 0, 1000, 1000);
            """)
        return connection
    }
}
