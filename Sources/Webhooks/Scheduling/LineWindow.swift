import Payments

/// What is in memory of one line, and what is known of the rest of it.
struct LineWindow: Sendable {
    /// Due deliveries that are not out, the longest due first.
    private(set) var rows = Fifo<DueDelivery>()
    /// When the last of `rows` fell due.
    private var lastDueMs = Int64.min
    /// Heard of while a read of the line is out; they find their place when it is back, so that none overtakes older ones.
    private(set) var arrivals: [DueDelivery] = []
    /// Whether the store may have due ones that are neither here nor out.
    private(set) var hasMore = false
    /// When the next of those that are not due falls due, as far as is known.
    var nextDueMs: Int64?
    /// Out: sent, on their way to the store, or left alone. A read still shows them as due.
    var outCount = 0

    /// Whether it waits to be read.
    var isQueued = false
    private(set) var isReading = false
    private var changedWhileReading = false
    /// What ended since the read began, with the number of attempts that its own attempt found.
    private var endedWhileReading: [String: Int] = [:]
    /// When it was marked last because something in it fell due.
    var fellDueAtMs: Int64?

    var loadedCount: Int { rows.count + arrivals.count }
    var isIdle: Bool { !isWaiting && outCount == 0 && !isQueued }
    /// Whether something is due that is not out, or will be, as far as is known.
    var isWaiting: Bool { !(rows.isEmpty && arrivals.isEmpty) || hasMore || nextDueMs != nil || isReading }

    /// The store has, or may have, due deliveries that are not here.
    mutating func mark() {
        if isReading { changedWhileReading = true } else { hasMore = true }
    }

    /// - Returns: whether it was taken; not while older ones are in the store alone.
    mutating func hear(_ due: DueDelivery) -> Bool {
        if isReading {
            arrivals.append(due)
        } else if hasMore {
            return false
        } else if let dueMs = due.delivery.nextAttemptAtMs, rows.isEmpty || lastDueMs <= dueMs {
            rows.append(due)
            lastDueMs = dueMs
        } else {
            replace(LineWindow.merged(rows.removeAll(), [due]))
        }
        return true
    }

    mutating func popFirst() -> DueDelivery? { rows.popFirst() }

    /// Gives up all that is loaded; it is to be read again.
    mutating func removeAll() -> [DueDelivery] {
        let all = rows.removeAll() + arrivals
        arrivals = []
        if !all.isEmpty { mark() }
        return all
    }

    mutating func remove(_ id: String) -> DueDelivery? {
        var found: DueDelivery?
        var kept: [DueDelivery] = []
        for row in rows.removeAll() {
            if row.delivery.id == id { found = row } else { kept.append(row) }
        }
        replace(kept)
        if let index = arrivals.firstIndex(where: { $0.delivery.id == id }) { found = arrivals.remove(at: index) }
        return found
    }

    mutating func forgetWaiting() {
        hasMore = false
        nextDueMs = nil
    }

    // MARK: - Reading

    mutating func beginRead() {
        isReading = true
        hasMore = false
        changedWhileReading = false
    }

    mutating func noteEnded(_ id: String, attemptCount: Int) {
        if isReading { endedWhileReading[id] = attemptCount }
    }

    /// Whether a row of the read that is out is older than what is known of its delivery.
    func isOutdated(_ delivery: Delivery) -> Bool {
        endedWhileReading[delivery.id].map { delivery.attemptCount <= $0 } ?? false
    }

    /// - Parameters:
    ///   - fresh: what the read found that is neither here nor out, the longest due first.
    ///   - wasAll: whether there was no more in the store.
    /// - Returns: everything that is loaded now, to be cut down with `keep`.
    mutating func endRead(_ fresh: [DueDelivery], wasAll: Bool) -> [DueDelivery] {
        let heard = LineWindow.merged(rows.removeAll(), arrivals)
        arrivals = []
        isReading = false
        endedWhileReading = [:]
        hasMore = changedWhileReading || !wasAll
        return LineWindow.merged(fresh, heard)
    }

    /// The read failed, and is to be made again when the line falls due by `nextDueMs`, and not sooner.
    mutating func putOff() { hasMore = false }

    /// - Parameter all: in their order.
    mutating func replace(_ all: [DueDelivery]) {
        for row in all { rows.append(row) }
        lastDueMs = all.last?.delivery.nextAttemptAtMs ?? Int64.min
    }

    /// By the time they fell due; at the same time, those of `first` first.
    private static func merged(_ first: [DueDelivery], _ second: [DueDelivery]) -> [DueDelivery] {
        if first.isEmpty { return second }
        if second.isEmpty { return first }
        var all: [DueDelivery] = []
        all.reserveCapacity(first.count + second.count)
        var (a, b) = (0, 0)
        while a < first.count, b < second.count {
            if second[b].dueMs < first[a].dueMs {
                all.append(second[b])
                b += 1
            } else {
                all.append(first[a])
                a += 1
            }
        }
        return all + first[a...] + second[b...]
    }
}

extension DueDelivery {
    fileprivate var dueMs: Int64 { delivery.nextAttemptAtMs ?? 0 }
}
