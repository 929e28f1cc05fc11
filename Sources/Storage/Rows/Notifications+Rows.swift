import Payments
import SQLite

struct NotificationReads {
    private let settled: Statement
    private let byTenantAndID: Statement
    private let place: Statement
    private let listed: Statement
    private let listedByVerdict: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        settled = try statements.prepare(
            """
            SELECT 1 FROM notifications WHERE tenant = ?1 AND notify_id = ?2 AND notify_id <> ''
            AND verdict IN ('applied', 'unchanged', 'stale', 'unsupported')
            """)
        place = try statements.prepare("SELECT received_at_ms, seq FROM notifications WHERE id = ?1 AND tenant = ?2")
        let select = "SELECT \(NotificationRow.columns) FROM notifications"
        byTenantAndID = try statements.prepare("\(select) WHERE id = ?1 AND tenant = ?2")
        let page = """
            (received_at_ms, seq) < (?2, ?3) AND received_at_ms >= ?4
            ORDER BY received_at_ms DESC, seq DESC LIMIT ?5
            """
        listed = try statements.prepare("\(select) WHERE tenant = ?1 AND \(page)")
        listedByVerdict = try statements.prepare("\(select) WHERE tenant = ?1 AND verdict = ?6 AND \(page)")
    }

    func isSettled(notifyID: String, tenant: String) throws(SQLiteError) -> Bool {
        try settled.first(.text(tenant), .text(notifyID)) { _ in true } ?? false
    }

    func notification(id: String, tenant: String) throws(SQLiteError) -> Notification? {
        try byTenantAndID.first(.text(id), .text(tenant), read: NotificationRow.read)
    }

    func notifications(_ query: NotificationQuery) throws(SQLiteError) -> [Notification] {
        var bound = ListBound.newest
        if let cursor = query.startingAfter {
            let found = try place.first(.text(cursor), .text(query.tenant)) {
                ListBound(atMs: try $0.int64(0), seq: try $0.int64(1))
            }
            guard let found else { return [] }
            bound = found
        }
        let (tenant, atMs, seq) = (Value.text(query.tenant), Value.integer(bound.atMs), Value.integer(bound.seq))
        let (from, limit) = (Value.integer(query.receivedFromMs ?? .min), Value.limit(query.limit))
        guard let verdict = query.verdict else {
            return try listed.all(tenant, atMs, seq, from, limit, read: NotificationRow.read)
        }
        return try listedByVerdict.all(
            tenant, atMs, seq, from, limit, .text(verdict.rawValue), read: NotificationRow.read)
    }
}

struct NotificationWrites {
    private let insertion: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        insertion = try statements.prepare(
            """
            INSERT INTO notifications (\(NotificationRow.columns))
            VALUES (\(StatementSet.parameters(NotificationRow.columnCount)))
            """)
    }

    func insert(_ notification: Notification) throws(SQLiteError) {
        try insertion.run(
            .text(notification.id), .text(notification.tenant), Value(notification.payment),
            .text(notification.notifyID), .text(notification.notifyType), Value(notification.providerStatus),
            .text(notification.verdict.rawValue), .text(notification.explanation),
            .integer(notification.receivedAtMs), .bytes(notification.body))
    }
}

private enum NotificationRow {
    static let columns = """
        id, tenant, payment, notify_id, notify_type, provider_status, verdict, explanation, received_at_ms, body
        """
    static let columnCount = 10

    static func read(_ row: Statement) throws(SQLiteError) -> Notification {
        Notification(
            id: try row.text(0), tenant: try row.text(1), payment: try row.textOrNil(2), notifyID: try row.text(3),
            notifyType: try row.text(4), providerStatus: try row.textOrNil(5), verdict: try row.word(6),
            explanation: try row.text(7), receivedAtMs: try row.int64(8), body: try row.bytes(9))
    }
}
