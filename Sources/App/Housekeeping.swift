import Diagnostics
import Payments
import Synchronization

/// What has to be forgotten in time, soon after the start and then every hour: idempotency keys after seven days, a few at a time, and how many payments
/// were made on days that are long over.
final class Housekeeping: Sendable {
    static let firstMs: Int64 = 180_000
    static let intervalMs: Int64 = 3_600_000
    static let keyRetentionMs: Int64 = 7 * 86_400_000
    static let batchMax = 1000
    /// A clock that is set back counts to a day that was over already.
    static let paymentCountDays: Int64 = 2

    private let store: any Store
    private let clock: any Clock
    private let logger: Logger
    private let next = Mutex<(any ScheduledCall)?>(nil)
    private let isStopped = Atomic<Bool>(false)

    init(store: any Store, clock: any Clock, logger: Logger) {
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    func start() { schedule(inMs: Housekeeping.firstMs) }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        next.withLock { call in
            call?.cancel()
            call = nil
        }
    }

    private func schedule(inMs delayMs: Int64) {
        guard !isStopped.load(ordering: .relaxed) else { return }
        let call = clock.schedule(atMs: clock.nowMs + delayMs) { [weak self] in self?.prune() }
        next.withLock { $0 = call }
    }

    private func prune() {
        let beforeMs = clock.nowMs - Housekeeping.keyRetentionMs
        let today = BeijingDay(of: clock.nowMs)
        let before = BeijingDay(number: today.number - Housekeeping.paymentCountDays)
        store.write { transaction throws(StoreError) in
            try transaction.prunePaymentCounts(before: before)
            return try transaction.pruneIdempotencyRecords(beforeMs: beforeMs, limit: Housekeeping.batchMax)
        } then: { [weak self] result in
            guard let self else { return }
            // A full batch: there is more, and the writer had its turn in between.
            let isMore = (try? result.get()) == Housekeeping.batchMax
            schedule(inMs: isMore ? 0 : Housekeeping.intervalMs)
        }
    }
}
