import Payments
import SQLite

struct KeyUseReads {
    private let page: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        page = try statements.prepare(
            """
            SELECT tenant, kind, fingerprint, count, last_used_at_ms FROM key_uses
            WHERE (tenant, kind, fingerprint) > (?1, ?2, ?3) ORDER BY tenant, kind, fingerprint LIMIT ?4
            """)
    }

    func rows(after key: KeyName?, limit: Int) throws(SQLiteError) -> [KeyUseRecord] {
        let (tenant, kind, fingerprint) = (key?.tenant ?? "", key?.kind.rawValue ?? "", key?.fingerprint ?? "")
        return try page.all(.text(tenant), .text(kind), .text(fingerprint), .limit(limit)) { row in
            let key = KeyName(tenant: try row.text(0), kind: try row.word(1), fingerprint: try row.text(2))
            return KeyUseRecord(key: key, count: try row.int(3), lastUsedAtMs: try row.int64(4))
        }
    }
}

struct KeyUseWrites {
    private let addition: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        addition = try statements.prepare(
            """
            INSERT INTO key_uses (tenant, kind, fingerprint, count, last_used_at_ms)
            VALUES (\(StatementSet.parameters(5)))
            ON CONFLICT (tenant, kind, fingerprint) DO UPDATE SET count = count + excluded.count,
                last_used_at_ms = max(last_used_at_ms, excluded.last_used_at_ms)
            """)
    }

    func add(_ uses: KeyUseRecord) throws(SQLiteError) {
        try addition.run(
            .text(uses.key.tenant), .text(uses.key.kind.rawValue), .text(uses.key.fingerprint), Value(uses.count),
            .integer(uses.lastUsedAtMs))
    }
}
