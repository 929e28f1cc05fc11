/// How many TLS connections may be opened, and when: a token bucket, kept as the one time at which it is full again
/// (the generic cell rate algorithm, ITU-T I.371).
///
/// A handshake costs a loop about a millisecond (measured), in which nobody else on that loop is served: unlimited, the
/// restart of a thousand merchants' servers would hold up everybody for a second.
package struct ConnectionBudget: Sendable {
    private let interval: Duration
    private let burst: Duration
    private var fullAt: ContinuousClock.Instant?

    /// - Parameters:
    ///   - interval: a token comes back each time it has passed.
    ///   - burst: tokens that a full bucket holds, at least 1.
    package init(interval: Duration, burst: Int) {
        self.interval = interval
        self.burst = interval * max(burst, 1)
    }

    /// Takes a token if there is one.
    package mutating func take(at now: ContinuousClock.Instant) -> Bool {
        guard nextToken(from: now) <= now else { return false }
        fullAt = max(fullAt ?? now, now) + interval
        return true
    }

    /// For a connection that was not foreseen and is open all the same; at most one more bucket is owed.
    package mutating func charge(at now: ContinuousClock.Instant) {
        fullAt = min(max(fullAt ?? now, now) + interval, now + burst * 2)
    }

    /// Puts a token back that was not used.
    package mutating func giveBack() { fullAt = fullAt.map { $0 - interval } }

    /// When there is a token: now, or later.
    package func nextToken(from now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        guard let fullAt else { return now }
        return max(fullAt + interval - burst, now)
    }
}
