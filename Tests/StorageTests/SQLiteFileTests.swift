import Diagnostics
import Foundation
import Payments
import SQLite
import Storage
import Support
import Synchronization
import Testing

/// What stands on the disk, and who may use it.
struct SQLiteFileTests {
    private let place: SQLitePlace

    init() throws { place = try SQLitePlace() }

    @Test func `the database, its log and its lock are their owner's alone`() async throws {
        let store = try place.open()
        try await store.insert(.sample())
        for name in ["test.db", "test.db-wal", "test.db-shm", "test.db.lock"] {
            #expect(try place.folder.mode(name) == 0o600)
        }
        await store.close()
    }

    @Test func `closing leaves one file with everything in it`() async throws {
        let store = try place.open()
        try await store.insert(.sample())
        await store.close()
        #expect(place.folder.size("test.db-wal") == nil)
        let connection = try Connection(path: place.path, mode: .readOnly)
        #expect(try connection.prepare("SELECT id FROM payments").all { try $0.text(0) } == ["pay_1"])
        #expect(try connection.prepare("PRAGMA page_size").first { try $0.int64(0) } == 4096)
        #expect(try connection.prepare("PRAGMA integrity_check").first { try $0.text(0) } == "ok")
    }

    @Test func `a second store on one file is refused, and not once the first is closed`() async throws {
        let store = try place.open()
        let error = #expect(throws: StoreError.self) { _ = try place.open() }
        #expect(error?.code == .unavailable)
        #expect(error?.message == "another gateway is using the database \(place.path)")
        await store.close()
        try await place.open().close()
    }

    @Test func `what waits in a store that is let go of is done all the same`() async throws {
        var store: SQLiteStore? = try place.open()
        let (latch, ended) = (Latch(), Latch())
        let done = Mutex<[StoreError.Code?]>([])
        store?.write { _ in
            latch.wait()
        } then: { _ in
        }
        store?.write { transaction throws(StoreError) in
            try transaction.insert(Payment.sample())
        } then: { result in
            done.withLock { $0.append(result.failureCode) }
            ended.open()
        }
        store = nil
        latch.open()
        ended.wait()
        #expect(done.withLock { $0 } == [nil])
    }

    @Test func `everybody who closes the store is told, also when it is closed`() async throws {
        let store = try place.open()
        async let first: Void = store.close()
        async let second: Void = store.close()
        _ = await (first, second)
        await store.close()
        try await place.open().close()
    }

    @Test func `a folder that is missing is told`() {
        let error = #expect(throws: StoreError.self) { _ = try place.open(place.folder.file("absent/test.db")) }
        #expect(error?.code == .unavailable)
    }

    @Test func `a file that is no database is broken, and is left as it is`() throws {
        let text = String(repeating: "not a database ", count: 100)
        try Data(text.utf8).write(to: URL(filePath: place.path))
        let error = #expect(throws: StoreError.self) { _ = try place.open() }
        #expect(error?.code == .broken)
        #expect(try String(contentsOfFile: place.path, encoding: .utf8) == text)
    }
}
