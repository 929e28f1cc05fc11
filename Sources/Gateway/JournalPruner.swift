package import Diagnostics
package import Payments
import Webhooks

/// Forgets old rows of the journal, a page at a time, every hour.
///
/// No row that Alipay could still repeat is ever old enough: that a `notify_id` is settled is known from its row alone. A copy
/// that a stranger keeps for longer than the retention is a new message here, and says nothing new of its payment.
package final class JournalPruner: Sendable {
    package static let retentionMsDefault: Int64 = 90 * 86_400_000
    /// Alipay repeats a message for 25 hours.
    package static let retentionMsMin: Int64 = 2 * 86_400_000
    /// Anybody can post what has no valid signature. Its rows are of use while somebody looks for a wrong key.
    package static let unsignedRetentionMsMax: Int64 = 14 * 86_400_000
    package static let intervalMs: Int64 = 3_600_000
    /// After the start, which has other things to do.
    package static let firstMs: Int64 = 120_000
    /// Rows forgotten in one transaction, at most. A row has up to 64 KiB.
    package static let pageRows = 200
    /// Between two pages, so that the writer has its hands free for others.
    package static let pagePauseMs: Int64 = 100

    /// Rows of one verdict, or all rows, that are older than that.
    private struct Scope {
        let verdict: Verdict?
        let retentionMs: Int64
    }

    private let store: any Store
    private let clock: any Clock
    private let logger: Logger
    private let scopes: [Scope]
    private let next: OwedCall

    /// - Parameter retentionMs: 0 keeps everything.
    package init(store: any Store, clock: any Clock, logger: Logger, retentionMs: Int64) {
        self.store = store
        self.clock = clock
        self.logger = logger
        next = OwedCall(clock)
        let unsigned = min(retentionMs, JournalPruner.unsignedRetentionMsMax)
        scopes =
            retentionMs > 0
            ? [
                Scope(verdict: .badSignature, retentionMs: unsigned),
                Scope(verdict: .malformed, retentionMs: unsigned), Scope(verdict: nil, retentionMs: retentionMs),
            ] : []
    }

    package func start() {
        if !scopes.isEmpty { prune(inMs: JournalPruner.firstMs, scopes[...], count: 0) }
    }

    package func stop() { next.stop() }

    /// - Parameters:
    ///   - rest: the scopes that are not done in this round.
    ///   - count: how many rows were forgotten in it.
    private func prune(inMs delayMs: Int64, _ rest: ArraySlice<Scope>, count: Int) {
        next.make(inMs: delayMs) { [weak self] in self?.prune(rest, count: count) }
    }

    private func prune(_ rest: ArraySlice<Scope>, count: Int) {
        guard let scope = rest.first else { return endRound(count: count) }
        let beforeMs = clock.nowMs - scope.retentionMs
        store.write { transaction throws(StoreError) in
            try transaction.pruneNotifications(
                verdict: scope.verdict, beforeMs: beforeMs, limit: JournalPruner.pageRows)
        } then: { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(JournalPruner.pageRows):
                prune(inMs: JournalPruner.pagePauseMs, rest, count: count + JournalPruner.pageRows)
            case .success(let last): prune(inMs: 0, rest.dropFirst(), count: count + last)
            case .failure(let error):
                logger.warning("old notifications cannot be forgotten now", ["error": .text(error.description)])
                prune(inMs: JournalPruner.intervalMs, scopes[...], count: 0)
            }
        }
    }

    private func endRound(count: Int) {
        if count > 0 { logger.info("old notifications are forgotten", ["notifications": .number(Int64(count))]) }
        prune(inMs: JournalPruner.intervalMs, scopes[...], count: 0)
    }
}
