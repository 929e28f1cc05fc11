import Synchronization

/// What messages without a valid signature may cost: a bounded number of journal rows, and one question to Alipay a minute.
package final class RefusalBudget: Sendable {
    package static let journalledPerMinuteMax = 60
    /// Alipay's own messages have one or two KiB; anybody can post 64.
    package static let bodyBytesKept = 8192
    package static let explanationCharactersMax = 300

    private static let minuteMs: Int64 = 60_000

    private struct Spent {
        /// When the minute began in which rows are counted.
        var startMs: Int64
        var journalled = 0
        /// When Alipay was asked last.
        var askedAtMs: Int64?
    }

    private let spent = Mutex<[String: Spent]>([:])

    package init() {}

    package func mayJournal(_ tenant: String, nowMs: Int64) -> Bool {
        spend(tenant, nowMs) { spent in
            if RefusalBudget.isOver(since: spent.startMs, nowMs) {
                spent.startMs = nowMs
                spent.journalled = 0
            }
            spent.journalled += 1
            return spent.journalled <= RefusalBudget.journalledPerMinuteMax
        }
    }

    /// Whether there is room for a row; takes none of it.
    package func hasRoom(_ tenant: String, nowMs: Int64) -> Bool {
        spent.withLock { spent in
            guard let spent = spent[tenant], !RefusalBudget.isOver(since: spent.startMs, nowMs) else { return true }
            return spent.journalled < RefusalBudget.journalledPerMinuteMax
        }
    }

    package func mayAsk(_ tenant: String, nowMs: Int64) -> Bool {
        spend(tenant, nowMs) { spent in
            if let askedAtMs = spent.askedAtMs, !RefusalBudget.isOver(since: askedAtMs, nowMs) { return false }
            spent.askedAtMs = nowMs
            return true
        }
    }

    private func spend(_ tenant: String, _ nowMs: Int64, _ body: (inout Spent) -> Bool) -> Bool {
        spent.withLock { body(&$0[tenant, default: Spent(startMs: nowMs)]) }
    }

    /// Also when the clock was set back.
    private static func isOver(since startMs: Int64, _ nowMs: Int64) -> Bool {
        nowMs - startMs >= minuteMs || nowMs < startMs
    }
}
