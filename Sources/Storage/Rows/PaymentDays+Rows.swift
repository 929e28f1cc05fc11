import Payments
import SQLite

struct PaymentDayReads {
    private let kept: Statement
    private let made: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        kept = try statements.prepare("SELECT count FROM payment_days WHERE tenant = ?1 AND day = ?2")
        made = try statements.prepare(
            "SELECT count(*) FROM payments WHERE tenant = ?1 AND created_at_ms >= ?2 AND created_at_ms < ?3")
    }

    /// As it was counted, or as many as there are where nobody counted yet.
    func count(tenant: String, _ day: BeijingDay) throws(SQLiteError) -> Int {
        let counted = try kept.first(.text(tenant), .integer(day.number)) { row in try row.int(0) }
        if let counted { return counted }
        return try made.first(.text(tenant), .integer(day.startMs), .integer(day.endMs)) { row in try row.int(0) } ?? 0
    }
}

struct PaymentDayWrites {
    private let addition: Statement
    private let beginning: Statement
    private let pruning: Statement
    private let connection: Connection

    init(_ statements: StatementSet) throws(SQLiteError) {
        addition = try statements.prepare("UPDATE payment_days SET count = count + 1 WHERE tenant = ?1 AND day = ?2")
        beginning = try statements.prepare(
            """
            INSERT INTO payment_days (tenant, day, count) VALUES (?1, ?2,
                (SELECT count(*) FROM payments WHERE tenant = ?1 AND created_at_ms >= ?3 AND created_at_ms < ?4))
            """)
        pruning = try statements.prepare("DELETE FROM payment_days WHERE day < ?1")
        connection = statements.connection
    }

    /// One more that stands in `payments` already.
    func add(tenant: String, _ day: BeijingDay) throws(SQLiteError) {
        try addition.run(.text(tenant), .integer(day.number))
        guard connection.changes == 0 else { return }
        try beginning.run(.text(tenant), .integer(day.number), .integer(day.startMs), .integer(day.endMs))
    }

    func prune(before day: BeijingDay) throws(SQLiteError) { try pruning.run(.integer(day.number)) }
}
