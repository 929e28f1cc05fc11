import Synchronization

/// Keeps what somebody outside can bring about at will from filling the log: a line a minute for each subject.
package final class LogPace: Sendable {
    package static let intervalMs: Int64 = 60_000

    private struct Subject {
        var loggedAtMs: Int64
        /// Since then.
        var leftOut = 0
    }

    private let subjects = Mutex<[String: Subject]>([:])

    package init() {}

    /// - Parameter subject: one of a few that a configuration knows; each is remembered.
    /// - Returns: how often it has happened since the last line, this time included; nil if it is not time for the next.
    package func take(_ subject: String, nowMs: Int64) -> Int? {
        subjects.withLock { subjects in
            // Also when the clock was set back.
            if let last = subjects[subject], (0..<LogPace.intervalMs).contains(nowMs - last.loggedAtMs) {
                subjects[subject]?.leftOut += 1
                return nil
            }
            let leftOut = subjects.updateValue(Subject(loggedAtMs: nowMs), forKey: subject)?.leftOut ?? 0
            return leftOut + 1
        }
    }
}
