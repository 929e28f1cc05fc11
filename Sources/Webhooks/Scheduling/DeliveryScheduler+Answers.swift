package import Payments

/// What comes back of what was sent.
extension DeliveryScheduler {
    /// The endpoint has answered, or will not: its slot is free, the delivery itself stays out until `ended`.
    ///
    /// - Parameter jitter: 0..<1.
    /// - Returns: the endpoint's state, to be kept in the attempt's own transaction; nil if it is as before.
    package mutating func answered(
        _ id: String, _ attempt: Attempt, nowMs: Int64, jitter: Double
    ) -> (state: EndpointState?, actions: [Action]) {
        guard case .out(let index)? = flights.place(of: id), flights[index].stage == .flying else { return (nil, []) }
        noteTime(nowMs)
        noteSlow(nowMs)
        land(index, nowMs)
        let flight = flights[index]
        let state = flight.era == endpoints[flight.endpoint].era ? judge(attempt, flight, nowMs, jitter) : nil
        flights[index].changedState = state != nil
        settle(flight.endpoint, nowMs)
        recall(nowMs)
        return (state, done(nowMs))
    }

    package mutating func ended(_ id: String, _ end: End, nowMs: Int64) -> [Action] {
        guard case .out(let index)? = flights.place(of: id), !flights[index].isPaused else { return [] }
        noteTime(nowMs)
        noteSlow(nowMs)
        let endpoint = flights[index].endpoint
        if flights[index].stage == .flying {
            land(index, nowMs)
            if flights[index].isProbe { endpoints[endpoint].health.probeEnded() }
        }
        leave(index, end, nowMs)
        if isStopping {
            return sendingCount == 0 ? [.drained] : []
        }
        settle(endpoint, nowMs)
        recall(nowMs)
        return done(nowMs)
    }

    /// It is out of its slot.
    private mutating func land(_ index: Int, _ nowMs: Int64) {
        flights[index].stage = .answered
        let flight = flights[index]
        guard !flight.isDirect else { return }
        let endpoint = flight.endpoint
        flights.land(index)
        endpoints[endpoint].concurrency.inFlight -= 1
        slots.free(isDoubtful: flight.isDoubtful, isProven: flight.isProven, isOld: flight.isOld)
        turns.release(
            endpoint, of: endpoints[endpoint].tenant,
            correctionMs: min(max(1, nowMs - flight.sentAtMs), Slots.chargedMsMax) - flight.expectedMs)
    }

    private mutating func judge(
        _ attempt: Attempt, _ flight: FlightTable.Flight, _ nowMs: Int64, _ jitter: Double
    ) -> EndpointState? {
        let (endpoint, verdict) = (flight.endpoint, AttemptVerdict(attempt))
        if !flight.isDirect { pace(endpoint, attempt, verdict, flight, nowMs) }
        let before = endpoints[endpoint].health.phase
        let state = endpoints[endpoint].health.answered(
            attempt, verdict, event: flight.event, isTrial: flight.isProbe || flight.isDirect,
            urlDigest: endpoints[endpoint].urlDigest, nowMs: nowMs, jitter: jitter)
        phaseChanged(endpoint, from: before)
        return state
    }

    private mutating func pace(
        _ endpoint: Int, _ attempt: Attempt, _ verdict: AttemptVerdict, _ flight: FlightTable.Flight, _ nowMs: Int64
    ) {
        let inFlightMax = endpoints[endpoint].inFlightMax
        switch verdict {
        case .taken:
            endpoints[endpoint].concurrency.took(
                durationMs: attempt.durationMs, inFlightMax: inFlightMax, nowMs: nowMs)
        case .answered, .gone, .broken:
            endpoints[endpoint].concurrency.answered(durationMs: attempt.durationMs, nowMs: nowMs)
        case .overloaded: endpoints[endpoint].concurrency.overloaded(sentAtMs: flight.sentAtMs, nowMs: nowMs)
        case .silent: endpoints[endpoint].concurrency.silent(sentAtMs: flight.sentAtMs, nowMs: nowMs)
        case .unsent: break
        }
    }

    private mutating func leave(_ index: Int, _ end: End, _ nowMs: Int64) {
        let flight = flights[index]
        let (endpoint, lane) = (flight.endpoint, flight.lane)
        switch end {
        case .recorded(let nextMs):
            remove(index)
            if let nextMs { note(endpoint, lane == .replay ? .replay : .retry, dueMs: nextMs, nowMs) }
        case .superseded:
            remove(index)
            endpoints[endpoint].lines[lane].mark()
        case .unrecorded: pause(index, nowMs)
        case .unsendable:
            askFacts(endpoint, nowMs)
            if endpoints[endpoint].facts?.canSign != true {
                remove(index)
                endpoints[endpoint].lines[lane].mark()
            } else {
                // It came back this moment.
                pause(index, nowMs)
            }
        }
    }

    /// It is out no more.
    private mutating func remove(_ index: Int) {
        let flight = flights[index]
        flights.end(index)
        let endpoint = flight.endpoint
        if flight.isDirect {
            directCount -= 1
            if flight.isPaused { pausedDirectCount -= 1 } else { endpoints[endpoint].directCount -= 1 }
        } else {
            slots.end(wasPaused: flight.isPaused)
        }
        endpoints[endpoint].lines[flight.lane].outCount -= 1
        for lane in Delivery.Lane.allCases {
            endpoints[endpoint].lines[lane].noteEnded(flight.id, attemptCount: flight.attemptCount)
        }
        if let lane = flight.seenIn { endpoints[endpoint].lines[lane].mark() }
    }

    private mutating func pause(_ index: Int, _ nowMs: Int64) {
        let untilMs = nowMs + limits.unrecordedPauseMs
        if flights[index].isDirect {
            pausedDirectCount += 1
            endpoints[flights[index].endpoint].directCount -= 1
        } else {
            slots.pause()
        }
        flights[index].stage = .paused(untilMs: untilMs)
        dueTimes.add(.pause(flight: index), atMs: untilMs)
    }

    mutating func pauseEnded(_ index: Int, _ nowMs: Int64) {
        let flight = flights[index]
        let endpoint = flight.endpoint
        remove(index)
        // It was to be kept with the attempt.
        if flight.changedState, let state = endpoints[endpoint].health.state { actions.append(.keep(state)) }
        endpoints[endpoint].lines[flight.lane].mark()
        settle(endpoint, nowMs)
    }
}
