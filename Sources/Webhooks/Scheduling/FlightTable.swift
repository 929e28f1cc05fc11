import Payments

/// Every delivery that is loaded or out, by its id; and of those that are out, which request is the oldest.
struct FlightTable: Sendable {
    struct Flight: Sendable {
        enum Stage: Sendable, Hashable {
            case flying
            /// Its result is on the way to the store.
            case answered
            /// Nothing is kept of it; it is left alone.
            case paused(untilMs: Int64)
            case over
        }

        let id: String
        let event: String
        let endpoint: Int
        let lane: Delivery.Lane
        let dueMs: Int64
        /// How many attempts it had had.
        let attemptCount: Int
        /// The endpoint's, so that an answer from an old URL says nothing of the new one.
        let era: Int
        /// 0 for one that somebody waits for.
        var sentAtMs: Int64 = 0
        var expectedMs: Int64 = 0
        /// Somebody waits for it; it has a slot of its own.
        var isDirect = false
        var isProbe = false
        var isDoubtful = false
        /// Whether the endpoint was.
        var isProven = true
        var isOld = false
        /// Its answer changed what is to be kept of the endpoint.
        var changedState = false
        var stage = Stage.flying
        /// A line in which a read showed a newer state of it.
        var seenIn: Delivery.Lane?

        init(of delivery: Delivery, endpoint: Int, era: Int) {
            id = delivery.id
            event = delivery.event
            self.endpoint = endpoint
            lane = delivery.lane
            dueMs = delivery.nextAttemptAtMs ?? 0
            attemptCount = delivery.attemptCount
            self.era = era
        }

        var isPaused: Bool { if case .paused = stage { true } else { false } }
    }

    enum Place: Sendable, Hashable {
        case loaded
        case out(Int)
    }

    /// -1 for those that are loaded.
    private var places: [String: Int] = [:]
    private var flights = Table<Flight>()
    private var free: [Int] = []
    private var ageLinks: [FlightOrder.Link] = []
    private var endpointLinks: [FlightOrder.Link] = []
    /// Those in slots, the oldest first, of each endpoint and of all.
    private var byEndpoint: [FlightOrder] = []
    private var byAge = FlightOrder()
    /// The oldest of those that have not grown old.
    private var firstNotOld: Int?

    func place(of id: String) -> Place? {
        guard let place = places[id] else { return nil }
        return place < 0 ? .loaded : .out(place)
    }

    subscript(flight: Int) -> Flight {
        _read { yield flights[flight] }
        _modify { yield &flights[flight] }
    }

    /// When the `count` oldest of an endpoint's requests that are in slots were sent: the first and the last of these.
    ///
    /// - Parameter count: as many as there are, at most.
    func sentMs(of endpoint: Int, count: Int) -> (oldest: Int64, last: Int64)? {
        guard endpoint < byEndpoint.count, let oldest = byEndpoint[endpoint].first else { return nil }
        var last = oldest
        for _ in 1..<count {
            if let next = byEndpoint[endpoint].after(last, endpointLinks) { last = next }
        }
        return (self[oldest].sentAtMs, self[last].sentAtMs)
    }

    func isPaused(_ flight: Int, untilMs: Int64) -> Bool { flights[flight].stage == .paused(untilMs: untilMs) }

    mutating func noteLoaded(_ id: String) { places[id] = -1 }
    mutating func noteUnloaded(_ id: String) { places[id] = nil }

    mutating func begin(_ flight: Flight) {
        let index = place(flight)
        while byEndpoint.count <= flight.endpoint { byEndpoint.append(FlightOrder()) }
        byEndpoint[flight.endpoint].append(index, &endpointLinks)
        byAge.append(index, &ageLinks)
        if firstNotOld == nil { firstNotOld = index }
    }

    /// It takes no slot.
    mutating func beginDirect(_ flight: Flight) { _ = place(flight) }

    /// Its slot is free.
    mutating func land(_ flight: Int) {
        if firstNotOld == flight { firstNotOld = byAge.after(flight, ageLinks) }
        byEndpoint[self[flight].endpoint].remove(flight, &endpointLinks)
        byAge.remove(flight, &ageLinks)
    }

    mutating func end(_ flight: Int) {
        places[flights[flight].id] = nil
        flights[flight].stage = .over
        free.append(flight)
    }

    /// Each request that has been out since before `beforeMs`, once.
    mutating func forEachGrownOld(beforeMs: Int64, _ body: (inout Flight) -> Void) {
        while let flight = firstNotOld, self[flight].sentAtMs < beforeMs {
            body(&self[flight])
            firstNotOld = byAge.after(flight, ageLinks)
        }
    }

    /// Requests are as old as before, and what is left alone is so for as long as it had left.
    mutating func clockWasSetBack(byMs ms: Int64) {
        for index in flights.indices {
            if !flights[index].isDirect { flights[index].sentAtMs -= ms }
            if case .paused(let untilMs) = flights[index].stage {
                flights[index].stage = .paused(untilMs: untilMs - ms)
            }
        }
    }

    func forEach(_ body: (Flight) -> Void) {
        for index in flights.indices where flights[index].stage != .over { body(flights[index]) }
    }

    private mutating func place(_ flight: Flight) -> Int {
        let index: Int
        if let old = free.popLast() {
            index = old
            flights[index] = flight
        } else {
            index = flights.count
            flights.append(flight)
            ageLinks.append(FlightOrder.Link())
            endpointLinks.append(FlightOrder.Link())
        }
        places[flight.id] = index
        return index
    }
}

/// A chain of flights in the order of their sending; the links are the caller's.
struct FlightOrder: Sendable {
    struct Link: Sendable {
        fileprivate var before: Int?
        fileprivate var after: Int?
    }

    private(set) var first: Int?
    private var last: Int?

    func after(_ flight: Int, _ links: [Link]) -> Int? { links[flight].after }

    mutating func append(_ flight: Int, _ links: inout [Link]) {
        links[flight] = Link(before: last, after: nil)
        if let last { links[last].after = flight } else { first = flight }
        last = flight
    }

    mutating func remove(_ flight: Int, _ links: inout [Link]) {
        let link = links[flight]
        if let before = link.before { links[before].after = link.after } else { first = link.after }
        if let after = link.after { links[after].before = link.before } else { last = link.before }
    }
}
