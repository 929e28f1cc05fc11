import Payments

/// The deliveries that a request is out for, and those that are left alone after one; both hold a slot.
struct Flights: Sendable {
    struct Flight: Sendable {
        let endpoint: EndpointKey
        /// Whether somebody waits for the answer; such a flight has slots of its own.
        let isDirect: Bool
        /// Nil while the request is out.
        var pausedUntilMs: Int64?
    }

    private var flights: [String: Flight] = [:]
    private var claimed: [EndpointKey: Int] = [:]
    private var direct: [EndpointKey: Int] = [:]
    private(set) var claimedCount = 0
    private(set) var directCount = 0
    /// How many requests are out.
    private(set) var sendingCount = 0

    var count: Int { flights.count }

    func contains(_ id: String) -> Bool { flights[id] != nil }
    func claimedCount(_ key: EndpointKey) -> Int { claimed[key, default: 0] }
    func directCount(_ key: EndpointKey) -> Int { direct[key, default: 0] }

    mutating func begin(_ id: String, _ key: EndpointKey, isDirect: Bool) {
        flights[id] = Flight(endpoint: key, isDirect: isDirect, pausedUntilMs: nil)
        sendingCount += 1
        add(1, to: key, isDirect)
    }

    /// Nil if there is no such flight.
    mutating func end(_ id: String) -> Flight? {
        guard let flight = flights.removeValue(forKey: id) else { return nil }
        if flight.pausedUntilMs == nil { sendingCount -= 1 }
        add(-1, to: flight.endpoint, flight.isDirect)
        return flight
    }

    /// The request is no longer out, but its slot is not free before `untilMs`.
    mutating func pause(_ id: String, untilMs: Int64) {
        guard let flight = flights[id], flight.pausedUntilMs == nil else { return }
        flights[id]?.pausedUntilMs = untilMs
        sendingCount -= 1
    }

    /// When the next pause ends.
    var nextPauseEndMs: Int64? {
        sendingCount == flights.count ? nil : flights.values.compactMap(\.pausedUntilMs).min()
    }

    /// The deliveries whose pause is over at `nowMs`.
    func paused(until nowMs: Int64) -> [String] {
        if sendingCount == flights.count { return [] }
        return flights.compactMap { id, flight in
            flight.pausedUntilMs.flatMap { $0 <= nowMs ? id : nil }
        }
    }

    private mutating func add(_ amount: Int, to key: EndpointKey, _ isDirect: Bool) {
        if isDirect {
            directCount += amount
            direct[key, default: 0] += amount
            if direct[key] == 0 { direct[key] = nil }
        } else {
            claimedCount += amount
            claimed[key, default: 0] += amount
            if claimed[key] == 0 { claimed[key] = nil }
        }
    }
}
