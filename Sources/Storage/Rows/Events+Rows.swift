import Payments
import SQLite

struct EventReads {
    private let byID: Statement
    private let place: Statement
    private let bySeq: Statement
    private let nextType: Statement
    private let places: Statement
    private let listedByType: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        let select = "SELECT \(EventRow.columns) FROM events"
        byID = try statements.prepare("\(select) WHERE id = ?1 AND tenant = ?2")
        place = try statements.prepare("SELECT seq FROM events WHERE id = ?1 AND tenant = ?2")
        bySeq = try statements.prepare("\(select) WHERE seq = ?1")
        nextType = try statements.prepare(
            """
            SELECT type FROM events INDEXED BY events_by_type WHERE tenant = ?1 AND type > ?2 ORDER BY type LIMIT 1
            """)
        let page = "tenant = ?1 AND type = ?4 AND seq > ?2 ORDER BY seq LIMIT ?3"
        places = try statements.prepare("SELECT seq FROM events INDEXED BY events_by_type WHERE \(page)")
        listedByType = try statements.prepare("\(select) WHERE \(page)")
    }

    func event(id: String, tenant: String) throws(SQLiteError) -> Event? {
        try byID.first(.text(id), .text(tenant), read: EventRow.read)
    }

    /// Where an event stands in the order of commits.
    func seq(of id: String, tenant: String) throws(SQLiteError) -> Int64? {
        try place.first(.text(id), .text(tenant)) { try $0.int64(0) }
    }

    func events(tenant: String, after: String?, type: EventType?, limit: Int) throws(SQLiteError) -> [Event]? {
        var seq = Int64.min
        if let after {
            guard let found = try self.seq(of: after, tenant: tenant) else { return nil }
            seq = found
        }
        guard let type else { return try ofAllTypes(tenant, afterSeq: seq, limit: limit) }
        return try listedByType.all(
            .text(tenant), .integer(seq), .limit(limit), .text(type.rawValue), read: EventRow.read)
    }

    /// Each type's first ones, and the first of those. Costs one step of the index for every type that the tenant has.
    private func ofAllTypes(_ tenant: String, afterSeq seq: Int64, limit: Int) throws(SQLiteError) -> [Event] {
        var seqs: [Int64] = []
        var type = ""
        while let next = try nextType.first(.text(tenant), .text(type), read: { try $0.text(0) }) {
            type = next
            seqs += try places.all(.text(tenant), .integer(seq), .limit(limit), .text(type)) { try $0.int64(0) }
        }
        var found: [Event] = []
        for seq in seqs.sorted().prefix(min(max(limit, 0), Value.rowsMax)) {
            if let event = try bySeq.first(.integer(seq), read: EventRow.read) { found.append(event) }
        }
        return found
    }
}

struct EventWrites {
    private let insertion: Statement
    private let connection: Connection

    init(_ statements: StatementSet) throws(SQLiteError) {
        insertion = try statements.prepare(
            "INSERT INTO events (\(EventRow.columns)) VALUES (\(StatementSet.parameters(EventRow.columnCount)))")
        connection = statements.connection
    }

    /// - Returns: the event's place in the order of commits.
    func insert(_ event: Event) throws(SQLiteError) -> Int64 {
        try insertion.run(
            .text(event.id), .text(event.tenant), .text(event.type.rawValue), Value(event.payment),
            .integer(event.sequence), .integer(event.timestampMs), .bytes(event.body))
        return connection.lastInsertRowID
    }
}

enum EventRow {
    static let columns = "id, tenant, type, payment, sequence, timestamp_ms, body"
    static let columnCount = 7

    static func read(_ row: Statement) throws(SQLiteError) -> Event { try read(row, from: 0) }

    /// - Parameter column: where the event's columns begin.
    static func read(_ row: Statement, from column: Int) throws(SQLiteError) -> Event {
        Event(
            id: try row.text(column), tenant: try row.text(column + 1), type: try row.word(column + 2),
            payment: try row.textOrNil(column + 3), sequence: try row.int64(column + 4),
            timestampMs: try row.int64(column + 5), body: try row.bytes(column + 6))
    }
}
