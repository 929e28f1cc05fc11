import Dispatch
import SQLite
import Synchronization

/// When the write-ahead log is copied into the database file, and by whom.
///
/// A thread of its own copies, so that the writer does not wait for it. Under a load that never pauses the writer has
/// always put new pages behind the last one copied, and the log would never begin anew. So once the log is `logBytesMax`
/// long the writer copies what is left itself. That holds up every commit: the thread goes over the log once more beforehand,
/// until there is little left, and neither begins while the other is at it, for SQLite turns the second one away.
final class LogKeeping: Sendable {
    /// How long the writer waits for readers of the old log before it leaves it for later, and how long if it must not grow on.
    private static let patienceMs = 10
    private static let lastPatienceMs = 100
    /// The log may grow to so many times its most while the thread is at work; then the writer waits for it.
    static let overlengthMax = 2
    /// What the writer copies itself is at most this part of the log's most, unless the thread cannot keep up.
    static let restShare = 32
    /// Passes over a log that has reached its most, before the writer copies however much is left.
    static let lastPassesMax = 4

    private struct State {
        let settings: SQLiteStoreSettings
        var pageBytes = LogKeeping.pageBytes
        /// Since the thread was last called.
        var pagesSince = 0
        /// In the log, as far as the writer knows.
        var pagesInLog = 0
        /// Written since the last pass began, which may still be under way.
        var pagesSincePass = 0
        /// The thread was called, and is not through yet.
        var isPassing = false
        /// The thread copies at this moment.
        var isCopying = false
        /// The writer copies, or is about to.
        var isTakenOver = false
        /// Whether the writer waits for the thread.
        var isAwaited = false
        /// Passes that were asked for because the log has reached its most.
        var lastPasses = 0
        var needsRoom = false
        var failedSync: String?

        var pagesBetween: Int { settings.checkpointBytes / pageBytes }
        var pagesMax: Int { settings.logBytesMax / pageBytes }
        var mustNotGrow: Bool { needsRoom || pagesInLog >= LogKeeping.overlengthMax * pagesMax }
        var isLittleLeft: Bool { pagesSincePass <= pagesMax / LogKeeping.restShare }

        /// Whether the log has reached its most, and another pass would leave less for the writer.
        var wantsLastPass: Bool {
            pagesInLog >= pagesMax && !isPassing && !isLittleLeft && lastPasses < LogKeeping.lastPassesMax
        }

        /// Whether the writer must do the copying.
        var isOverdue: Bool {
            if mustNotGrow { return true }
            guard pagesInLog >= pagesMax, !isPassing else { return false }
            return isLittleLeft || lastPasses >= LogKeeping.lastPassesMax
        }
    }

    /// One call waits at most; more of them would say nothing new.
    let calls = WorkQueue<Void>(capacity: 1)
    private let state: Mutex<State>
    private let passOver = DispatchSemaphore(value: 0)

    init(_ settings: SQLiteStoreSettings) { state = Mutex(State(settings: settings)) }

    /// Of a new file. Most of a commit is a few bytes in each of many pages of indexes, and a page is written whole.
    static let pageBytes = 4096

    /// The file's pages are so long: those of an older one are longer.
    func found(pageBytes: Int) {
        if pageBytes > 0 { state.withLock { $0.pageBytes = pageBytes } }
    }

    // MARK: - The thread

    /// The thread sets about copying.
    ///
    /// - Returns: false if the writer does it.
    func passBegins() -> Bool {
        state.withLock { state in
            guard !state.isTakenOver else {
                state.isPassing = false
                return false
            }
            state.isPassing = true
            state.isCopying = true
            state.pagesSincePass = 0
            return true
        }
    }

    /// The thread is through.
    ///
    /// - Parameter pages: how long it found the log, which may have begun anew since the writer last looked; nil if it could
    ///   not copy.
    func passEnded(found pages: Int?) {
        let isAwaited = state.withLock { state in
            state.isPassing = false
            state.isCopying = false
            if let pages { state.pagesInLog = min(state.pagesInLog, pages + state.pagesSincePass) }
            defer { state.isAwaited = false }
            return state.isAwaited
        }
        if isAwaited { passOver.signal() }
    }

    // MARK: - The writer

    /// The writer has written that many pages more.
    func note(written pages: Int) {
        let isTime = state.withLock { state in
            state.pagesSince += pages
            state.pagesInLog += pages
            state.pagesSincePass += pages
            let isLast = state.wantsLastPass
            guard isLast || state.pagesSince >= state.pagesBetween else { return false }
            if isLast { state.lastPasses += 1 }
            state.pagesSince = 0
            // From the call on: it is as good as begun.
            state.isPassing = true
            return true
        }
        // Refused while one waits, which will do as well.
        if isTime { _ = calls.add(()) }
    }

    /// The log itself may be what fills the disk: it is copied whatever its length, and then overwritten.
    func foundNoRoom() {
        state.withLock { $0.needsRoom = true }
    }

    /// Whether the writer must do the copying, now; the thread lets it until ``restarted()`` or ``postponed()``.
    ///
    /// Waits for a pass that is under way, which happens only where the log must not grow.
    ///
    /// - Returns: for how long the writer may wait for readers of the old log; nil if it has nothing to do.
    func takeOver() -> Int? {
        let (patienceMs, mustWait): (Int?, Bool) = state.withLock { state in
            guard state.isOverdue else { return (nil, false) }
            state.isTakenOver = true
            state.isAwaited = state.isCopying
            return (state.mustNotGrow ? Self.lastPatienceMs : Self.patienceMs, state.isAwaited)
        }
        if mustWait { passOver.wait() }
        return patienceMs
    }

    /// The writer has copied everything: the next page is the log's first.
    func restarted() {
        state.withLock { state in
            state.pagesInLog = 0
            state.pagesSincePass = 0
            state.lastPasses = 0
            state.needsRoom = false
            state.isTakenOver = false
        }
    }

    /// Somebody reads from the log: the writer tries again when the log has grown some more, or at once if there is no
    /// room for more.
    func postponed() {
        state.withLock { state in
            // The setting may be larger than the log may be.
            let morePages = min(state.pagesBetween, state.pagesMax / 4)
            state.pagesInLog = min(state.pagesInLog, state.pagesMax - morePages)
            state.lastPasses = 0
            state.isTakenOver = false
        }
    }

    // MARK: - What cannot be believed any more

    /// Why the file can no longer be believed; nil as long as it can.
    var failedSync: String? { state.withLock { $0.failedSync } }

    func syncFailed(_ error: SQLiteError) {
        state.withLock { $0.failedSync = "the disk did not take a checkpoint (\(error)); restart the gateway" }
    }
}
