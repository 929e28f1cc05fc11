import Payments
import SQLite

/// The pending deliveries, line by line.
struct DeliveryLineReads {
    private let nextLine: Statement
    private let due: Statement
    private let nextDue: Statement
    private let openCount: Statement
    private let oldest: Statement
    private let totals: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        nextLine = try statements.prepare(
            """
            SELECT tenant, endpoint, lane, next_attempt_at_ms FROM deliveries INDEXED BY deliveries_in_line
            WHERE status = 'pending' AND (tenant, endpoint, lane) > (?1, ?2, ?3)
            ORDER BY tenant, endpoint, lane, next_attempt_at_ms LIMIT 1
            """)
        // CROSS JOIN keeps SQLite's planner to this order of the tables.
        due = try statements.prepare(
            """
            SELECT \(DeliveryRow.columns), \(DeliveryRow.eventColumns)
            FROM deliveries d INDEXED BY deliveries_in_line CROSS JOIN events e ON e.seq = d.event
            WHERE d.status = 'pending' AND d.tenant = ?1 AND d.endpoint = ?2 AND d.lane = ?3
                AND d.next_attempt_at_ms <= ?4
            ORDER BY d.next_attempt_at_ms, d.seq LIMIT ?5
            """)
        nextDue = try statements.prepare(
            """
            SELECT min(next_attempt_at_ms) FROM deliveries INDEXED BY deliveries_in_line
            WHERE status = 'pending' AND tenant = ?1 AND endpoint = ?2 AND lane = ?3 AND next_attempt_at_ms > ?4
            """)
        openCount = try statements.prepare(
            """
            SELECT count(*) FROM deliveries INDEXED BY deliveries_listed
            WHERE tenant = ?1 AND endpoint = ?2 AND status = 'pending'
            """)
        oldest = try statements.prepare(
            """
            SELECT created_at_ms FROM deliveries INDEXED BY deliveries_listed
            WHERE tenant = ?1 AND endpoint = ?2 AND status = 'pending' AND +lane < \(Delivery.Lane.replay.rawValue)
            ORDER BY created_at_ms LIMIT 1
            """)
        totals = try statements.prepare("SELECT accepted, delivered, exhausted FROM delivery_totals WHERE one = 1")
    }

    func due(_ line: DeliveryLine, nowMs: Int64, limit: Int) throws(SQLiteError) -> [DueDelivery] {
        try due.all(
            .text(line.endpoint.tenant), .text(line.endpoint.endpoint), Value(line.lane.rawValue), .integer(nowMs),
            .limit(limit), read: DeliveryRow.readDue)
    }

    func nextDueMs(_ line: DeliveryLine, afterMs nowMs: Int64) throws(SQLiteError) -> Int64? {
        try nextDue.first(
            .text(line.endpoint.tenant), .text(line.endpoint.endpoint), Value(line.lane.rawValue), .integer(nowMs)
        ) { try $0.int64OrNil(0) }.flatMap { $0 }
    }

    func open() throws(SQLiteError) -> [OpenLine] {
        var lines: [OpenLine] = []
        while let next = try next(after: lines.last?.line) { lines.append(next) }
        return lines
    }

    /// - Parameter unsaved: what the transaction that asks has not added to the totals yet.
    func counts(unsaved: DeliveryTotals) throws(SQLiteError) -> DeliveryCounts {
        var open: [EndpointBacklog] = []
        while let key = try next(after: open.last.map { DeliveryLine.last(of: $0.key) })?.line.endpoint {
            guard let count = try openCount.first(.text(key.tenant), .text(key.endpoint), read: { try $0.int(0) })
            else { break }
            let oldestMs = try oldest.first(.text(key.tenant), .text(key.endpoint)) { try $0.int64(0) }
            open.append(EndpointBacklog(key: key, count: count, oldestCreatedAtMs: oldestMs))
        }
        let saved = try totals.first { row in
            DeliveryTotals(accepted: try row.int(0), delivered: try row.int(1), exhausted: try row.int(2))
        }
        guard let saved else { throw SQLiteError(code: .corrupt, message: "the totals of deliveries are gone") }
        return DeliveryCounts(
            accepted: saved.accepted + unsaved.accepted, delivered: saved.delivered + unsaved.delivered,
            exhausted: saved.exhausted + unsaved.exhausted, open: open)
    }

    /// One step of the index, however many deliveries stand in between.
    private func next(after line: DeliveryLine?) throws(SQLiteError) -> OpenLine? {
        let key = line?.endpoint ?? EndpointKey(tenant: "", endpoint: "")
        return try nextLine.first(
            .text(key.tenant), .text(key.endpoint), Value(line?.lane.rawValue ?? -1)
        ) { row in
            let key = EndpointKey(tenant: try row.text(0), endpoint: try row.text(1))
            return OpenLine(line: DeliveryLine(endpoint: key, lane: try row.code(2)), nextDueMs: try row.int64(3))
        }
    }
}

extension DeliveryLine {
    /// Behind it stands the next endpoint.
    fileprivate static func last(of key: EndpointKey) -> DeliveryLine { DeliveryLine(endpoint: key, lane: .replay) }
}
