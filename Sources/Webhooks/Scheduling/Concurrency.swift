/// How many requests one endpoint gets at a time, and how long its answers take.
struct Concurrency: Sendable {
    private static let capAtFirst = 4
    /// The weight of the newest answer in the moving mean of answer times.
    private static let newestShare = 0.125
    /// What an answer is expected to take before there was one, in milliseconds.
    private static let expectedAtFirstMs = 100.0
    /// An endpoint is silent, and an answer overdue, after this many times the mean,
    private static let patienceFactor = 4.0
    /// but not sooner than this; the second while slots are scarce.
    private static let patienceMsMin = (usual: Int64(1_000), pressed: Int64(300))
    /// An answer is not overdue either before this many times what the slowest one of late took, as long as that is bounded.
    private static let slowestFactor = 1.5
    private static let slowestMsMax = 5_000.0
    /// The slowest answer is that of the last one to two of these.
    private static let slowestSpanMs: Int64 = 60_000

    private(set) var cap = Concurrency.capAtFirst
    var inFlight = 0
    private var takenSinceGrowth = 0
    private var meanMs: Double?
    private var cutAtMs: Int64?
    private(set) var takenAtMs: Int64?
    private var answeredAtMs: Int64?
    private var slowest = (span: Int64(0), ms: 0.0, beforeMs: 0.0)

    var expectedMs: Int64 { max(1, Int64(meanMs ?? Concurrency.expectedAtFirstMs)) }

    /// Whether it has not answered anything for too long. It may have died this moment, which only its silence shows.
    func isSilent(oldestSentMs: Int64, isPressed: Bool, nowMs: Int64) -> Bool {
        nowMs - max(oldestSentMs, answeredAtMs ?? oldestSentMs) > patienceMs(isPressed)
    }

    /// Whether a request that was sent then should have been answered, going by the slowest answers too.
    func isOverdue(sentMs: Int64, isPressed: Bool, nowMs: Int64) -> Bool {
        let slowestMs = min(Concurrency.slowestFactor * max(slowest.ms, slowest.beforeMs), Concurrency.slowestMsMax)
        return nowMs - sentMs > max(patienceMs(isPressed), Int64(slowestMs))
    }

    private func patienceMs(_ isPressed: Bool) -> Int64 {
        let least = isPressed ? Concurrency.patienceMsMin.pressed : Concurrency.patienceMsMin.usual
        return max(least, Int64(Concurrency.patienceFactor * (meanMs ?? Concurrency.expectedAtFirstMs)))
    }

    /// It took what it was sent: one more at a time for every `cap` of these.
    mutating func took(durationMs: Int64, inFlightMax: Int, nowMs: Int64) {
        answered(durationMs: durationMs, nowMs: nowMs)
        takenAtMs = nowMs
        cap = min(cap, inFlightMax)
        takenSinceGrowth += 1
        guard takenSinceGrowth >= cap, cap < inFlightMax else { return }
        cap += 1
        takenSinceGrowth = 0
    }

    mutating func answered(durationMs: Int64, nowMs: Int64) {
        let durationMs = Double(max(0, durationMs))
        meanMs = meanMs.map { $0 + Concurrency.newestShare * (durationMs - $0) } ?? durationMs
        answeredAtMs = nowMs
        let span = nowMs / Concurrency.slowestSpanMs
        if span != slowest.span { slowest = (span, 0, span == slowest.span + 1 ? slowest.ms : 0) }
        slowest.ms = max(slowest.ms, durationMs)
    }

    /// It said that it is too much: 429 or 503.
    mutating func overloaded(sentAtMs: Int64, nowMs: Int64) {
        answeredAtMs = nowMs
        cut(to: max(1, cap / 2), sentAtMs, nowMs)
    }

    /// There was no answer.
    mutating func silent(sentAtMs: Int64, nowMs: Int64) { cut(to: 1, sentAtMs, nowMs) }

    /// Its breaker closed.
    mutating func restart() {
        cap = 1
        takenSinceGrowth = 0
    }

    /// What was learnt is as old as before.
    mutating func clockWasSetBack(byMs ms: Int64) {
        cutAtMs = cutAtMs.map { $0 - ms }
        takenAtMs = takenAtMs.map { $0 - ms }
        answeredAtMs = answeredAtMs.map { $0 - ms }
        // Rounded up: the next answer falls into the same span or the one after it, as it would have.
        slowest.span -= (ms + Concurrency.slowestSpanMs - 1) / Concurrency.slowestSpanMs
    }

    /// What was learnt at another URL; what is out stays out.
    mutating func forget() {
        let inFlight = inFlight
        self = Concurrency()
        self.inFlight = inFlight
    }

    /// Requests that were sent together are one sign, so that those sent before a cut lead to no further one.
    private mutating func cut(to less: Int, _ sentAtMs: Int64, _ nowMs: Int64) {
        if let cutAtMs, sentAtMs < cutAtMs { return }
        cap = less
        takenSinceGrowth = 0
        cutAtMs = nowMs
    }
}
