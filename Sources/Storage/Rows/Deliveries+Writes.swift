import Payments
import SQLite

struct DeliveryWrites {
    private let insertion: Statement
    private let found: Statement
    private let move: Statement
    private let first: Statement
    private let release: Statement
    private let change: Statement
    private let earlier: Statement
    private let totals: Statement
    private let far: Statement
    private let bringForward: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        insertion = try statements.prepare(
            """
            INSERT INTO deliveries (id, tenant, event, endpoint, status, lane, attempt_count, round_base,
                next_attempt_at_ms, behind_due_ms, ordered_payment, sequence, created_at_ms)
            VALUES (\(StatementSet.parameters(13)))
            """)
        found = try statements.prepare(
            """
            SELECT seq, lane, round_base, next_attempt_at_ms, ordered_payment FROM deliveries
            WHERE id = ?1 AND tenant = ?2 AND +status = 'pending' AND +attempt_count = ?3
            """)
        move = try statements.prepare(
            """
            UPDATE deliveries SET status = ?2, lane = ?3, attempt_count = ?4, next_attempt_at_ms = ?5,
                behind_due_ms = NULL WHERE seq = ?1
            """)
        first = try statements.prepare(
            """
            SELECT seq, id, lane, behind_due_ms FROM deliveries INDEXED BY deliveries_in_order
            WHERE status = 'pending' AND ordered_payment = ?1 AND endpoint = ?2 ORDER BY sequence LIMIT 1
            """)
        release = try statements.prepare(
            "UPDATE deliveries SET next_attempt_at_ms = ?2, behind_due_ms = NULL WHERE seq = ?1")
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
        far = try statements.prepare(
            """
            SELECT seq, id, behind_due_ms FROM deliveries INDEXED BY deliveries_in_line
            WHERE status = 'pending' AND tenant = ?1 AND endpoint = ?2 AND lane = ?3 AND next_attempt_at_ms > ?4 LIMIT ?5
            """)
        bringForward = try statements.prepare(
            "UPDATE deliveries SET next_attempt_at_ms = ?2, behind_due_ms = ?3 WHERE seq = ?1")
    }

    func insert(_ delivery: Delivery, eventSeq: Int64) throws(SQLiteError) {
        try insertion.run(
            .text(delivery.id), .text(delivery.tenant), .integer(eventSeq), .text(delivery.endpoint),
            .text(delivery.status.rawValue), Value(delivery.lane.rawValue), Value(delivery.attemptCount),
            Value(delivery.roundBase), Value(delivery.nextAttemptAtMs), Value(delivery.behindDueMs),
            Value(delivery.orderedPayment), .integer(delivery.sequence), .integer(delivery.createdAtMs))
    }

    /// A row as an attempt found it, or as it left it.
    struct Tried {
        let seq: Int64
        var status = Delivery.Status.pending
        var lane: Delivery.Lane
        let roundBase: Int
        var nextAttemptAtMs: Int64?
        let orderedPayment: String?
    }

    /// - Returns: the row, as it is now; nil if the delivery is not as the attempt found it.
    func move(_ delivery: Delivery, by attempt: Attempt) throws(SQLiteError) -> Tried? {
        let row = try found.first(.text(delivery.id), .text(delivery.tenant), Value(attempt.number - 1)) { row in
            Tried(
                seq: try row.int64(0), lane: try row.code(1), roundBase: try row.int(2),
                nextAttemptAtMs: try row.int64OrNil(3), orderedPayment: try row.textOrNil(4))
        }
        guard var row else { return nil }
        // A failure of an earlier round does not end the round that somebody asked for meanwhile.
        if delivery.status == .delivered || row.roundBase == delivery.roundBase {
            row.status = delivery.status
            row.nextAttemptAtMs = delivery.nextAttemptAtMs
        }
        if row.status == .pending && row.lane == .live { row.lane = .retry }
        try move.run(
            .integer(row.seq), .text(row.status.rawValue), Value(row.lane.rawValue), Value(attempt.number),
            Value(row.nextAttemptAtMs))
        return row
    }

    /// The first open delivery of a payment falls due, if it waits behind another.
    ///
    /// - Returns: its id and lane.
    func release(
        payment: String, endpoint: String, nowMs: Int64
    ) throws(SQLiteError) -> (id: String, lane: Delivery.Lane)? {
        let next = try first.first(.text(payment), .text(endpoint)) { row in
            (
                seq: try row.int64(0), id: try row.text(1), lane: try row.code(2, Delivery.Lane.self),
                dueMs: try row.int64OrNil(3)
            )
        }
        guard let next, let dueMs = next.dueMs else { return nil }
        try release.run(.integer(next.seq), .integer(max(dueMs, nowMs)))
        return (next.id, next.lane)
    }

    /// Makes due now what is due later than `afterMs`.
    ///
    /// - Returns: the ids.
    func bringForward(
        _ line: DeliveryLine, afterMs: Int64, nowMs: Int64, limit: Int
    ) throws(SQLiteError) -> [String] {
        let found = try far.all(
            .text(line.endpoint.tenant), .text(line.endpoint.endpoint), Value(line.lane.rawValue), .integer(afterMs),
            .limit(limit)
        ) { row in
            (seq: try row.int64(0), id: try row.text(1), isBehind: try row.int64OrNil(2) != nil)
        }
        for row in found {
            try bringForward.run(
                .integer(row.seq), .integer(row.isBehind ? nowMs + Delivery.orderWaitMs : nowMs),
                row.isBehind ? .integer(nowMs) : .null)
        }
        return found.map(\.id)
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
