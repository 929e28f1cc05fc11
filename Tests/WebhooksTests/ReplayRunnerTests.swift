import Diagnostics
import HTTP
import Payments
import Support
import Testing
import Webhooks

struct ReplayRunnerTests {
    @Test func `a delivery that is sent again has its whole schedule anew, under the same id and further numbers`()
        async throws
    {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .twoTries(1_000))
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 404)
        bench.clock.advance(byMs: 1_000)
        bench.sender.answer(status: 404)
        #expect(try await bench.stored(due).delivery.status == .exhausted)
        #expect(bench.alarms("delivery_exhausted") == "1")

        try await bench.ask(.exhausted)
        bench.sender.answer(status: 404)
        let again = try await bench.stored(due).delivery
        #expect(again.status == .pending)
        #expect(again.lane == .replay)
        #expect(again.roundBase == 2)
        #expect(again.nextAttemptAtMs == bench.clock.nowMs + 1_000)
        bench.clock.advance(byMs: 1_000)
        bench.sender.answer(status: 404)
        let (delivery, attempts) = try await bench.stored(due)
        #expect(delivery.status == .exhausted)
        #expect(attempts.map(\.number) == [1, 2, 3, 4])
        #expect(bench.sentEvents == Array(repeating: due.event.id, count: 4))
        let counts = try await bench.counts()
        #expect((counts.accepted, counts.exhausted, counts.gap) == (2, 2, 0))
    }

    @Test func `a replay goes on in parts, with a pause after each`() async throws {
        let bench = WorkerBench()
        _ = try await bench.exhaust(450)
        try await bench.ask(.exhausted, matched: 450)
        #expect(try await bench.counts().openCount == 200)
        #expect(bench.metric("payrelay_replays_open") == "1")
        bench.clock.advance(byMs: 99)
        #expect(try await bench.counts().openCount == 200)
        bench.clock.advance(byMs: 1)
        #expect(try await bench.counts().openCount == 400)
        bench.clock.advance(byMs: 1_000)
        #expect(try await bench.counts().openCount == 450)
        #expect(try await bench.openReplays().isEmpty)
        #expect(bench.metric("payrelay_replays_open") == "0")
        #expect(
            bench.log.messages(.info).filter { $0 == "replay has ended: its deliveries are due again" }.count == 1)
    }

    @Test func `two replays take turns`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint("shop", "erp", url: "https://erp.example/")
        _ = try await bench.exhaust(500)
        _ = try await bench.exhaust(300, endpoint: "erp")
        try await bench.ask(.exhausted, endpoint: "default", matched: 500)
        try await bench.ask(.exhausted, endpoint: "erp", matched: 300)
        bench.clock.advance(byMs: 200)
        #expect(try await bench.openReplays().map(\.done) == [400, 200])
    }

    @Test func `a replay of exhausted deliveries waits while its tenant's backlog is too long`() async throws {
        let bench = WorkerBench(backlogMax: 3)
        let due = try await bench.exhaust(1)
        bench.setEndpoint("shop", "erp", url: "https://erp.example/", schedule: .daily)
        var others: [DueDelivery] = []
        for _ in 0..<4 { others.append(try await bench.commit(endpoint: "erp")) }
        bench.clock.advance(byMs: 60_000)
        try await bench.ask(.exhausted)
        bench.clock.advance(byMs: 600_000)
        #expect(try await bench.stored(due[0]).delivery.status == .exhausted)
        while bench.sender.answer(status: 200) {}
        bench.clock.advance(byMs: 60_000)
        #expect(bench.waitingEvents == [due[0].event.id])
    }

    @Test func `a replay makes no more due in a minute than its tenant has room for, but for one part`() async throws {
        let bench = WorkerBench(backlogMax: 250)
        _ = try await bench.exhaust(1_000)
        bench.clock.advance(byMs: 60_000)
        try await bench.ask(.exhausted, matched: 1_000)
        bench.clock.advance(byMs: 30_000)
        #expect(try await bench.counts().openCount == 400)
    }

    @Test func `a replay of held deliveries ends with a message to see whether the endpoint answers`() async throws {
        let bench = WorkerBench(backlogMax: 1)
        bench.setEndpoint(schedule: .daily)
        bench.worker.start()
        try await bench.openCircuit()
        #expect(bench.sender.waiting.isEmpty)
        try await bench.ask(.held)
        #expect(bench.sender.waiting.count == 1)
        bench.sender.answer(status: 200)
        while bench.sender.answer(status: 200) {}
        let counts = try await bench.counts()
        #expect((counts.delivered, counts.openCount) == (5, 0))
    }

    @Test func `a store that fails delays a replay by 5 s`() async throws {
        let bench = WorkerBench()
        let due = try await bench.exhaust(1)
        bench.worker.replaysAdded()
        try await bench.ask(.exhausted)
        bench.sender.answer(status: 404)
        #expect(try await bench.stored(due[0]).delivery.status == .exhausted)
        bench.clock.advance(byMs: 1_000)

        bench.store.failNextReads(1)
        try await bench.ask(.exhausted)
        #expect(bench.sender.waiting.isEmpty)
        bench.clock.advance(byMs: 4_999)
        #expect(bench.sender.waiting.isEmpty)
        bench.clock.advance(byMs: 1)
        #expect(bench.sender.waiting.count == 1)
    }

    @Test func `a worker that stops leaves the rest of a replay to the next one`() async throws {
        let bench = WorkerBench()
        _ = try await bench.exhaust(450)
        try await bench.ask(.exhausted, matched: 450)
        while bench.sender.answer(status: 200) {}
        _ = await bench.worker.stop(graceMs: 0)
        bench.clock.advance(byMs: 60_000)
        #expect(try await bench.openReplays().map(\.done) == [200])
    }
}
