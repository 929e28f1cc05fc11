package import Diagnostics
package import HTTP
package import Payments
import Synchronization

/// Brings due deliveries to their endpoints: signs, sends, keeps the result, and comes back when the next try is due.
///
/// What to do is decided by `DeliveryQueue`; this class does it, driven by the callbacks of the store, the sender and the
/// clock. It has no thread of its own and never blocks. An attempt is durable when its result is; a crash in between sends
/// the same `webhook-id` again.
package final class DeliveryWorker: Sendable {
    private struct State {
        var queue: DeliveryQueue
        var alarm: (atMs: Int64, call: any ScheduledCall)?
        var stopped: [@Sendable (Int) -> Void] = []
        var isStopping = false
        var release = Release.idle
    }

    /// Whether held deliveries are being looked through.
    enum Release { case idle, running, again }

    let store: any Store
    let endpoints: any EndpointDirectory
    let clock: any Clock
    let logger: Logger
    let metrics: DeliveryMetrics
    let limits: WorkerLimits
    private let sender: any HTTPSender
    private let random: @Sendable () -> Double
    private let userAgent: String
    private let state: Mutex<State>

    /// - Parameters:
    ///   - random: jitter, 0..<1, evenly spread.
    ///   - version: PayRelay's, for `User-Agent: PayRelay/<version>`.
    package init(
        store: any Store, sender: any HTTPSender, endpoints: any EndpointDirectory, clock: any Clock, logger: Logger,
        metrics: Metrics, version: String, random: @escaping @Sendable () -> Double, limits: WorkerLimits = .init()
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
        state = Mutex(State(queue: DeliveryQueue(limits: limits)))
    }

    /// Begins with whatever is due; deliveries held for endpoints that exist again become pending.
    package func start() {
        advance { $0.start(nowMs: $1) }
        endpointsChanged()
    }

    /// To be called after every commit that made deliveries; cheap, from any thread, and many calls are as one.
    package func wake() {
        advance { $0.wake(nowMs: $1) }
    }

    /// Begins no attempt any more, waits for those that are out and for their results to be kept, for `graceMs` at most, and
    /// then calls `then` with how many are still out. Those count no try if the sender then cancels them.
    package func stop(graceMs: Int64, then: @escaping @Sendable (Int) -> Void) {
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
    }

    package func stop(graceMs: Int64) async -> Int {
        await withCheckedContinuation { continuation in
            stop(graceMs: graceMs) { continuation.resume(returning: $0) }
        }
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    func withRelease<Value: Sendable>(_ body: (inout Release) -> Value) -> Value {
        state.withLock { body(&$0.release) }
    }

    /// Tells the queue what happened and does what it says. The store and the sender are never called under the lock.
    func advance(_ step: (inout DeliveryQueue, Int64) -> [DeliveryQueue.Action]) {
        let nowMs = clock.nowMs
        let actions = state.withLock { state in
            let actions = step(&state.queue, nowMs)
            metrics.setInFlight(state.queue.sendingCount)
            return actions
        }
        for action in actions { perform(action) }
    }

    private func perform(_ action: DeliveryQueue.Action) {
        switch action {
        case .send(let due): attempt(due, isLastTry: false, then: nil)
        case .scan(let rows): scan(rows)
        case .hold(let key): hold(key)
        case .wakeAt(let atMs): arm(atMs)
        case .drained: reportStopped()
        }
    }

    /// Nil if the delivery may be sent at once.
    func claimDirect(_ due: DueDelivery) -> DeliveryQueue.DirectRefusal? {
        state.withLock { state in
            let refusal = state.queue.claimDirect(due)
            metrics.setInFlight(state.queue.sendingCount)
            return refusal
        }
    }

    // MARK: - The store's and the clock's side

    private func scan(_ rows: Int) {
        let nowMs = clock.nowMs
        store.read { reader throws(StoreError) in
            (due: try reader.dueDeliveries(nowMs: nowMs, limit: rows), nextMs: try reader.nextDueMs(afterMs: nowMs))
        } then: { [self] result in
            switch result {
            case .success(let found): advance { $0.scanned(found.due, nextDueMs: found.nextMs, nowMs: $1) }
            case .failure(let error):
                logger.warning("due webhooks cannot be read", ["error": .text(error.description)])
                advance { $0.scanFailed(nowMs: $1) }
            }
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
        let (waiting, out, grace) = state.withLock { state in
            defer {
                state.stopped = []
                state.alarm = nil
            }
            return (state.stopped, state.queue.sendingCount, state.alarm?.call)
        }
        grace?.cancel()
        for then in waiting { then(out) }
    }

    // MARK: - One attempt

    /// - Parameter then: called once, after the result is kept or could not be; nil if nobody waits.
    func attempt(_ due: DueDelivery, isLastTry: Bool, then: DirectAnswer?) {
        guard let endpoint = endpoints.endpoint(due.endpointKey) else {
            advance { $0.ended(due.delivery.id, .endpointMissing, nowMs: $1) }
            then?(.failure(.endpointMissing))
            return
        }
        let startedAtMs = clock.nowMs
        let request = WebhookRequest.make(to: endpoint, carrying: due.event, atMs: startedAtMs, userAgent: userAgent)
        sender.send(request) { [self] answer in
            let finished = FinishedAttempt(
                of: due.delivery, answer: answer, startedAtMs: startedAtMs, nowMs: clock.nowMs,
                schedule: isLastTry ? nil : endpoint.schedule, jitter: random())
            guard let finished else {
                advance { $0.ended(due.delivery.id, .unrecorded, nowMs: $1) }
                then?(.failure(.stopping))
                return
            }
            metrics.ended(finished.attempt.outcome)
            record(finished, then: then)
        }
    }

    private func record(_ finished: FinishedAttempt, then: DirectAnswer?) {
        let delivery = finished.delivery
        store.write { transaction throws(StoreError) in
            try transaction.record(finished.attempt, of: delivery)
        } then: { [self] result in
            switch result {
            case .success(true):
                report(finished)
                advance { $0.ended(delivery.id, .recorded(nextAttemptAtMs: delivery.nextAttemptAtMs), nowMs: $1) }
                then?(.success((delivery, finished.attempt)))
            case .success(false):
                log(finished).warning("webhook result came too late: the delivery was changed meanwhile")
                advance { $0.ended(delivery.id, .superseded, nowMs: $1) }
                then?(.failure(.superseded))
            case .failure(let error):
                log(finished).warning(
                    "webhook result cannot be kept; it will be sent again", ["error": .text(error.description)])
                advance { $0.ended(delivery.id, .unrecorded, nowMs: $1) }
                then?(.failure(.store(error)))
            }
        }
    }

    private func report(_ finished: FinishedAttempt) {
        switch finished.delivery.status {
        case .delivered:
            metrics.count(.delivered)
            metrics.delivered(afterMs: clock.nowMs - finished.delivery.createdAtMs)
            log(finished).info("webhook delivered")
        case .exhausted:
            metrics.count(.exhausted)
            log(finished).error("webhook exhausted: its last try failed")
        case .pending:
            log(finished).info(
                "webhook not taken", ["next_attempt_at_ms": .number(finished.delivery.nextAttemptAtMs ?? 0)])
        // No attempt ends in it.
        case .held: break
        }
    }

    private func log(_ finished: FinishedAttempt) -> Logger {
        let (delivery, attempt) = (finished.delivery, finished.attempt)
        return logger.with([
            "tenant": .text(delivery.tenant), "endpoint": .text(delivery.endpoint), "delivery": .text(delivery.id),
            "event": .text(delivery.event), "type": .text(delivery.eventType.rawValue),
            "attempt": .number(Int64(attempt.number)), "outcome": .text(attempt.outcome.rawValue),
            "status_code": .number(Int64(attempt.statusCode ?? 0)), "duration_ms": .number(attempt.durationMs),
            "error": .text(attempt.error ?? ""),
        ])
    }
}
