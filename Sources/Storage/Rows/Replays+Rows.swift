import Payments
import SQLite

struct ReplayReads {
    private let listed: Statement
    private let counted: Statement
    private let countedByType: Statement
    private let deliveries: DeliveryReads
    private let holds: EndpointStateReads

    init(_ statements: StatementSet, deliveries: DeliveryReads, holds: EndpointStateReads) throws(SQLiteError) {
        self.deliveries = deliveries
        self.holds = holds
        listed = try statements.prepare(
            "SELECT \(ReplayRow.columns) FROM replays WHERE seq > ?1 ORDER BY seq LIMIT ?2")
        let range = """
            d.tenant = ?1 AND d.endpoint = ?2 AND d.status = ?3 AND d.created_at_ms >= ?4 AND d.created_at_ms < ?5
            """
        counted = try statements.prepare(
            "SELECT 1 FROM deliveries d INDEXED BY deliveries_listed WHERE \(range) LIMIT ?6")
        // Each row is looked up among the events: it is the looks that are limited.
        countedByType = try statements.prepare(
            """
            SELECT (SELECT instr(?7, '"' || e.type || '"') > 0 FROM events e WHERE e.seq = d.event)
            FROM deliveries d INDEXED BY deliveries_listed WHERE \(range) LIMIT ?6
            """)
    }

    func open() throws(SQLiteError) -> [Replay] {
        try listed.all(.integer(.min), .limit(Value.rowsMax)) { try ReplayRow.read($0).replay }
    }

    /// `limit` once so many were looked at, whatever their types.
    func count(_ filter: ReplayFilter, nowMs: Int64, limit: Int) throws(SQLiteError) -> Int {
        var count = 0
        var looks = 0
        for range in try ranges(filter, held: try heldEndpoints(filter, nowMs: nowMs)) {
            let found = try self.count(range, filter, limit: limit - looks)
            looks += found.looks
            count += found.matches
            if looks >= limit { return limit }
        }
        return count
    }

    private func count(
        _ range: Range, _ filter: ReplayFilter, limit: Int
    ) throws(SQLiteError) -> (looks: Int, matches: Int) {
        let (tenant, endpoint) = (Value.text(filter.tenant), Value.text(range.endpoint))
        let status = Value.text(range.status.rawValue)
        let (since, until) = (Value.integer(filter.sinceMs), Value.integer(filter.untilMs))
        guard let types = filter.types else {
            let count = try counted.all(tenant, endpoint, status, since, until, Value(limit)) { _ in }.count
            return (count, count)
        }
        let words = TextsColumn.value(types.map(\.rawValue))
        let looks = try countedByType.all(tenant, endpoint, status, since, until, Value(limit), words) { try $0.int(0) }
        return (looks.count, looks.count { $0 == 1 })
    }

    /// Deliveries of one endpoint in one status, as it stands in their rows.
    struct Range {
        let endpoint: String
        let status: Delivery.Status
    }

    /// The endpoints whose held deliveries a replay takes that is asked for then.
    func heldEndpoints(_ filter: ReplayFilter, nowMs: Int64) throws(SQLiteError) -> [String] {
        guard filter.statuses.contains(.held) else { return [] }
        var held: [String] = []
        for endpoint in try deliveries.endpoints(filter.endpoint, tenant: filter.tenant)
        where try holds.hold(EndpointKey(tenant: filter.tenant, endpoint: endpoint), nowMs: nowMs) != nil {
            held.append(endpoint)
        }
        return held
    }

    /// Where the deliveries of a replay stand.
    func ranges(_ filter: ReplayFilter, held: [String]) throws(SQLiteError) -> [Range] {
        let ended =
            filter.statuses.contains(.exhausted)
            ? try deliveries.endpoints(filter.endpoint, tenant: filter.tenant) : []
        return ended.map { Range(endpoint: $0, status: .exhausted) }
            + held.map { Range(endpoint: $0, status: .pending) }
    }
}

