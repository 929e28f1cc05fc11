import Diagnostics
import HTTP
import Payments
import Support
import Testing
import Webhooks

/// Endpoints whose deliveries are kept back.
struct EndpointHoldTests {
    // MARK: - The circuit breaker

    @Test func `five failures in a row open the circuit: what comes then is held and spends no tries`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .daily)
        bench.worker.start()
        try await bench.openCircuit()
        let hold = try #require(bench.hold)
        let until = try #require(hold.untilMs)
        #expect(hold.reason == .circuitOpen)
        #expect((15_000...30_000).contains(until - bench.clock.nowMs))
        #expect(try await bench.keptState()?.hold == hold)

        let waiting = [try await bench.commit(), try await bench.commit()]
        bench.clock.advance(byMs: until - bench.clock.nowMs - 1)
        for due in waiting {
            let (delivery, attempts) = try await bench.stored(due)
            #expect(delivery.status == .held)
            #expect(delivery.hold == hold)
            #expect(delivery.attemptCount == 0)
            #expect(attempts.isEmpty)
        }
        #expect(bench.sender.requests.count == 5)
        #expect(bench.alarms("circuit_opened") == "1")
        #expect(
            bench.log.messages(.warning) == [
                "webhook endpoint keeps failing; its deliveries are held for a while"
            ])
        #expect(heldGauge(bench, "circuit_open") == "1")
    }

    @Test func `once its time is over one message goes out to see, and its success lets the others go`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .daily)
        bench.worker.start()
        try await bench.openCircuit()
        let waiting = [try await bench.commit(), try await bench.commit(), try await bench.commit()]
        bench.clock.advance(byMs: try #require(bench.hold?.untilMs) - bench.clock.nowMs)
        #expect(bench.waitingEvents == [waiting[0].event.id])
        bench.sender.answer(status: 200)
        #expect(bench.hold == nil)
        #expect(try await bench.keptState()?.hold == nil)
        while bench.sender.answer(status: 200) {}
        for due in waiting { #expect(try await bench.stored(due).delivery.status == .delivered) }
        #expect(heldGauge(bench, "circuit_open") == "0")
        #expect(bench.log.messages(.info).contains("webhook endpoint answers again; what was held is sent"))
    }

    @Test func `a message that goes out to see and fails keeps the circuit open, longer`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .daily)
        bench.worker.start()
        try await bench.openCircuit()
        let openedAtMs = bench.clock.nowMs
        let first = try #require(bench.hold?.untilMs)
        try await bench.commit()
        bench.clock.advance(byMs: first - bench.clock.nowMs)
        bench.sender.fail(.connect)
        let second = try #require(bench.hold?.untilMs)
        #expect(second - bench.clock.nowMs == 2 * (first - openedAtMs))
        #expect(bench.sender.requests.count == 6)
        // It is the same trouble.
        #expect(bench.alarms("circuit_opened") == "1")
    }

    @Test func `a probe lets one message out before the time`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .daily)
        bench.worker.start()
        try await bench.openCircuit()
        let due = try await bench.commit()
        try await bench.commit()
        bench.worker.probe(WorkerBench.shop)
        #expect(bench.waitingEvents == [due.event.id])
        bench.sender.answer(status: 200)
        #expect(bench.hold == nil)
    }

    @Test func `answers of 404 open no circuit`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .daily)
        bench.worker.start()
        for _ in 0..<30 {
            try await bench.commit()
            bench.sender.answer(status: 404)
            bench.clock.advance(byMs: 1_000)
        }
        #expect(bench.hold == nil)
        #expect(bench.sender.requests.count == 30)
    }

    @Test func `an endpoint that is held delays no other`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .daily)
        bench.setEndpoint("shop", "erp", url: "https://erp.example/")
        bench.worker.start()
        try await bench.openCircuit()
        try await bench.commit()
        let due = try await bench.commit(endpoint: "erp")
        #expect(bench.waitingEvents == [due.event.id])
        #expect(try await bench.stored(due).delivery.status == .pending)
    }

    // MARK: - Disabled

    @Test func `410 disables the endpoint at once, and an operator is told`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 410)
        let later = try await bench.commit()
        for held in [due, later] {
            let delivery = try await bench.stored(held).delivery
            #expect(delivery.status == .held)
            #expect(delivery.hold?.reason == .disabled)
        }
        #expect(try await bench.stored(due).attempts.map(\.statusCode) == [410])
        bench.clock.advance(byMs: 2 * 86_400_000)
        #expect(bench.sender.requests.count == 1)
        #expect(bench.alarms("endpoint_disabled") == "1")
        #expect(bench.log.messages(.error) == ["webhook endpoint is disabled; its deliveries are held"])
        #expect(heldGauge(bench, "disabled") == "1")
    }

    @Test func `five days of failure disable the endpoint, no sooner`() async throws {
        let bench = WorkerBench()
        let hour: Int64 = 3_600_000
        bench.setEndpoint(
            schedule: try RetrySchedule(delaysMs: [0] + Array(repeating: 6 * hour, count: 29)), ordering: .none)
        bench.sender.always { _ in .success(OutboundResponse(status: 500)) }
        bench.worker.start()
        for _ in 0..<3 { try await bench.commit() }
        bench.clock.advance(byMs: 5 * 24 * hour - 1)
        #expect(bench.hold?.reason != .disabled)
        bench.clock.advance(byMs: 7 * hour)
        #expect(bench.hold?.reason == .disabled)
        #expect(bench.alarms("endpoint_disabled") == "1")
        let sent = bench.sender.requests.count
        bench.clock.advance(byMs: 5 * 24 * hour)
        #expect(bench.sender.requests.count == sent)
    }

    @Test func `another URL enables it, and what was held is sent there`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 410)
        let later = try await bench.commit()
        bench.clock.advance(byMs: 60_000)
        bench.worker.endpointsChanged()
        #expect(bench.sender.requests.count == 1)

        bench.setEndpoint(url: "https://new.example/")
        bench.worker.endpointsChanged()
        while bench.sender.answer(status: 200) {}
        #expect(bench.sender.requests.dropFirst().allSatisfy { $0.url == "https://new.example/" })
        #expect(Set(bench.sentEvents.dropFirst()) == [due.event.id, later.event.id])
        #expect(bench.hold == nil)
        #expect(heldGauge(bench, "disabled") == "0")
        #expect(bench.log.messages(.warning).contains("webhook endpoint is enabled again; what was held is sent"))
    }

    @Test func `an admin disables and enables, and hears of it once it is kept`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        #expect(try await disable(true, bench) == [.success(true)])
        #expect(try await bench.keptState()?.hold?.reason == .disabled)
        #expect(try await bench.keptState()?.hold?.detail == "moving house")
        #expect(try await disable(true, bench) == [.success(false)])
        let due = try await bench.commit()
        #expect(try await bench.stored(due).delivery.status == .held)
        #expect(bench.sender.requests.isEmpty)
        // What an admin does himself is no alarm.
        #expect(bench.alarms("endpoint_disabled") == nil)

        #expect(try await disable(false, bench) == [.success(true)])
        #expect(try await bench.keptState()?.hold == nil)
        #expect(bench.waitingEvents == [due.event.id])
    }

    @Test func `an admin is refused until what was kept of the endpoints is known`() async throws {
        let bench = WorkerBench()
        let refused = try await disable(true, bench)
        #expect(refused.count == 1)
        #expect(throws: StoreError.self) { try refused.first?.get() }
        #expect(bench.hold == nil)
        bench.worker.start()
        #expect(try await disable(true, bench) == [.success(true)])
    }

    @Test func `an admin's word that cannot be kept is in force, and kept once the store can`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        bench.store.failNextWrites(1)
        let unavailable = StoreError(code: .unavailable, message: "the test says that the store is full")
        #expect(try await disable(true, bench) == [.failure(unavailable)])
        #expect(bench.hold?.reason == .disabled)
        #expect(try await bench.keptState() == nil)
        bench.clock.advance(byMs: 5_000)
        #expect(try await bench.keptState()?.hold?.reason == .disabled)
    }

    @Test func `an admin who asks again is answered once it is kept`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        bench.store.failNextWrites(1)
        _ = try await disable(true, bench)
        #expect(try await disable(true, bench) == [.success(false)])
        #expect(try await bench.keptState()?.hold?.reason == .disabled)
    }

    @Test func `a result that cannot be kept still disables: the state follows`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.store.failNextWrites(1)
        bench.sender.answer(status: 410)
        #expect(bench.hold?.reason == .disabled)
        bench.clock.advance(byMs: 60_000)
        #expect(try await bench.keptState()?.hold?.reason == .disabled)
        #expect(bench.sender.requests.count == 1)
        #expect(try await bench.stored(due).attempts.map(\.statusCode) == [410])
    }

    // MARK: - Missing

    @Test func `deliveries of an endpoint that is gone are held without a try, and come back with it`() async throws {
        let bench = WorkerBench()
        bench.endpoints["shop", "default"] = nil
        let due = try await bench.commit()
        let later = try await bench.commit(dueInMs: 60_000)
        bench.worker.start()
        bench.clock.advance(byMs: 120_000)
        for held in [due, later] {
            let (delivery, attempts) = try await bench.stored(held)
            #expect(delivery.status == .held)
            #expect(delivery.hold?.reason == .missing)
            #expect(delivery.attemptCount == 0)
            #expect(attempts.isEmpty)
        }
        #expect(bench.sender.requests.isEmpty)
        #expect(bench.alarms("endpoint_missing") == "1")
        #expect(bench.log.messages(.warning) == ["webhook endpoint is gone; its deliveries are held"])

        bench.setEndpoint()
        bench.worker.endpointsChanged()
        while bench.sender.answer(status: 200) {}
        #expect(bench.sentEvents == [due.event.id, later.event.id])
        #expect(try await bench.stored(due).delivery.status == .delivered)
        #expect(bench.log.messages(.info).contains("webhook endpoint is there again; what was held is sent"))
    }

    @Test func `an endpoint that is gone is an alarm once something waits for it, and not again after a restart`()
        async throws
    {
        let bench = WorkerBench()
        bench.worker.start()
        try await bench.commit()
        bench.sender.answer(status: 200)
        bench.endpoints["shop", "default"] = nil
        bench.worker.endpointsChanged()
        bench.clock.advance(byMs: 120_000)
        #expect(bench.alarms("endpoint_missing") == nil)
        #expect(heldGauge(bench, "missing") == nil)
        let due = try await bench.commit()
        #expect(try await bench.stored(due).delivery.hold?.reason == .missing)
        #expect(bench.alarms("endpoint_missing") == "1")
        let next = WorkerBench(after: bench)
        next.worker.start()
        #expect(try await next.stored(due).delivery.hold?.reason == .missing)
        #expect(heldGauge(next, "missing") == "1")
        #expect(next.alarms("endpoint_missing") == nil)
    }

    @Test func `a worker that starts sends what was held for endpoints that exist again`() async throws {
        let first = WorkerBench()
        first.endpoints["shop", "default"] = nil
        let due = try await first.commit()
        let gone = try await first.commit(endpoint: "erp")
        first.worker.start()
        #expect(try await first.stored(due).delivery.status == .held)

        first.setEndpoint()
        let second = WorkerBench(after: first)
        second.worker.start()
        #expect(second.sentEvents == [due.event.id])
        #expect(try await second.stored(gone).delivery.status == .held)
    }

    @Test func `a result that comes while its endpoint is removed is kept`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let out = try await bench.commit()
        bench.endpoints["shop", "default"] = nil
        bench.worker.endpointsChanged()
        let next = try await bench.commit()
        bench.sender.answer(status: 200)
        #expect(try await bench.stored(out).delivery.status == .delivered)
        #expect(try await bench.stored(next).delivery.status == .held)
        #expect(bench.sender.requests.count == 1)
    }

    // MARK: - Tests to a held endpoint

    @Test func `a test goes out to a disabled endpoint, and its answer alone enables nothing`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        try await bench.commit()
        bench.sender.answer(status: 410)
        let test = bench.make("test", type: .webhookTest, dueInMs: 60_000)
        let answers = Box<DirectResult>()
        bench.worker.deliverNew(test, isLastTry: true) { answers.put(DirectResult($0)) }
        #expect(bench.waitingEvents == [test.event.id])
        bench.sender.answer(status: 200)
        #expect(try await bench.stored(test).delivery.status == .delivered)
        #expect(answers.values.count == 1)
        #expect(bench.hold?.reason == .disabled)
    }

    @Test func `a test goes out through an open circuit, and its success closes it`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .daily)
        bench.worker.start()
        try await bench.openCircuit()
        let waiting = try await bench.commit()
        bench.worker.deliverNew(bench.make("test", type: .webhookTest, dueInMs: 60_000), isLastTry: true) { _ in }
        #expect(bench.sender.waiting.count == 1)
        bench.sender.answer(status: 200)
        #expect(bench.hold == nil)
        #expect(bench.waitingEvents == [waiting.event.id])
    }

    @Test func `a test that is not taken is no alarm`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let test = bench.make("test", type: .webhookTest, dueInMs: 60_000)
        bench.worker.deliverNew(test, isLastTry: true) { _ in }
        bench.sender.answer(status: 500)
        #expect(try await bench.stored(test).delivery.status == .exhausted)
        #expect(bench.alarms("delivery_exhausted") == nil)
        #expect(bench.metric("payrelay_deliveries_total{result=\"exhausted\"}") == nil)
        #expect(bench.log.messages(.error).isEmpty)
    }

    private func disable(_ disabled: Bool, _ bench: WorkerBench) async throws -> [Result<Bool, StoreError>] {
        let answers = Box<Result<Bool, StoreError>>()
        bench.worker.setDisabled(disabled, WorkerBench.shop, detail: "moving house") { answers.put($0) }
        return answers.values
    }

    private func heldGauge(_ bench: WorkerBench, _ reason: String) -> String? {
        bench.metric("payrelay_endpoints_held{tenant=\"shop\",endpoint=\"default\",reason=\"\(reason)\"}")
    }
}
