import App
import JSON
import SQLite
import Simulator
import Support
import Testing

/// Time that a test moves, and what the gateway does when its time has come.
extension World {
    /// Waits until that is so, or the test's time is over; what falls due meanwhile is called.
    func until(
        _ clock: ManualClock? = nil, _ what: String = "what was waited for",
        _ condition: () async throws -> Bool
    ) async throws {
        while !Task.isCancelled {
            if try await condition() { return }
            clock?.advance(byMs: 0)
            await Task.yield()
        }
        throw Broken(description: "\(what) did not come about")
    }

    /// Where the looks after a payment or a refund stand.
    struct Look: Equatable {
        /// Unix milliseconds; nil for never.
        var nextAtMs: Int64?
        /// How often a refund was looked at; 0 for a payment.
        var count: Int64
    }

    func lookState(_ id: String) throws -> Look {
        let (table, count) = id.hasPrefix("re_") ? ("refunds", "check_count") : ("payments", "0")
        let connection = try Connection(path: databasePath, mode: .readOnly, busyTimeoutMs: 1000)
        let row = try connection.prepare("SELECT check_at_ms, \(count) FROM \(table) WHERE id = ?1")
            .first(.text(id)) { Look(nextAtMs: try $0.int64OrNil(0), count: try $0.int64(1)) }
        return try #require(row)
    }

    /// Moves time on to the next look at that payment or refund, and waits until it is over.
    ///
    /// - Returns: how far that was, in milliseconds; nil if none is to come.
    @discardableResult
    func look(at id: String, _ clock: ManualClock) async throws -> Int64? {
        let before = try lookState(id)
        guard let due = before.nextAtMs else { return nil }
        let passedMs = due - clock.nowMs
        clock.advance(byMs: passedMs)
        try await until(clock, "a look at \(id)") {
            let now = try lookState(id)
            guard now.nextAtMs != nil else { return true }
            return id.hasPrefix("re_") ? now.count > before.count : now.nextAtMs != due
        }
        return passedMs
    }

    /// Moves time on until no look at that payment or refund is to come.
    func looksEnd(at id: String, _ clock: ManualClock) async throws {
        while try await look(at: id, clock) != nil {}
    }

    /// Waits until Alipay has an answer to every notification that it did not lose on purpose.
    func notificationsEnd(_ clock: ManualClock? = nil) async throws {
        try await until(clock, "an answer to every notification") {
            alipay.simulator.notifications().allSatisfy { $0.attempts.allSatisfy { $0.outcome != .waiting } }
        }
    }
}