struct ReplayWrites {
    private let insertion: Statement
    private let byID: Statement
    private let page: Statement
    private let progress: Statement
    private let removal: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        insertion = try statements.prepare(
            """
            INSERT INTO replays (id, tenant, endpoint, since_ms, until_ms, statuses, types, matched, done, created_at_ms,
                cursor_at_ms, cursor_delivery, held_endpoints, last_delivery)
            VALUES (\(StatementSet.parameters(13)), (SELECT coalesce(max(seq), 0) FROM deliveries))
            """)
        byID = try statements.prepare("SELECT \(ReplayRow.columns) FROM replays WHERE id = ?1")
        page = try statements.prepare(
            """
            SELECT created_at_ms, seq FROM deliveries INDEXED BY deliveries_listed
            WHERE tenant = ?1 AND endpoint = ?2 AND status = ?3 AND (created_at_ms, seq) > (?4, ?5)
                AND created_at_ms < ?6
            ORDER BY created_at_ms, seq LIMIT ?7
            """)
        progress = try statements.prepare(
            "UPDATE replays SET done = ?2, cursor_at_ms = ?3, cursor_delivery = ?4 WHERE seq = ?1")
        removal = try statements.prepare("DELETE FROM replays WHERE seq = ?1")
    }

    /// - Parameter held: the endpoints whose pending deliveries it takes.
    func insert(_ replay: Replay, held: [String]) throws(SQLiteError) {
        let filter = replay.filter
        try insertion.run(
            .text(replay.id), .text(filter.tenant), Value(filter.endpoint), .integer(filter.sinceMs),
            .integer(filter.untilMs), TextsColumn.value(filter.statuses.map(\.rawValue).sorted()),
            filter.types.map { TextsColumn.value($0.map(\.rawValue).sorted()) } ?? .null, Value(replay.matched),
            Value(replay.done), .integer(replay.createdAtMs), .integer(filter.sinceMs), .integer(.min),
            TextsColumn.value(held))
    }

    func row(id: String) throws(SQLiteError) -> ReplayRow? {
        try byID.first(.text(id), read: ReplayRow.read)
    }

    /// The next `count` deliveries that the replay looks at, in the order of their making; fewer only at its end.
    func next(_ row: ReplayRow, in ranges: [ReplayReads.Range], count: Int) throws(SQLiteError) -> [ListBound] {
        var places: [ListBound] = []
        for range in ranges {
            places += try page.all(
                .text(row.replay.filter.tenant), .text(range.endpoint), .text(range.status.rawValue),
                .integer(row.cursor.atMs), .integer(row.cursor.seq), .integer(row.replay.filter.untilMs),
                .limit(count), read: ListBound.read)
        }
        return Array(places.sorted().prefix(count))
    }

    func keep(_ row: ReplayRow) throws(SQLiteError) {
        try progress.run(
            .integer(row.seq), Value(row.replay.done), .integer(row.cursor.atMs), .integer(row.cursor.seq))
    }

    func remove(_ row: ReplayRow) throws(SQLiteError) { try removal.run(.integer(row.seq)) }
}

/// A replay and how far it is.
struct ReplayRow {
    let seq: Int64
    var replay: Replay
    /// The last delivery that it looked at.
    var cursor: ListBound
    /// It takes none that came after this one.
    let lastDelivery: Int64
    /// Endpoints whose pending deliveries it takes: they were held when it was asked for.
    let heldEndpoints: [String]

    static let columns = """
        seq, id, tenant, endpoint, since_ms, until_ms, statuses, types, matched, done, created_at_ms, cursor_at_ms, \
        cursor_delivery, last_delivery, held_endpoints
        """

    static func read(_ row: Statement) throws(SQLiteError) -> ReplayRow {
        let filter = ReplayFilter(
            tenant: try row.text(2), endpoint: try row.textOrNil(3), sinceMs: try row.int64(4),
            untilMs: try row.int64(5), statuses: try TextsColumn.words(row, 6) ?? [],
            types: try TextsColumn.words(row, 7))
        let replay = Replay(
            id: try row.text(1), filter: filter, matched: try row.int(8), done: try row.int(9),
            createdAtMs: try row.int64(10))
        return ReplayRow(
            seq: try row.int64(0), replay: replay,
            cursor: ListBound(atMs: try row.int64(11), seq: try row.int64(12)), lastDelivery: try row.int64(13),
            heldEndpoints: try TextsColumn.read(row, 14) ?? [])
    }
}
