package import Payments

/// Who may send, and whose turn it is.
extension DeliveryScheduler {
    /// Facts that are older are asked for again before something is sent.
    private static let factsAgeMsMax: Int64 = 1_000

    private enum Gate {
        case open
        /// Something of its own has to change first.
        case shut
        case wait(ScheduledEndpoint.Waiting)
    }

    // MARK: - Turns

    /// What concerns this endpoint changed: it may have to be read, or may send.
    mutating func settle(_ endpoint: Int, _ nowMs: Int64) {
        guard isSurveyed else { return }
        if endpoints[endpoint].isMissing { return noteMissing(endpoint, nowMs) }
        queueReads(endpoint, nowMs)
        offerTurn(endpoint, nowMs)
    }

    private mutating func offerTurn(_ endpoint: Int, _ nowMs: Int64) {
        guard endpoints[endpoint].lines.isReady, !turns.contains(endpoint) else { return }
        switch gate(endpoint, nowMs) {
        case .open: turns.enter(endpoint, of: endpoints[endpoint].tenant)
        case .shut: break
        case .wait(let what): wait(endpoint, what)
        }
    }

    private mutating func wait(_ endpoint: Int, _ what: ScheduledEndpoint.Waiting) {
        guard endpoints[endpoint].waiting.insert(what).inserted else { return }
        switch what {
        case .doubtful: waitingForDoubtful.append(endpoint)
        case .proof: waitingForProof.append(endpoint)
        default: waitingForPressure.append(endpoint)
        }
    }

    /// Those for which there may be room now are looked at again, the longest waiting first.
    mutating func recall(_ nowMs: Int64) {
        var room = slots.doubtfulRoom
        while room > 0, let endpoint = waitingForDoubtful.popFirst() {
            room -= 1
            recall(endpoint, .doubtful, nowMs)
        }
        room = slots.unprovenRoom
        while room > 0, let endpoint = waitingForProof.popFirst() {
            room -= 1
            recall(endpoint, .proof, nowMs)
        }
        defer { pressureSeen = slots.pressure }
        guard slots.pressure < pressureSeen else { return }
        for endpoint in waitingForPressure.removeAll() { recall(endpoint, .pressure, nowMs) }
    }

    private mutating func recall(_ endpoint: Int, _ what: ScheduledEndpoint.Waiting, _ nowMs: Int64) {
        endpoints[endpoint].waiting.remove(what)
        settle(endpoint, nowMs)
    }

    private func gate(_ endpoint: Int, _ nowMs: Int64) -> Gate {
        guard endpoints[endpoint].lines.isReady, isOpen(endpoint) else { return .shut }
        if endpoints[endpoint].health.isHalfOpen { return slots.doubtfulRoom > 0 ? .open : .wait(.doubtful) }
        guard hasRoom(endpoint) else { return .shut }
        if isStalled(endpoint, pressure: 0, nowMs) { return .shut }
        if slots.pressure > 0, isStalled(endpoint, pressure: slots.pressure, nowMs) { return .wait(.pressure) }
        if endpoints[endpoint].health.isDoubtful, slots.doubtfulRoom <= 0 { return .wait(.doubtful) }
        if slots.unprovenRoom <= 0, !isProven(endpoint, nowMs) { return .wait(.proof) }
        return .open
    }

    /// Neither missing nor held.
    private func isOpen(_ endpoint: Int) -> Bool {
        endpoints[endpoint].facts != nil && endpoints[endpoint].health.maySend
    }

    private func isProven(_ endpoint: Int, _ nowMs: Int64) -> Bool {
        slots.isProven(takenAtMs: endpoints[endpoint].concurrency.takenAtMs, nowMs: nowMs)
    }

    private func hasRoom(_ endpoint: Int) -> Bool { endpoints[endpoint].concurrency.inFlight < endpoints[endpoint].cap }

    /// Whether it gets nothing more until it answers: so many requests are out, and it is silent or all of those are overdue.
    private func isStalled(_ endpoint: Int, pressure: Int, _ nowMs: Int64) -> Bool {
        let count = Slots.suspectMax(pressure: pressure)
        guard endpoints[endpoint].concurrency.inFlight >= count,
            let sent = flights.sentMs(of: endpoint, count: count)
        else { return false }
        let isPressed = pressure > 0
        return endpoints[endpoint].concurrency.isSilent(oldestSentMs: sent.oldest, isPressed: isPressed, nowMs: nowMs)
            || endpoints[endpoint].concurrency.isOverdue(sentMs: sent.last, isPressed: isPressed, nowMs: nowMs)
    }

