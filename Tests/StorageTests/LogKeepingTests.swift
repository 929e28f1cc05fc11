import Diagnostics
import Foundation
import Payments
import SQLite
import Storage
import Support
import Synchronization
import Testing

/// The write-ahead log.
struct LogKeepingTests {
    private let place: SQLitePlace

    init() throws { place = try SQLitePlace() }

    @Test func `the log is copied beside the writer and does not grow without end`() async throws {
        let store = try place.open {
            $0.checkpointBytes = 256 << 10
            $0.logBytesMax = 1 << 20
        }
        let folder = place.folder
        let body = [UInt8](repeating: 7, count: 20_000)
        let log = Watermark()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...16 {
                group.addTask {
                    for number in 1...50 {
                        let answer = IdempotencyRecord.State.answered(status: 200, location: nil, body: body)
                        try await store.write { transaction throws(StoreError) in
                            try transaction.put(.sample(key: "\(writer)-\(number % 5)", state: answer))
                        }
                        let bytes = folder.size("test.db-wal") ?? 0
                        log.rise(to: bytes)
                    }
                }
            }
            try await group.waitForAll()
        }
        // 800 writes of more than 24 KiB each are 20 MiB of log in all.
        #expect(log.highestBytes > 512 << 10)
        #expect(log.highestBytes < 6 << 20)
        await store.close()
    }
}

/// The most that was seen.
private final class Watermark: Sendable {
    private let highest = Mutex(0)

    var highestBytes: Int { highest.withLock { $0 } }

    func rise(to bytes: Int) { highest.withLock { $0 = max($0, bytes) } }
}
