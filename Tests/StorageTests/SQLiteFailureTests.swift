import Diagnostics
import Foundation
import Payments
import SQLite
import Storage
import Support
import Synchronization
import Testing

/// What the store does when SQLite cannot.
struct SQLiteFailureTests {
    private let place: SQLitePlace

    init() throws { place = try SQLitePlace() }

    @Test func `a database that another connection holds is unavailable, and then goes on`() async throws {
        let store = try place.open { $0.busyTimeoutMs = 10 }
        let other = try Connection(path: place.path, mode: .readWriteCreate)
        try other.execute("BEGIN EXCLUSIVE")
        let results = await store.writeTogether(20) { transaction, number throws(StoreError) in
            try transaction.insert(Payment.sample("pay_\(number)"))
        }
        #expect(results.map(\.failureCode) == Array(repeating: .unavailable, count: 20))
        try other.execute("COMMIT")
        #expect(try await store.payment("pay_1") == nil)
        try await store.insert(.sample("pay_1"))
        #expect(try await store.payment("pay_1") != nil)
        await store.close()
    }

    @Test func `closing while another connection holds the database refuses what waits`() async throws {
        let store = try place.open {
            $0.busyTimeoutMs = 100
            $0.batchMax = 1
        }
        let other = try Connection(path: place.path, mode: .readWriteCreate)
        try other.execute("BEGIN EXCLUSIVE")
        let errors = Mutex<[StoreError?]>([])
        for number in 1...50 {
            store.write { transaction throws(StoreError) in
                try transaction.insert(Payment.sample("pay_\(number)"))
            } then: { result in
                guard case .failure(let error) = result else { return errors.withLock { $0.append(nil) } }
                errors.withLock { $0.append(error) }
            }
        }
        await store.close()
        let found = errors.withLock { $0 }
        #expect(found.map(\.?.code) == Array(repeating: .unavailable, count: 50))
        // The last one did not wait for the database any more.
        #expect(found.last??.message == "the store is closed")
        try other.execute("COMMIT")
    }

    @Test func `on a full disk big bodies are refused, small ones and readers go on, and freed space is used`()
        async throws
    {
        let store = try place.open { $0.fileBytesMax = 1 << 20 }
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
        let results = await store.writeTogether(10) { transaction, number throws(StoreError) in
            if number == 4 {
                try transaction.put(.sample(key: "big", state: .answered(status: 200, location: nil, body: big)))
            } else {
                try transaction.insert(Payment.sample("pay_\(number)"))
            }
        }
        #expect(results.map(\.failureCode) == (0..<10).map { $0 == 4 ? .unavailable : nil })
        #expect(try await store.payment("pay_9") != nil)
        // The log did not wait to be long: it is copied as soon as there is no room.
        #expect(place.folder.size("test.db") ?? 0 > 512 << 10)
        let pruned = try await store.write { transaction throws(StoreError) in
            try transaction.pruneIdempotencyRecords(beforeMs: 2, limit: 10)
        }
        #expect(pruned == 2)
        try await store.write { transaction throws(StoreError) in
            try transaction.put(.sample(key: "big", state: .answered(status: 200, location: nil, body: big)))
        }
        await store.close()
        let connection = try Connection(path: place.path, mode: .readOnly)
        #expect(try connection.prepare("PRAGMA integrity_check").first { try $0.text(0) } == "ok")
        #expect(
            try connection.prepare("SELECT count(*) FROM idempotency_keys").first { try $0.int64(0) } == Int64(kept - 1)
        )
    }

    @Test func `more calls than may wait are refused at once, on the caller's thread`() async throws {
        let store = try place.open { $0.waitingMax = 3 }
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
        #expect(place.metrics.prometheusText().contains("payrelay_store_queue_depth{queue=\"write\"} 3\n"))
        latch.open()
        await store.close()
        #expect(codes.withLock { $0 } == [.unavailable, .unavailable, nil, nil, nil])
        #expect(place.metrics.prometheusText().contains("payrelay_store_errors_total{code=\"unavailable\"} 2\n"))
    }

    @Test func `more reads than may wait are refused at once`() async throws {
        let store = try place.open {
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

    struct Case: Sendable {
        let code: SQLiteError.Code
        /// SQLite's own, as rescode.html numbers it.
        let extended: Int32
        let expected: StoreError.Code
        var isFailedSync = false
    }

    static let cases = [
        Case(code: .busy, extended: 5, expected: .unavailable),
        Case(code: .full, extended: 13, expected: .unavailable),
        Case(code: .io, extended: 10, expected: .unavailable),
        Case(code: .io, extended: 778, expected: .unavailable),
        Case(code: .io, extended: 1034, expected: .unavailable, isFailedSync: true),
        Case(code: .io, extended: 1290, expected: .unavailable, isFailedSync: true),
        Case(code: .readOnly, extended: 8, expected: .unavailable),
        Case(code: .cantOpen, extended: 14, expected: .unavailable),
        Case(code: .interrupted, extended: 9, expected: .unavailable),
        Case(code: .constraint, extended: 2067, expected: .conflict),
        Case(code: .constraint, extended: 1555, expected: .conflict),
        Case(code: .constraint, extended: 275, expected: .broken),
        Case(code: .constraint, extended: 787, expected: .broken),
        Case(code: .corrupt, extended: 11, expected: .broken),
        Case(code: .other, extended: 1, expected: .broken),
    ]

    @Test(arguments: cases)
    func `each of SQLite's failures has its code, and a failed fsync is told from the rest`(_ row: Case) {
        let error = SQLiteError(code: row.code, extendedCode: row.extended, message: "m")
        #expect(StoreError(error).code == row.expected)
        #expect(error.isFailedSync == row.isFailedSync)
    }
}
