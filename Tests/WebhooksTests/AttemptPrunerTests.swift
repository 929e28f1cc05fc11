import Diagnostics
import HTTP
import Payments
import Support
import Testing
import Webhooks

struct AttemptPrunerTests {
    private let day: Int64 = 86_400_000

    @Test func `attempts are forgotten when their time is over; their delivery is not`() async throws {
        let bench = WorkerBench(attemptRetentionMs: 2 * day)
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 200)
        bench.clock.advance(byMs: 2 * day)
        #expect(try await bench.stored(due).attempts.count == 1)
        bench.clock.advance(byMs: day)
        let (delivery, attempts) = try await bench.stored(due)
        #expect(attempts.isEmpty)
        #expect(delivery.status == .delivered)
        #expect(delivery.attemptCount == 1)
    }

    @Test func `those of a delivery that waits are kept`() async throws {
        let bench = WorkerBench(attemptRetentionMs: day)
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 410)
        bench.clock.advance(byMs: 3 * day)
        #expect(try await bench.stored(due).attempts.count == 1)
    }

    @Test func `with a retention of 0 they are kept for ever`() async throws {
        let bench = WorkerBench(attemptRetentionMs: 0)
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 200)
        bench.clock.advance(byMs: 3 * day)
        #expect(try await bench.stored(due).attempts.count == 1)
    }

    @Test func `many are forgotten page by page, in one round`() async throws {
        let bench = WorkerBench(attemptRetentionMs: day)
        let all = try await bench.exhaust(700)
        bench.clock.advance(byMs: day + 3_600_000 + 60_000)
        for due in all { #expect(try await bench.stored(due).attempts.isEmpty) }
        #expect(bench.log.messages(.info).filter { $0 == "old attempts are forgotten" }.count == 1)
    }

    @Test func `a delivery that was made by a clock ahead keeps no other's attempts`() async throws {
        let bench = WorkerBench(attemptRetentionMs: day)
        bench.clock.advance(byMs: 365 * day)
        bench.worker.start()
        let ahead = try await bench.commit()
        bench.sender.answer(status: 200)
        bench.clock.setBack(byMs: 365 * day)
        let due = try await bench.commit()
        bench.sender.answer(status: 200)
        bench.clock.advance(byMs: 2 * day)
        #expect(try await bench.stored(due).attempts.isEmpty)
        #expect(try await bench.stored(ahead).attempts.count == 1)
    }

    @Test func `a store that fails delays it by an hour`() async throws {
        let bench = WorkerBench(attemptRetentionMs: day)
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 200)
        bench.clock.advance(byMs: day + 50_000)
        bench.store.failNextWrites(1)
        bench.clock.advance(byMs: 3_500_000)
        #expect(try await bench.stored(due).attempts.count == 1)
        bench.clock.advance(byMs: 3_600_000)
        #expect(try await bench.stored(due).attempts.isEmpty)
    }
}
