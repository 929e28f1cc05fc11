package import Payments

/// Which endpoints there are, and what is known of them.
extension DeliveryScheduler {
    /// An endpoint that has nothing to send for so long is forgotten.
    private static let forgottenAfterMs: Int64 = 10 * 60_000

    /// - Parameter states: believed the first time alone; afterwards what is known here is newer.
    package mutating func surveyed(_ lines: [OpenLine], states: [EndpointState], nowMs: Int64) -> [Action] {
        if isStopping { return [] }
        noteTime(nowMs)
        surveyAgain(inMs: limits.pollMs, nowMs)
        let isFirst = !isSurveyed
        if isFirst { restore(states, nowMs) }
        let outSince = earliestOut()
        var open: Set<Int> = []
        // What waits is known before anybody asks whether something does.
        for line in lines {
            let endpoint = meet(line.line.endpoint)
            endpoints[endpoint].usedAtMs = nowMs
            open.insert(endpoint)
            compare(line, LineSlot(endpoint: endpoint, lane: line.line.lane), outSince, nowMs)
        }
        isSurveyed = true
        for endpoint in endpoints.indices where !endpoints[endpoint].isFree {
            if isFirst || open.contains(endpoint) {
                askFacts(endpoint, nowMs)
                settle(endpoint, nowMs)
            } else {
                noteEmpty(endpoint, nowMs)
            }
        }
        forgetIdle(nowMs)
        return done(nowMs)
    }

    package mutating func surveyFailed(nowMs: Int64) -> [Action] {
        if isStopping { return [] }
        noteTime(nowMs)
        surveyAgain(inMs: limits.storeRetryMs, nowMs)
        return done(nowMs)
    }

    private mutating func surveyAgain(inMs delayMs: Int64, _ nowMs: Int64) {
        surveyAtMs = nowMs + delayMs
        dueTimes.add(.survey, atMs: nowMs + delayMs)
    }

    private mutating func restore(_ states: [EndpointState], _ nowMs: Int64) {
        for state in states {
            let endpoint = meet(state.key)
            endpoints[endpoint].health.restore(state, nowMs: nowMs)
            phaseChanged(endpoint, from: .closed)
        }
    }

    /// The survey found nothing that waits for it; what came since then is known here.
    private mutating func noteEmpty(_ endpoint: Int, _ nowMs: Int64) {
        guard endpoints[endpoint].isMissing, let hold = endpoints[endpoint].health.state?.hold,
            !endpoints[endpoint].lines.isWaiting || nowMs - hold.sinceMs >= limits.pollMs
        else { return }
        endpoints[endpoint].lines.forgetWaiting()
        release(endpoint, nowMs)
    }

    /// When the first of what is out in each line fell due.
    private func earliestOut() -> [LineSlot: Int64] {
        var earliest: [LineSlot: Int64] = [:]
        flights.forEach { flight in
            let slot = LineSlot(endpoint: flight.endpoint, lane: flight.lane)
            earliest[slot] = min(earliest[slot] ?? flight.dueMs, flight.dueMs)
        }
        return earliest
    }

    /// A line is marked if its first delivery fell due before those that are known.
    private mutating func compare(
        _ open: OpenLine, _ slot: LineSlot, _ outSince: [LineSlot: Int64], _ nowMs: Int64
    ) {
        let (endpoint, lane) = (slot.endpoint, slot.lane)
        guard open.nextDueMs <= nowMs else { return note(endpoint, lane, dueMs: open.nextDueMs, nowMs) }
        guard !endpoints[endpoint].lines[lane].isReading else { return }
        let loadedSince = endpoints[endpoint].lines[lane].rows.first?.delivery.nextAttemptAtMs
        let known = [loadedSince, outSince[slot]].compactMap(\.self).min()
        if known.map({ open.nextDueMs < $0 }) ?? true { endpoints[endpoint].lines[lane].mark() }
    }

    private mutating func forgetIdle(_ nowMs: Int64) {
        for endpoint in endpoints.indices
        where endpoints[endpoint].isIdle && !turns.contains(endpoint)
            && nowMs - endpoints[endpoint].usedAtMs > DeliveryScheduler.forgottenAfterMs
        {
            let tenant = index.remove(endpoints[endpoint].key)
            endpoints[endpoint] = ScheduledEndpoint()
            if let tenant { turns.forget(tenant: tenant) }
        }
    }

    // MARK: - The directory

    /// The number of an endpoint that something is heard of; its facts are asked for when it is met.
    mutating func meet(_ key: EndpointKey, _ nowMs: Int64) -> Int {
        let endpoint = meet(key)
        if isSurveyed, endpoints[endpoint].factsAskedMs == nil {
            endpoints[endpoint].usedAtMs = nowMs
            askFacts(endpoint, nowMs)
        }
        return endpoint
    }

