import Payments
import SQLite

struct DeliveryReads {
    private let events: EventReads
    private let byID: Statement
    private let attempts: Statement
    private let place: Statement
    private let listed: Statement
    private let listedByStatus: Statement
    private let listedByEvent: Statement
    private let due: Statement
    private let nextDue: Statement
    private let pendingCount: Statement
    private let heldCount: Statement
    private let nextOpenEndpoint: Statement

    init(_ statements: StatementSet, events: EventReads) throws(SQLiteError) {
        self.events = events
        // CROSS JOIN keeps SQLite's planner to this order of the tables.
        let select = "SELECT \(DeliveryRow.columns) FROM deliveries d CROSS JOIN events e ON e.seq = d.event"
        byID = try statements.prepare("\(select) WHERE d.id = ?1 AND d.tenant = ?2")
        attempts = try statements.prepare(
            "SELECT \(AttemptRow.columns) FROM attempts WHERE delivery = ?1 ORDER BY number LIMIT ?2")
        place = try statements.prepare("SELECT seq FROM deliveries WHERE id = ?1 AND tenant = ?2")
        let page = "d.seq < ?2 ORDER BY d.seq DESC LIMIT ?3"
        listed = try statements.prepare("\(select) WHERE d.tenant = ?1 AND \(page)")
        listedByStatus = try statements.prepare("\(select) WHERE d.tenant = ?1 AND d.status = ?4 AND \(page)")
        // An event has a handful of deliveries, so that its other filters need no index.
        listedByEvent = try statements.prepare(
            "\(select) WHERE d.event = ?4 AND +d.tenant = ?1 AND (?5 IS NULL OR +d.status = ?5) AND \(page)")
        due = try statements.prepare(
            """
            SELECT \(DeliveryRow.columns), \(DeliveryRow.eventColumns)
            FROM deliveries d INDEXED BY deliveries_due CROSS JOIN events e ON e.seq = d.event
            WHERE d.status = 'pending' AND d.next_attempt_at_ms <= ?1
            ORDER BY d.next_attempt_at_ms, d.created_at_ms, d.seq LIMIT ?2
            """)
        nextDue = try statements.prepare(
            "SELECT min(next_attempt_at_ms) FROM deliveries WHERE status = 'pending' AND next_attempt_at_ms > ?1")
        pendingCount = try statements.prepare(
            "SELECT count(*), min(created_at_ms) FROM deliveries INDEXED BY deliveries_due WHERE status = 'pending'")
        heldCount = try statements.prepare("SELECT count(*) FROM deliveries WHERE status = 'held'")
        nextOpenEndpoint = try statements.prepare(
            """
            SELECT tenant, endpoint FROM deliveries INDEXED BY deliveries_open
            WHERE (status = 'pending' OR status = 'held') AND status = ?1 AND (tenant, endpoint) > (?2, ?3)
            ORDER BY tenant, endpoint LIMIT 1
            """)
    }

    func delivery(id: String, tenant: String) throws(SQLiteError) -> (delivery: Delivery, attempts: [Attempt])? {
        guard let row = try byID.first(.text(id), .text(tenant), read: DeliveryRow.read) else { return nil }
        return (row.delivery, try attempts(of: row.seq))
    }

    func deliveries(_ query: DeliveryQuery) throws(SQLiteError) -> [(delivery: Delivery, attempts: [Attempt])] {
        var found: [(delivery: Delivery, attempts: [Attempt])] = []
        for row in try rows(query) { found.append((row.delivery, try attempts(of: row.seq))) }
        return found
    }

    private func rows(_ query: DeliveryQuery) throws(SQLiteError) -> [DeliveryRow] {
        var before = Int64.max
        if let cursor = query.startingAfter {
            let found = try place.first(.text(cursor), .text(query.tenant)) { try $0.int64(0) }
            guard let found else { return [] }
            before = found
        }
        let (tenant, seq, limit) = (Value.text(query.tenant), Value.integer(before), Value.limit(query.limit))
        if let event = query.event {
            guard let event = try events.seq(of: event, tenant: query.tenant) else { return [] }
            let status = Value(query.status?.rawValue)
            return try listedByEvent.all(tenant, seq, limit, .integer(event), status, read: DeliveryRow.read)
        }
        if let status = query.status {
            return try listedByStatus.all(tenant, seq, limit, .text(status.rawValue), read: DeliveryRow.read)
        }
        return try listed.all(tenant, seq, limit, read: DeliveryRow.read)
    }

