package import Payments

/// What is in memory of what is due: what was heard of, and what was read.
extension DeliveryScheduler {
    /// A line that fell due is not marked again for that reason within this time, so that many of one line that fall due
    /// one after the other are read together.
    private static let fellDuePauseMs: Int64 = 100

    /// A commit changed what is due.
    package mutating func heard(_ news: DeliveryNews, nowMs: Int64) -> [Action] {
        if isStopping { return [] }
        noteTime(nowMs)
        for due in news.made { hear(due, nowMs) }
        for line in news.lines {
            let endpoint = meet(line.endpoint, nowMs)
            endpoints[endpoint].lines[line.lane].mark()
            settle(endpoint, nowMs)
        }
        return done(nowMs)
    }

    private mutating func hear(_ due: DueDelivery, _ nowMs: Int64) {
        guard due.delivery.status == .pending, let dueMs = due.delivery.nextAttemptAtMs else { return }
        let (endpoint, lane) = (meet(due.delivery.endpointKey, nowMs), due.delivery.lane)
        guard dueMs <= nowMs else {
            note(endpoint, lane, dueMs: dueMs, nowMs)
            return noteMissing(endpoint, nowMs)
        }
        // A read may have been faster than the news.
        guard flights.place(of: due.delivery.id) == nil else { return }
        let size = LoadBudget.bytes(due)
        guard isSurveyed, endpoints[endpoint].room(lane) > 0,
            budget.admits(size, beside: endpoints[endpoint].lines.loadedBytes),
            endpoints[endpoint].lines[lane].hear(due)
        else {
            endpoints[endpoint].lines[lane].mark()
            return settle(endpoint, nowMs)
        }
        loaded(due, endpoint)
        settle(endpoint, nowMs)
    }

    /// Something in the line falls due then.
    mutating func note(_ endpoint: Int, _ lane: Delivery.Lane, dueMs: Int64, _ nowMs: Int64) {
        if dueMs <= nowMs { return endpoints[endpoint].lines[lane].mark() }
        if let known = endpoints[endpoint].lines[lane].nextDueMs, known <= dueMs { return }
        endpoints[endpoint].lines[lane].nextDueMs = dueMs
        dueTimes.add(.line(endpoint: endpoint, lane), atMs: dueMs)
    }

    mutating func fellDue(_ endpoint: Int, _ lane: Delivery.Lane, _ nowMs: Int64) {
        endpoints[endpoint].lines[lane].nextDueMs = nil
        if let lastMs = endpoints[endpoint].lines[lane].fellDueAtMs, lastMs <= nowMs,
            nowMs < lastMs + DeliveryScheduler.fellDuePauseMs
        {
            return note(endpoint, lane, dueMs: lastMs + DeliveryScheduler.fellDuePauseMs, nowMs)
        }
        endpoints[endpoint].lines[lane].fellDueAtMs = nowMs
        endpoints[endpoint].lines[lane].mark()
        settle(endpoint, nowMs)
    }

    // MARK: - Reading

    mutating func queueReads(_ endpoint: Int, _ nowMs: Int64) {
        let lanes = endpoints[endpoint].lanesToRead()
        guard !lanes.isEmpty, couldSend(endpoint, nowMs) else { return }
        for lane in lanes {
            endpoints[endpoint].lines[lane].isQueued = true
            readQueue.append(LineSlot(endpoint: endpoint, lane: lane))
        }
    }

    mutating func read() {
        guard readsPausedUntilMs == nil else { return }
        while readsOut < limits.readsMax, !readQueue.isEmpty, budget.mayRead {
            let reads = nextReads()
            if reads.isEmpty { return }
            readsOut += 1
            actions.append(.read(reads))
        }
    }

    private mutating func nextReads() -> [LineRead] {
        var reads: [LineRead] = []
        var rows = 0
        let linesMax = readsAloneLeft > 0 ? 1 : limits.linesPerReadMax
        readsAloneLeft = max(0, readsAloneLeft - 1)
        while reads.count < linesMax, rows < limits.rowsPerReadMax, let slot = readQueue.popFirst() {
            let (endpoint, lane) = (slot.endpoint, slot.lane)
            endpoints[endpoint].lines[lane].isQueued = false
            guard endpoints[endpoint].wantsRead(lane) else { continue }
            // What is loaded or out still looks due, and comes first.
            let limit = endpoints[endpoint].windowMax + endpoints[endpoint].lines[lane].outCount
            endpoints[endpoint].lines[lane].beginRead()
            rows += limit
            reads.append(
                LineRead(line: DeliveryLine(endpoint: endpoints[endpoint].key, lane: lane), limit: limit))
        }
        return reads
    }

