import Payments
import SQLite

struct EndpointStateReads {
    /// How many states one step reads.
    private static let pageRows = 1000

    private let page: Statement
    private let hold: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        page = try statements.prepare(
            """
            SELECT \(EndpointStateRow.columns) FROM endpoint_states
            WHERE (tenant, endpoint) > (?1, ?2) ORDER BY tenant, endpoint LIMIT ?3
            """)
        hold = try statements.prepare(
            "SELECT \(EndpointStateRow.holdColumns) FROM endpoint_states WHERE tenant = ?1 AND endpoint = ?2")
    }

    /// All of them, in the order of their keys.
    func states() throws(SQLiteError) -> [EndpointState] {
        var states: [EndpointState] = []
        var last = EndpointKey(tenant: "", endpoint: "")
        while true {
            let rows = try page.all(
                .text(last.tenant), .text(last.endpoint), .limit(Self.pageRows), read: EndpointStateRow.read)
            states += rows
            guard rows.count == Self.pageRows, let key = rows.last?.key else { return states }
            last = key
        }
    }

    /// What holds the endpoint then; nil if nothing does.
    func hold(_ key: EndpointKey, nowMs: Int64) throws(SQLiteError) -> EndpointHold? {
        let hold = try hold.first(.text(key.tenant), .text(key.endpoint)) { try EndpointStateRow.hold($0, from: 0) }
        guard let hold = hold.flatMap({ $0 }), hold.isInForce(atMs: nowMs) else { return nil }
        return hold
    }
}

struct EndpointStateWrites {
    private let replacement: Statement
    private let connection: Connection

    init(_ statements: StatementSet) throws(SQLiteError) {
        replacement = try statements.prepare(
            """
            INSERT INTO endpoint_states (\(EndpointStateRow.columns))
            VALUES (\(StatementSet.parameters(EndpointStateRow.columnCount)))
            ON CONFLICT (tenant, endpoint) DO UPDATE SET hold_reason = excluded.hold_reason,
                hold_since_ms = excluded.hold_since_ms, hold_until_ms = excluded.hold_until_ms,
                hold_detail = excluded.hold_detail, failing_since_ms = excluded.failing_since_ms,
                failure_count = excluded.failure_count, failed_events = excluded.failed_events,
                open_count = excluded.open_count, url_digest = excluded.url_digest, revision = excluded.revision
            WHERE endpoint_states.revision < excluded.revision
            """)
        connection = statements.connection
    }

    /// - Returns: false if the one that is there is as new.
    func put(_ state: EndpointState) throws(SQLiteError) -> Bool {
        let hold = state.hold
        try replacement.run(
            .text(state.key.tenant), .text(state.key.endpoint), Value(hold?.reason.rawValue), Value(hold?.sinceMs),
            Value(hold?.untilMs), Value(hold?.detail), Value(state.failingSinceMs), Value(state.failureCount),
            TextsColumn.value(state.failedEvents), Value(state.openCount), .text(state.urlDigest),
            .integer(state.revision))
        return connection.changes == 1
    }
}

private enum EndpointStateRow {
    static let holdColumns = "hold_reason, hold_since_ms, hold_until_ms, hold_detail"
    static let columns = """
        tenant, endpoint, \(holdColumns), failing_since_ms, failure_count, failed_events, open_count, url_digest, revision
        """
    static let columnCount = 12

    static func read(_ row: Statement) throws(SQLiteError) -> EndpointState {
        EndpointState(
            key: EndpointKey(tenant: try row.text(0), endpoint: try row.text(1)), hold: try hold(row, from: 2),
            failingSinceMs: try row.int64OrNil(6), failureCount: try row.int(7),
            failedEvents: try TextsColumn.read(row, 8) ?? [], openCount: try row.int(9),
            urlDigest: try row.text(10), revision: try row.int64(11))
    }

    static func hold(_ row: Statement, from column: Int) throws(SQLiteError) -> EndpointHold? {
        guard !row.isNull(column) else { return nil }
        return EndpointHold(
            reason: try row.word(column), sinceMs: try row.int64(column + 1), untilMs: try row.int64OrNil(column + 2),
            detail: try row.text(column + 3))
    }
}
