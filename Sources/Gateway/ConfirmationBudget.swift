import Synchronization

/// How often one signed message may be put to Alipay: whoever holds a copy of it can post it for ever.
package final class ConfirmationBudget: Sendable {
    /// Alipay itself repeats a message eight times in 25 hours.
    package static let perMinuteMax = 20
    /// Messages remembered of one tenant; with more in a minute the newest are not confirmed.
    static let rememberedMax = 5000

    private static let minuteMs: Int64 = 60_000

    private struct Spent {
        var startMs: Int64
        var count: Int
    }

    private let spent = Mutex<[String: [String: Spent]]>([:])

    package init() {}

    /// - Parameter signature: the message's own; it is the same however its text is cut into fields.
    package func mayConfirm(_ signature: String, tenant: String, nowMs: Int64) -> Bool {
        spent.withLock { tenants in
            var messages = tenants[tenant] ?? [:]
            defer { tenants[tenant] = messages }
            if let known = messages[signature], !ConfirmationBudget.isOver(known.startMs, nowMs) {
                guard known.count < ConfirmationBudget.perMinuteMax else { return false }
                messages[signature]?.count += 1
                return true
            }
            if messages.count >= ConfirmationBudget.rememberedMax {
                messages = messages.filter { !ConfirmationBudget.isOver($0.value.startMs, nowMs) }
                guard messages.count < ConfirmationBudget.rememberedMax else { return false }
            }
            messages[signature] = Spent(startMs: nowMs, count: 1)
            return true
        }
    }

    private static func isOver(_ startMs: Int64, _ nowMs: Int64) -> Bool {
        nowMs - startMs >= minuteMs || nowMs < startMs
    }
}