    /// Whether it could send at once if it had something.
    func couldSend(_ endpoint: Int, _ nowMs: Int64) -> Bool {
        guard isOpen(endpoint) else { return false }
        if endpoints[endpoint].health.isHalfOpen { return true }
        return hasRoom(endpoint) && !isStalled(endpoint, pressure: 0, nowMs)
    }

    // MARK: - Sending

    mutating func sendInTurn(_ nowMs: Int64) {
        noteSlow(nowMs)
        guard isSurveyed else { return }
        while slots.hasRoom, let endpoint = turns.next {
            let tenant = endpoints[endpoint].tenant
            switch gate(endpoint, nowMs) {
            case .open: send(endpoint, nowMs)
            case .shut: turns.leave(endpoint, of: tenant)
            case .wait(let what):
                turns.leave(endpoint, of: tenant)
                wait(endpoint, what)
            }
        }
    }

    mutating func noteSlow(_ nowMs: Int64) {
        flights.forEachGrownOld(beforeMs: nowMs - Slots.slowMs) { flight in
            if flight.isProven { slots.grewOld() }
            flight.isOld = true
        }
        slots.watchTrouble(nowMs)
    }

    private mutating func send(_ endpoint: Int, _ nowMs: Int64) {
        if nowMs - (endpoints[endpoint].factsAskedMs ?? nowMs) > DeliveryScheduler.factsAgeMsMax {
            askFacts(endpoint, nowMs)
            // It may be held now; its turn is over then.
            guard endpoints[endpoint].lines.isReady else {
                return turns.leave(endpoint, of: endpoints[endpoint].tenant)
            }
        }
        let isProbe = endpoints[endpoint].health.isHalfOpen
        guard let due = endpoints[endpoint].lines.popNext(isProbe: isProbe) else { return }
        unloaded(due, endpoint)
        begin(due, endpoint, isProbe: isProbe, nowMs)
        actions.append(.send(due))
        if !endpoints[endpoint].lines.isReady { turns.leave(endpoint, of: endpoints[endpoint].tenant) }
        queueReads(endpoint, nowMs)
    }

    private mutating func begin(_ due: DueDelivery, _ endpoint: Int, isProbe: Bool, _ nowMs: Int64) {
        var flight = FlightTable.Flight(of: due.delivery, endpoint: endpoint, era: endpoints[endpoint].era)
        flight.sentAtMs = nowMs
        flight.expectedMs = endpoints[endpoint].concurrency.expectedMs
        flight.isProbe = isProbe
        flight.isDoubtful = endpoints[endpoint].health.isDoubtful
        flight.isProven = isProven(endpoint, nowMs)
        slots.take(isDoubtful: flight.isDoubtful, isProven: flight.isProven)
        turns.serve(endpoint, of: endpoints[endpoint].tenant, expectedMs: flight.expectedMs)
        flights.begin(flight)
        endpoints[endpoint].concurrency.inFlight += 1
        endpoints[endpoint].lines[flight.lane].outCount += 1
        endpoints[endpoint].usedAtMs = nowMs
        if isProbe { endpoints[endpoint].health.probeBegan() }
    }

    private func directCount(ofTenantOf endpoint: Int) -> Int {
        let tenant = endpoints[endpoint].tenant
        return endpoints.indices.reduce(into: 0) { count, other in
            if endpoints[other].tenant == tenant { count += endpoints[other].directCount }
        }
    }

    /// Takes a delivery for somebody who waits for its answer, whatever the queue; it goes on with `answered` and `ended`.
    package mutating func claimDirect(_ due: DueDelivery) -> DirectRefusal? {
        if isStopping { return .stopping }
        let place = flights.place(of: due.delivery.id)
        if case .out = place { return .inFlight }
        guard directCount - pausedDirectCount < limits.directMax else { return .busy }
        let endpoint = meet(due.delivery.endpointKey)
        guard endpoints[endpoint].directCount < limits.directPerEndpointMax,
            directCount(ofTenantOf: endpoint) < limits.directPerTenantMax
        else { return .busy }
        if place == .loaded { unload(due.delivery.id, endpoint) }
        var flight = FlightTable.Flight(of: due.delivery, endpoint: endpoint, era: endpoints[endpoint].era)
        flight.isDirect = true
        flights.beginDirect(flight)
        directCount += 1
        endpoints[endpoint].directCount += 1
        endpoints[endpoint].lines[flight.lane].outCount += 1
        return nil
    }
}
