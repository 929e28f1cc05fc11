import Payments
import Storage
import Synchronization
import Testing

/// The write-ahead log.
struct LogKeepingTests {
    private let place: SQLitePlace

    init() throws { place = try SQLitePlace() }

    @Test func `the log is copied into the file beside the writer`() async throws {
        let store = try place.open {
            $0.checkpointBytes = 256 << 10
            $0.logBytesMax = 1 << 30
        }
        var writes = 0
        // Nobody says when the other thread is done: it has as many writes' time as it may need.
        while place.folder.size("test.db") ?? 0 < 3 << 19, writes < 5000 {
            writes += 1
            try await write(store, key: "\(writes % 100)", number: writes)
        }
        #expect(writes < 5000)
        await store.close()
    }

    @Test func `the writer starts the log anew when nobody else does`() async throws {
        let store = try place.open {
            $0.checkpointBytes = 1 << 29
            $0.logBytesMax = 1 << 20
        }
        let highestBytes = try await highestLogBytes(store)
        // One batch comes on top of the most.
        #expect(highestBytes > 1 << 20)
        #expect(highestBytes < 3 << 20)
        await store.close()
    }

    @Test func `with another thread at it all the time, the log stays within twice its most and one batch`()
        async throws
    {
        let store = try place.open {
            $0.checkpointBytes = 256 << 10
            $0.logBytesMax = 1 << 20
        }
        #expect(try await highestLogBytes(store) < 3 << 20)
        await store.close()
    }

    /// The length of the log at most under 800 writes of more than 20 KiB, 16 MiB of log in all, by 16 at once.
    private func highestLogBytes(_ store: any Store) async throws -> Int {
        let log = Watermark()
        let folder = place.folder
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...16 {
                group.addTask {
                    for number in 1...50 {
                        try await write(store, key: "\(writer)-\(number % 5)", number: number)
                        log.rise(to: folder.size("test.db-wal") ?? 0)
                    }
                }
            }
            try await group.waitForAll()
        }
        return log.highestBytes
    }

    @Test func `a reader of the old log holds up nobody, and the log starts anew after it`() async throws {
        let store = try place.open {
            $0.checkpointBytes = 256 << 10
            $0.logBytesMax = 1 << 20
        }
        let (hasRead, mayEnd) = (Latch(), Latch())
        try await store.insert(.sample())
        async let seen = store.read { reader throws(StoreError) in
            let before = try reader.payment(id: "pay_1")
            hasRead.open()
            mayEnd.wait()
            return [before?.id, try reader.idempotencyRecord(IdempotencyRecord.sample(key: "1").scope)?.scope.key]
        }
        try await store.read { _ in hasRead.wait() }
        for number in 1...100 { try await write(store, key: "\(number % 5)", number: number) }
        let heldBytes = place.folder.size("test.db-wal") ?? 0
        #expect(heldBytes > 2 << 20)
        mayEnd.open()
        #expect(try await seen == ["pay_1", nil])
        for number in 101...200 { try await write(store, key: "\(number % 5)", number: number) }
        #expect(place.folder.size("test.db-wal") ?? 0 < heldBytes)
        await store.close()
    }
}

/// At least five pages of log; SQLite leaves alone what does not change, so every number writes something else.
private func write(_ store: any Store, key: String, number: Int) async throws(StoreError) {
    let body = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 20_000)
    try await store.write { transaction throws(StoreError) in
        try transaction.put(.sample(key: key, state: .answered(status: 200, location: nil, body: body)))
    }
}

/// The most that was seen.
private final class Watermark: Sendable {
    private let highest = Mutex(0)

    var highestBytes: Int { highest.withLock { $0 } }

    func rise(to bytes: Int) { highest.withLock { $0 = max($0, bytes) } }
}
