import Payments
import SQLite

/// Runs bodies on the writer's connection, all that wait in one transaction, and has each reported once that is durable.
///
/// A body that fails after it wrote takes the shared transaction with it. All of them are then run again, each behind a
/// savepoint, so that one body's failure costs its neighbours a second run and nothing else. When it is the database
/// that fails, each gets a transaction of its own: on a full disk the small ones may still go through.
final class GroupCommit {
    /// What came of one body.
    private enum Outcome {
        /// What is left is to report it.
        case done(@Sendable () -> Void)
        /// It failed and left nothing behind.
        case failed(StoreError)
    }

    /// What came of a transaction.
    private enum Ending {
        /// Committed; everybody is told.
        case committed
        /// The database did not let it begin; everybody is told.
        case refused
        /// Nothing is left of it, and nobody is told.
        case undone(isBodysFault: Bool)
    }

    private let connection: Connection
    private let transaction: SQLiteTransaction
    private let ownership: Ownership
    private let observer: DeliveryObserver
    private let telling: Telling
    private let metrics: StoreMetrics
    private let beginning: Statement
    private let commitment: Statement
    private let undoing: Statement
    private let mark: Statement
    private let release: Statement
    private let backToMark: Statement

    /// Set when what this connection says can no longer be believed; it writes nothing from then on.
    private(set) var refusal: StoreError?

    init(
        _ connection: Connection, observer: DeliveryObserver, telling: Telling, metrics: StoreMetrics
    ) throws(SQLiteError) {
        self.connection = connection
        self.observer = observer
        self.telling = telling
        self.metrics = metrics
        ownership = try Ownership(connection)
        transaction = try SQLiteTransaction(StatementSet(connection))
        // IMMEDIATE: who else holds the database is found out here, before any body has run.
        beginning = try connection.prepare("BEGIN IMMEDIATE")
        commitment = try connection.prepare("COMMIT")
        undoing = try connection.prepare("ROLLBACK")
        mark = try connection.prepare("SAVEPOINT body")
        release = try connection.prepare("RELEASE body")
        backToMark = try connection.prepare("ROLLBACK TO body")
    }

    /// - Returns: whether the database let a transaction begin; if not, every job is refused.
    func run(_ jobs: [WriteJob]) -> Bool {
        guard jobs.count > 1 else { return runOneByOne(jobs) }
        var ending = runTogether(jobs, behindMarks: false)
        if case .undone(isBodysFault: true) = ending { ending = runTogether(jobs, behindMarks: true) }
        switch ending {
        case .committed: return true
        case .refused: return false
        case .undone: return runOneByOne(jobs)
        }
    }

    /// - Parameter behindMarks: whether each body gets a savepoint, so that it can be undone alone.
    private func runTogether(_ jobs: [WriteJob], behindMarks: Bool) -> Ending {
        let start = ContinuousClock.now
        if let error = begin() {
            refuse(jobs[...], error)
            return .refused
        }
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(jobs.count)
        for job in jobs {
            guard let outcome = behindMarks ? runMarked(job) : runUnmarked(job) else {
                let isBodysFault = transaction.failure?.code != .unavailable && connection.isInTransaction
                undo()
                return .undone(isBodysFault: isBodysFault)
            }
            outcomes.append(outcome)
        }
        let news: DeliveryNews
        do { news = try commit(jobs.count, since: start) } catch { return .undone(isBodysFault: false) }
        report(jobs, outcomes, news)
        return .committed
    }

    /// - Returns: nil when the transaction holds something that must not be committed.
    private func runUnmarked(_ job: WriteJob) -> Outcome? {
        let outcome = runBody(of: job)
        guard case .failed = outcome else { return outcome }
        return transaction.failure == nil && !transaction.hasWritten ? outcome : nil
    }

    /// - Returns: nil when the database failed.
    private func runMarked(_ job: WriteJob) -> Outcome? {
        do {
            try mark.run()
            let outcome = runBody(of: job)
            if case .failed = outcome {
                guard transaction.failure?.code != .unavailable, connection.isInTransaction else { return nil }
                try backToMark.run()
                transaction.bodyWasUndone()
            }
            try release.run()
            return outcome
        } catch {
            transaction.giveUp(StoreError(error))
            return nil
        }
    }

    private func runOneByOne(_ jobs: [WriteJob]) -> Bool {
        for (index, job) in jobs.enumerated() {
            let start = ContinuousClock.now
            if let error = begin() {
                refuse(jobs[index...], error)
                return false
            }
            let outcome = runBody(of: job)
            do throws(StoreError) {
                var news = DeliveryNews()
                if case .failed = outcome { undo() } else { news = try commit(1, since: start) }
                report([job], [outcome], news)
            } catch {
                refuse([job], error)
            }
        }
        return true
    }

    private func runBody(of job: WriteJob) -> Outcome {
        transaction.begin()
        do {
            let done = try job.run(transaction)
            if let failure = transaction.failure { return .failed(failure) }
            return .done(done)
        } catch {
            return .failed(transaction.failure ?? error)
        }
    }

    /// - Parameter news: told before the rest.
    private func report(_ jobs: [WriteJob], _ outcomes: [Outcome], _ news: DeliveryNews) {
        telling.add { [observer] in
            observer.hear(news)
            for (job, outcome) in zip(jobs, outcomes) {
                switch outcome {
                case .done(let done): done()
                case .failed(let error): job.fail(error)
                }
            }
        }
    }

    private func refuse(_ jobs: ArraySlice<WriteJob>, _ error: StoreError) {
        telling.add { for job in jobs { job.fail(error) } }
    }

    private func begin() -> StoreError? {
        if let refusal { return refusal }
        do {
            try beginning.run()
            transaction.beginCommit()
            if try ownership.isOurs() { return nil }
            refuseForGood(Ownership.lost)
            undo()
            return refusal
        } catch {
            undo()
            return StoreError(error)
        }
    }

    /// - Returns: what is to be told of deliveries.
    private func commit(_ bodies: Int, since start: ContinuousClock.Instant) throws(StoreError) -> DeliveryNews {
        do {
            let news = try transaction.settle()
            try commitment.run()
            metrics.committed(bodies, in: ContinuousClock.now - start)
            return news
        } catch {
            if error.isFailedSync { refuseForGood("the disk did not take a commit (\(error)); restart the gateway") }
            if error.code == .full { transaction.foundNoRoom = true }
            undo()
            throw StoreError(error)
        }
    }

    private func undo() {
        // Some failures roll back by themselves.
        guard connection.isInTransaction else { return }
        do { try undoing.run() } catch { refuseForGood("a failed transaction cannot be undone: \(error)") }
    }

    /// Whether SQLite has found no room since this was last asked.
    func takeFoundNoRoom() -> Bool {
        defer { transaction.foundNoRoom = false }
        return transaction.foundNoRoom
    }

    /// - Parameter why: one sentence.
    func refuseForGood(_ why: String) {
        if refusal == nil { refusal = StoreError(code: .unavailable, message: why) }
    }
}
