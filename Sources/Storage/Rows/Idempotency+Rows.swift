import Payments
import SQLite

struct IdempotencyReads {
    private let byScope: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        byScope = try statements.prepare(
            """
            SELECT fingerprint, owner, answer_status, answer_location, answer_body, created_at_ms FROM idempotency_keys
            WHERE tenant = ?1 AND method = ?2 AND path = ?3 AND key = ?4
            """)
    }

    func record(_ scope: IdempotencyScope) throws(SQLiteError) -> IdempotencyRecord? {
        try byScope.first(.text(scope.tenant), .text(scope.method), .text(scope.path), .text(scope.key)) { row in
            let state: IdempotencyRecord.State
            if let owner = try row.textOrNil(1) {
                state = .running(owner: owner)
            } else {
                state = .answered(status: try row.int(2), location: try row.textOrNil(3), body: try row.bytes(4))
            }
            return IdempotencyRecord(
                scope: scope, fingerprint: try row.bytes(0), state: state, createdAtMs: try row.int64(5))
        }
    }
}

struct IdempotencyWrites {
    private let replacement: Statement
    private let removal: Statement
    private let pruning: Statement
    private let connection: Connection

    init(_ statements: StatementSet) throws(SQLiteError) {
        replacement = try statements.prepare(
            """
            INSERT INTO idempotency_keys (tenant, method, path, key, fingerprint, owner, answer_status, answer_location,
                answer_body, created_at_ms)
            VALUES (\(StatementSet.parameters(10)))
            ON CONFLICT (tenant, method, path, key) DO UPDATE SET fingerprint = excluded.fingerprint,
                owner = excluded.owner, answer_status = excluded.answer_status,
                answer_location = excluded.answer_location, answer_body = excluded.answer_body,
                created_at_ms = excluded.created_at_ms
            """)
        removal = try statements.prepare(
            "DELETE FROM idempotency_keys WHERE tenant = ?1 AND method = ?2 AND path = ?3 AND key = ?4")
        pruning = try statements.prepare(
            """
            DELETE FROM idempotency_keys WHERE seq IN
                (SELECT seq FROM idempotency_keys WHERE created_at_ms < ?1 ORDER BY created_at_ms LIMIT ?2)
            """)
        connection = statements.connection
    }

    func put(_ record: IdempotencyRecord) throws(SQLiteError) {
        let scope = record.scope
        let owner: Value
        let status: Value
        let location: Value
        let body: Value
        switch record.state {
        case .running(let name): (owner, status, location, body) = (.text(name), .null, .null, .null)
        case .answered(let code, let place, let bytes):
            (owner, status, location, body) = (.null, Value(code), Value(place), .bytes(bytes))
        }
        try replacement.run(
            .text(scope.tenant), .text(scope.method), .text(scope.path), .text(scope.key), .bytes(record.fingerprint),
            owner, status, location, body, .integer(record.createdAtMs))
    }

    func remove(_ scope: IdempotencyScope) throws(SQLiteError) {
        try removal.run(.text(scope.tenant), .text(scope.method), .text(scope.path), .text(scope.key))
    }

    func prune(beforeMs: Int64, limit: Int) throws(SQLiteError) -> Int {
        try pruning.run(.integer(beforeMs), .limit(limit))
        return connection.changes
    }
}
