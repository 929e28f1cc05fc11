package import Diagnostics
package import Payments
import Synchronization

/// Writes down how often keys were used, every minute and at the end, and reads it at the start: an admin who asks whether
/// an old key can go has to see further back than the last restart.
package final class KeyUseKeeper: Sendable {
    static let intervalMs: Int64 = 60_000
    /// Rows of one read.
    static let pageMax = 1000

    private let uses: KeyUses
    private let store: any Store
    private let clock: any Clock
    private let logger: Logger
    private let state = Mutex<(isStopped: Bool, next: (any ScheduledCall)?)>((false, nil))

    package init(_ uses: KeyUses, store: any Store, clock: any Clock, logger: Logger) {
        self.uses = uses
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    /// Reads what earlier processes counted, and writes from then on; `then` is called once it is read, or could not be:
    /// then what is counted is added to it all the same.
    package func start(then: @escaping @Sendable () -> Void) {
        load(after: nil) { [self] in
            scheduleNext()
            then()
        }
    }

    /// Writes what is left; `then` is called once that is done, or could not be.
    package func stop(then: @escaping @Sendable () -> Void) {
        let next = state.withLock { state in
            defer { state = (true, nil) }
            return state.next
        }
        next?.cancel()
        save(then: then)
    }

    private func load(after key: KeyName?, _ then: @escaping @Sendable () -> Void) {
        store.read { reader throws(StoreError) in
            try reader.keyUses(after: key, limit: KeyUseKeeper.pageMax)
        } then: { [self] result in
            switch result {
            case .failure(let error):
                logger.warning("the uses of keys cannot be read", ["error": .text(error.description)])
                then()
            case .success(let page):
                uses.restore(page)
                guard page.count == KeyUseKeeper.pageMax, let last = page.last else { return then() }
                load(after: last.key, then)
            }
        }
    }

    private func scheduleNext() {
        state.withLock { state in
            if state.isStopped { return }
            state.next = clock.schedule(atMs: clock.nowMs + KeyUseKeeper.intervalMs) { [weak self] in
                guard let self else { return }
                save { self.scheduleNext() }
            }
        }
    }

    private func save(then: @escaping @Sendable () -> Void) {
        let records = uses.takeUnsaved()
        if records.isEmpty { return then() }
        store.write { transaction throws(StoreError) in
            try transaction.add(records)
        } then: { [self] result in
            if case .failure(let error) = result {
                uses.giveBack(records)
                logger.warning("the uses of keys cannot be kept yet", ["error": .text(error.description)])
            }
            then()
        }
    }
}
