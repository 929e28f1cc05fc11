package import Diagnostics
package import Payments
import Platform

/// A store in one SQLite file, for one gateway.
///
/// One thread writes and shares a commit among all that wait, and another tells them; two read; one copies the log. Commits are durable: WAL with
/// `synchronous=FULL`. Beside the file stand `<path>-wal`, `<path>-shm` and `<path>.lock`.
///
/// One thing it cannot know: when fsync(2) itself fails, the body is reported `unavailable` and yet may be found whole
/// after a restart. From that moment on it writes no more.
package final class SQLiteStore: Store {
    private let writes: WorkQueue<WriteJob>
    private let reads: WorkQueue<ReadJob>
    private let log: LogKeeping
    private let ending: Ending
    private let observer = DeliveryObserver()
    private let metrics: StoreMetrics

    /// Opens or makes the database and brings it to the newest schema; returns when it can be used.
    ///
    /// - Parameters:
    ///   - path: a file; its folder is there.
    ///   - clock: for the date of a migration.
    ///   - gaveUp: called once, on the writer's thread, if the store writes no more: a commit could not be made durable, or
    ///     another process has taken the database over. Only a new process can go on; it must not block.
    /// - Throws: `unavailable` when another gateway has the file open or it cannot be opened or locked; `broken` when it is
    ///   damaged, no database, or one of a newer PayRelay.
    package init(
        path: String, settings: SQLiteStoreSettings = .init(), logger: Logger, metrics: Metrics, clock: any Clock,
        gaveUp: @escaping @Sendable () -> Void = {}
    ) throws(StoreError) {
        ending = Ending(lock: try SQLiteStore.lock(path))
        // SQLite would make it readable for everybody; the log takes the file's mode.
        if let why = PrivateFile.make(path) {
            throw StoreError(code: .unavailable, message: "the database \(path) cannot be made: \(why)")
        }
        let writes = WorkQueue<WriteJob>(capacity: settings.waitingMax)
        let reads = WorkQueue<ReadJob>(capacity: settings.waitingMax)
        let log = LogKeeping(settings)
        self.writes = writes
        self.reads = reads
        self.log = log
        self.metrics = StoreMetrics(metrics)
        try startThreads(path, settings, logger, nowMs: clock.nowMs, gaveUp)
        metrics.observe(
            "payrelay_store_queue_depth", help: "Reads and writes that wait for the store.",
            labels: [("queue", "write")]
        ) { Double(writes.count) }
        metrics.observe(
            "payrelay_store_queue_depth", help: "Reads and writes that wait for the store.", labels: [("queue", "read")]
        ) { Double(reads.count) }
        // What an earlier process left in the log.
        _ = log.calls.add(())
    }

    deinit { stopTaking() }

    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> Value,
        then: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        let fail: @Sendable (StoreError) -> Void = { [metrics] error in
            metrics.count(error)
            then(.failure(error))
        }
        let job = WriteJob(
            run: { transaction throws(StoreError) in
                let value = try body(transaction)
                return { then(.success(value)) }
            }, fail: fail)
        if let refusal = writes.add(job) { fail(refusal) }
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> Value,
        then: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        let fail: @Sendable (StoreError) -> Void = { [metrics] error in
            metrics.count(error)
            then(.failure(error))
        }
        let job = ReadJob(
            run: { reader throws(StoreError) in
                let value = try body(reader)
                return { then(.success(value)) }
            }, fail: fail)
        if let refusal = reads.add(job) { fail(refusal) }
    }

    package func observeDeliveries(_ observer: @escaping @Sendable (DeliveryNews) -> Void) {
        self.observer.set(observer)
    }

    /// Finishes what is queued, cuts the log to nothing, closes the file and lets go of the lock; then calls `then`, on the
    /// writer's thread. Calls that come later are `unavailable`. May be called again.
    package func close(then: @escaping @Sendable () -> Void) {
        stopTaking()
        ending.whenOver(then)
    }

    package func close() async {
        await withCheckedContinuation { continuation in
            close { continuation.resume() }
        }
    }

    private func stopTaking() {
        writes.close(.closed)
        reads.close(.closed)
    }

    // MARK: - Starting

    private static func lock(_ path: String) throws(StoreError) -> FileLock {
        do {
            return try FileLock(path: path + ".lock")
        } catch {
            let message =
                error.code == .held ? "another gateway is using the database \(path)" : error.description
            throw StoreError(code: .unavailable, message: message)
        }
    }

    /// The writer first, because it makes the file.
    private func startThreads(
        _ path: String, _ settings: SQLiteStoreSettings, _ logger: Logger, nowMs: Int64,
        _ gaveUp: @escaping @Sendable () -> Void
    ) throws(StoreError) {
        let (reads, log, ending) = (reads, log, ending)
        let telling = Telling()
        let writer = Writer(
            path: path, settings: settings, queue: writes, log: log, observer: observer, telling: telling,
            metrics: metrics, logger: logger, nowMs: nowMs, gaveUp: gaveUp)
        let writerThread = try start("store-write") { opened in
            writer.run(opened: opened) {
                reads.close(.closed)
                log.calls.close(.closed)
                ending.join()
            }
            ending.finish()
        }
        ending.add(OwnThread.start(name: "store-tell") { telling.run() })
        do {
            for index in 1...settings.readers {
                let reader = Reader(path: path, settings: settings, queue: reads)
                ending.add(try start("store-read-\(index)") { reader.run(opened: $0) })
            }
            let checkpointer = Checkpointer(path: path, settings: settings, log: log, logger: logger)
            ending.add(try start("store-log") { checkpointer.run(opened: $0) })
        } catch {
            stopTaking()
            writerThread.join()
            throw error
        }
    }

    /// Starts a thread and waits until it has opened the database.
    private func start(
        _ name: String, _ body: @escaping @Sendable (@escaping @Sendable (StoreError?) -> Void) -> Void
    ) throws(StoreError) -> OwnThread {
        let opening = Handoff<StoreError?>()
        let thread = OwnThread.start(name: name) { body { opening.give($0) } }
        guard let error = opening.wait() else { return thread }
        thread.join()
        throw error
    }
}
