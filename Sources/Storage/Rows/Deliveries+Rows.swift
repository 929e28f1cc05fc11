import Payments
import SQLite

struct DeliveryReads {
    /// How many deliveries of one event are read at a time.
    private static let eventPageRows = 100

    private let events: EventReads
    private let holds: EndpointStateReads
    private let attempts: AttemptReads
    private let byID: Statement
    private let bySeq: Statement
    private let place: Statement
    private let nextEndpoint: Statement
    private let listed: Statement
    private let listedByEvent: Statement
    private let newestID: Statement

    init(
        _ statements: StatementSet, events: EventReads, holds: EndpointStateReads, attempts: AttemptReads
    ) throws(SQLiteError) {
        self.events = events
        self.holds = holds
        self.attempts = attempts
        // CROSS JOIN keeps SQLite's planner to this order of the tables.
        let select = "SELECT \(DeliveryRow.columns) FROM deliveries d CROSS JOIN events e ON e.seq = d.event"
        byID = try statements.prepare("\(select) WHERE d.id = ?1 AND d.tenant = ?2")
        bySeq = try statements.prepare("\(select) WHERE d.seq = ?1")
        place = try statements.prepare("SELECT created_at_ms, seq FROM deliveries WHERE id = ?1 AND tenant = ?2")
        nextEndpoint = try statements.prepare(
            """
            SELECT endpoint FROM deliveries INDEXED BY deliveries_listed
            WHERE tenant = ?1 AND endpoint > ?2 ORDER BY endpoint LIMIT 1
            """)
        listed = try statements.prepare(
            """
            SELECT created_at_ms, seq FROM deliveries INDEXED BY deliveries_listed
            WHERE tenant = ?1 AND endpoint = ?2 AND status = ?3 AND (created_at_ms, seq) < (?4, ?5)
            ORDER BY created_at_ms DESC, seq DESC LIMIT ?6
            """)
        listedByEvent = try statements.prepare(
            "\(select) WHERE d.event = ?1 AND d.seq < ?2 ORDER BY d.seq DESC LIMIT ?3")
        newestID = try statements.prepare(
            "SELECT d.id FROM deliveries d WHERE d.event = ?1 AND +d.endpoint = ?2 ORDER BY d.seq DESC LIMIT 1")
    }

    /// As it stands in the table, where none is held.
    func row(id: String, tenant: String) throws(SQLiteError) -> DeliveryRow? {
        try byID.first(.text(id), .text(tenant), read: DeliveryRow.read)
    }

    func row(seq: Int64) throws(SQLiteError) -> DeliveryRow? {
        try bySeq.first(.integer(seq), read: DeliveryRow.read)
    }

    func delivery(
        id: String, tenant: String, nowMs: Int64
    ) throws(SQLiteError) -> (delivery: Delivery, attempts: [Attempt])? {
        guard let row = try row(id: id, tenant: tenant) else { return nil }
        return (try shown(row.delivery, nowMs: nowMs), try attempts.attempts(of: row.seq))
    }

    func newestID(event: String, endpoint: String, tenant: String) throws(SQLiteError) -> String? {
        guard let event = try events.seq(of: event, tenant: tenant) else { return nil }
        return try newestID.first(.integer(event), .text(endpoint)) { try $0.text(0) }
    }

    /// As a reader tells it: held while its endpoint is.
    func shown(_ delivery: Delivery, nowMs: Int64) throws(SQLiteError) -> Delivery {
        guard delivery.status == .pending, let hold = try holds.hold(delivery.endpointKey, nowMs: nowMs) else {
            return delivery
        }
        var delivery = delivery
        delivery.status = .held
        delivery.hold = hold
        return delivery
    }

    /// That one, or all that the tenant ever had deliveries for, in one step of the index each.
    func endpoints(_ one: String?, tenant: String) throws(SQLiteError) -> [String] {
        if let one { return [one] }
        var endpoints: [String] = []
        while let next = try nextEndpoint.first(.text(tenant), .text(endpoints.last ?? ""), read: { try $0.text(0) }) {
            endpoints.append(next)
        }
        return endpoints
    }

    func deliveries(_ query: DeliveryQuery) throws(SQLiteError) -> [(delivery: Delivery, attempts: [Attempt])] {
        var bound = ListBound.newest
        if let cursor = query.startingAfter {
            guard let found = try place.first(.text(cursor), .text(query.tenant), read: ListBound.read) else {
                return []
            }
            bound = found
        }
        var found: [(delivery: Delivery, attempts: [Attempt])] = []
        for row in try rows(query, before: bound) { found.append((row.delivery, try attempts.attempts(of: row.seq))) }
        return found
    }

