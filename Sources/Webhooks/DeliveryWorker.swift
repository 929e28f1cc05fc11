package import Diagnostics
package import HTTP
package import Payments
import Synchronization

/// Brings due deliveries to their endpoints: signs, sends, keeps the result, and comes back when the next try is due.
///
/// What to do is decided by `DeliveryScheduler`; this class does it, driven by the callbacks of the store, the sender and the
/// clock. It has no thread of its own and never blocks. An attempt is durable when its result is; a crash in between sends
/// the same `webhook-id` again.
package final class DeliveryWorker: Sendable {
    private struct State {
        var scheduler: DeliveryScheduler
        var holds = EndpointHolds()
        /// Endpoints' states that the store could not take.
        var unkept: [EndpointKey: EndpointState] = [:]
        var alarm: (atMs: Int64, call: any ScheduledCall)?
        var stopped: [@Sendable (Int) -> Void] = []
        var isStopping = false
    }

    typealias Action = DeliveryScheduler.Action

    /// Deliveries that one transaction makes due, so that the writer has its hands free for others.
    private static let broughtForwardMax = 500

    let store: any Store
    let sender: any HTTPSender
    let endpoints: any EndpointDirectory
    let clock: any Clock
    let logger: Logger
    let metrics: DeliveryMetrics
    let limits: WorkerLimits
    let random: @Sendable () -> Double
    let userAgent: String
    let ledger: DeliveryLedger
    let replays: ReplayRunner
    let unkept: UnkeptResults
    private let pruner: AttemptPruner
    private let keepRetry: OwedCall
    private let state: Mutex<State>

    /// - Parameters:
    ///   - random: jitter, 0..<1, evenly spread.
    ///   - version: PayRelay's, for `User-Agent: PayRelay/<version>`.
    ///   - backlogMax: how many deliveries of that tenant may wait before an operator is told and its replays pause; must
    ///     not block.
    ///   - attemptRetentionMs: how long the attempts of deliveries that have ended are kept; 0 for ever.
    package init(
        store: any Store, sender: any HTTPSender, endpoints: any EndpointDirectory, clock: any Clock, logger: Logger,
        metrics: Metrics, version: String, random: @escaping @Sendable () -> Double, limits: WorkerLimits = .init(),
        backlogMax: @escaping @Sendable (String) -> Int = { _ in DeliveryLedger.backlogMaxDefault },
        attemptRetentionMs: Int64 = AttemptPruner.retentionMsDefault
    ) {
        self.store = store
        self.sender = sender
        self.endpoints = endpoints
        self.clock = clock
        self.logger = logger
        self.metrics = DeliveryMetrics(metrics)
        self.random = random
        self.limits = limits
        userAgent = "PayRelay/\(version)"
        ledger = DeliveryLedger(
            store: store, clock: clock, logger: logger, metrics: metrics, counts: self.metrics, backlogMax: backlogMax)
        replays = ReplayRunner(store: store, ledger: ledger, clock: clock, logger: logger, metrics: metrics)
        pruner = AttemptPruner(store: store, clock: clock, logger: logger, retentionMs: attemptRetentionMs)
        unkept = UnkeptResults(clock)
        keepRetry = OwedCall(clock)
        let scheduler = DeliveryScheduler(limits: limits) { key in
            endpoints.endpoint(key).map { endpoint in
                EndpointFacts(
                    inFlightMax: endpoint.inFlightMax, urlDigest: endpoint.urlDigest,
                    canSign: !endpoint.secretsInForce(atMs: clock.nowMs).isEmpty)
            }
        }
        state = Mutex(State(scheduler: scheduler))
    }

    /// Begins with whatever is due, and with the replays that an earlier process left.
    package func start() {
        store.observeDeliveries { [weak self] news in
            self?.advance { $0.heard(news, nowMs: $1) }
        }
        advance { $0.start(nowMs: $1) }
        ledger.start(
            states: { [weak self] in self?.endpointStates ?? [] }, counted: { [weak self] in self?.replays.resume() })
        replays.start { [weak self] replay in self?.probeHeld(by: replay) }
        pruner.start()
    }

    /// Begins no attempt any more, waits for those that are out and for their results to be kept, for `graceMs` at most, and
    /// then calls `then` with how many are still out. Those count no try if the sender then cancels them.
    package func stop(graceMs: Int64, then: @escaping @Sendable (Int) -> Void) {
        ledger.stop()
        replays.stop()
        pruner.stop()
        let atMs = clock.nowMs + graceMs
        let alarm = state.withLock { state in
            let alarm = state.alarm?.call
            state.isStopping = true
            state.stopped.append(then)
            state.alarm = (atMs, clock.schedule(atMs: atMs) { [weak self] in self?.reportStopped() })
            return alarm
        }
        alarm?.cancel()
        advance { $0.stop(nowMs: $1) }
        unkept.hurry()
    }

    package func stop(graceMs: Int64) async -> Int {
        await withCheckedContinuation { continuation in
            stop(graceMs: graceMs) { continuation.resume(returning: $0) }
        }
    }

    // MARK: - The scheduler's side

    /// Tells the scheduler what happened and does what it says.
    func advance(_ step: (inout DeliveryScheduler, Int64) -> [Action]) {
        let (states, rest) = tell(step)
        keep(states)
        perform(rest)
    }

    /// Tells the scheduler what happened; answers the endpoints' states that are to be kept, and what else is to be done.
    /// The store and the sender are never called under the lock.
    func tell(
        byAdmin: Bool = false, _ step: (inout DeliveryScheduler, Int64) -> [Action]
    ) -> (states: [EndpointState], rest: [Action]) {
        let nowMs = clock.nowMs
        let (states, rest, changes) = state.withLock { state in
            let actions = step(&state.scheduler, nowMs)
            metrics.setInFlight(state.scheduler.sendingCount)
            let states = actions.compactMap { if case .keep(let state) = $0 { state } else { nil } }
            let rest = states.isEmpty ? actions : actions.filter { if case .keep = $0 { false } else { true } }
            return (states, rest, states.compactMap { state.holds.saw($0) })
        }
        for change in changes { report(change, byAdmin: byAdmin) }
        return (states, rest)
    }

    func perform(_ actions: [Action]) {
        for action in actions { perform(action) }
    }

    private func perform(_ action: Action) {
        switch action {
        case .send(let due): attempt(due, isLastTry: false, then: nil)
        case .read(let reads): read(reads)
        case .survey: survey()
        case .keep(let state): keep([state])
        case .wakeAt(let atMs): arm(atMs)
        case .drained: reportStopped()
        }
    }

    /// Nil if the delivery may be sent at once.
    func claimDirect(_ due: DueDelivery) -> DeliveryScheduler.DirectRefusal? {
        state.withLock { state in
            let refusal = state.scheduler.claimDirect(due)
            metrics.setInFlight(state.scheduler.sendingCount)
            return refusal
        }
    }

    var isSurveyed: Bool { state.withLock { $0.scheduler.isSurveyed } }

    /// Every endpoint that ever failed or is held, as it is now.
    package var endpointStates: [EndpointState] { state.withLock { $0.scheduler.states } }

    // MARK: - The store's and the clock's side

    private func read(_ reads: [DeliveryScheduler.LineRead]) {
        let nowMs = clock.nowMs
        store.read { reader throws(StoreError) in
            var found: [DeliveryScheduler.LineRows] = []
            for read in reads {
                let rows = try reader.dueDeliveries(read.line, nowMs: nowMs, limit: read.limit)
                let nextDueMs = try reader.nextDueMs(read.line, afterMs: nowMs)
                found.append(DeliveryScheduler.LineRows(read: read, rows: rows, nextDueMs: nextDueMs))
            }
            return found
        } then: { [self] result in
            switch result {
            case .success(let found): advance { $0.wasRead(found, nowMs: $1) }
            case .failure(let error):
                logger.warning("due webhooks cannot be read", ["error": .text(error.description)])
                advance { $0.readFailed(reads, nowMs: $1) }
            }
        }
    }

    private func survey() {
        let farMs = clock.nowMs + RetrySchedule.aheadMsMax
        store.read { reader throws(StoreError) in
            let lines = try reader.openLines()
            var far: [DeliveryLine] = []
            for open in lines where try reader.nextDueMs(open.line, afterMs: farMs) != nil { far.append(open.line) }
            return (lines: lines, states: try reader.endpointStates(), far: far)
        } then: { [self] result in
            switch result {
            case .success(let found):
                for state in state.withLock({ $0.holds.load(found.states) }) {
                    if let hold = state.hold { metrics.setHeld(true, state.key, hold.reason) }
                }
                advance { $0.surveyed(found.lines, states: found.states, nowMs: $1) }
                if !found.far.isEmpty { bringForward(found.far) }
            case .failure(let error):
                logger.warning("the webhooks that wait cannot be looked through", ["error": .text(error.description)])
                advance { $0.surveyFailed(nowMs: $1) }
            }
        }
    }

    /// What is due later than any try is planned was put off by a clock that ran ahead: it is due now. A survey sees it as
    /// this process starts, and once the clock is set back.
    private func bringForward(_ lines: [DeliveryLine]) {
        let nowMs = clock.nowMs
        store.write { transaction throws(StoreError) in
            var count = 0
            for line in lines where count < DeliveryWorker.broughtForwardMax {
                count += try transaction.bringForward(
                    line, afterMs: nowMs + RetrySchedule.aheadMsMax, nowMs: nowMs,
                    limit: DeliveryWorker.broughtForwardMax - count)
            }
            return count
        } then: { [self] result in
            switch result {
            case .success(0): break
            case .success(let count):
                logger.warning(
                    "webhooks that a wrong clock put off are due now", ["deliveries": .number(Int64(count))])
                if count == DeliveryWorker.broughtForwardMax { bringForward(lines) }
            case .failure(let error):
                logger.warning(
                    "webhooks that a wrong clock put off cannot be made due", ["error": .text(error.description)])
            }
        }
    }

    /// Keeps endpoints' states; what the store cannot take is tried again until it can.
    func keep(
        _ states: [EndpointState], then: (@Sendable (Result<Void, StoreError>) -> Void)? = nil
    ) {
        if states.isEmpty { return }
        store.write { transaction throws(StoreError) in
            for state in states { _ = try transaction.put(state) }
        } then: { [self] result in
            if case .failure(let error) = result { keepLater(states, error) }
            then?(result)
        }
    }

    func keepLater(_ states: [EndpointState], _ error: StoreError) {
        if states.isEmpty { return }
        logger.warning("the state of webhook endpoints cannot be kept yet", ["error": .text(error.description)])
        state.withLock { state in
            for unkept in states where state.unkept[unkept.key].map({ $0.revision < unkept.revision }) ?? true {
                state.unkept[unkept.key] = unkept
            }
        }
        keepRetry.make(inMs: limits.storeRetryMs) { [weak self] in
            guard let self else { return }
            keep(takeUnkept())
        }
    }

    /// What waits to be kept, of one endpoint or of all.
    func takeUnkept(of key: EndpointKey? = nil) -> [EndpointState] {
        state.withLock { state in
            if let key { return state.unkept.removeValue(forKey: key).map { [$0] } ?? [] }
            defer { state.unkept = [:] }
            return Array(state.unkept.values)
        }
    }

    /// One alarm at a time, the earliest asked for. The call is made out under the lock: one that is over before it is
    /// written down would keep every later one from being made.
    private func arm(_ atMs: Int64) {
        let old: (any ScheduledCall)? = state.withLock { state in
            if state.isStopping { return nil }
            if let alarm = state.alarm, alarm.atMs <= atMs { return nil }
            let old = state.alarm?.call
            state.alarm = (atMs, clock.schedule(atMs: atMs) { [weak self] in self?.ring(atMs) })
            return old
        }
        old?.cancel()
    }

    private func ring(_ atMs: Int64) {
        state.withLock { state in
            if state.alarm?.atMs == atMs { state.alarm = nil }
        }
        advance { $0.timerFired(nowMs: $1) }
    }

    private func reportStopped() {
        keepRetry.stop()
        reportGivenUp(unkept.stop())
        let (waiting, out, grace) = state.withLock { state in
            defer {
                state.stopped = []
                state.alarm = nil
            }
            return (state.stopped, state.scheduler.sendingCount, state.alarm?.call)
        }
        grace?.cancel()
        for then in waiting { then(out) }
    }

    private func reportGivenUp(_ results: Int) {
        if results == 0 { return }
        for _ in 0..<results { metrics.dropped(.store) }
        logger.warning(
            "webhook results cannot be kept; they will be sent again", ["results": .number(Int64(results))])
    }
}
