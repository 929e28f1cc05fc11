package import Payments

/// Decides what a delivery worker does next: which due deliveries are sent, what is read of the store, which endpoints
/// are held, when to wake up.
///
/// It does no I/O and knows no clock: a mutating method takes what happened and returns what to do, in this order. Who is in
/// flight is known here alone (one process owns the store), so nothing is written when an attempt begins.
package struct DeliveryScheduler: Sendable {
    /// What the worker is to do.
    package enum Action: Sendable, Hashable {
        /// Make an attempt; it is followed by `answered` (if it came to an answer) and then by `ended`.
        case send(DueDelivery)
        /// Read these lines, all in one read of the store; answer with `wasRead` or `readFailed`.
        case read([LineRead])
        /// Read the open lines and the endpoints' states; answer with `surveyed` or `surveyFailed`.
        case survey
        /// Keep this state, whatever became of any attempt.
        case keep(EndpointState)
        /// Call `timerFired` at this time, at the latest.
        case wakeAt(Int64)
        /// It was told to stop, and nothing is out any more.
        case drained
    }

    package struct LineRead: Sendable, Hashable {
        package let line: DeliveryLine
        package let limit: Int
    }

    package struct LineRows: Sendable, Hashable {
        package let read: LineRead
        /// What is due, the longest due first.
        package let rows: [DueDelivery]
        /// When the next one after these falls due.
        package let nextDueMs: Int64?

        package init(read: LineRead, rows: [DueDelivery], nextDueMs: Int64?) {
            self.read = read
            self.rows = rows
            self.nextDueMs = nextDueMs
        }
    }

    /// How an attempt ended.
    package enum End: Sendable, Hashable {
        /// Its result is kept; the delivery falls due again then, or never.
        case recorded(nextAttemptAtMs: Int64?)
        /// The store has the delivery in another state than the attempt found it.
        case superseded
        /// Nothing is kept of it: our own shutdown cut it off, or this process had too much to do to begin it.
        case unrecorded
        /// Nothing was sent: the endpoint is not in the directory, or none of its secrets is in force.
        case unsendable
    }

    /// Why a delivery is not sent at once for somebody who waits.
    package enum DirectRefusal: Sendable, Hashable {
        /// It is on its way already.
        case inFlight
        /// Too many of these at a time.
        case busy
        case stopping
    }

    /// A line, by its endpoint's number.
    struct LineSlot: Sendable, Hashable {
        let endpoint: Int
        let lane: Delivery.Lane
    }

    let limits: WorkerLimits
    let facts: @Sendable (EndpointKey) -> EndpointFacts?
    var index = EndpointIndex()
    /// By their numbers; some numbers are free.
    var endpoints = Table<ScheduledEndpoint>()
    var flights = FlightTable()
    var slots: Slots
    var directCount = 0
    var pausedDirectCount = 0
    var turns: FairTurns
    /// Endpoints that wait for what they share with others; some may not wait for it any more.
    var waitingForDoubtful = Fifo<Int>()
    var waitingForProof = Fifo<Int>()
    var waitingForPressure = Fifo<Int>()
    /// How scarce slots were when those were looked at last.
    var pressureSeen = 0
    var budget: LoadBudget
    var readQueue = Fifo<LineSlot>()
    var readsOut = 0
    /// How many of the next reads are of one line each: the last one of several failed.
    var readsAloneLeft = 0
    /// Set after the store failed.
    var readsPausedUntilMs: Int64?
    var dueTimes = DueTimes()
    var armedAtMs: Int64?
    /// The latest time that a step was given, since the clock was set back last.
    var latestMs: Int64 = 0
    /// Nil while a survey is out.
    var surveyAtMs: Int64?
    /// Nothing is sent before the first survey said who is held.
    var isSurveyed = false
    var isStopping = false
    /// What is to be done; handed over at the end of every step.
    var actions: [Action] = []

    /// - Parameter facts: what the directory says of an endpoint now; nil if it is not there. Must not block.
    package init(limits: WorkerLimits, facts: @escaping @Sendable (EndpointKey) -> EndpointFacts?) {
        self.limits = limits
        self.facts = facts
        slots = Slots(max: limits.inFlightMax)
        turns = FairTurns(slots: slots.max)
        budget = LoadBudget(bytesMax: limits.loadedBytesMax)
    }

    /// How many requests are out, or their results on the way to the store.
    package var sendingCount: Int { slots.out - slots.paused + directCount - pausedDirectCount }
    /// How many times it remembers at which it has to look at something.
    package var dueTimeCount: Int { dueTimes.count }
    /// Of every endpoint that ever failed or is held, as it is now.
    package var states: [EndpointState] { endpoints.indices.compactMap { endpoints[$0].health.state } }

    package mutating func start(nowMs: Int64) -> [Action] {
        noteTime(nowMs)
        actions.append(.survey)
        return done(nowMs)
    }

    /// Begins no attempt any more; `drained` follows once those that are out have ended.
    package mutating func stop(nowMs: Int64) -> [Action] {
        guard !isStopping else { return [] }
        isStopping = true
        return sendingCount == 0 ? [.drained] : []
    }

    package mutating func timerFired(nowMs: Int64) -> [Action] {
        armedAtMs = nil
        noteTime(nowMs)
        while let due = dueTimes.first, due.atMs <= nowMs {
            dueTimes.removeFirst()
            if isValid(due) { timeCame(due, nowMs) }
        }
        return done(nowMs)
    }

    /// The end of every step: sends, reads, and says when to come back.
    mutating func done(_ nowMs: Int64) -> [Action] {
        if isStopping {
            // What was decided is kept all the same: an admin was told so.
            defer { actions = [] }
            return actions.filter { if case .keep = $0 { true } else { false } }
        }
        sendInTurn(nowMs)
        read()
        while let due = dueTimes.first, !isValid(due) { dueTimes.removeFirst() }
        if let due = dueTimes.first, armedAtMs.map({ due.atMs < $0 }) ?? true {
            armedAtMs = due.atMs
            actions.append(.wakeAt(due.atMs))
        }
        defer { actions = [] }
        return actions
    }

    private func isValid(_ due: DueTimes.Entry) -> Bool {
        switch due.what {
        case .line(let endpoint, let lane): endpoints[endpoint].lines[lane].nextDueMs == due.atMs
        case .breaker(let endpoint): endpoints[endpoint].health.phase == .open(untilMs: due.atMs)
        case .pause(let flight): flights.isPaused(flight, untilMs: due.atMs)
        case .survey: surveyAtMs == due.atMs
        case .reading: readsPausedUntilMs == due.atMs
        }
    }

    private mutating func timeCame(_ due: DueTimes.Entry, _ nowMs: Int64) {
        switch due.what {
        case .line(let endpoint, let lane): fellDue(endpoint, lane, nowMs)
        case .breaker(let endpoint):
            if endpoints[endpoint].health.timeCame(nowMs) { settle(endpoint, nowMs) }
        case .pause(let flight): pauseEnded(flight, nowMs)
        case .survey:
            surveyAtMs = nil
            actions.append(.survey)
        case .reading: readsPausedUntilMs = nil
        }
    }
}
