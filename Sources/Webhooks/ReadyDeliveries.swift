import Payments

/// Deliveries that were read and not yet sent: a line for each endpoint, and endpoints take turns.
struct ReadyDeliveries: Sendable {
    /// Each line back to front.
    private var lines: [EndpointKey: [DueDelivery]] = [:]
    /// Endpoints that have a line and, so far as is known, room; the first is the last of `front`, then those of `back`.
    private var front: [EndpointKey] = []
    private var back: [EndpointKey] = []
    private var inTurn: Set<EndpointKey> = []

    init() {}

    /// - Parameter rows: the longest due first, of each endpoint and among endpoints.
    init(_ rows: [DueDelivery]) {
        for row in rows.reversed() { lines[row.endpointKey, default: []].append(row) }
        for row in rows { offer(row.endpointKey) }
    }

    var isEmpty: Bool { lines.isEmpty }
    var hasTurn: Bool { !inTurn.isEmpty }

    /// The next delivery of the next endpoint that `hasRoom`; endpoints without room leave the round until they are offered.
    mutating func next(hasRoom: (EndpointKey) -> Bool) -> DueDelivery? {
        while let key = nextTurn() {
            guard hasRoom(key), let row = lines[key]?.popLast() else { continue }
            if lines[key]?.isEmpty == true { lines[key] = nil }
            offer(key)
            return row
        }
        return nil
    }

    /// Lets an endpoint into the round, if it has deliveries and is not in it.
    mutating func offer(_ key: EndpointKey) {
        guard lines[key] != nil, inTurn.insert(key).inserted else { return }
        back.append(key)
    }

    mutating func drop(_ key: EndpointKey) { lines[key] = nil }

    mutating func drop(id: String, of key: EndpointKey) {
        lines[key]?.removeAll { $0.delivery.id == id }
        if lines[key]?.isEmpty == true { lines[key] = nil }
    }

    private mutating func nextTurn() -> EndpointKey? {
        if front.isEmpty {
            front = back.reversed()
            back = []
        }
        guard let key = front.popLast() else { return nil }
        inTurn.remove(key)
        return key
    }
}

extension DueDelivery {
    var endpointKey: EndpointKey { EndpointKey(tenant: delivery.tenant, endpoint: delivery.endpoint) }
}
