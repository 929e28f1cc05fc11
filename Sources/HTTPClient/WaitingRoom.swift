/// Requests that wait for a name or for their turn, each with its deadline.
struct WaitingRoom {
    private enum Place {
        case resolving(Job)
        case ready(Transfer.Load)

        var job: Job {
            switch self {
            case .resolving(let job): job
            case .ready(let load): load.job
            }
        }
    }

    private var places: [UInt64: Place] = [:]
    private var lastID: UInt64 = 0
    /// Ids of the ready in the order of their turn, from `head` on; those that expired are no longer in `places`.
    private var order: [UInt64] = []
    private var head = 0
    /// Not after any deadline here, and perhaps before all of them.
    private(set) var nextDeadline: ContinuousClock.Instant?

    var isEmpty: Bool { places.isEmpty }

    /// - Returns: an id to call it by when its name is resolved.
    mutating func addResolving(_ job: Job) -> UInt64 { add(.resolving(job)) }

    /// The job that waited for its name; nil if it has gone.
    mutating func takeResolved(_ id: UInt64) -> Job? {
        guard case .resolving(let job) = places[id] else { return nil }
        places[id] = nil
        return job
    }

    mutating func addReady(_ load: Transfer.Load) {
        if head > 1024, head * 2 > order.count {
            order.removeFirst(head)
            head = 0
        }
        order.append(add(.ready(load)))
    }

    /// Whose turn it is.
    mutating func takeReady() -> Transfer.Load? {
        while head < order.count {
            let id = order[head]
            head += 1
            if case .ready(let load) = places.removeValue(forKey: id) { return load }
        }
        order.removeAll(keepingCapacity: true)
        head = 0
        return nil
    }

    /// Takes out those whose deadline has passed, and whether each was waiting for its name.
    mutating func takeExpired(_ now: ContinuousClock.Instant) -> [(job: Job, resolving: Bool)] {
        guard let next = nextDeadline, next <= now else { return [] }
        var expired: [(job: Job, resolving: Bool)] = []
        nextDeadline = nil
        for (id, place) in places {
            if place.job.deadline <= now {
                if case .resolving = place {
                    expired.append((place.job, true))
                } else {
                    expired.append((place.job, false))
                }
                places[id] = nil
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
        nextDeadline = min(nextDeadline ?? place.job.deadline, place.job.deadline)
        return lastID
    }
}
