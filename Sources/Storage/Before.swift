// What the delivery queue of the second schema asked; it goes when its askers do.
package import Payments
import SQLite

struct DeliveryReadsBefore {
    let due: Statement
    let nextDue: Statement
    let pendingCount: Statement
    let heldCount: Statement
    let nextOpenEndpoint: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
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

    func nextOpen(_ status: Delivery.Status, after last: EndpointKey) throws(SQLiteError) -> EndpointKey? {
        try nextOpenEndpoint.first(.text(status.rawValue), .text(last.tenant), .text(last.endpoint)) {
            EndpointKey(tenant: try $0.text(0), endpoint: try $0.text(1))
        }
    }
}

struct DeliveryWritesBefore {
    let hold: Statement
    let release: Statement
    let connection: Connection

    init(_ statements: StatementSet) throws(SQLiteError) {
        hold = try statements.prepare(
            """
            UPDATE deliveries INDEXED BY deliveries_open SET status = 'held', next_attempt_at_ms = NULL
            WHERE status = 'pending' AND tenant = ?1 AND endpoint = ?2
            """)
        release = try statements.prepare(
            """
            UPDATE deliveries INDEXED BY deliveries_open SET status = 'pending', next_attempt_at_ms = ?3
            WHERE status = 'held' AND tenant = ?1 AND endpoint = ?2
            """)
        connection = statements.connection
    }
}

extension SQLiteReader {
    package func delivery(
        id: String, tenant: String
    ) throws(StoreError) -> (delivery: Delivery, attempts: [Attempt])? {
        try delivery(id: id, tenant: tenant, nowMs: 0)
    }

    package func dueDeliveries(nowMs: Int64, limit: Int) throws(StoreError) -> [DueDelivery] {
        try asked { () throws(SQLiteError) in
            try before.due.all(.integer(nowMs), .limit(limit), read: DeliveryRow.readDue)
        }
    }

    package func nextDueMs(afterMs nowMs: Int64) throws(StoreError) -> Int64? {
        try asked { () throws(SQLiteError) in
            try before.nextDue.first(.integer(nowMs)) { try $0.int64OrNil(0) }.flatMap { $0 }
        }
    }

    package func backlog() throws(StoreError) -> Backlog {
        try asked { () throws(SQLiteError) in
            let pending = try before.pendingCount.first { (count: try $0.int(0), oldestMs: try $0.int64OrNil(1)) }
            let held = try before.heldCount.first { try $0.int(0) }
            return Backlog(pending: pending?.count ?? 0, held: held ?? 0, oldestPendingCreatedAtMs: pending?.oldestMs)
        }
    }

    package func endpointsWithOpenDeliveries() throws(StoreError) -> [EndpointKey] {
        try asked { () throws(SQLiteError) in
            var keys: Set<EndpointKey> = []
            for status in [Delivery.Status.pending, .held] {
                var last = EndpointKey(tenant: "", endpoint: "")
                while let next = try before.nextOpen(status, after: last) {
                    keys.insert(next)
                    last = next
                }
            }
            return keys.sorted { ($0.tenant, $0.endpoint) < ($1.tenant, $1.endpoint) }
        }
    }
}

extension SQLiteTransaction {
    package func record(_ attempt: Attempt, of delivery: Delivery) throws(StoreError) -> Bool {
        try record(attempt, of: delivery, nowMs: attempt.startedAtMs &+ attempt.durationMs)
    }

    package func setHeld(_ held: Bool, tenant: String, endpoint: String, nowMs: Int64) throws(StoreError) -> Int {
        try write { () throws(SQLiteError) in
            if held {
                try writesBefore.hold.run(.text(tenant), .text(endpoint))
            } else {
                try writesBefore.release.run(.text(tenant), .text(endpoint), .integer(nowMs))
            }
            return writesBefore.connection.changes
        }
    }
}
