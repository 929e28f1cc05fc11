import Diagnostics
import Payments

/// Forgets the attempts of deliveries that ended long ago, a page at a time, every hour.
package final class AttemptPruner: Sendable {
    package static let retentionMsDefault: Int64 = 30 * 86_400_000
    static let intervalMs: Int64 = 3_600_000
    /// After the start, which has other things to do.
    static let firstMs: Int64 = 60_000
    /// Attempts looked at in one read, and forgotten in one transaction, at most.
    static let pageRows = 500
    /// Between two pages, so that the writer has its hands free for others.
    static let pagePauseMs: Int64 = 100

    private let store: any Store
    private let clock: any Clock
    private let logger: Logger
    private let retentionMs: Int64
    private let next: OwedCall

    /// - Parameter retentionMs: 0 keeps everything.
    init(store: any Store, clock: any Clock, logger: Logger, retentionMs: Int64) {
        self.store = store
        self.clock = clock
        self.logger = logger
        self.retentionMs = retentionMs
        next = OwedCall(clock)
    }

    func start() {
        if retentionMs > 0 { look(inMs: AttemptPruner.firstMs, after: nil, count: 0) }
    }

    func stop() { next.stop() }

    /// - Parameter count: how many were forgotten in this round.
    private func look(inMs delayMs: Int64, after page: AttemptPage?, count: Int) {
        next.make(inMs: delayMs) { [weak self] in self?.look(after: page, count: count) }
    }

    private func look(after page: AttemptPage?, count: Int) {
        let nowMs = clock.nowMs
        let beforeMs = nowMs - retentionMs
        store.read { reader throws(StoreError) in
            try reader.oldAttempts(
                beforeMs: beforeMs, nowMs: nowMs, after: page, limit: AttemptPruner.pageRows)
        } then: { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(let page) where page.keys.isEmpty: goOn(after: page, count: count)
            case .success(let page): forget(page, count: count)
            case .failure(let error): giveUp(error)
            }
        }
    }

    private func forget(_ page: AttemptPage, count: Int) {
        store.write { transaction throws(StoreError) in
            try transaction.removeAttempts(page)
        } then: { [weak self] result in
            guard let self else { return }
            switch result {
            case .success: goOn(after: page, count: count + page.keys.count)
            case .failure(let error): giveUp(error)
            }
        }
    }

    private func goOn(after page: AttemptPage, count: Int) {
        if page.last != nil { return look(inMs: AttemptPruner.pagePauseMs, after: page, count: count) }
        if count > 0 { logger.info("old attempts are forgotten", ["attempts": .number(Int64(count))]) }
        look(inMs: AttemptPruner.intervalMs, after: nil, count: 0)
    }

    private func giveUp(_ error: StoreError) {
        logger.warning("old attempts cannot be forgotten now", ["error": .text(error.description)])
        look(inMs: AttemptPruner.intervalMs, after: nil, count: 0)
    }
}
