import Payments

/// An endpoint's breaker, and whether it is disabled, missing or has nothing to sign with.
///
/// The breaker opens after 5 failures in a row over at least 5 s, from the first one's start to the last one's end, or when
/// half of 20 or more within a minute failed; for 15 to 30 s at first and twice as long each time it opens again without a
/// success in between, for 10 min at most. Then one message goes out to see.
struct EndpointHealth: Sendable {
    enum Phase: Sendable, Hashable {
        case closed
        case open(untilMs: Int64)
        case halfOpen(isProbing: Bool)
    }

    static let straightFailuresMax = 5
    static let straightSpanMs: Int64 = 5_000
    static let openMsAtFirst: Int64 = 30_000
    static let openMsMax: Int64 = 10 * 60_000
    /// An endpoint that took nothing for so long is disabled, if enough failed.
    static let disabledAfterMs: Int64 = 5 * 24 * 60 * 60_000
    static let disabledAfterFailures = 20

    let key: EndpointKey
    /// Nil as long as it never failed and was never held.
    private(set) var state: EndpointState?
    private(set) var phase = Phase.closed
    private var straightFailures = 0
    private var straightSinceMs: Int64 = 0
    private var recent = RecentResults()

    init(key: EndpointKey) { self.key = key }

    /// Whether it is kept back for good, until somebody does something.
    var isShut: Bool { state?.hold.map { $0.reason != .circuitOpen } ?? false }
    var maySend: Bool {
        if isShut { return false }
        switch phase {
        case .closed, .halfOpen(isProbing: false): return true
        case .open, .halfOpen(isProbing: true): return false
        }
    }
    var isHalfOpen: Bool { if case .halfOpen = phase { true } else { false } }
    /// Whether what is sent to it shares a small part of the slots with all such.
    var isDoubtful: Bool { isHalfOpen || straightFailures >= EndpointHealth.straightFailuresMax }

    // MARK: - Attempts

    /// - Parameters:
    ///   - isTrial: whether it went out although the endpoint is held: as the probe, or for somebody who waits.
    ///   - jitter: 0..<1.
    /// - Returns: the state if it changed.
    mutating func answered(
        _ attempt: Attempt, _ verdict: AttemptVerdict, event: String, isTrial: Bool, urlDigest: String, nowMs: Int64,
        jitter: Double
    ) -> EndpointState? {
        if verdict == .taken { return took(isTrial: isTrial, nowMs: nowMs) }
        change(urlDigest) { state in
            state.failureCount += 1
            // The clock may have been set back since the first one.
            state.failingSinceMs = min(state.failingSinceMs ?? nowMs, nowMs)
            if state.failedEvents.count < EndpointState.failedEventsMax, !state.failedEvents.contains(event) {
                state.failedEvents.append(event)
            }
        }
        if verdict != .unsent { recent.add(failed: verdict.opensBreaker, nowMs: nowMs) }
        if verdict.opensBreaker {
            if straightFailures == 0 { straightSinceMs = min(attempt.startedAtMs, nowMs) }
            straightFailures += 1
        } else if verdict != .unsent {
            straightFailures = 0
        }
        if !isShut {
            if let reason = reasonToDisable(verdict, nowMs) {
                shut(.disabled, reason, nowMs)
            } else {
                moveBreaker(attempt, verdict, isTrial: isTrial, nowMs: nowMs, jitter: jitter)
            }
        }
        return changed()
    }

    private mutating func took(isTrial: Bool, nowMs: Int64) -> EndpointState? {
        recent.add(failed: false, nowMs: nowMs)
        straightFailures = 0
        let closes = isTrial && phase != .closed
        guard closes || state?.failingSinceMs != nil else { return nil }
        if closes { phase = .closed }
        let closed = phase == .closed
        change(nil) { state in
            state.failingSinceMs = nil
            state.failureCount = 0
            state.failedEvents = []
            if closed {
                state.openCount = 0
                if state.hold?.reason == .circuitOpen { state.hold = nil }
            }
        }
        if closes { recent = RecentResults() }
        return changed()
    }