    private func rows(_ query: DeliveryQuery, before bound: ListBound) throws(SQLiteError) -> [DeliveryRow] {
        guard let event = query.event else { return try ofEndpoints(query, before: bound) }
        return try ofEvent(event, query, beforeSeq: bound.seq)
    }

    /// An event has a handful of deliveries, so that its other filters need no index.
    private func ofEvent(
        _ event: String, _ query: DeliveryQuery, beforeSeq: Int64
    ) throws(SQLiteError) -> [DeliveryRow] {
        guard let event = try events.seq(of: event, tenant: query.tenant) else { return [] }
        let limit = min(query.limit, Value.rowsMax)
        var (found, before): ([DeliveryRow], Int64) = ([], beforeSeq)
        while found.count < limit {
            let rows = try listedByEvent.all(
                .integer(event), .integer(before), .limit(Self.eventPageRows), read: DeliveryRow.read)
            for var row in rows where query.endpoint == nil || row.delivery.endpoint == query.endpoint {
                row.delivery = try shown(row.delivery, nowMs: query.nowMs)
                if query.status == nil || row.delivery.status == query.status { found.append(row) }
            }
            guard rows.count == Self.eventPageRows, let last = rows.last else { break }
            before = last.seq
        }
        return Array(found.prefix(max(limit, 0)))
    }

    /// Each endpoint's newest of each status, and the newest of those.
    private func ofEndpoints(_ query: DeliveryQuery, before bound: ListBound) throws(SQLiteError) -> [DeliveryRow] {
        var places: [ListBound] = []
        for endpoint in try endpoints(query.endpoint, tenant: query.tenant) {
            let key = EndpointKey(tenant: query.tenant, endpoint: endpoint)
            let isHeld = try holds.hold(key, nowMs: query.nowMs) != nil
            for status in Self.stored(query.status, isHeld: isHeld) {
                places += try listed.all(
                    .text(query.tenant), .text(endpoint), .text(status.rawValue), .integer(bound.atMs),
                    .integer(bound.seq), .limit(query.limit), read: ListBound.read)
            }
        }
        var found: [DeliveryRow] = []
        for place in places.sorted(by: >).prefix(max(query.limit, 0)) {
            guard var row = try row(seq: place.seq) else { continue }
            row.delivery = try shown(row.delivery, nowMs: query.nowMs)
            found.append(row)
        }
        return found
    }

    /// What stands in the rows of an endpoint that a filter asks for.
    private static func stored(_ filter: Delivery.Status?, isHeld: Bool) -> [Delivery.Status] {
        switch filter {
        case nil: [.pending, .delivered, .exhausted]
        case .pending: isHeld ? [] : [.pending]
        case .held: isHeld ? [.pending] : []
        case .delivered: [.delivered]
        case .exhausted: [.exhausted]
        }
    }
}

/// A delivery and its row's number.
struct DeliveryRow {
    let seq: Int64
    var delivery: Delivery

    static let columns = """
        d.seq, d.id, d.tenant, e.id, e.type, d.endpoint, d.status, d.lane, d.attempt_count, d.round_base, \
        d.next_attempt_at_ms, d.behind_due_ms, d.ordered_payment, e.sequence, d.created_at_ms
        """
    static let columnCount = 15
    static let eventColumns = "e.id, e.tenant, e.type, e.payment, e.sequence, e.timestamp_ms, e.body"

    static func read(_ row: Statement) throws(SQLiteError) -> DeliveryRow {
        let delivery = Delivery(
            id: try row.text(1), tenant: try row.text(2), event: try row.text(3), eventType: try row.word(4),
            endpoint: try row.text(5), status: try row.word(6), lane: try row.code(7), attemptCount: try row.int(8),
            roundBase: try row.int(9), nextAttemptAtMs: try row.int64OrNil(10), behindDueMs: try row.int64OrNil(11),
            orderedPayment: try row.textOrNil(12), sequence: try row.int64(13), createdAtMs: try row.int64(14))
        return DeliveryRow(seq: try row.int64(0), delivery: delivery)
    }

    /// With the event's columns behind its own.
    static func readDue(_ row: Statement) throws(SQLiteError) -> DueDelivery {
        DueDelivery(delivery: try read(row).delivery, event: try EventRow.read(row, from: columnCount))
    }
}
