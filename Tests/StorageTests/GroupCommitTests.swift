import Diagnostics
import Foundation
import Payments
import SQLite
import Storage
import Support
import Synchronization
import Testing

/// Which bodies share a commit.
struct GroupCommitTests {
    private let place: SQLitePlace

    init() throws { place = try SQLitePlace() }

    @Test func `bodies that wait share one commit, up to the most that may`() async throws {
        let store = try place.open { $0.batchMax = 8 }
        _ = await store.writeTogether(20) { transaction, number throws(StoreError) in
            try transaction.insert(Payment.sample("pay_\(number)"))
        }
        await store.close()
        let text = place.metrics.prometheusText()
        // The one that everybody waited behind, then 8, 8 and 4.
        for line in ["_bucket{le=\"1\"} 1", "_bucket{le=\"4\"} 2", "_bucket{le=\"8\"} 4", "_sum 21", "_count 4"] {
            #expect(text.contains("payrelay_store_commit_batch_size\(line)\n"))
        }
        #expect(text.contains("payrelay_store_commit_seconds_count 4\n"))
    }

    @Test func `whoever takes his time when he is told holds up no commit, only what is told behind him`() async throws
    {
        let store = try place.open()
        let latch = Latch()
        let told = Mutex<[Int]>([])
        for number in 0..<4 {
            store.write { transaction throws(StoreError) in
                try transaction.insert(Payment.sample("pay_\(number)"))
            } then: { _ in
                if number == 0 { latch.wait() }
                told.withLock { $0.append(number) }
            }
        }
        // Committed while the first one is being told.
        while try await store.payment("pay_3") == nil { await Task.yield() }
        #expect(told.withLock { $0 } == [])
        latch.open()
        await store.close()
        #expect(told.withLock { $0 } == [0, 1, 2, 3])
    }

    @Test func `a body that throws costs its neighbours a second run and no second commit`() async throws {
        let store = try place.open()
        let runs = Mutex<[Int]>([])
        _ = await store.writeTogether(5) { transaction, number throws(StoreError) in
            runs.withLock { $0.append(number) }
            try transaction.insert(Payment.sample("pay_\(number)"))
            if number == 3 { throw StoreError(code: .conflict, message: "no") }
        }
        await store.close()
        #expect(runs.withLock { $0 } == [0, 1, 2, 3, 0, 1, 2, 3, 4])
        #expect(place.metrics.prometheusText().contains("payrelay_store_commit_batch_size_count 2\n"))
        #expect(place.metrics.prometheusText().contains("payrelay_store_errors_total{code=\"conflict\"} 1\n"))
    }

    @Test func `a body that throws before it wrote costs nobody anything`() async throws {
        let store = try place.open()
        try await store.insert(.sample("pay_0", reference: "r"))
        let runs = Mutex(0)
        let results = await store.writeTogether(5) { transaction, number throws(StoreError) in
            runs.withLock { $0 += 1 }
            try transaction.insert(Payment.sample("pay_1\(number)", reference: number == 3 ? "r" : nil))
        }
        await store.close()
        #expect(results.map(\.failureCode) == [nil, nil, nil, .conflict, nil])
        #expect(runs.withLock { $0 } == 5)
    }
}