    private mutating func moveBreaker(
        _ attempt: Attempt, _ verdict: AttemptVerdict, isTrial: Bool, nowMs: Int64, jitter: Double
    ) {
        if phase == .closed {
            if verdict.opensBreaker, let reason = reasonToOpen(attempt, nowMs) { open(reason, nowMs, jitter) }
        } else if isTrial, verdict == .answered {
            close()
        } else if isTrial, isHalfOpen {
            open("the message that was to show whether it is back was not taken either", nowMs, jitter)
        }
    }

    private func reasonToOpen(_ attempt: Attempt, _ nowMs: Int64) -> String? {
        if straightFailures >= EndpointHealth.straightFailuresMax,
            nowMs - straightSinceMs >= EndpointHealth.straightSpanMs
        {
            return "\(straightFailures) tries in a row failed, the last with \(attempt.reason)"
        }
        guard recent.isBad else { return nil }
        return "\(recent.failureCount) of \(recent.count) tries within a minute failed, the last with \(attempt.reason)"
    }

    private func reasonToDisable(_ verdict: AttemptVerdict, _ nowMs: Int64) -> String? {
        if verdict == .gone { return "it answered 410 (gone)" }
        guard let state, let sinceMs = state.failingSinceMs, nowMs - sinceMs >= EndpointHealth.disabledAfterMs,
            state.failureCount >= EndpointHealth.disabledAfterFailures,
            state.failedEvents.count >= EndpointState.failedEventsMax
        else { return nil }
        return "it took nothing for 5 days, and \(state.failureCount) tries failed"
    }

    private mutating func open(_ detail: String, _ nowMs: Int64, _ jitter: Double) {
        let doublings = min(state?.openCount ?? 0, 10)
        let fullMs = min(EndpointHealth.openMsAtFirst << Int64(doublings), EndpointHealth.openMsMax)
        let untilMs = nowMs + Int64((Double(fullMs) * (0.5 + 0.5 * jitter)).rounded())
        phase = .open(untilMs: untilMs)
        change(nil) { state in
            state.openCount += 1
            state.hold = EndpointHold(reason: .circuitOpen, sinceMs: nowMs, untilMs: untilMs, detail: detail)
        }
    }

    private mutating func close() {
        phase = .closed
        straightFailures = 0
        recent = RecentResults()
        change(nil) { $0.hold = nil }
    }

    // MARK: - The breaker's time and probes

    /// - Returns: whether a message may go out now that might not before.
    mutating func timeCame(_ nowMs: Int64) -> Bool {
        guard case .open(let untilMs) = phase, untilMs <= nowMs else { return false }
        phase = .halfOpen(isProbing: false)
        return true
    }

    /// - Returns: whether a message may go out now that might not before.
    mutating func letProbe() -> Bool {
        guard !isShut, case .open = phase else { return false }
        phase = .halfOpen(isProbing: false)
        return true
    }

    mutating func probeBegan() { phase = .halfOpen(isProbing: true) }

    /// It ended and nothing is known.
    mutating func probeEnded() {
        if phase == .halfOpen(isProbing: true) { phase = .halfOpen(isProbing: false) }
    }

    /// An open breaker stays open for as long as it had left, and failures are as old as before.
    ///
    /// - Returns: the state if the breaker holds it.
    mutating func clockWasSetBack(byMs ms: Int64) -> EndpointState? {
        straightSinceMs -= ms
        recent.clockWasSetBack(byMs: ms)
        if case .open(let untilMs) = phase { phase = .open(untilMs: untilMs - ms) }
        guard let hold = state?.hold, hold.reason == .circuitOpen else { return nil }
        change(nil) { state in
            state.hold = EndpointHold(
                reason: .circuitOpen, sinceMs: hold.sinceMs - ms, untilMs: hold.untilMs.map { $0 - ms },
                detail: hold.detail)
        }
        return changed()
    }

