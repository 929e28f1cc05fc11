import Synchronization

/// How many confirmations of one tenant may be waiting for Alipay, so that a flood cannot use up the way out.
package final class ConfirmationSlots: Sendable {
    package static let perTenantMax = 16

    private let taken = Mutex<[String: Int]>([:])

    package init() {}

    package func take(_ tenant: String) -> Bool {
        taken.withLock { taken in
            let count = taken[tenant] ?? 0
            guard count < ConfirmationSlots.perTenantMax else { return false }
            taken[tenant] = count + 1
            return true
        }
    }

    package func give(_ tenant: String) {
        taken.withLock { taken in
            let count = taken[tenant] ?? 0
            taken[tenant] = count > 1 ? count - 1 : nil
        }
    }
}

/// What messages without a valid signature may cost: a bounded number of journal rows, and one question to Alipay a minute.
package final class RefusalBudget: Sendable {
    package static let journalledPerMinuteMax = 60

    private struct Minute {
        var startMs: Int64
        var journalled = 0
        var asked = false
    }

    private let minutes = Mutex<[String: Minute]>([:])

    package init() {}

    package func mayJournal(_ tenant: String, nowMs: Int64) -> Bool {
        current(tenant, nowMs) { minute in
            minute.journalled += 1
            return minute.journalled <= RefusalBudget.journalledPerMinuteMax
        }
    }

    package func mayAsk(_ tenant: String, nowMs: Int64) -> Bool {
        current(tenant, nowMs) { minute in
            defer { minute.asked = true }
            return !minute.asked
        }
    }

    private func current(_ tenant: String, _ nowMs: Int64, _ body: (inout Minute) -> Bool) -> Bool {
        minutes.withLock { minutes in
            var minute = minutes[tenant] ?? Minute(startMs: nowMs)
            if nowMs - minute.startMs >= 60_000 || nowMs < minute.startMs { minute = Minute(startMs: nowMs) }
            defer { minutes[tenant] = minute }
            return body(&minute)
        }
    }
}