    package mutating func wasRead(_ found: [LineRows], nowMs: Int64) -> [Action] {
        readsOut -= 1
        if isStopping { return [] }
        noteTime(nowMs)
        for rows in found {
            guard let endpoint = index[rows.read.line.endpoint],
                endpoints[endpoint].lines[rows.read.line.lane].isReading
            else { continue }
            take(rows, endpoint, nowMs)
        }
        return done(nowMs)
    }

    /// Lines that cannot be read together are read alone for a while, after a pause for all; one that cannot be read alone
    /// is put off and keeps nobody else: a damaged row must not stop every merchant's webhooks.
    package mutating func readFailed(_ reads: [LineRead], nowMs: Int64) -> [Action] {
        readsOut -= 1
        if isStopping { return [] }
        noteTime(nowMs)
        let untilMs = nowMs + limits.storeRetryMs
        if reads.count > 1 {
            readsPausedUntilMs = untilMs
            dueTimes.add(.reading, atMs: untilMs)
            readsAloneLeft = max(readsAloneLeft, 2 * reads.count)
        }
        for read in reads {
            guard let endpoint = index[read.line.endpoint], endpoints[endpoint].lines[read.line.lane].isReading
            else { continue }
            let heard = endpoints[endpoint].lines[read.line.lane].endRead([], wasAll: false)
            endpoints[endpoint].lines[read.line.lane].replace(heard)
            if reads.count == 1 {
                endpoints[endpoint].lines[read.line.lane].putOff()
                note(endpoint, read.line.lane, dueMs: untilMs, nowMs)
            }
            settle(endpoint, nowMs)
        }
        return done(nowMs)
    }

    private mutating func take(_ found: LineRows, _ endpoint: Int, _ nowMs: Int64) {
        let lane = found.read.line.lane
        let fresh = found.rows.filter { isNew($0.delivery, endpoint, lane) }
        let all = endpoints[endpoint].lines[lane].endRead(fresh, wasAll: found.rows.count < found.read.limit)
        keep(all, fresh: fresh, endpoint, lane)
        if let nextMs = found.nextDueMs { note(endpoint, lane, dueMs: nextMs, nowMs) }
        settle(endpoint, nowMs)
    }

    /// Whether a row of a read is neither loaded nor out, nor out of date.
    private mutating func isNew(_ delivery: Delivery, _ endpoint: Int, _ lane: Delivery.Lane) -> Bool {
        switch flights.place(of: delivery.id) {
        case .loaded: return false
        case .out(let index):
            // Its attempt is over and it is due again, which is not yet known here.
            if delivery.attemptCount > flights[index].attemptCount { flights[index].seenIn = lane }
            return false
        case nil: return !endpoints[endpoint].lines[lane].isOutdated(delivery)
        }
    }

    /// Keeps of a line, the longest due first, what there is room for; an endpoint that has nothing loaded gets one in any
    /// case, so that a large one is sent some time.
    private mutating func keep(
        _ all: [DueDelivery], fresh: [DueDelivery], _ endpoint: Int, _ lane: Delivery.Lane
    ) {
        let isFresh = Set(fresh.map(\.delivery.id))
        // Counted anew below.
        for due in all where !isFresh.contains(due.delivery.id) { unloaded(due, endpoint) }
        let rowsMax = endpoints[endpoint].room(lane)
        var kept: [DueDelivery] = []
        for due in all {
            let beside = endpoints[endpoint].lines.loadedBytes
            guard kept.count < rowsMax, beside == 0 || budget.admits(LoadBudget.bytes(due), beside: beside) else {
                endpoints[endpoint].lines[lane].mark()
                break
            }
            kept.append(due)
            loaded(due, endpoint)
        }
        endpoints[endpoint].lines[lane].replace(kept)
    }

    // MARK: - Counting

    private mutating func loaded(_ due: DueDelivery, _ endpoint: Int) {
        let size = LoadBudget.bytes(due)
        flights.noteLoaded(due.delivery.id)
        budget.add(size)
        endpoints[endpoint].lines.loadedBytes += size
    }

    mutating func unloaded(_ due: DueDelivery, _ endpoint: Int) {
        let size = LoadBudget.bytes(due)
        flights.noteUnloaded(due.delivery.id)
        budget.remove(size)
        endpoints[endpoint].lines.loadedBytes -= size
    }

    /// Gives up what is loaded for an endpoint that is held.
    mutating func unloadAll(_ endpoint: Int) {
        for lane in Delivery.Lane.allCases {
            for due in endpoints[endpoint].lines[lane].removeAll() { unloaded(due, endpoint) }
        }
        turns.leave(endpoint, of: endpoints[endpoint].tenant)
    }

    mutating func unload(_ id: String, _ endpoint: Int) {
        for lane in Delivery.Lane.allCases {
            if let due = endpoints[endpoint].lines[lane].remove(id) { unloaded(due, endpoint) }
        }
        if !endpoints[endpoint].lines.isReady { turns.leave(endpoint, of: endpoints[endpoint].tenant) }
    }
}
