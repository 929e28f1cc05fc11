package import Diagnostics
import Dispatch
package import HTTP
import Platform
import Synchronization

/// The system's resolver on threads of its own, with a deadline for each caller and a small cache.
///
/// A lookup that hangs keeps its thread, but its callers have their error at their deadline, and one host holds one
/// thread only, however many ask for it. When all threads hang, other hosts' lookups fail at their deadline too.
package final class SystemResolver: NameResolver {
    /// Looks a name up and blocks while it does.
    package typealias Lookup = @Sendable (_ host: String) -> Result<[IPAddress], SendError>

    private let desk: LookupDesk
    private let threads: [OwnThread]

    /// - Parameters:
    ///   - clock: what deadlines and the cache's ages go by.
    ///   - threadCount: how many lookups may go on at once, and so how many may hang without delaying others.
    ///   - lookup: `getaddrinfo` unless a test says otherwise.
    package convenience init(clock: any Clock = SystemClock(), threadCount: Int = 4) {
        self.init(clock: clock, threadCount: threadCount, lookup: { SystemLookup.addresses(of: $0) })
    }

    package init(clock: any Clock, threadCount: Int = 4, lookup: @escaping Lookup) {
        let desk = LookupDesk(clock: clock, threadCount: threadCount)
        self.desk = desk
        threads = (1...threadCount).map { number in
            OwnThread.start(name: "resolver-\(number)") { desk.serve(lookup) }
        }
    }

    /// The threads end by themselves, a hanging one when its lookup does.
    deinit { desk.stop() }

    package func resolve(
        _ host: String, timeoutMs: Int, then: @escaping @Sendable (Result<[IPAddress], SendError>) -> Void
    ) {
        desk.resolve(host, timeoutMs: timeoutMs, then: then)
    }
}

/// Who waits for which name; the cache; the queue that the lookup threads take from.
final class LookupDesk: Sendable {
    typealias Answer = Result<[IPAddress], SendError>

    static let positiveMs: Int64 = 30_000
    static let negativeMs: Int64 = 5_000
    static let cachedHostsMax = 4_096
    static let queuedHostsMax = 1_000
    static let waitersMax = 20_000

    private struct Waiter {
        let then: @Sendable (Answer) -> Void
        let timer: any ScheduledCall
    }

    private struct Lookup {
        var begun = false
        var waiters: [UInt64: Waiter] = [:]
    }

    private struct State {
        var cache: [String: (answer: Answer, atMs: Int64)] = [:]
        var lookups: [String: Lookup] = [:]
        /// Hosts whose lookup has not begun, oldest first.
        var queue: [String] = []
        var waiterCount = 0
        var lastWaiter: UInt64 = 0
        var stopped = false
    }

    private let clock: any Clock
    private let threadCount: Int
    private let state = Mutex(State())
    /// Signalled once for each host queued, and for each thread when stopping.
    private let work = DispatchSemaphore(value: 0)

    init(clock: any Clock, threadCount: Int) {
        self.clock = clock
        self.threadCount = threadCount
    }

    func resolve(_ host: String, timeoutMs: Int, then: @escaping @Sendable (Answer) -> Void) {
        let nowMs = clock.nowMs
        let known: Answer? = state.withLock { state in
            if state.stopped {
                return .failure(SendError(code: .canceled, message: "This process is shutting down."))
            }
            if let answer = LookupDesk.cached(host, in: state, nowMs: nowMs) { return answer }
            return enqueue(host, atMs: nowMs + Int64(timeoutMs), then, &state)
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
            state.queue = []
            state.waiterCount = 0
            return waiters
        }
        for _ in 0..<threadCount { work.signal() }
        answer(waiters, .failure(SendError(code: .canceled, message: "This process is shutting down.")))
    }

    private static func cached(_ host: String, in state: State, nowMs: Int64) -> Answer? {
        guard let entry = state.cache[host], isFresh(entry, nowMs: nowMs) else { return nil }
        return entry.answer
    }

