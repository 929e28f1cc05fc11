import Diagnostics
import Payments
import SQLite

/// A reader's thread: each body sees one moment of what is committed.
struct Reader: Sendable {
    let path: String
    let settings: SQLiteStoreSettings
    let queue: WorkQueue<ReadJob>

    /// Runs until the queue is closed and empty.
    func run(opened: (StoreError?) -> Void) {
        let snapshots: Snapshots
        do { snapshots = try Snapshots(path, settings) } catch { return opened(error) }
        opened(nil)
        while let job = queue.take(max: 1).first { snapshots.run(job) }
    }
}

/// Runs bodies on a reader's connection.
private final class Snapshots {
    private let connection: Connection
    private let reader: SQLiteReader
    private let beginning: Statement
    private let end: Statement
    private let undoing: Statement

    init(_ path: String, _ settings: SQLiteStoreSettings) throws(StoreError) {
        connection = try Opening.reader(path, settings)
        do {
            reader = try SQLiteReader(StatementSet(connection))
            // The moment is the first statement's, which comes after the call.
            beginning = try connection.prepare("BEGIN")
            end = try connection.prepare("COMMIT")
            undoing = try connection.prepare("ROLLBACK")
        } catch {
            throw StoreError(error)
        }
    }

    func run(_ job: ReadJob) {
        do {
            try beginning.run()
        } catch {
            return job.fail(StoreError(error))
        }
        reader.begin()
        do throws(StoreError) {
            let done = try job.run(reader)
            if let failure = reader.failure { throw failure }
            try finish()
            done()
        } catch {
            // A read that cannot be ended shows at the next BEGIN.
            if connection.isInTransaction { try? undoing.run() }
            job.fail(error)
        }
    }

    private func finish() throws(StoreError) {
        do { try end.run() } catch { throw StoreError(error) }
    }
}