    // MARK: - What others say

    /// As it was kept before a restart; an open breaker goes on.
    mutating func restore(_ kept: EndpointState, nowMs: Int64) {
        if let state, state.revision > kept.revision { return }
        state = kept
        phase = .closed
        guard let hold = kept.hold, hold.reason == .circuitOpen else { return }
        // No clock was ever so wrong that a breaker stays open longer than it may.
        let untilMs = min(hold.untilMs ?? nowMs, nowMs + EndpointHealth.openMsMax)
        phase = untilMs > nowMs ? .open(untilMs: untilMs) : .halfOpen(isProbing: false)
    }

    /// The directory does not have it, and something waits for it. One that is disabled stays so.
    mutating func missed(nowMs: Int64) -> EndpointState? {
        if isShut, state?.hold?.reason != .secretsLapsed { return nil }
        shut(.missing, "no tenant's file has it", nowMs)
        return changed()
    }

    /// The directory does not have it, and nothing waits for it. One that is disabled stays so.
    mutating func leftAlone() -> EndpointState? {
        guard let hold = state?.hold, hold.reason != .disabled else { return nil }
        close()
        return changed()
    }

    /// The directory has it. What was learnt at another URL is forgotten; what was said of it while no file had it, so that
    /// its URL was not known, stays.
    ///
    /// - Parameter canSign: whether one of its secrets is in force; without one nothing can be sent. One that is disabled
    ///   stays so.
    mutating func found(urlDigest: String, canSign: Bool, nowMs: Int64) -> EndpointState? {
        var isNew = false
        if let state, state.urlDigest != urlDigest {
            if state.urlDigest.isEmpty {
                change(nil) { $0.urlDigest = urlDigest }
            } else {
                self = EndpointHealth(key: key)
                self.state = EndpointState(key: key, urlDigest: urlDigest, revision: state.revision)
            }
            isNew = true
        }
        let reason = state?.hold?.reason
        if !canSign, reason != .disabled, reason != .secretsLapsed {
            change(urlDigest) { _ in }
            shut(.secretsLapsed, "all its secrets have lapsed", nowMs)
            return changed()
        }
        if canSign, reason == .missing || reason == .secretsLapsed {
            close()
            return changed()
        }
        return isNew ? changed() : nil
    }

    /// - Returns: nil if it is disabled.
    mutating func disable(_ detail: String, urlDigest: String, nowMs: Int64) -> EndpointState? {
        if state?.hold?.reason == .disabled { return nil }
        change(urlDigest) { _ in }
        shut(.disabled, detail, nowMs)
        return changed()
    }

    /// - Returns: nil if it was not disabled and its breaker is closed.
    mutating func enable() -> EndpointState? {
        guard let hold = state?.hold, hold.reason != .missing, hold.reason != .secretsLapsed else { return nil }
        close()
        change(nil) { state in
            state.failingSinceMs = nil
            state.failureCount = 0
            state.failedEvents = []
            state.openCount = 0
        }
        return changed()
    }

    private mutating func shut(_ reason: EndpointHold.Reason, _ detail: String, _ nowMs: Int64) {
        phase = .closed
        straightFailures = 0
        recent = RecentResults()
        change(nil) { $0.hold = EndpointHold(reason: reason, sinceMs: nowMs, detail: detail) }
    }

    /// - Parameter urlDigest: of a new state.
    private mutating func change(_ urlDigest: String?, _ body: (inout EndpointState) -> Void) {
        var changed = state ?? EndpointState(key: key, urlDigest: urlDigest ?? "", revision: 0)
        body(&changed)
        state = changed
    }

    /// Once after each change or several at a time.
    private mutating func changed() -> EndpointState? {
        state?.revision += 1
        return state
    }
}

extension Attempt {
    /// In a sentence for people.
    fileprivate var reason: String { outcome == .status ? "status \(statusCode ?? 0)" : outcome.rawValue }
}
