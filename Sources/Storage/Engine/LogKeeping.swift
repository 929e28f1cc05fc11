import SQLite
import Synchronization

/// When the write-ahead log is copied into the database file, and by whom.
///
/// A thread of its own copies, so that the writer does not wait for it. Under a load that never pauses the writer has
/// always put new pages behind the last one copied, and the log would never begin anew. So once the log is `logBytesMax`
/// long the writer copies what little is left itself.
final class LogKeeping: Sendable {
    /// How long the writer waits for readers of the old log before it leaves it for later.
    static let restartPatienceMs = 100

    private struct State {
        /// Since the thread was last called.
        var pagesSince = 0
        /// In the log, as far as the writer knows.
        var pagesInLog = 0
        var needsRoom = false
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
            state.pagesInLog += pages
            guard state.pagesSince >= pagesBetween else { return false }
            state.pagesSince = 0
            return true
        }
        // Refused while one waits, which will do as well.
        if isTime { _ = calls.add(()) }
    }

    /// The thread found the log that long. It may have begun anew since the writer last looked.
    func found(_ pages: Int) {
        state.withLock { $0.pagesInLog = min($0.pagesInLog, pages + $0.pagesSince) }
    }

    /// The log itself may be what fills the disk: it is copied whatever its length, and then overwritten.
    func foundNoRoom() {
        state.withLock { $0.needsRoom = true }
    }

    /// Whether the writer must do the copying.
    var isOverdue: Bool { state.withLock { $0.needsRoom || $0.pagesInLog >= pagesMax } }

    /// The writer has copied everything: the next page is the log's first.
    func restarted() {
        state.withLock { state in
            state.pagesInLog = 0
            state.needsRoom = false
        }
    }

    /// Somebody reads from the log: the writer tries again when the log has grown some more, or at once if there is no
    /// room for more.
    func postponed() {
        // The setting may be larger than the log may be.
        let morePages = min(pagesBetween, pagesMax / 4)
        state.withLock { $0.pagesInLog = min($0.pagesInLog, pagesMax - morePages) }
    }

    /// Why the file can no longer be believed; nil as long as it can.
    var failedSync: String? { state.withLock { $0.failedSync } }

    func syncFailed(_ error: SQLiteError) {
        state.withLock { $0.failedSync = "the disk did not take a checkpoint (\(error)); restart the gateway" }
    }
}
