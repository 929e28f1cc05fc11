import Payments
import SQLite

struct NotificationReads {
    private let settled: Statement
    private let byID: Statement
    private let place: Statement
    private let bySeq: Statement
    private let nextVerdict: Statement
    private let places: Statement
    private let listedByVerdict: Statement
    private let listedOfAll: Statement
    private let listedOfAllByVerdict: Statement
    private let listedByPayment: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        settled = try statements.prepare(
            """
            SELECT 1 FROM notifications WHERE tenant = ?1 AND notify_id = ?2 AND notify_id <> ''
            AND (\(Schema.settles))
            """)
        let one = "id = ?1 AND (?2 IS NULL OR tenant = ?2)"
        place = try statements.prepare("SELECT received_at_ms, seq FROM notifications WHERE \(one)")
        let select = "SELECT \(NotificationRow.columns) FROM notifications"
        byID = try statements.prepare("\(select) WHERE \(one)")
        let page = """
            (received_at_ms, seq) < (?2, ?3) AND received_at_ms >= ?4
            ORDER BY received_at_ms DESC, seq DESC LIMIT ?5
            """
        bySeq = try statements.prepare("\(select) WHERE seq = ?1")
        nextVerdict = try statements.prepare(
            """
            SELECT verdict FROM notifications INDEXED BY notifications_by_verdict
            WHERE tenant = ?1 AND verdict > ?2 ORDER BY verdict LIMIT 1
            """)
        let ofVerdict = "tenant = ?1 AND verdict = ?6 AND \(page)"
        places = try statements.prepare(
            "SELECT received_at_ms, seq FROM notifications INDEXED BY notifications_by_verdict WHERE \(ofVerdict)")
        listedByVerdict = try statements.prepare("\(select) WHERE \(ofVerdict)")
        listedOfAll = try statements.prepare("\(select) WHERE \(page)")
        listedOfAllByVerdict = try statements.prepare("\(select) WHERE verdict = ?6 AND \(page)")
        // A payment has few.
        listedByPayment = try statements.prepare(
            """
            \(select) WHERE payment = ?7 AND (?1 IS NULL OR +tenant = ?1) AND (?6 IS NULL OR +verdict = ?6) AND \(page)
            """)
    }

    func isSettled(notifyID: String, tenant: String) throws(SQLiteError) -> Bool {
        try settled.first(.text(tenant), .text(notifyID)) { _ in true } ?? false
    }

    /// - Parameter tenant: nil for whichever it is.
    func notification(id: String, tenant: String?) throws(SQLiteError) -> Notification? {
        try byID.first(.text(id), Value(tenant), read: NotificationRow.read)
    }

    func notifications(_ query: NotificationQuery) throws(SQLiteError) -> [Notification] {
        var bound = query.receivedBeforeMs.map(ListBound.before) ?? .newest
        if let cursor = query.startingAfter {
            let found = try place.first(.text(cursor), Value(query.tenant)) {
                ListBound(atMs: try $0.int64(0), seq: try $0.int64(1))
            }
            guard let found else { return [] }
            bound = min(bound, found)
        }
        // Without a tenant its parameter stands in no place of the statement.
        let (tenant, atMs, seq) = (Value(query.tenant), Value.integer(bound.atMs), Value.integer(bound.seq))
        let (from, limit) = (Value.integer(query.receivedFromMs ?? .min), Value.limit(query.limit))
        if let payment = query.payment {
            return try listedByPayment.all(
                tenant, atMs, seq, from, limit, Value(query.verdict?.rawValue), .text(payment),
                read: NotificationRow.read)
        }
        guard let verdict = query.verdict else {
            if let tenant = query.tenant { return try ofAllVerdicts(tenant, query, before: bound) }
            return try listedOfAll.all(tenant, atMs, seq, from, limit, read: NotificationRow.read)
        }
        let list = query.tenant == nil ? listedOfAllByVerdict : listedByVerdict
        return try list.all(tenant, atMs, seq, from, limit, .text(verdict.rawValue), read: NotificationRow.read)
    }

    /// Each verdict's newest, and the newest of those. Costs one step of the index for every verdict that the tenant has.
    private func ofAllVerdicts(
        _ tenant: String, _ query: NotificationQuery, before bound: ListBound
    ) throws(SQLiteError) -> [Notification] {
        var found: [ListBound] = []
        var verdict = ""
        while let next = try nextVerdict.first(.text(tenant), .text(verdict), read: { try $0.text(0) }) {
            verdict = next
            found += try places.all(
                .text(tenant), .integer(bound.atMs), .integer(bound.seq), .integer(query.receivedFromMs ?? .min),
                .limit(query.limit), .text(verdict), read: ListBound.read)
        }
        var rows: [Notification] = []
        for place in found.sorted(by: >).prefix(min(max(query.limit, 0), Value.rowsMax)) {
            if let row = try bySeq.first(.integer(place.seq), read: NotificationRow.read) { rows.append(row) }
        }
        return rows
    }
}

struct NotificationWrites {
    private let insertion: Statement
    private let pruning: Statement
    private let pruningByVerdict: Statement
    private let connection: Connection

    init(_ statements: StatementSet) throws(SQLiteError) {
        connection = statements.connection
        func prune(_ condition: String) -> String {
            """
            DELETE FROM notifications WHERE seq IN (SELECT seq FROM notifications WHERE \(condition)
            ORDER BY received_at_ms LIMIT ?2)
            """
        }
        pruning = try statements.prepare(prune("received_at_ms < ?1"))
        pruningByVerdict = try statements.prepare(prune("verdict = ?3 AND received_at_ms < ?1"))
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
            .integer(notification.receivedAtMs), .bytes(notification.body), Value(notification.failureCell),
            Value(notification.replayOf))
    }

    func prune(verdict: Verdict?, beforeMs: Int64, limit: Int) throws(SQLiteError) -> Int {
        if let verdict {
            try pruningByVerdict.run(.integer(beforeMs), .limit(limit), .text(verdict.rawValue))
        } else {
            try pruning.run(.integer(beforeMs), .limit(limit))
        }
        return connection.changes
    }
}

private enum NotificationRow {
    static let columns = """
        id, tenant, payment, notify_id, notify_type, provider_status, verdict, explanation, received_at_ms, body,
        failure_cell, replay_of
        """
    static let columnCount = 12

    static func read(_ row: Statement) throws(SQLiteError) -> Notification {
        Notification(
            id: try row.text(0), tenant: try row.text(1), payment: try row.textOrNil(2), notifyID: try row.text(3),
            notifyType: try row.text(4), providerStatus: try row.textOrNil(5), verdict: try row.word(6),
            explanation: try row.text(7), failureCell: try row.textOrNil(10), receivedAtMs: try row.int64(8),
            replayOf: try row.textOrNil(11), body: try row.bytes(9))
    }
}
