package import Payments

/// Decides what a delivery worker does next: which due deliveries are sent, when the store is read, when to wake up.
///
/// It does no I/O and knows no clock: a mutating method takes what happened and returns what to do. Who is in flight is
/// known here alone (one process owns the store), so nothing is written when an attempt begins.
package struct DeliveryQueue: Sendable {
    /// What the worker is to do.
    package enum Action: Sendable, Hashable {
        /// Make an attempt; it ends with `ended`.
        case send(DueDelivery)
        /// Read that many due deliveries, and when the next falls due; answer with `scanned` or `scanFailed`.
        case scan(rows: Int)
        /// Move the endpoint's deliveries to held; answer with `holdEnded`.
        case hold(EndpointKey)
        /// Call `timerFired` at this time, at the latest.
        case wakeAt(Int64)
        /// It was told to stop, and nothing is out any more.
        case drained
    }

    /// How an attempt ended.
    package enum End: Sendable, Hashable {
        /// Its result is kept; the delivery falls due again then, or never.
        case recorded(nextAttemptAtMs: Int64?)
        /// The store has the delivery in another state than the attempt found it.
        case superseded
        /// Nothing is kept of it: the store could not, or our own shutdown cut it off.
        case unrecorded
        /// Nothing was sent: the endpoint is not in the directory.
        case endpointMissing
    }

    /// Why a delivery is not sent at once for somebody who waits.
    package enum DirectRefusal: Sendable, Hashable {
        /// It is on its way already.
        case inFlight
        /// Too many of these at a time.
        case busy
        case stopping
    }

    private enum Phase { case idle, running, stopping }

    /// A read of the store that is under way.
    private struct Scan {
        let rows: Int
        /// What ended since it began: it may still show these as they were.
        var ended: Set<String> = []
        /// The earliest time that became known since it began.
        var nextDueMs: Int64?
    }

    private let limits: WorkerLimits
    private var phase = Phase.idle
    private var flights = Flights()
    private var ready = ReadyDeliveries()
    private var readyAtMs: Int64 = 0
    /// Endpoints whose deliveries are on their way to held; true once the store was asked.
    private var holding: [EndpointKey: Bool] = [:]

    private var scan: Scan?
    /// Whether something may be due that no read has shown.
    private var dirty = false
    /// Whether the last read stopped at its limit.
    private var cut = false
    /// How many rows the next read takes, where the last one was too short.
    private var widenedRows: Int?
    private var scannedAtMs: Int64 = 0
    private var scanNotBeforeMs: Int64 = 0
    private var pollAtMs: Int64 = 0
    private var nextDueMs: Int64?
    private var armedAtMs: Int64?

    package init(limits: WorkerLimits) { self.limits = limits }

    /// How many requests are out.
    package var sendingCount: Int { flights.sendingCount }

    package mutating func start(nowMs: Int64) -> [Action] {
        guard phase == .idle else { return [] }
        phase = .running
        return wake(nowMs: nowMs)
    }

    /// New deliveries may be there.
    package mutating func wake(nowMs: Int64) -> [Action] {
        dirty = true
        return proceed(nowMs)
    }

    package mutating func timerFired(nowMs: Int64) -> [Action] {
        armedAtMs = nil
        return proceed(nowMs)
    }

    /// - Parameters:
    ///   - rows: what was read, the longest due first.
    ///   - nextDueMs: when the next one after these falls due.
    package mutating func scanned(_ rows: [DueDelivery], nextDueMs: Int64?, nowMs: Int64) -> [Action] {
        guard let scan, phase == .running else { return proceed(nowMs) }
        self.scan = nil
        self.nextDueMs = earliest(nextDueMs, scan.nextDueMs)
        cut = rows.count >= scan.rows
        ready = ReadyDeliveries(
            rows.filter { row in
                let id = row.delivery.id
                return !flights.contains(id) && !scan.ended.contains(id) && holding[row.endpointKey] == nil
            })
        readyAtMs = nowMs
        let sends = claim()
        widen(after: scan.rows, nowMs)
        return sends + proceed(nowMs)
    }

    package mutating func scanFailed(nowMs: Int64) -> [Action] {
        scan = nil
        dirty = true
        scanNotBeforeMs = nowMs + limits.storeRetryMs
        return proceed(nowMs)
    }

    package mutating func ended(_ id: String, _ end: End, nowMs: Int64) -> [Action] {
        switch end {
        case .unrecorded: flights.pause(id, untilMs: nowMs + limits.unrecordedPauseMs)
        case .recorded(let nextAttemptAtMs):
            free(id)
            learn(nextAttemptAtMs)
        case .superseded:
            free(id)
            dirty = true
        case .endpointMissing:
            if let flight = free(id), !flight.isDirect { beginHolding(flight.endpoint) }
        }
        return proceed(nowMs)
    }

    /// The endpoint's deliveries are held, or the endpoint is there after all.
    package mutating func holdEnded(_ key: EndpointKey, nowMs: Int64) -> [Action] {
        holding[key] = nil
        dirty = true
        return proceed(nowMs)
    }

    /// Takes a delivery for somebody who waits for its answer, whatever the queue; it ends with `ended`.
    package mutating func claimDirect(_ due: DueDelivery) -> DirectRefusal? {
        let key = due.endpointKey
        guard phase == .running else { return .stopping }
        guard !flights.contains(due.delivery.id) else { return .inFlight }
        guard flights.directCount < limits.directMax, flights.directCount(key) < limits.directPerEndpointMax else {
            return .busy
        }
        ready.drop(id: due.delivery.id, of: key)
        flights.begin(due.delivery.id, key, isDirect: true)
        return nil
    }

    /// No new attempts; `drained` follows once those that are out have ended.
    package mutating func stop(nowMs: Int64) -> [Action] {
        phase = .stopping
        ready = ReadyDeliveries()
        return proceed(nowMs)
    }

    // MARK: - What follows

    private var freeSlots: Int { phase == .running ? limits.inFlightMax - flights.claimedCount : 0 }

    private mutating func proceed(_ nowMs: Int64) -> [Action] {
        switch phase {
        case .idle: return []
        case .stopping: return flights.sendingCount == 0 ? [.drained] : []
        case .running: break
        }
        takeTime(nowMs)
        let hadRoom = freeSlots > 0
        var actions = claim() + startHolding()
        if hadRoom, scan == nil, wantsScan(nowMs), nowMs >= scanGateMs { actions.append(startScan(nowMs)) }
        if let timer = timer(nowMs) { actions.append(timer) }
        return actions
    }

    /// What the passing of time alone changes.
    private mutating func takeTime(_ nowMs: Int64) {
        for id in flights.paused(until: nowMs) {
            free(id)
            dirty = true
        }
        if let due = nextDueMs, due <= nowMs {
            nextDueMs = nil
            dirty = true
        }
        if nowMs >= pollAtMs {
            pollAtMs = nowMs + limits.pollMs
            dirty = true
        }
        if !ready.isEmpty, nowMs - readyAtMs > limits.readyAgeMsMax {
            ready = ReadyDeliveries()
            dirty = true
        }
    }

    private mutating func claim() -> [Action] {
        var sends: [Action] = []
        while freeSlots > 0 {
            let row = ready.next { flights.claimedCount($0) < limits.inFlightPerEndpointMax && holding[$0] == nil }
            guard let row else { break }
            flights.begin(row.delivery.id, row.endpointKey, isDirect: false)
            sends.append(.send(row))
        }
        return sends
    }

    private func wantsScan(_ nowMs: Int64) -> Bool {
        ready.hasTurn ? dirty && nowMs - readyAtMs >= limits.refreshMs : dirty || cut
    }

    /// When the store may be read. What is out is due as well and is read again each time, so the more is out, the longer
    /// new deliveries wait for one another; but not while there is a backlog.
    private var scanGateMs: Int64 {
        cut ? scanNotBeforeMs : max(scanNotBeforeMs, scannedAtMs + Int64(flights.count / limits.rereadRowsPerMs))
    }

    private mutating func startScan(_ nowMs: Int64) -> Action {
        let rows = min(widenedRows ?? flights.count + limits.inFlightMax, limits.scanRowsMax)
        scan = Scan(rows: rows)
        dirty = false
        scannedAtMs = nowMs
        pollAtMs = nowMs + limits.pollMs
        return .scan(rows: rows)
    }

    /// Reads more the next time, if there is room for deliveries that this read did not reach.
    private mutating func widen(after rows: Int, _ nowMs: Int64) {
        guard cut, freeSlots > 0, !ready.hasTurn else {
            widenedRows = nil
            return
        }
        dirty = true
        widenedRows = min(rows * 2, limits.scanRowsMax)
        if rows >= limits.scanRowsMax { scanNotBeforeMs = nowMs + limits.starvedPauseMs }
    }

    @discardableResult
    private mutating func free(_ id: String) -> Flights.Flight? {
        guard let flight = flights.end(id) else { return nil }
        scan?.ended.insert(id)
        ready.offer(flight.endpoint)
        return flight
    }

    private mutating func learn(_ dueMs: Int64?) {
        nextDueMs = earliest(nextDueMs, dueMs)
        let sinceScan = earliest(scan?.nextDueMs, dueMs)
        scan?.nextDueMs = sinceScan
    }

    private mutating func beginHolding(_ key: EndpointKey) {
        ready.drop(key)
        if holding[key] == nil { holding[key] = false }
    }

    /// Held is asked for once nothing of the endpoint is out, so that no result comes too late to be kept.
    private mutating func startHolding() -> [Action] {
        let keys = holding.filter { !$0.value && flights.claimedCount($0.key) == 0 }.map(\.key)
        for key in keys { holding[key] = true }
        return keys.map(Action.hold)
    }

    private mutating func timer(_ nowMs: Int64) -> Action? {
        var atMs = pollAtMs
        if let nextDueMs { atMs = min(atMs, nextDueMs) }
        if let pause = flights.nextPauseEndMs { atMs = min(atMs, pause) }
        if scan == nil, freeSlots > 0, dirty { atMs = min(atMs, max(scanGateMs, nowMs + 1)) }
        if let armedAtMs, armedAtMs <= atMs { return nil }
        armedAtMs = atMs
        return .wakeAt(atMs)
    }

    private func earliest(_ a: Int64?, _ b: Int64?) -> Int64? {
        guard let a, let b else { return a ?? b }
        return min(a, b)
    }
}
