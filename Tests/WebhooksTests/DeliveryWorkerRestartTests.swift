import Diagnostics
import HTTP
import Payments
import Support
import Testing
import Webhooks

/// A process that dies and another one over its store; two at once, which must not be.
struct DeliveryWorkerRestartTests {
    @Test func `a new worker over the same store continues where the last one stopped`() async throws {
        let first = WorkerBench()
        first.worker.start()
        let due = try await first.commit()
        first.sender.answer(status: 500)
        let out = try await first.commit()
        #expect(first.sender.waiting.count == 1)

        // The first one is killed here, with one delivery waiting for its second try and one request out.
        let second = WorkerBench(after: first)
        second.worker.start()
        #expect(second.sentEvents == [out.event.id])
        second.sender.answer(status: 200)
        second.clock.advance(byMs: 5_000)
        #expect(second.sentEvents == [out.event.id, due.event.id])
        second.sender.answer(status: 200)
        #expect(try await second.stored(due).attempts.map(\.number) == [1, 2])
        #expect(try await second.stored(out).attempts.map(\.number) == [1])
    }

    @Test func `the late result of a process that lost its delivery changes nothing`() async throws {
        let first = WorkerBench()
        first.worker.start()
        let due = try await first.commit()
        let second = WorkerBench(after: first)
        second.worker.start()
        second.sender.answer(status: 200)
        first.sender.answer(status: 500)
        let (delivery, attempts) = try await second.stored(due)
        #expect(delivery.status == .delivered)
        #expect(attempts.map(\.outcome) == [.taken])
        #expect(first.metric("payrelay_delivery_results_dropped_total{reason=\"superseded\"}") == "1")
        #expect(
            first.log.messages(.warning) == ["webhook result came too late: the delivery was changed meanwhile"])
        #expect(second.metric("payrelay_deliveries_total{result=\"delivered\"}") == "1")
    }

    @Test func `an open circuit outlives the process, and its time goes on`() async throws {
        let first = WorkerBench()
        first.setEndpoint(schedule: .daily)
        first.worker.start()
        try await first.openCircuit()
        let hold = try #require(first.hold)
        let until = try #require(hold.untilMs)
        let waiting = try await first.commit()

        let second = WorkerBench(after: first)
        second.worker.start()
        #expect(second.hold == hold)
        #expect(try await second.stored(waiting).delivery.status == .held)
        second.clock.advance(byMs: until - second.clock.nowMs - 1)
        #expect(second.sender.requests.isEmpty)
        second.clock.advance(byMs: 1)
        #expect(second.sentEvents == [waiting.event.id])
        // Whoever had to be told was told by the first.
        #expect(second.alarms("circuit_opened") == nil)
        #expect(
            second.metric("payrelay_endpoints_held{tenant=\"shop\",endpoint=\"default\",reason=\"circuit_open\"}")
                == "1")
    }

    @Test func `a disabled endpoint stays disabled in the next process`() async throws {
        let first = WorkerBench()
        first.worker.start()
        try await first.commit()
        first.sender.answer(status: 410)
        let second = WorkerBench(after: first)
        second.worker.start()
        let due = try await second.commit()
        second.clock.advance(byMs: 2 * 86_400_000)
        #expect(second.sender.requests.isEmpty)
        #expect(try await second.stored(due).delivery.hold?.reason == .disabled)
        #expect(second.alarms("endpoint_disabled") == nil)
    }

    @Test func `a disabled endpoint whose URL changed between two processes is enabled at the start`() async throws {
        let first = WorkerBench()
        first.worker.start()
        let due = try await first.commit()
        first.sender.answer(status: 410)
        first.setEndpoint(url: "https://new.example/")
        let second = WorkerBench(after: first)
        second.worker.start()
        second.clock.advance(byMs: 5_000)
        #expect(second.sender.requests.map(\.url) == ["https://new.example/"])
        #expect(second.sentEvents == [due.event.id])
        #expect(second.hold == nil)
    }

    @Test func `what waits behind an earlier event waits in the next process as well`() async throws {
        let first = WorkerBench()
        first.setEndpoint(schedule: .daily)
        first.worker.start()
        let one = try await first.commit(payment: "pay_1", sequence: 1)
        let two = try await first.commit(payment: "pay_1", sequence: 2)
        first.sender.answer(status: 500)

        let second = WorkerBench(after: first)
        second.worker.start()
        second.clock.advance(byMs: Delivery.orderWaitMs - 1)
        #expect(second.sender.requests.isEmpty)
        second.clock.advance(byMs: 1)
        #expect(second.sentEvents == [two.event.id])
        #expect(try await second.stored(one).delivery.status == .pending)
    }

    @Test func `a replay goes on in the next process`() async throws {
        let first = WorkerBench()
        let all = try await first.exhaust(450)
        try await first.ask(.exhausted, matched: 450)
        #expect(try await first.openReplays().map(\.done) == [200])

        let second = WorkerBench(after: first)
        second.worker.start()
        second.clock.advance(byMs: 1_000)
        while second.sender.answer(status: 200) {}
        second.clock.advance(byMs: 1_000)
        while second.sender.answer(status: 200) {}
        #expect(try await second.openReplays() == [])
        for due in all { #expect(try await second.stored(due).delivery.status == .delivered) }
    }

    @Test func `a retry that somebody asks for again while it is out is sent again at once, in a new round`()
        async throws
    {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: try RetrySchedule(delaysMs: [0, 1_000, 86_400_000]))
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 500)
        bench.clock.advance(byMs: 1_000)
        let nowMs = bench.clock.nowMs
        try await bench.store.write { transaction throws(StoreError) in
            _ = try transaction.requeue(delivery: due.delivery.id, tenant: "shop", nowMs: nowMs)
        }
        #expect(bench.sender.requests.count == 2)
        bench.sender.answer(status: 500)
        #expect(bench.sender.waiting.count == 1)
        bench.sender.answer(status: 500)
        let (delivery, attempts) = try await bench.stored(due)
        #expect(attempts.map(\.number) == [1, 2, 3])
        // The second of its round: counted from the third, not from the first.
        #expect(delivery.roundBase == 1)
        #expect(delivery.nextAttemptAtMs == bench.clock.nowMs + 86_400_000)
    }

    @Test func `a last try that fails after somebody asked again is not told as exhausted`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: try RetrySchedule(delaysMs: [0, 1_000]))
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 500)
        bench.clock.advance(byMs: 1_000)
        let nowMs = bench.clock.nowMs
        try await bench.store.write { transaction throws(StoreError) in
            _ = try transaction.requeue(delivery: due.delivery.id, tenant: "shop", nowMs: nowMs)
        }
        bench.sender.answer(status: 500)
        #expect(bench.alarms("delivery_exhausted") == nil)
        bench.sender.answer(status: 200)
        #expect(try await bench.stored(due).delivery.status == .delivered)
    }
}