    mutating func meet(_ key: EndpointKey) -> Int {
        if let known = index[key] { return known }
        let (endpoint, tenant) = index.add(key)
        if endpoints.count == endpoint { endpoints.append(ScheduledEndpoint()) }
        endpoints[endpoint] = ScheduledEndpoint(key: key, tenant: tenant)
        turns.add(endpoint: endpoint, tenant: tenant)
        return endpoint
    }

    /// The directory changed: asks for every endpoint's facts anew. What is there again is sent; a disabled endpoint whose
    /// URL changed is enabled.
    package mutating func endpointsChanged(nowMs: Int64) -> [Action] {
        guard isSurveyed, !isStopping else { return [] }
        noteTime(nowMs)
        askAllFacts(nowMs)
        return done(nowMs)
    }

    private mutating func askAllFacts(_ nowMs: Int64) {
        for endpoint in endpoints.indices where !endpoints[endpoint].isFree {
            askFacts(endpoint, nowMs)
            settle(endpoint, nowMs)
        }
    }

    /// What is missing, or has no secret in force, is held from now on, and what is there again no more.
    mutating func askFacts(_ endpoint: Int, _ nowMs: Int64) {
        let now = facts(endpoints[endpoint].key)
        endpoints[endpoint].learn(now, nowMs)
        guard let now else {
            // What is loaded is unloaded, and waits in the store.
            phaseChanged(endpoint, from: endpoints[endpoint].health.phase)
            return noteMissing(endpoint, nowMs)
        }
        let before = endpoints[endpoint].health.phase
        let state = endpoints[endpoint].health.found(urlDigest: now.urlDigest, canSign: now.canSign, nowMs: nowMs)
        if let state { actions.append(.keep(state)) }
        phaseChanged(endpoint, from: before)
    }

    /// What is missing is held while something waits for it: nobody misses an endpoint that was taken out and is owed
    /// nothing.
    mutating func noteMissing(_ endpoint: Int, _ nowMs: Int64) {
        guard isSurveyed, endpoints[endpoint].isMissing else { return }
        guard endpoints[endpoint].lines.isWaiting else { return release(endpoint, nowMs) }
        let before = endpoints[endpoint].health.phase
        guard let state = endpoints[endpoint].health.missed(nowMs: nowMs) else { return }
        actions.append(.keep(state))
        phaseChanged(endpoint, from: before)
    }

    private mutating func release(_ endpoint: Int, _ nowMs: Int64) {
        let before = endpoints[endpoint].health.phase
        guard let state = endpoints[endpoint].health.leftAlone() else { return }
        actions.append(.keep(state))
        phaseChanged(endpoint, from: before)
    }

    /// Keeps memory, slots and the clock in step with what became of an endpoint.
    mutating func phaseChanged(_ endpoint: Int, from before: EndpointHealth.Phase) {
        let phase = endpoints[endpoint].health.phase
        if endpoints[endpoint].facts == nil || !endpoints[endpoint].health.maySend { unloadAll(endpoint) }
        guard phase != before else { return }
        switch phase {
        case .closed: endpoints[endpoint].concurrency.restart()
        case .open(let untilMs): dueTimes.add(.breaker(endpoint: endpoint), atMs: untilMs)
        case .halfOpen: break
        }
    }

    // MARK: - An admin

    /// An admin's word. Enabling closes the breaker and forgets the failures; false if the endpoint is as asked already.
    package mutating func setDisabled(
        _ disabled: Bool, _ key: EndpointKey, detail: String, nowMs: Int64
    ) -> (changed: Bool, actions: [Action]) {
        noteTime(nowMs)
        let endpoint = meet(key, nowMs)
        let before = endpoints[endpoint].health.phase
        let state =
            if disabled {
                endpoints[endpoint].health.disable(detail, urlDigest: endpoints[endpoint].urlDigest, nowMs: nowMs)
            } else {
                endpoints[endpoint].health.enable()
            }
        guard var state else { return (false, done(nowMs)) }
        if !disabled, isSurveyed, let unsendable = unsendable(endpoint, nowMs) { state = unsendable }
        actions.append(.keep(state))
        phaseChanged(endpoint, from: before)
        if !disabled { endpoints[endpoint].concurrency.restart() }
        settle(endpoint, nowMs)
        return (true, done(nowMs))
    }

    /// The state of an endpoint that is missing or has no secret in force; nil if it is neither.
    private mutating func unsendable(_ endpoint: Int, _ nowMs: Int64) -> EndpointState? {
        guard let now = facts(endpoints[endpoint].key) else {
            return endpoints[endpoint].lines.isWaiting ? endpoints[endpoint].health.missed(nowMs: nowMs) : nil
        }
        if now.canSign { return nil }
        return endpoints[endpoint].health.found(urlDigest: now.urlDigest, canSign: false, nowMs: nowMs)
    }

    /// An open breaker lets one message out now.
    package mutating func probe(_ key: EndpointKey, nowMs: Int64) -> [Action] {
        guard let endpoint = index[key], endpoints[endpoint].health.letProbe() else { return [] }
        noteTime(nowMs)
        settle(endpoint, nowMs)
        return done(nowMs)
    }
}
