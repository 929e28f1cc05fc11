import HTTP

/// Requests that wait for a name, for a connection or for their turn, each with its deadline.
struct WaitingRoom {
    enum Place {
        case resolving(Job)
        /// For the proxy's name; the job's own addresses have passed.
        case resolvingProxy(Job, checked: [IPAddress])
        /// For a free connection to its origin, or for leave to open one.
        case unconnected(Transfer.Load, OriginConnections)
        /// For a slot.
        case ready(Transfer.Load)

        var job: Job {
            switch self {
            case .resolving(let job), .resolvingProxy(let job, _): job
            case .unconnected(let load, _), .ready(let load): load.job
            }
        }
    }

    private var places: [UInt64: Place] = [:]
    private var lastID: UInt64 = 0
    private var readyTurns = TurnQueue()
    private var unconnectedTurns = TurnQueue()
    private(set) var readyCount = 0
    private(set) var unconnectedCount = 0
    /// Not after any deadline here, and perhaps before all of them.
    private(set) var nextDeadline: ContinuousClock.Instant?

    var isEmpty: Bool { places.isEmpty }

    /// - Returns: an id to call it by when its name is resolved.
    mutating func addResolving(_ job: Job) -> UInt64 { add(.resolving(job)) }

    /// - Returns: an id to call it by when the proxy's name is resolved.
    mutating func addResolvingProxy(_ job: Job, checked: [IPAddress]) -> UInt64 {
        add(.resolvingProxy(job, checked: checked))
    }

    /// Who waited for that name; nil if it has gone.
    mutating func takeResolved(_ id: UInt64) -> Place? { remove(id) }

    mutating func addReady(_ load: Transfer.Load) { readyTurns.append(add(.ready(load))) }

    mutating func addUnconnected(_ load: Transfer.Load, _ connections: OriginConnections) {
        let id = add(.unconnected(load, connections))
        unconnectedTurns.append(id)
        connections.waiting.append(id)
    }

    /// Whose turn it is to have a slot.
    mutating func takeReady() -> Transfer.Load? {
        while readyCount > 0, let id = readyTurns.removeFirst() {
            if case .ready(let load) = remove(id) { return load }
        }
        readyTurns.removeAll()
        return nil
    }

    /// Whose turn it is to open a connection.
    mutating func takeUnconnected() -> (load: Transfer.Load, connections: OriginConnections)? {
        while unconnectedCount > 0, let id = unconnectedTurns.removeFirst() {
            guard case .unconnected(let load, let connections) = remove(id) else { continue }
            connections.waiting.removeFirst(through: id)
            return (load, connections)
        }
        unconnectedTurns.removeAll()
        return nil
    }

    /// Whose turn it is to use a free connection to that origin.
    mutating func takeUnconnected(to connections: OriginConnections) -> Transfer.Load? {
        while connections.waitingCount > 0, let id = connections.waiting.removeFirst() {
            if case .unconnected(let load, _) = remove(id) { return load }
        }
        connections.waiting.removeAll()
        return nil
    }

    /// Takes out those whose deadline has passed.
    mutating func takeExpired(_ now: ContinuousClock.Instant) -> [Place] {
        guard let next = nextDeadline, next <= now else { return [] }
        nextDeadline = nil
        var expired: [Place] = []
        for (id, place) in places {
            if place.job.deadline <= now {
                expired.append(place)
                _ = remove(id)
            } else {
                nextDeadline = min(nextDeadline ?? place.job.deadline, place.job.deadline)
            }
        }
        return expired
    }

    mutating func takeAll() -> [Job] {
        defer { self = WaitingRoom() }
        return places.values.map(\.job)
    }

    private mutating func add(_ place: Place) -> UInt64 {
        lastID += 1
        places[lastID] = place
        count(place, 1)
        nextDeadline = min(nextDeadline ?? place.job.deadline, place.job.deadline)
        return lastID
    }

    private mutating func remove(_ id: UInt64) -> Place? {
        guard let place = places.removeValue(forKey: id) else { return nil }
        count(place, -1)
        return place
    }

    private mutating func count(_ place: Place, _ change: Int) {
        switch place {
        case .ready: readyCount += change
        case .unconnected(_, let connections):
            unconnectedCount += change
            connections.waitingCount += change
        case .resolving, .resolvingProxy: break
        }
    }
}
