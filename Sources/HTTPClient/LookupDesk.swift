import Diagnostics
import Dispatch
import HTTP
import Synchronization

/// Who waits for which name, and what a lookup thread does for them.
final class LookupDesk: Sendable {
    typealias Answer = Result<[IPAddress], SendError>

    /// A caller waits no longer for a lookup if there is a last good answer (RFC 8767 §5, the client response timer).
    static let stalePatienceMs: Int64 = 1_000
    static let waitersMax = 20_000

    private struct Waiter {
        let then: @Sendable (Answer) -> Void
        /// What it is told when its time is up; nil if that is an error.
        let stale: [IPAddress]?
        let timer: any ScheduledCall
    }

    private struct Lookup {
        /// Nil while it waits for its turn.
        var begunAtMs: Int64?
        /// Whether one who waited for it got nothing in time, though it had begun.
        var wasTooSlow = false
        /// None where all have been told the last good answer; the lookup goes on and brings the next one.
        var waiters: [UInt64: Waiter] = [:]
    }

    private struct State {
        var cache = NameCache()
        var turns: LookupTurns
        var lookups: [String: Lookup] = [:]
        var waiterCount = 0
        var lastWaiter: UInt64 = 0
        var stopped = false
    }

    private let clock: any Clock
    private let threadCount: Int
    private let state: Mutex<State>
    /// Signalled once for each host queued, for each end of a lookup that makes room for one, and for each thread when
    /// stopping.
    private let work = DispatchSemaphore(value: 0)

    init(clock: any Clock, threadCount: Int) {
        self.clock = clock
        self.threadCount = threadCount
        state = Mutex(State(turns: LookupTurns(threadCount: threadCount)))
    }

    func resolve(_ host: String, timeoutMs: Int, then: @escaping @Sendable (Answer) -> Void) {
        let nowMs = clock.nowMs
        let known: Answer? = state.withLock { state in
            if state.stopped { return .failure(LookupDesk.stopping) }
            if let answer = state.cache.answer(for: host, nowMs: nowMs) { return answer }
            let stale = state.cache.staleAddresses(of: host, nowMs: nowMs)
            let patienceMs = stale == nil ? Int64(timeoutMs) : min(Int64(timeoutMs), LookupDesk.stalePatienceMs)
            let isTaken = enqueue(host, atMs: nowMs + patienceMs, stale: stale, then, &state)
            return isTaken ? nil : LookupDesk.answer(stale, orElse: LookupDesk.busy(host))
        }
        if let known { then(known) }
    }

    /// What one lookup thread does until `stop`.
    func serve(_ lookup: SystemResolver.Lookup) {
        while let host = nextHost() { finish(host, lookup(host)) }
    }

    /// Answers all who wait and ends the threads as soon as each is idle.
    func stop() {
        let waiters = state.withLock { state in
            state.stopped = true
            let waiters = state.lookups.values.flatMap { $0.waiters.values }
            state.lookups = [:]
            state.waiterCount = 0
            return waiters
        }
        for _ in 0..<threadCount { work.signal() }
        answer(waiters, .failure(LookupDesk.stopping))
    }

    /// Adds a waiter, and the host if it is new; false if there is no room.
    ///
    /// - Parameter atMs: when it is told `stale`, or an error if there is none.
    private func enqueue(
        _ host: String, atMs: Int64, stale: [IPAddress]?, _ then: @escaping @Sendable (Answer) -> Void,
        _ state: inout State
    ) -> Bool {
        let isNew = state.lookups[host] == nil
        let full = state.waiterCount >= LookupDesk.waitersMax || (isNew && !state.turns.hasRoom(for: host))
        guard !full else { return false }
        state.waiterCount += 1
        state.lastWaiter += 1
        let id = state.lastWaiter
        // Unowned by the clock: a resolver that is gone has answered everybody.
        let timer = clock.schedule(atMs: atMs) { [weak self] in self?.expire(host, waiter: id) }
        state.lookups[host, default: Lookup()].waiters[id] = Waiter(then: then, stale: stale, timer: timer)
        if isNew {
            state.turns.add(host)
            work.signal()
        }
        return true
    }

    private func nextHost() -> String? {
        while true {
            work.wait()
            let nowMs = clock.nowMs
            let (host, stopped): (String?, Bool) = state.withLock { state in
                if state.stopped { return (nil, true) }
                // None when the host was given up before its turn, or when slow ones hold all the threads they may.
                guard let host = state.turns.next() else { return (nil, false) }
                state.lookups[host]?.begunAtMs = nowMs
                return (host, false)
            }
            if stopped { return nil }
            if let host { return host }
        }
    }

    private func finish(_ host: String, _ found: Result<[IPAddress], LookupFailure>) {
        let nowMs = clock.nowMs
        let ended: (waiters: [Waiter], answer: Answer)? = state.withLock { state in
            // Nil after `stop`.
            guard let lookup = state.lookups.removeValue(forKey: host), let begunAtMs = lookup.begunAtMs
            else { return nil }
            let wasSlow = lookup.wasTooSlow || nowMs - begunAtMs > LookupTurns.slowMs
            if state.turns.ended(host, wasSlow: wasSlow) { work.signal() }
            state.waiterCount -= lookup.waiters.count
            return (Array(lookup.waiters.values), state.cache.keep(found, of: host, nowMs: nowMs))
        }
        if let ended { answer(ended.waiters, ended.answer) }
    }

    private func expire(_ host: String, waiter id: UInt64) {
        let late: (waiter: Waiter, begun: Bool)? = state.withLock { state in
            guard let waiter = state.lookups[host]?.waiters.removeValue(forKey: id) else { return nil }
            state.waiterCount -= 1
            let begun = state.lookups[host]?.begunAtMs != nil
            // A lookup that somebody was told an old answer for keeps its turn: it is to bring a new one.
            if waiter.stale == nil {
                if begun {
                    state.lookups[host]?.wasTooSlow = true
                } else if state.lookups[host]?.waiters.isEmpty ?? false {
                    state.lookups[host] = nil
                    state.turns.remove(host)
                }
            }
            return (waiter, begun)
        }
        guard let late else { return }
        let slow = SendError(code: .dns, message: "The lookup of \(host) took too long.")
        late.waiter.then(LookupDesk.answer(late.waiter.stale, orElse: late.begun ? slow : LookupDesk.busy(host)))
    }

    private func answer(_ waiters: [Waiter], _ answer: Answer) {
        for waiter in waiters {
            waiter.timer.cancel()
            waiter.then(answer)
        }
    }

    private static func answer(_ stale: [IPAddress]?, orElse error: SendError) -> Answer {
        if let stale { .success(stale) } else { .failure(error) }
    }

    private static func busy(_ host: String) -> SendError {
        SendError(code: .busy, message: "The lookup of \(host) did not begin: the resolver is busy.")
    }

    private static let stopping = SendError(code: .canceled, message: "This process is shutting down.")
}
