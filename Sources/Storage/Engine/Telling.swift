import Dispatch

/// The thread on which callers hear what became of their writes, commit by commit.
///
/// What they do then, log lines and answers, is a good part of what a write costs, and the one writer need not wait for it.
final class Telling: Sendable {
    /// Commits that may be told of later; the writer waits where there would be more.
    static let waitingMax = 8

    private let commits = WorkQueue<@Sendable () -> Void>(capacity: waitingMax)
    private let room = DispatchSemaphore(value: waitingMax)

    /// In the order of the calls; for the writer alone.
    func add(_ tell: @escaping @Sendable () -> Void) {
        room.wait()
        let refusal = commits.add(tell)
        precondition(refusal == nil, "something is to be told after the end")
    }

    /// Runs until ``close()`` and until everything is told.
    func run() {
        while let tell = commits.take(max: 1).first {
            tell()
            room.signal()
        }
    }

    func close() { commits.close(.closed) }
}