    private static func isFresh(_ entry: (answer: Answer, atMs: Int64), nowMs: Int64) -> Bool {
        let lifeMs: Int64
        switch entry.answer {
        case .success: lifeMs = positiveMs
        case .failure: lifeMs = negativeMs
        }
        // A wall clock that was set back makes an entry stale, not young.
        return (0..<lifeMs).contains(nowMs - entry.atMs)
    }

    /// Adds a waiter, and the host if it is new; the answer instead if there is no room.
    private func enqueue(
        _ host: String, atMs: Int64, _ then: @escaping @Sendable (Answer) -> Void, _ state: inout State
    ) -> Answer? {
        let isNew = state.lookups[host] == nil
        let full =
            state.waiterCount >= LookupDesk.waitersMax || (isNew && state.queue.count >= LookupDesk.queuedHostsMax)
        guard !full else { return .failure(LookupDesk.busy(host)) }
        state.waiterCount += 1
        state.lastWaiter += 1
        let id = state.lastWaiter
        // Unowned by the clock: a resolver that is gone has answered everybody.
        let timer = clock.schedule(atMs: atMs) { [weak self] in self?.expire(host, waiter: id) }
        state.lookups[host, default: Lookup()].waiters[id] = Waiter(then: then, timer: timer)
        if isNew {
            state.queue.append(host)
            work.signal()
        }
        return nil
    }

    private func nextHost() -> String? {
        while true {
            work.wait()
            let (host, stopped): (String?, Bool) = state.withLock { state in
                if state.stopped { return (nil, true) }
                // Empty when the host was given up before its turn.
                guard !state.queue.isEmpty else { return (nil, false) }
                let host = state.queue.removeFirst()
                state.lookups[host]?.begun = true
                return (host, false)
            }
            if stopped { return nil }
            if let host { return host }
        }
    }

    private func finish(_ host: String, _ result: Answer) {
        let nowMs = clock.nowMs
        let waiters: [Waiter] = state.withLock { state in
            guard !state.stopped else { return [] }
            if state.cache.count >= LookupDesk.cachedHostsMax, state.cache[host] == nil {
                LookupDesk.makeRoom(&state, nowMs: nowMs)
            }
            state.cache[host] = (result, nowMs)
            let waiters = state.lookups.removeValue(forKey: host).map { Array($0.waiters.values) } ?? []
            state.waiterCount -= waiters.count
            return waiters
        }
        answer(waiters, result)
    }

    private static func makeRoom(_ state: inout State, nowMs: Int64) {
        state.cache = state.cache.filter { isFresh($0.value, nowMs: nowMs) }
        if state.cache.count >= cachedHostsMax, let any = state.cache.keys.first { state.cache[any] = nil }
    }

    private func expire(_ host: String, waiter id: UInt64) {
        let late: (waiter: Waiter, begun: Bool)? = state.withLock { state in
            guard let waiter = state.lookups[host]?.waiters.removeValue(forKey: id) else { return nil }
            state.waiterCount -= 1
            let begun = state.lookups[host]?.begun ?? false
            if !begun, state.lookups[host]?.waiters.isEmpty ?? false {
                state.lookups[host] = nil
                state.queue.removeAll { $0 == host }
            }
            return (waiter, begun)
        }
        guard let late else { return }
        let slow = SendError(code: .dns, message: "The lookup of \(host) took too long.")
        late.waiter.then(.failure(late.begun ? slow : LookupDesk.busy(host)))
    }

    private func answer(_ waiters: [Waiter], _ answer: Answer) {
        for waiter in waiters {
            waiter.timer.cancel()
            waiter.then(answer)
        }
    }

    private static func busy(_ host: String) -> SendError {
        SendError(code: .dns, message: "The lookup of \(host) did not begin: the resolver is busy.")
    }
}
