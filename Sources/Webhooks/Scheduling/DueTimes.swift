import Payments

/// When what is to be looked at; an entry may have become void meanwhile.
struct DueTimes: Sendable {
    enum What: Sendable, Hashable {
        /// Something in this line falls due.
        case line(endpoint: Int, Delivery.Lane)
        /// A breaker's time is over.
        case breaker(endpoint: Int)
        /// A delivery has been left alone long enough.
        case pause(flight: Int)
        case survey
        /// The store is asked again.
        case reading
    }

    struct Entry: Sendable, Hashable {
        let atMs: Int64
        let what: What
    }

    private var entries: [Entry] = []
    /// The same. None is there twice: a line is told of the same far time each time it is read.
    private var known: Set<Entry> = []

    var count: Int { entries.count }
    var first: Entry? { entries.first }

    mutating func add(_ what: What, atMs: Int64) {
        let entry = Entry(atMs: atMs, what: what)
        guard known.insert(entry).inserted else { return }
        entries.append(entry)
        var place = entries.count - 1
        while place > 0, entries[place].atMs < entries[(place - 1) / 2].atMs {
            entries.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// What is due in a line keeps its time, which is the store's.
    mutating func clockWasSetBack(byMs ms: Int64) {
        let before = entries
        entries.removeAll(keepingCapacity: true)
        known.removeAll(keepingCapacity: true)
        for entry in before {
            if case .line = entry.what {
                add(entry.what, atMs: entry.atMs)
            } else {
                add(entry.what, atMs: entry.atMs - ms)
            }
        }
    }

    mutating func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        known.remove(entries.removeLast())
        var place = 0
        while true {
            var least = place
            for child in (2 * place + 1)...(2 * place + 2)
            where child < entries.count && entries[child].atMs < entries[least].atMs {
                least = child
            }
            if least == place { return }
            entries.swapAt(place, least)
            place = least
        }
    }
}
