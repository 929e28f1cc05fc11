import Payments
import SQLite

struct TenantChangeReads {
    private let listed: Statement
    private let listedOfAll: Statement
    private let nextTenant: Statement
    private let latest: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        let select = "SELECT seq, \(TenantChangeRow.columns) FROM tenant_changes"
        listed = try statements.prepare("\(select) WHERE tenant = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3")
        listedOfAll = try statements.prepare("\(select) WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2")
        nextTenant = try statements.prepare(
            "SELECT tenant FROM tenant_changes WHERE tenant > ?1 ORDER BY tenant LIMIT 1")
        latest = try statements.prepare("\(select) WHERE tenant = ?1 ORDER BY seq DESC LIMIT 1")
    }

    func changes(_ query: TenantChangeQuery) throws(SQLiteError) -> [NumberedTenantChange] {
        let before = Value.integer(query.before ?? .max)
        guard let tenant = query.tenant else {
            return try listedOfAll.all(before, .limit(query.limit), read: TenantChangeRow.read)
        }
        return try listed.all(.text(tenant), before, .limit(query.limit), read: TenantChangeRow.read)
    }

    /// Costs two steps of an index for every tenant that ever was.
    func latestOfEach() throws(SQLiteError) -> [TenantChange] {
        var found: [TenantChange] = []
        var tenant = ""
        while let next = try nextTenant.first(.text(tenant), read: { try $0.text(0) }) {
            tenant = next
            if let row = try latest.first(.text(tenant), read: TenantChangeRow.read) { found.append(row.change) }
        }
        return found
    }
}

struct TenantChangeWrites {
    private let insertion: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        insertion = try statements.prepare(
            "INSERT INTO tenant_changes (\(TenantChangeRow.columns)) VALUES (\(StatementSet.parameters(6)))")
    }

    func insert(_ change: TenantChange) throws(SQLiteError) {
        try insertion.run(
            .text(change.tenant), .text(change.kind.rawValue), .text(change.fileDigest),
            TextsColumn.value(change.fields), .integer(change.atMs), .text(change.partner))
    }
}

private enum TenantChangeRow {
    static let columns = "tenant, kind, file_digest, fields, at_ms, partner"

    static func read(_ row: Statement) throws(SQLiteError) -> NumberedTenantChange {
        let change = TenantChange(
            tenant: try row.text(1), kind: try row.word(2), fileDigest: try row.text(3),
            fields: try TextsColumn.read(row, 4) ?? [], atMs: try row.int64(5),
            partner: try row.text(6))
        return NumberedTenantChange(number: try row.int64(0), change: change)
    }
}

/// What a tenant has open, counted from indexes of what is open alone. Money may lie with Alipay that nobody can ask about.
struct OpenWorkReads {
    private let asked: Statement
    private let unasked: Statement
    private let refunds: Statement
    private let deliveries: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        let count = "SELECT count(*) FROM"
        asked = try statements.prepare("\(count) payments WHERE tenant = ?1 AND check_at_ms IS NOT NULL")
        unasked = try statements.prepare(
            "\(count) payments WHERE tenant = ?1 AND status IN ('processing', 'held', 'shipped') AND check_at_ms IS NULL"
        )
        refunds = try statements.prepare("\(count) refunds WHERE tenant = ?1 AND check_at_ms IS NOT NULL")
        deliveries = try statements.prepare("\(count) deliveries WHERE tenant = ?1 AND status = 'pending'")
    }

    func openWork(tenant: String) throws(SQLiteError) -> OpenWork {
        OpenWork(
            payments: try OpenWorkReads.count(asked, tenant) + OpenWorkReads.count(unasked, tenant),
            refunds: try OpenWorkReads.count(refunds, tenant),
            deliveries: try OpenWorkReads.count(deliveries, tenant))
    }

    private static func count(_ statement: Statement, _ tenant: String) throws(SQLiteError) -> Int {
        try statement.first(.text(tenant)) { try $0.int(0) } ?? 0
    }
}