    private func attempts(of seq: Int64) throws(SQLiteError) -> [Attempt] {
        try attempts.all(.integer(seq), .limit(Value.rowsMax), read: AttemptRow.read)
    }

    func due(nowMs: Int64, limit: Int) throws(SQLiteError) -> [DueDelivery] {
        try due.all(.integer(nowMs), .limit(limit)) { row in
            DueDelivery(
                delivery: try DeliveryRow.read(row).delivery,
                event: try EventRow.read(row, from: DeliveryRow.columnCount))
        }
    }

    func nextDueMs(afterMs nowMs: Int64) throws(SQLiteError) -> Int64? {
        try nextDue.first(.integer(nowMs)) { try $0.int64OrNil(0) }.flatMap { $0 }
    }

    /// Walks the two partial indexes, whose size is the backlog's and not the tables'.
    func backlog() throws(SQLiteError) -> Backlog {
        let pending = try pendingCount.first { row in (count: try row.int(0), oldestMs: try row.int64OrNil(1)) }
        let held = try heldCount.first { try $0.int(0) }
        return Backlog(pending: pending?.count ?? 0, held: held ?? 0, oldestPendingCreatedAtMs: pending?.oldestMs)
    }

    /// One step of the index for each endpoint, however many deliveries it has.
    func endpointsWithOpenDeliveries() throws(SQLiteError) -> [EndpointKey] {
        var keys: Set<EndpointKey> = []
        for status in [Delivery.Status.pending, .held] {
            var last = EndpointKey(tenant: "", endpoint: "")
            while let next = try nextOpen(status, after: last) {
                keys.insert(next)
                last = next
            }
        }
        return keys.sorted { ($0.tenant, $0.endpoint) < ($1.tenant, $1.endpoint) }
    }

    private func nextOpen(_ status: Delivery.Status, after last: EndpointKey) throws(SQLiteError) -> EndpointKey? {
        try nextOpenEndpoint.first(.text(status.rawValue), .text(last.tenant), .text(last.endpoint)) {
            EndpointKey(tenant: try $0.text(0), endpoint: try $0.text(1))
        }
    }
}

/// A delivery and its row's number.
private struct DeliveryRow {
    let seq: Int64
    let delivery: Delivery

    static let columns = """
        d.seq, d.id, d.tenant, e.id, e.type, d.endpoint, d.status, d.attempt_count, d.next_attempt_at_ms, d.created_at_ms
        """
    static let columnCount = 10
    static let eventColumns = "e.id, e.tenant, e.type, e.payment, e.sequence, e.timestamp_ms, e.body"

    static func read(_ row: Statement) throws(SQLiteError) -> DeliveryRow {
        let delivery = Delivery(
            id: try row.text(1), tenant: try row.text(2), event: try row.text(3), eventType: try row.word(4),
            endpoint: try row.text(5), status: try row.word(6), attemptCount: try row.int(7),
            nextAttemptAtMs: try row.int64OrNil(8), createdAtMs: try row.int64(9))
        return DeliveryRow(seq: try row.int64(0), delivery: delivery)
    }
}

enum AttemptRow {
    static let columns = "number, started_at_ms, duration_ms, outcome, status_code, error, address, response_excerpt"

    static func read(_ row: Statement) throws(SQLiteError) -> Attempt {
        Attempt(
            number: try row.int(0), startedAtMs: try row.int64(1), durationMs: try row.int64(2),
            outcome: try row.word(3), statusCode: try row.int64OrNil(4).map { Int($0) }, error: try row.textOrNil(5),
            address: try row.textOrNil(6), responseExcerpt: try row.bytes(7))
    }
}
