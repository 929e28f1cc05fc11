import Synchronization

/// How often each signed message came in a span of time, by its signature; bounded, whatever is sent.
///
/// A message's span begins when it first comes. What came in the span before is kept beside what comes in this one, and no
/// longer: that many are in memory, and forgetting costs no walk over them.
final class MessageTally: Sendable {
    private struct Spent {
        var startMs: Int64
        var count: Int
    }

    private struct Generation {
        /// By tenant, then by the signature's hash, whose seed is this process's own.
        var messages: [String: [Int: Spent]] = [:]
        var count = 0
    }

    private struct State {
        var startMs: Int64
        var current = Generation()
        var earlier = Generation()
    }

    private let spanMs: Int64
    private let perTenantMax: Int
    private let totalMax: Int
    private let state = Mutex(State(startMs: .min))

    /// - Parameters:
    ///   - perTenantMax: messages of one tenant that are remembered of one span.
    ///   - totalMax: of all tenants; 40 bytes each, and twice, for the span before.
    init(spanMs: Int64, perTenantMax: Int, totalMax: Int = 500_000) {
        self.spanMs = spanMs
        self.perTenantMax = perTenantMax
        self.totalMax = totalMax
    }

    /// How often it came in its span, this time included; nil if there are too many messages to remember one more.
    ///
    /// - Parameter signature: the message's own; it is the same however its text is cut into fields.
    func count(_ signature: String, tenant: String, nowMs: Int64) -> Int? {
        var hasher = Hasher()
        hasher.combine(signature)
        let key = hasher.finalize()
        return state.withLock { state in
            turnOver(&state, nowMs)
            if let again = again(in: &state.current, tenant, key, nowMs) { return again }
            if let again = again(in: &state.earlier, tenant, key, nowMs) { return again }
            let isKnown = state.current.messages[tenant]?[key] != nil
            let remembered = state.current.messages[tenant]?.count ?? 0
            guard isKnown || (remembered < perTenantMax && state.current.count < totalMax) else { return nil }
            state.current.messages[tenant, default: [:]][key] = Spent(startMs: nowMs, count: 1)
            if !isKnown { state.current.count += 1 }
            return 1
        }
    }

    /// How many messages are remembered.
    var rememberedCount: Int { state.withLock { $0.current.count + $0.earlier.count } }

    /// Counts a message whose span is not over; nil if it is, or if there is no such message.
    private func again(in generation: inout Generation, _ tenant: String, _ key: Int, _ nowMs: Int64) -> Int? {
        guard let spent = generation.messages[tenant]?[key], !isOver(spent.startMs, nowMs) else { return nil }
        generation.messages[tenant]?[key]?.count = spent.count + 1
        return spent.count + 1
    }

    private func turnOver(_ state: inout State, _ nowMs: Int64) {
        guard isOver(state.startMs, nowMs) else { return }
        let isLongOver = state.startMs == .min || nowMs < state.startMs || nowMs - state.startMs >= 2 * spanMs
        state.earlier = isLongOver ? Generation() : state.current
        state.current = Generation()
        state.startMs = nowMs
    }

    /// Also when the clock was set back.
    private func isOver(_ startMs: Int64, _ nowMs: Int64) -> Bool {
        startMs == .min || nowMs - startMs >= spanMs || nowMs < startMs
    }
}
