import Diagnostics
import Payments
import SQLite
import Synchronization

/// The writer's thread: takes what waits, commits it as one, and sees that the log does not grow without end.
struct Writer: Sendable {
    let path: String
    let settings: SQLiteStoreSettings
    let queue: WorkQueue<WriteJob>
    let log: LogKeeping
    let observer: DeliveryObserver
    let telling: Telling
    let metrics: StoreMetrics
    let logger: Logger
    let nowMs: Int64
    /// Called once if it writes no more although nobody has closed the store.
    let gaveUp: @Sendable () -> Void

    /// Runs until the queue is closed and empty.
    ///
    /// - Parameters:
    ///   - opened: called once, with why the database cannot be used, or nil.
    ///   - ended: called when all else of the store is to end, before the log is cut to nothing.
    func run(opened: (StoreError?) -> Void, ended: () -> Void) {
        let connection: Connection
        let commits: GroupCommit
        do {
            connection = try Opening.writer(path, settings, nowMs: nowMs)
            commits = try GroupCommit(connection, observer: observer, telling: telling, metrics: metrics)
            log.found(pageBytes: Int(try Opening.number("page_size", connection)))
        } catch {
            opened(error as? StoreError ?? (error as? SQLiteError).map(StoreError.init) ?? .closed)
            telling.close()
            return ended()
        }
        opened(nil)
        serve(connection, commits)
        telling.close()
        ended()
        // What this connection says cannot be believed any more; the log has all that was committed.
        if commits.refusal == nil { finish(connection) }
    }

    private func serve(_ connection: Connection, _ commits: GroupCommit) {
        while true {
            let jobs = queue.take(max: settings.batchMax)
            if jobs.isEmpty { return }
            if let why = log.failedSync { commits.refuseForGood(why) }
            let hasBegun = commits.run(jobs)
            if let refusal = commits.refusal { stop(refusal) }
            // While the store closes, a database that somebody else holds must not hold up the end batch by batch.
            if !hasBegun && queue.isClosed {
                refuse(queue.drain(), commits.refusal ?? .closed)
            }
            if commits.takeFoundNoRoom() { log.foundNoRoom() }
            keepLogShort(connection)
        }
    }

    private func stop(_ refusal: StoreError) {
        logger.error("the store writes no more", ["error": .text(refusal.message)])
        queue.close(refusal)
        refuse(queue.drain(), refusal)
        gaveUp()
    }

    private func refuse(_ jobs: [WriteJob], _ refusal: StoreError) {
        telling.add { for job in jobs { job.fail(refusal) } }
    }

    private func keepLogShort(_ connection: Connection) {
        do {
            log.note(written: try connection.takePagesWritten())
            guard let patienceMs = log.takeOver() else { return }
            try connection.setBusyTimeout(ms: patienceMs)
            let restarted = Result { () throws(SQLiteError) in try connection.checkpoint(.restart) }
            try connection.setBusyTimeout(ms: settings.busyTimeoutMs)
            _ = try restarted.get()
            log.restarted()
        } catch {
            log.postponed()
            // A full disk is no news to whoever was just refused.
            if error.code == .busy || error.code == .full { return }
            logger.warning("the store's log cannot be copied", ["error": .text("\(error)")])
            if error.isFailedSync { log.syncFailed(error) }
        }
    }

    private func finish(_ connection: Connection) {
        do {
            _ = try connection.checkpoint(.truncate)
        } catch {
            // Whoever opens the database next finds everything in the log.
            logger.warning("the store's log stays behind", ["error": .text("\(error)")])
        }
    }
}
