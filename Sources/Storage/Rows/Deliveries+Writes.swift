import Payments
import SQLite

struct DeliveryWrites {
    private let insertion: Statement
    private let move: Statement
    private let attempt: Statement
    private let hold: Statement
    private let release: Statement
    private let connection: Connection

    init(_ statements: StatementSet) throws(SQLiteError) {
        insertion = try statements.prepare(
            """
            INSERT INTO deliveries
                (id, tenant, event, endpoint, status, attempt_count, next_attempt_at_ms, created_at_ms)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """)
        move = try statements.prepare(
            """
            UPDATE deliveries SET status = ?4, attempt_count = ?5, next_attempt_at_ms = ?6
            WHERE id = ?1 AND tenant = ?2 AND status = 'pending' AND attempt_count = ?3 RETURNING seq
            """)
        attempt = try statements.prepare(
            "INSERT INTO attempts (delivery, \(AttemptRow.columns)) VALUES (\(StatementSet.parameters(9)))")
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

    func insert(_ delivery: Delivery, eventSeq: Int64) throws(SQLiteError) {
        try insertion.run(
            .text(delivery.id), .text(delivery.tenant), .integer(eventSeq), .text(delivery.endpoint),
            .text(delivery.status.rawValue), Value(delivery.attemptCount), Value(delivery.nextAttemptAtMs),
            .integer(delivery.createdAtMs))
    }

    /// - Returns: the delivery's `seq`; nil if it is not as the attempt found it.
    func move(_ delivery: Delivery, by attempt: Attempt) throws(SQLiteError) -> Int64? {
        try move.first(
            .text(delivery.id), .text(delivery.tenant), Value(attempt.number - 1), .text(delivery.status.rawValue),
            Value(attempt.number), Value(delivery.nextAttemptAtMs)
        ) { try $0.int64(0) }
    }

    func insert(_ value: Attempt, deliverySeq: Int64) throws(SQLiteError) {
        try attempt.run(
            .integer(deliverySeq), Value(value.number), .integer(value.startedAtMs), .integer(value.durationMs),
            .text(value.outcome.rawValue), Value(value.statusCode.map(Int64.init)), Value(value.error),
            Value(value.address), .bytes(value.responseExcerpt))
    }

    func setHeld(_ held: Bool, tenant: String, endpoint: String, nowMs: Int64) throws(SQLiteError) -> Int {
        if held {
            try hold.run(.text(tenant), .text(endpoint))
        } else {
            try release.run(.text(tenant), .text(endpoint), .integer(nowMs))
        }
        return connection.changes
    }
}
