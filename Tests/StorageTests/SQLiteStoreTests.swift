import Diagnostics
import Foundation
import Payments
import SQLite
import Storage
import Support
import Synchronization
import Testing

/// What is SQLite's own: its file, its lock, its failures.
struct SQLiteStoreTests {
    private let folder: TemporaryFolder
    private let metrics = Metrics()

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder.file("test.db") }

    private func open(
        _ path: String? = nil, _ change: (inout SQLiteStoreSettings) -> Void = { _ in }
    ) throws(StoreError) -> SQLiteStore {
        var settings = SQLiteStoreSettings()
        change(&settings)
        return try SQLiteStore(
            path: path ?? self.path, settings: settings, logger: .none, metrics: metrics, clock: ManualClock())
    }

    // MARK: - The file

    @Test func `the database, its log and its lock are their owner's alone`() async throws {
        let store = try open()
        try await store.insert(.sample())
        for name in ["test.db", "test.db-wal", "test.db-shm", "test.db.lock"] {
            #expect(try folder.mode(name) == 0o600)
        }
        await store.close()
    }

    @Test func `closing leaves one file with everything in it`() async throws {
        let store = try open()
        try await store.insert(.sample())
        await store.close()
        #expect(folder.size("test.db-wal") == nil)
        let connection = try Connection(path: path, mode: .readOnly)
        #expect(try connection.prepare("SELECT id FROM payments").all { try $0.text(0) } == ["pay_1"])
        #expect(try connection.prepare("PRAGMA page_size").first { try $0.int64(0) } == 8192)
        #expect(try connection.prepare("PRAGMA integrity_check").first { try $0.text(0) } == "ok")
    }

    @Test func `a second store on one file is refused, and not once the first is closed`() async throws {
        let store = try open()
        let error = #expect(throws: StoreError.self) { _ = try open() }
        #expect(error?.code == .unavailable)
        #expect(error?.message == "another gateway is using the database \(path)")
        await store.close()
        await try open().close()
    }

    @Test func `a store that is let go of without closing gives its file back`() async throws {
        var store: SQLiteStore? = try open()
        try await store?.insert(.sample())
        let ended = Latch()
        store?.close { ended.open() }
        store = nil
        ended.wait()
        let second = try open()
        #expect(try await second.payment("pay_1") != nil)
        await second.close()
    }

    @Test func `a folder that is missing is told`() {
        let error = #expect(throws: StoreError.self) { _ = try open(folder.file("absent/test.db")) }
        #expect(error?.code == .unavailable)
    }

    @Test func `a file that is no database is broken, and is left as it is`() throws {
        let text = String(repeating: "not a database ", count: 100)
        try Data(text.utf8).write(to: URL(filePath: path))
        let error = #expect(throws: StoreError.self) { _ = try open() }
        #expect(error?.code == .broken)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    // MARK: - Migrations

    @Test func `a new database has had every migration once, and opening it again adds none`() async throws {
        await try open().close()
        await try open().close()
        let connection = try Connection(path: path, mode: .readOnly)
        let applied = try connection.prepare("SELECT number, applied_at_ms FROM migrations ORDER BY number").all {
            [try $0.int64(0), try $0.int64(1)]
        }
        #expect(applied == Migrations.all.map { [Int64($0.number), ManualClock().nowMs] })
    }

    @Test func `migrations are numbered from 1 without gaps`() {
        #expect(Migrations.all.map(\.number) == Array(1...Migrations.all.count))
    }

    @Test func `a database of a newer program is refused, and is left as it is`() async throws {
        await try open().close()
        let newer = Migrations.all.count + 1
        try Connection(path: path, mode: .readWriteCreate)
            .execute("INSERT INTO migrations (number, applied_at_ms) VALUES (\(newer), 0)")
        let error = #expect(throws: StoreError.self) { _ = try open() }
        #expect(error?.code == .broken)
        #expect(
            error?.message
                == "the database has schema \(newer) and this program knows 1 to \(newer - 1): a newer PayRelay wrote it"
        )
    }

    @Test func `a migration that fails leaves nothing of itself, and what came before it stays`() throws {
        let connection = try Connection(path: path, mode: .readWriteCreate)
        let steps = [
            Migration(number: 1, sql: "CREATE TABLE one (a)"),
            Migration(number: 2, sql: "CREATE TABLE two (a); CREATE TABLE one (a)"),
        ]
        let error = #expect(throws: StoreError.self) { try Migrations.apply(steps, to: connection, nowMs: 7) }
        #expect(error?.code == .broken)
        let tables = try connection.prepare("SELECT name FROM sqlite_schema ORDER BY name").all { try $0.text(0) }
        #expect(tables == ["migrations", "one"])
        #expect(try connection.prepare("SELECT max(number) FROM migrations").first { try $0.int64(0) } == 1)
        let mended = [steps[0], Migration(number: 2, sql: "CREATE TABLE two (a)")]
        try Migrations.apply(mended, to: connection, nowMs: 8)
        #expect(try connection.prepare("SELECT max(number) FROM migrations").first { try $0.int64(0) } == 2)
    }

    @Test func `the schema and the code name the same verdicts as settling`() async throws {
        await try open().close()
        let connection = try Connection(path: path, mode: .readOnly)
        let sql = try connection.prepare("SELECT sql FROM sqlite_schema WHERE name = 'notifications_settled'")
            .first { try $0.text(0) }
        let named = sql?.split(separator: "'").filter { Verdict(rawValue: String($0)) != nil }.map { String($0) }
        #expect(named == Verdict.allCases.filter(\.settles).map(\.rawValue))
    }

    @Test func `the schema's words are the code's`() async throws {
        let store = try open()
        for (index, status) in PaymentStatus.allCases.enumerated() {
            try await store.insert(.sample("pay_\(index)", status: status))
        }
        try await store.insert(.sample("pay_x"))
        try await store.write { transaction throws(StoreError) in
            for (index, status) in Refund.Status.allCases.enumerated() {
                for origin in Refund.Origin.allCases {
                    try transaction.insert(
                        Refund(
                            id: "re_\(index)\(origin)", tenant: "shop", payment: "pay_x", amountMinor: 1,
                            origin: origin,
                            status: status, createdAtMs: 1, updatedAtMs: 1))
                }
            }
            let event = Event.sample()
            let deliveries = Delivery.Status.allCases.map { Delivery.sample(of: event, to: $0.rawValue, status: $0) }
            try transaction.insert(event, deliveries: deliveries)
        }
        await store.close()
    }

    @Test func `a row that somebody changed into nonsense is broken, and says where`() async throws {
        let store = try open()
        try await store.insert(.sample())
        await store.close()
        try Connection(path: path, mode: .readWriteCreate).execute("UPDATE payments SET channel = 'pigeon'")
        let second = try open()
        let error = await #expect(throws: StoreError.self) { try await second.payment("pay_1") }
        #expect(error?.code == .broken)
        #expect(error?.message.contains("\"pigeon\" is no Channel") == true)
        #expect(try await second.payment("pay_2") == nil)
        await second.close()
    }

    // MARK: - Failures

    @Test func `a database that another connection holds is unavailable, and then goes on`() async throws {
        let store = try open { $0.busyTimeoutMs = 10 }
        let other = try Connection(path: path, mode: .readWriteCreate)
        try other.execute("BEGIN EXCLUSIVE")
        let bodies: [Body<Void>] = (1...20).map { number in
            { transaction throws(StoreError) in try transaction.insert(Payment.sample("pay_\(number)")) }
        }
        #expect(await store.writeTogether(bodies).map(\.failureCode) == Array(repeating: .unavailable, count: 20))
        try other.execute("COMMIT")
        #expect(try await store.payment("pay_1") == nil)
        try await store.insert(.sample("pay_1"))
        #expect(try await store.payment("pay_1") != nil)
        await store.close()
    }

    @Test func `closing while another connection holds the database refuses what waits`() async throws {
        let store = try open {
            $0.busyTimeoutMs = 10
            $0.batchMax = 1
        }
        let other = try Connection(path: path, mode: .readWriteCreate)
        try other.execute("BEGIN EXCLUSIVE")
        let codes = Mutex<[StoreError.Code?]>([])
        for number in 1...50 {
            store.write { transaction throws(StoreError) in
                try transaction.insert(Payment.sample("pay_\(number)"))
            } then: { result in
                codes.withLock { $0.append(result.failureCode) }
            }
        }
        await store.close()
        #expect(codes.withLock { $0 } == Array(repeating: .unavailable, count: 50))
        try other.execute("COMMIT")
    }

    @Test func `on a full disk big bodies are refused, small ones and readers go on, and freed space is used`()
        async throws
    {
        let store = try open { $0.fileBytesMax = 1 << 20 }
        let big = [UInt8](repeating: 7, count: 100_000)
        var kept = 0
        var refused: StoreError?
        while refused == nil, kept < 100 {
            let number = kept
            do {
                try await store.write { transaction throws(StoreError) in
                    try transaction.put(
                        .sample(
                            key: "k\(number)", state: .answered(status: 200, location: nil, body: big),
                            createdAtMs: Int64(number)))
                }
                kept += 1
            } catch {
                refused = error
            }
        }
        #expect(refused?.code == .unavailable)
        #expect(kept > 3)
        let bodies: [Body<Void>] = (0..<10).map { number in
            { transaction throws(StoreError) in
                if number == 4 {
                    try transaction.put(
                        .sample(key: "big", state: .answered(status: 200, location: nil, body: big)))
                } else {
                    try transaction.insert(Payment.sample("pay_\(number)"))
                }
            }
        }
        let codes = await store.writeTogether(bodies).map(\.failureCode)
        #expect(codes == (0..<10).map { $0 == 4 ? .unavailable : nil })
        #expect(try await store.payment("pay_9") != nil)
        let pruned = try await store.write { transaction throws(StoreError) in
            try transaction.pruneIdempotencyRecords(beforeMs: 2, limit: 10)
        }
        #expect(pruned == 2)
        try await store.write { transaction throws(StoreError) in
            try transaction.put(.sample(key: "big", state: .answered(status: 200, location: nil, body: big)))
        }
        await store.close()
        let connection = try Connection(path: path, mode: .readOnly)
        #expect(try connection.prepare("PRAGMA integrity_check").first { try $0.text(0) } == "ok")
        #expect(
            try connection.prepare("SELECT count(*) FROM idempotency_keys").first { try $0.int64(0) } == Int64(kept - 1)
        )
    }

    @Test func `more calls than may wait are refused at once, on the caller's thread`() async throws {
        let store = try open { $0.waitingMax = 3 }
        let (started, latch) = (Latch(), Latch())
        store.write { _ in
            started.open()
            latch.wait()
        } then: { _ in
        }
        started.wait()
        let codes = Mutex<[StoreError.Code?]>([])
        for number in 1...5 {
            store.write { transaction throws(StoreError) in
                try transaction.insert(Payment.sample("pay_\(number)"))
            } then: { result in
                codes.withLock { $0.append(result.failureCode) }
            }
        }
        #expect(codes.withLock { $0 } == [.unavailable, .unavailable])
        #expect(metrics.prometheusText().contains("payrelay_store_queue_depth{queue=\"write\"} 3\n"))
        latch.open()
        await store.close()
        #expect(codes.withLock { $0 } == [.unavailable, .unavailable, nil, nil, nil])
        #expect(metrics.prometheusText().contains("payrelay_store_errors_total{code=\"unavailable\"} 2\n"))
    }

    @Test func `more reads than may wait are refused at once`() async throws {
        let store = try open {
            $0.waitingMax = 1
            $0.readers = 1
        }
        let (started, latch) = (Latch(), Latch())
        store.read { _ in
            started.open()
            latch.wait()
        } then: { _ in
        }
        started.wait()
        let codes = Mutex<[StoreError.Code?]>([])
        for _ in 1...2 {
            store.read { _ in
            } then: { result in
                codes.withLock { $0.append(result.failureCode) }
            }
        }
        #expect(codes.withLock { $0 } == [.unavailable])
        latch.open()
        await store.close()
        #expect(codes.withLock { $0 } == [.unavailable, nil])
    }

    // MARK: - Group commit

    @Test func `bodies that wait share one commit, up to the most that may`() async throws {
        let store = try open { $0.batchMax = 8 }
        let bodies: [Body<Void>] = (1...20).map { number in
            { transaction throws(StoreError) in try transaction.insert(Payment.sample("pay_\(number)")) }
        }
        _ = await store.writeTogether(bodies)
        await store.close()
        let text = metrics.prometheusText()
        // The one that everybody waited behind, then 8, 8 and 4.
        for line in ["_bucket{le=\"1\"} 1", "_bucket{le=\"4\"} 2", "_bucket{le=\"8\"} 4", "_sum 21", "_count 4"] {
            #expect(text.contains("payrelay_store_commit_batch_size\(line)\n"))
        }
        #expect(text.contains("payrelay_store_commit_seconds_count 4\n"))
    }

    @Test func `a body that throws costs its neighbours a second run and no second commit`() async throws {
        let store = try open()
        let runs = Mutex<[Int]>([])
        let bodies: [Body<Void>] = (0..<5).map { number in
            { transaction throws(StoreError) in
                runs.withLock { $0.append(number) }
                try transaction.insert(Payment.sample("pay_\(number)"))
                if number == 3 { throw StoreError(code: .conflict, message: "no") }
            }
        }
        _ = await store.writeTogether(bodies)
        await store.close()
        #expect(runs.withLock { $0 } == [0, 1, 2, 3, 0, 1, 2, 3, 4])
        #expect(metrics.prometheusText().contains("payrelay_store_commit_batch_size_count 2\n"))
        #expect(metrics.prometheusText().contains("payrelay_store_errors_total{code=\"conflict\"} 1\n"))
    }

    @Test func `a body that throws before it wrote costs nobody anything`() async throws {
        let store = try open()
        try await store.insert(.sample("pay_0", reference: "r"))
        let runs = Mutex(0)
        let bodies: [Body<Void>] = (0..<5).map { number in
            { transaction throws(StoreError) in
                runs.withLock { $0 += 1 }
                try transaction.insert(Payment.sample("pay_1\(number)", reference: number == 3 ? "r" : nil))
            }
        }
        let codes = await store.writeTogether(bodies).map(\.failureCode)
        await store.close()
        #expect(codes == [nil, nil, nil, .conflict, nil])
        #expect(runs.withLock { $0 } == 5)
    }

    // MARK: - The log

    @Test func `the log is copied beside the writer and does not grow without end`() async throws {
        let store = try open {
            $0.checkpointBytes = 256 << 10
            $0.logBytesMax = 1 << 20
        }
        let body = [UInt8](repeating: 7, count: 20_000)
        for number in 1...400 {
            try await store.write { transaction throws(StoreError) in
                try transaction.put(
                    .sample(key: "k\(number % 50)", state: .answered(status: 200, location: nil, body: body)))
            }
        }
        // 400 writes of more than 24 KiB each are 10 MiB of log in all.
        let logBytes = folder.size("test.db-wal") ?? 0
        #expect(logBytes > 0)
        #expect(logBytes < 5 << 20)
        await store.close()
    }
}
