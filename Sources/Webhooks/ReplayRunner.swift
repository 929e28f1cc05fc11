import Diagnostics
import Payments
import Synchronization

/// Has deliveries sent again that somebody asked for by the hundreds: a part of one replay in a transaction, a pause, and a
/// part of the next. How far each of them is stands in the store, so that another process goes on where this one stopped.
final class ReplayRunner: Sendable {
    /// Deliveries in one transaction.
    static let stepRows = 200
    /// Between two transactions, so that the writer has its hands free for others.
    static let stepPauseMs: Int64 = 100
    /// After the store failed.
    static let retryMs: Int64 = 5_000

    private enum Step {
        case look
        case advance(Replay)
    }

    private struct State {
        /// In the order of their turns.
        var open: [Replay] = []
        var mustLook = false
        /// Whether a step is under way, or the pause after it.
        var isBusy = false
        var isStopped = false
        var ended: @Sendable (Replay) -> Void = { _ in }

        /// Those that had a turn keep their order, and new ones come last.
        mutating func take(_ found: [Replay]) {
            let byID = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
            let known = open.compactMap { byID[$0.id] }
            let knownIDs = Set(known.map(\.id))
            open = known + found.filter { !knownIDs.contains($0.id) }
        }
    }

    private let store: any Store
    private let ledger: DeliveryLedger
    private let clock: any Clock
    private let logger: Logger
    private let openCount: Gauge
    private let pause: OwedCall
    private let state = Mutex(State())

    init(store: any Store, ledger: DeliveryLedger, clock: any Clock, logger: Logger, metrics: Metrics) {
        self.store = store
        self.ledger = ledger
        self.clock = clock
        self.logger = logger
        openCount = metrics.gauge("payrelay_replays_open", help: "Replays that have not ended.").with([])
        pause = OwedCall(clock)
    }

    /// - Parameter ended: called with each replay that has ended, as it was before its last part.
    func start(ended: @escaping @Sendable (Replay) -> Void) {
        state.withLock { $0.ended = ended }
        look()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        pause.stop()
    }

    /// There may be new ones.
    func look() {
        state.withLock { $0.mustLook = true }
        resume()
    }

    /// A tenant may have room again.
    func resume() {
        switch next() {
        case .look: readOpen()
        case .advance(let replay): advance(replay)
        case nil: break
        }
    }

    /// What is to be done now; whoever gets it ends it with `rest` or `goOn`.
    private func next() -> Step? {
        state.withLock { state in
            openCount.set(state.open.count)
            if state.isBusy || state.isStopped { return nil }
            if state.mustLook {
                (state.mustLook, state.isBusy) = (false, true)
                return .look
            }
            guard let index = state.open.firstIndex(where: mayGoOn) else { return nil }
            state.isBusy = true
            return .advance(state.open.remove(at: index))
        }
    }

    /// One of held deliveries makes no backlog: they wait already.
    private func mayGoOn(_ replay: Replay) -> Bool {
        !replay.filter.statuses.contains(.exhausted) || ledger.hasRoom(replay.filter.tenant)
    }

    private func readOpen() {
        store.read { reader throws(StoreError) in
            try reader.openReplays()
        } then: { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(let replays):
                state.withLock { $0.take(replays) }
                goOn()
            case .failure(let error):
                logger.warning("replays cannot be read", ["error": .text(error.description)])
                state.withLock { $0.mustLook = true }
                rest(ms: ReplayRunner.retryMs)
            }
        }
    }

    private func advance(_ replay: Replay) {
        let nowMs = clock.nowMs
        store.write { transaction throws(StoreError) in
            try transaction.advance(replay, nowMs: nowMs, limit: ReplayRunner.stepRows)
        } then: { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(let rest?):
                ledger.added(rest.done - replay.done, replay.filter.tenant)
                state.withLock { $0.open.append(rest) }
                self.rest(ms: ReplayRunner.stepPauseMs)
            case .success(nil):
                end(replay)
                rest(ms: ReplayRunner.stepPauseMs)
            case .failure(let error):
                log(replay).warning("a replay cannot go on yet", ["error": .text(error.description)])
                state.withLock { $0.open.append(replay) }
                rest(ms: ReplayRunner.retryMs)
            }
        }
    }

    private func end(_ replay: Replay) {
        log(replay).info("replay has ended: its deliveries are due again")
        let ended = state.withLock { $0.ended }
        ended(replay)
    }

    private func rest(ms: Int64) {
        pause.make(inMs: ms) { [weak self] in self?.goOn() }
    }

    private func goOn() {
        state.withLock { $0.isBusy = false }
        resume()
    }

    private func log(_ replay: Replay) -> Logger {
        logger.with([
            "tenant": .text(replay.filter.tenant), "replay": .text(replay.id),
            "matched": .number(Int64(replay.matched)),
        ])
    }
}
