import Synchronization

/// When the write-ahead log is copied into the database file, and by whom.
///
/// A thread of its own copies, so that the writer does not wait for it. Under a load that never pauses it always finds
/// new pages at the end of the log; the log would never begin anew. So the writer finishes what little is left once the
/// log is `logBytesMax` long.
final class LogKeeping: Sendable {
    /// How long the writer waits for readers of the old log before it leaves it for later.
    static let restartPatienceMs = 100

    private struct State {
        var pagesSince = 0
        var isOverdue = false
        var failedSync: String?
    }

    /// One call waits at most; more of them would say nothing new.
    let calls = WorkQueue<Void>(capacity: 1)
    private let state = Mutex(State())
    private let pagesBetween: Int
    private let pagesMax: Int

    init(_ settings: SQLiteStoreSettings) {
        // Pages of an older file may be smaller; the log is then copied sooner.
        pagesBetween = settings.checkpointBytes / Self.pageBytes
        pagesMax = settings.logBytesMax / Self.pageBytes
    }

    static let pageBytes = 8192

    /// The writer has written that many pages more.
    func note(written pages: Int) {
        let isTime = state.withLock { state in
            state.pagesSince += pages
            guard state.pagesSince >= pagesBetween else { return false }
            state.pagesSince = 0
            return true
        }
        // Refused while one waits, which will do as well.
        if isTime { _ = calls.add(()) }
    }

    /// The log was copied up to its end as it was then, `pages` from its beginning.
    func copied(_ pages: Int) {
        if pages >= pagesMax { state.withLock { $0.isOverdue = true } }
    }

    /// Whether the writer must finish the copying; true once for each time.
    func takeOverdue() -> Bool {
        state.withLock { state in
            defer { state.isOverdue = false }
            return state.isOverdue
        }
    }

    /// Why the file can no longer be believed; nil as long as it can.
    var failedSync: String? { state.withLock { $0.failedSync } }

    func syncFailed(_ why: String) {
        state.withLock { $0.failedSync = why }
    }
}
