import Payments
import SQLite

struct AttemptReads {
    private let ofDelivery: Statement
    private let page: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        ofDelivery = try statements.prepare(
            "SELECT \(AttemptRow.columns) FROM attempts WHERE delivery = ?1 ORDER BY number DESC LIMIT ?2")
        page = try statements.prepare(
            """
            SELECT a.delivery, a.number, a.started_at_ms, d.status, d.created_at_ms
            FROM attempts a CROSS JOIN deliveries d ON d.seq = a.delivery
            WHERE (a.delivery, a.number) > (?1, ?2) ORDER BY a.delivery, a.number LIMIT ?3
            """)
    }

    /// The newest of one delivery, the first of them first.
    func attempts(of seq: Int64) throws(SQLiteError) -> [Attempt] {
        try ofDelivery.all(.integer(seq), .limit(Attempt.toldMax), read: AttemptRow.read).reversed()
    }

    /// Deliveries stand in the order of their making, and no attempt is older than its delivery: the first one that was
    /// made at or after `beforeMs` ends the look, unless it was made after `nowMs`, by a clock that ran ahead.
    func old(
        beforeMs: Int64, nowMs: Int64, after page: AttemptPage?, limit: Int
    ) throws(SQLiteError) -> AttemptPage {
        let place = page?.last ?? AttemptPage.Key(delivery: .min, number: 0)
        let rows = try self.page.all(
            .integer(place.delivery), Value(place.number), .limit(limit), read: AgeRow.read)
        var keys: [AttemptPage.Key] = []
        for row in rows where row.madeAtMs <= nowMs {
            guard row.madeAtMs < beforeMs else { return AttemptPage(keys: keys, last: nil) }
            if row.startedAtMs < beforeMs && row.status != .pending { keys.append(row.key) }
        }
        let isCut = rows.count >= min(max(limit, 1), Value.rowsMax)
        return AttemptPage(keys: keys, last: isCut ? rows.last?.key : nil)
    }

    private struct AgeRow {
        let key: AttemptPage.Key
        let startedAtMs: Int64
        let status: Delivery.Status
        let madeAtMs: Int64

        static func read(_ row: Statement) throws(SQLiteError) -> AgeRow {
            AgeRow(
                key: AttemptPage.Key(delivery: try row.int64(0), number: try row.int(1)),
                startedAtMs: try row.int64(2), status: try row.word(3), madeAtMs: try row.int64(4))
        }
    }
}

struct AttemptWrites {
    private let insertion: Statement
    private let removal: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        insertion = try statements.prepare(
            "INSERT INTO attempts (delivery, \(AttemptRow.columns)) VALUES (\(StatementSet.parameters(9)))")
        removal = try statements.prepare("DELETE FROM attempts WHERE delivery = ?1 AND number = ?2")
    }

    func insert(_ value: Attempt, deliverySeq: Int64) throws(SQLiteError) {
        try insertion.run(
            .integer(deliverySeq), Value(value.number), .integer(value.startedAtMs), .integer(value.durationMs),
            .text(value.outcome.rawValue), Value(value.statusCode.map(Int64.init)), Value(value.error),
            Value(value.address), .bytes(value.responseExcerpt))
    }

    func remove(_ key: AttemptPage.Key) throws(SQLiteError) {
        try removal.run(.integer(key.delivery), Value(key.number))
    }
}

private enum AttemptRow {
    static let columns = "number, started_at_ms, duration_ms, outcome, status_code, error, address, response_excerpt"

    static func read(_ row: Statement) throws(SQLiteError) -> Attempt {
        Attempt(
            number: try row.int(0), startedAtMs: try row.int64(1), durationMs: try row.int64(2),
            outcome: try row.word(3), statusCode: try row.int64OrNil(4).map { Int($0) }, error: try row.textOrNil(5),
            address: try row.textOrNil(6), responseExcerpt: try row.bytes(7))
    }
}
