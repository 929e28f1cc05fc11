import Payments
import SQLite

/// What Alipay is to be asked about, of both tables.
///
/// Each tenant's checks stand together in an index, the longest due first. A call steps from tenant to tenant and looks
/// at the first check of each, and so costs one step for every tenant that has checks, whatever their number: those of a
/// tenant that is passed over are never walked.
struct CheckReads {
    private let tables: [CheckTable]

    init(_ statements: StatementSet) throws(SQLiteError) {
        tables = [
            try CheckTable(statements, "payments") { .payment($0) },
            try CheckTable(statements, "refunds") { .refund($0) },
        ]
    }

    /// The longest due first.
    ///
    /// At most `limit` of the tenants' queues are read, `limit` checks each and none that is due later than what has been
    /// found: behind a queue's first check there is none that is due earlier.
    func due(
        nowMs: Int64, passingOver tenants: Set<String>, limit: Int
    ) throws(SQLiteError) -> [DueCheck] {
        let limit = min(max(limit, 0), Value.rowsMax)
        guard limit > 0 else { return [] }
        var queues: [(table: CheckTable, tenant: String, firstMs: Int64)] = []
        for table in tables {
            try table.eachTenant { tenant, firstMs in
                if firstMs <= nowMs && !tenants.contains(tenant) { queues.append((table, tenant, firstMs)) }
            }
        }
        var found: [DueCheck] = []
        for queue in queues.sorted(by: { $0.firstMs < $1.firstMs }) {
            let latestMs = found.count < limit ? nowMs : found[limit - 1].dueAtMs
            if found.count == limit && queue.firstMs >= latestMs { break }
            found += try queue.table.due(tenant: queue.tenant, atMs: latestMs, limit: limit)
            found = Array(found.sorted { $0.dueAtMs < $1.dueAtMs }.prefix(limit))
        }
        return found
    }

    /// The first of them after `nowMs`.
    func nextMs(afterMs nowMs: Int64) throws(SQLiteError) -> Int64? {
        var next: Int64?
        for table in tables {
            try table.eachTenant { tenant, firstMs throws(SQLiteError) in
                let ms = firstMs > nowMs ? firstMs : try table.nextMs(tenant: tenant, afterMs: nowMs)
                if let ms { next = min(next ?? ms, ms) }
            }
        }
        return next
    }
}

/// The checks of one table.
private struct CheckTable {
    private let firstOfNextTenant: Statement
    private let due: Statement
    private let next: Statement
    private let subject: (String) -> DueCheck.Subject

    /// - Parameters:
    ///   - table: has an index `<table>_to_check`.
    ///   - subject: takes a row's id.
    init(
        _ statements: StatementSet, _ table: String, subject: @escaping (String) -> DueCheck.Subject
    ) throws(SQLiteError) {
        let from = "FROM \(table) INDEXED BY \(table)_to_check WHERE check_at_ms IS NOT NULL"
        firstOfNextTenant = try statements.prepare(
            "SELECT tenant, check_at_ms \(from) AND tenant > ?1 ORDER BY tenant, check_at_ms LIMIT 1")
        due = try statements.prepare(
            "SELECT id, check_at_ms \(from) AND tenant = ?1 AND check_at_ms <= ?2 ORDER BY check_at_ms LIMIT ?3")
        next = try statements.prepare("SELECT min(check_at_ms) \(from) AND tenant = ?1 AND check_at_ms > ?2")
        self.subject = subject
    }

    /// Calls `body` for every tenant that has checks, with the time of its first.
    func eachTenant(
        _ body: (_ tenant: String, _ firstMs: Int64) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        var last = ""
        while let first = try firstOfNextTenant.first(.text(last), read: { (try $0.text(0), try $0.int64(1)) }) {
            try body(first.0, first.1)
            last = first.0
        }
    }

    func due(tenant: String, atMs nowMs: Int64, limit: Int) throws(SQLiteError) -> [DueCheck] {
        try due.all(.text(tenant), .integer(nowMs), .limit(limit)) { row in
            DueCheck(subject: subject(try row.text(0)), tenant: tenant, dueAtMs: try row.int64(1))
        }
    }

    func nextMs(tenant: String, afterMs nowMs: Int64) throws(SQLiteError) -> Int64? {
        try next.first(.text(tenant), .integer(nowMs)) { try $0.int64OrNil(0) }.flatMap { $0 }
    }
}
