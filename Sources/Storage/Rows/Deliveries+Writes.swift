import Payments
import SQLite

struct DeliveryWrites {
    private let insertion: Statement
    private let move: Statement
    private let release: Statement
    private let change: Statement
    private let earlier: Statement
    private let totals: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        insertion = try statements.prepare(
            """
            INSERT INTO deliveries (id, tenant, event, endpoint, status, lane, attempt_count, round_base,
                next_attempt_at_ms, behind_due_ms, ordered_payment, sequence, created_at_ms)
            VALUES (\(StatementSet.parameters(13)))
            """)
        // A try of an earlier round does not end the round that somebody asked for meanwhile, unless it was taken.
        let isLate = "(?5 <> 'delivered' AND round_base <> ?6)"
        move = try statements.prepare(
            """
            UPDATE deliveries SET attempt_count = ?4, status = iif(\(isLate), status, ?5),
                next_attempt_at_ms = iif(\(isLate), next_attempt_at_ms, ?7), behind_due_ms = NULL,
                lane = iif(lane = 0 AND (?5 = 'pending' OR \(isLate)), 1, lane)
            WHERE id = ?1 AND tenant = ?2 AND status = 'pending' AND attempt_count = ?3
            RETURNING seq, status, lane, ordered_payment
            """)
        release = try statements.prepare(
            """
            UPDATE deliveries SET next_attempt_at_ms = max(?3, behind_due_ms), behind_due_ms = NULL
            WHERE behind_due_ms IS NOT NULL AND seq = (
                SELECT seq FROM deliveries INDEXED BY deliveries_in_order
                WHERE status = 'pending' AND ordered_payment = ?1 AND endpoint = ?2 ORDER BY sequence LIMIT 1)
            RETURNING id, lane
            """)
        change = try statements.prepare(
            """
            UPDATE deliveries SET status = ?2, lane = ?3, round_base = ?4, next_attempt_at_ms = ?5, behind_due_ms = ?6,
                ordered_payment = ?7 WHERE seq = ?1
            """)
        earlier = try statements.prepare(
            """
            SELECT 1 FROM deliveries INDEXED BY deliveries_in_order
            WHERE status = 'pending' AND ordered_payment = ?1 AND endpoint = ?2 AND sequence < ?3 LIMIT 1
            """)
        totals = try statements.prepare(
            """
            UPDATE delivery_totals SET accepted = accepted + ?1, delivered = delivered + ?2, exhausted = exhausted + ?3
            WHERE one = 1
            """)
    }

    func insert(_ delivery: Delivery, eventSeq: Int64) throws(SQLiteError) {
        try insertion.run(
            .text(delivery.id), .text(delivery.tenant), .integer(eventSeq), .text(delivery.endpoint),
            .text(delivery.status.rawValue), Value(delivery.lane.rawValue), Value(delivery.attemptCount),
            Value(delivery.roundBase), Value(delivery.nextAttemptAtMs), Value(delivery.behindDueMs),
            Value(delivery.orderedPayment), .integer(delivery.sequence), .integer(delivery.createdAtMs))
    }

    /// A row that an attempt has moved on.
    struct Moved {
        let seq: Int64
        let status: Delivery.Status
        let lane: Delivery.Lane
        let orderedPayment: String?
    }

    /// - Returns: nil if the delivery is not as the attempt found it.
    func move(_ delivery: Delivery, by attempt: Attempt) throws(SQLiteError) -> Moved? {
        try move.first(
            .text(delivery.id), .text(delivery.tenant), Value(attempt.number - 1), Value(attempt.number),
            .text(delivery.status.rawValue), Value(delivery.roundBase), Value(delivery.nextAttemptAtMs)
        ) { row in
            Moved(
                seq: try row.int64(0), status: try row.word(1), lane: try row.code(2),
                orderedPayment: try row.textOrNil(3))
        }
    }

    /// The first open delivery of a payment falls due, if it waits behind another.
    ///
    /// - Returns: its id and lane.
    func release(
        payment: String, endpoint: String, nowMs: Int64
    ) throws(SQLiteError) -> (id: String, lane: Delivery.Lane)? {
        try release.first(.text(payment), .text(endpoint), .integer(nowMs)) { (try $0.text(0), try $0.code(1)) }
    }

    /// Writes what a request to send it again changes.
    func update(_ row: DeliveryRow) throws(SQLiteError) {
        let delivery = row.delivery
        try change.run(
            .integer(row.seq), .text(delivery.status.rawValue), Value(delivery.lane.rawValue),
            Value(delivery.roundBase), Value(delivery.nextAttemptAtMs), Value(delivery.behindDueMs),
            Value(delivery.orderedPayment))
    }

    /// Whether an earlier delivery of its payment is open.
    func isBehind(_ delivery: Delivery) throws(SQLiteError) -> Bool {
        // A payment's events are counted from 1.
        guard let payment = delivery.orderedPayment, delivery.sequence > 1 else { return false }
        return try earlier.first(.text(payment), .text(delivery.endpoint), .integer(delivery.sequence)) { _ in true }
            ?? false
    }

    func add(_ more: DeliveryTotals) throws(SQLiteError) {
        try totals.run(Value(more.accepted), Value(more.delivered), Value(more.exhausted))
    }
}
