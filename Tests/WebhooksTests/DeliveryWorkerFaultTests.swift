import Diagnostics
import HTTP
import Payments
import Support
import Testing
import Webhooks

/// What goes wrong around a worker: endpoints that hang or are gone, a store that fails, a process that stops.
struct DeliveryWorkerFaultTests {
    @Test func `an endpoint that hangs takes a few slots, and others are served behind its backlog`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint("slow", url: "https://slow.example/")
        for _ in 0..<900 { try await bench.commit(tenant: "slow") }
        bench.clock.advance(byMs: 10)
        let behind = try await bench.commit()
        bench.worker.start()
        #expect(bench.sender.waiting.filter { $0.url == "https://slow.example/" }.count == 4)
        #expect(bench.sender.waiting.count == 5)
        bench.sender.answer(status: 200, url: WorkerBench.shopURL)
        #expect(try await bench.stored(behind).delivery.status == .delivered)

        // One of the four ends: the fifth of that endpoint takes its place.
        bench.sender.answer(status: 200, url: "https://slow.example/")
        #expect(bench.sender.waiting.count == 4)
        let late = try await bench.commit()
        bench.sender.answer(status: 200, url: WorkerBench.shopURL)
        #expect(try await bench.stored(late).delivery.status == .delivered)
    }

    @Test func `a backlog drains in order, and more and more at once while it is taken`() async throws {
        let bench = WorkerBench()
        var order: [String] = []
        for _ in 0..<600 {
            bench.clock.advance(byMs: 1)
            order.append(try await bench.commit().event.id)
        }
        bench.worker.start()
        #expect(bench.sender.waiting.count == 4)
        var most = 0
        repeat { most = max(most, bench.sender.waiting.count) } while bench.sender.answer(status: 200)
        #expect(bench.sentEvents == order)
        #expect(most == EndpointSettings.inFlightDefault)
    }

    @Test func `no more than the limit are out, all endpoints together`() async throws {
        var limits = WorkerLimits()
        limits.inFlightMax = 64
        let bench = WorkerBench(limits: limits)
        for index in 0..<40 {
            bench.setEndpoint("t\(index)", url: "https://t\(index).example/")
            for _ in 0..<4 { try await bench.commit(tenant: "t\(index)") }
        }
        bench.worker.start()
        #expect((32...64).contains(bench.sender.waiting.count))
        while bench.sender.answer(status: 200) { #expect(bench.sender.waiting.count <= 64) }
        #expect(bench.sender.requests.count == 160)
        #expect(Set(bench.sentEvents).count == 160)
    }

    @Test func `a result that cannot be kept is tried again after 1, 2 and 4 s, and nothing is sent again`()
        async throws
    {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.store.failNextWrites(3)
        bench.sender.answer(status: 200)
        bench.clock.advance(byMs: 6_999)
        #expect(try await bench.stored(due).delivery.status == .pending)
        bench.clock.advance(byMs: 1)
        let (delivery, attempts) = try await bench.stored(due)
        #expect(delivery.status == .delivered)
        #expect(attempts.map(\.number) == [1])
        bench.clock.advance(byMs: 86_400_000)
        #expect(bench.sentEvents == [due.event.id])
        #expect(bench.metric("payrelay_delivery_results_dropped_total{reason=\"store\"}") == nil)
    }

    @Test func `a store that fails for a day has the result half a minute after it is well`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.store.failNextWrites(1_000_000)
        bench.sender.answer(status: 200)
        bench.clock.advance(byMs: 86_400_000)
        bench.store.failNextWrites(0)
        bench.clock.advance(byMs: 30_000)
        #expect(try await bench.stored(due).delivery.status == .delivered)
        #expect(bench.sentEvents == [due.event.id])
    }

    @Test func `what is asked for again while its result cannot be kept goes out once that is`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 500)
        bench.clock.advance(byMs: 5_000)
        bench.store.failNextWrites(1)
        bench.sender.answer(status: 500)
        let delivery = due.delivery
        let nowMs = bench.clock.nowMs
        _ = try await bench.store.write { transaction throws(StoreError) in
            try transaction.requeue(delivery: delivery.id, tenant: delivery.tenant, nowMs: nowMs)
        }
        #expect(bench.sender.requests.count == 2)
        bench.clock.advance(byMs: 1_000)
        #expect(bench.sentEvents == [due.event.id, due.event.id, due.event.id])
        #expect(try await bench.stored(due).attempts.map(\.number) == [1, 2])
    }

    @Test func `a result whose delivery was changed meanwhile is given up, and it goes by what is stored`()
        async throws
    {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.store.failNextWrites(1)
        bench.sender.answer(status: 200)
        var other = due.delivery
        other.attemptCount = 1
        let nowMs = bench.clock.nowMs
        let attempt = Attempt(
            number: 1, startedAtMs: nowMs, durationMs: 1, outcome: .dns, statusCode: nil, error: "x", address: nil,
            responseExcerpt: [])
        _ = try await bench.store.write { [other] transaction throws(StoreError) in
            try transaction.record(attempt, of: other, nowMs: nowMs)
        }
        bench.clock.advance(byMs: 1_000)
        #expect(bench.metric("payrelay_delivery_results_dropped_total{reason=\"superseded\"}") == "1")
        bench.clock.advance(byMs: 60_000)
        #expect(bench.sentEvents == [due.event.id, due.event.id])
    }

    @Test func `a store that cannot be written stops the sending at twice the slots there are`() async throws {
        var limits = WorkerLimits()
        limits.inFlightMax = 8
        let bench = WorkerBench(limits: limits)
        bench.sender.always { _ in .success(OutboundResponse(status: 200)) }
        for _ in 0..<20 { try await bench.commit() }
        bench.store.failNextWrites(1_000)
        bench.worker.start()
        let sent = bench.sender.requests.count
        #expect(sent <= 16)
        bench.clock.advance(byMs: 29_000)
        #expect(bench.sender.requests.count == sent)
        bench.store.failNextWrites(0)
        bench.clock.advance(byMs: 31_000)
        #expect(Set(bench.sentEvents).count == 20)
        #expect(bench.sentEvents.count == 20)
        #expect(try await bench.counts().delivered == 20)
    }

    @Test func `stop tries results that could not be kept at once, and every second from then on`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.store.failNextWrites(1_000)
        bench.sender.answer(status: 200)
        bench.clock.advance(byMs: 100_000)
        bench.store.failNextWrites(2)
        let left = Box<Int>()
        bench.worker.stop(graceMs: 20_000) { left.put($0) }
        bench.clock.advance(byMs: 999)
        #expect(left.values == [])
        bench.clock.advance(byMs: 1_001)
        #expect(left.values == [0])
        #expect(try await bench.stored(due).delivery.status == .delivered)
        #expect(bench.clock.scheduledCount == 0)
    }

    @Test func `a result that cannot be kept until the end is dropped, and the next process sends again`()
        async throws
    {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.store.failNextWrites(1_000)
        bench.sender.answer(status: 200)
        let left = Box<Int>()
        bench.worker.stop(graceMs: 20_000) { left.put($0) }
        bench.clock.advance(byMs: 20_000)
        #expect(left.values == [1])
        #expect(bench.clock.scheduledCount == 0)
        #expect(bench.metric("payrelay_delivery_results_dropped_total{reason=\"store\"}") == "1")
        bench.store.failNextWrites(0)
        let next = WorkerBench(after: bench)
        next.worker.start()
        #expect(next.sentEvents == [due.event.id])
    }

    @Test func `a store that cannot be read is read again after 5 s`() async throws {
        let bench = WorkerBench()
        try await bench.commit()
        bench.store.failNextReads(1)
        bench.worker.start()
        #expect(bench.sender.requests.isEmpty)
        bench.clock.advance(byMs: 5_000)
        #expect(bench.sender.requests.count == 1)
    }

    @Test(arguments: [SendError.Code.canceled, .busy])
    func `a send that our shutdown cut off, or that did not begin, counts no try and is not repeated at once`(
        code: SendError.Code
    ) async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.fail(code)
        let (delivery, attempts) = try await bench.stored(due)
        #expect(delivery == due.delivery)
        #expect(attempts.isEmpty)
        #expect(bench.sender.requests.count == 1)
        #expect(bench.metric("payrelay_deliveries_in_flight") == "0")
        #expect(bench.metric("payrelay_delivery_results_dropped_total{reason=\"\(code.rawValue)\"}") == "1")
        bench.clock.advance(byMs: 30_000)
        #expect(bench.sender.requests.count == 2)
    }

    @Test func `sends that this process is too busy to begin open no breaker`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        for _ in 0..<8 {
            try await bench.commit()
            bench.sender.fail(.busy)
            bench.clock.advance(byMs: 2_000)
        }
        #expect(bench.sender.requests.count == 8)
        #expect(bench.hold == nil)
        #expect(try await bench.keptState() == nil)
    }

    @Test func `who waits for a send that this process is too busy to begin is told so, and it is made later`() {
        let bench = WorkerBench()
        bench.worker.start()
        let answers = Box<DirectResult>()
        bench.worker.deliverNew(bench.make("test", type: .webhookTest, dueInMs: 60_000), isLastTry: true) {
            answers.put(DirectResult($0))
        }
        bench.sender.fail(.busy)
        #expect(answers.values == [.refused(.notBegun)])
        bench.clock.advance(byMs: 120_000)
        #expect(bench.sender.requests.count == 2)
    }

    @Test func `stop waits for what is out and begins nothing`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        var due: [DueDelivery] = []
        for _ in 0..<10 { due.append(try await bench.commit()) }
        let out = bench.sender.waiting.count
        let left = Box<Int>()
        bench.worker.stop(graceMs: 30_000) { left.put($0) }
        #expect(left.values.isEmpty)
        while bench.sender.answer(status: 200) {}
        #expect(left.values == [0])
        try await bench.commit()
        bench.clock.advance(byMs: 86_400_000)
        #expect(bench.sender.requests.count == out)
        #expect(left.values == [0])
        for waiting in due.dropFirst(out) { #expect(try await bench.stored(waiting).delivery == waiting.delivery) }
    }

    @Test func `stop with nothing out is over at once`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        #expect(await bench.worker.stop(graceMs: 1_000) == 0)
        #expect(bench.clock.scheduledCount == 0)
    }

    @Test func `stop ends with its grace, and what is cut off then stays pending without a try`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        let left = Box<Int>()
        bench.worker.stop(graceMs: 20_000) { left.put($0) }
        bench.clock.advance(byMs: 19_999)
        #expect(left.values.isEmpty)
        bench.clock.advance(byMs: 1)
        #expect(left.values == [1])
        bench.sender.fail(.canceled)
        #expect(try await bench.stored(due).delivery == due.delivery)
        #expect(left.values == [1])
    }
}
