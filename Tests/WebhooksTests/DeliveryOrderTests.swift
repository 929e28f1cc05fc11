import HTTP
import Payments
import Support
import Testing
import Webhooks

/// The events of one payment, one after the other.
struct DeliveryOrderTests {
    @Test func `an event waits for the one before it, and is sent the moment that one is delivered`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let one = try await bench.commit(payment: "pay_1", sequence: 1)
        bench.sender.answer(status: 500)
        let two = try await bench.commit(payment: "pay_1", sequence: 2)
        let other = try await bench.commit(payment: "pay_2", sequence: 1)
        #expect(bench.sentEvents == [one.event.id, other.event.id])
        #expect(try await bench.stored(two).delivery.status == .pending)
        bench.clock.advance(byMs: 5_000)
        #expect(bench.waitingEvents == [other.event.id, one.event.id])
        bench.sender.answer(status: 200)
        #expect(bench.waitingEvents == [one.event.id])
        bench.sender.answer(status: 200)
        #expect(bench.waitingEvents == [two.event.id])
        bench.sender.answer(status: 200)
        let (delivery, attempts) = try await bench.stored(two)
        #expect(delivery.status == .delivered)
        #expect(attempts.map(\.number) == [1])
        #expect(attempts.first?.startedAtMs == bench.clock.nowMs)
    }

    @Test func `the last try of the one before ends the wait as well`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .twoTries(60_000))
        bench.worker.start()
        let one = try await bench.commit(payment: "pay_1", sequence: 1)
        let two = try await bench.commit(payment: "pay_1", sequence: 2)
        bench.sender.answer(status: 500)
        bench.clock.advance(byMs: 60_000)
        #expect(bench.waitingEvents == [one.event.id])
        bench.sender.answer(status: 500)
        #expect(try await bench.stored(one).delivery.status == .exhausted)
        #expect(bench.waitingEvents == [two.event.id])
    }

    @Test func `a wait ends after 15 minutes, and the earlier event comes later`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .daily)
        bench.worker.start()
        let one = try await bench.commit(payment: "pay_1", sequence: 1)
        let two = try await bench.commit(payment: "pay_1", sequence: 2)
        bench.sender.answer(status: 500)
        bench.clock.advance(byMs: 15 * 60_000 - 1)
        #expect(bench.sentEvents == [one.event.id])
        bench.clock.advance(byMs: 1)
        #expect(bench.waitingEvents == [two.event.id])
        bench.sender.answer(status: 200)
        bench.clock.advance(byMs: 86_400_000)
        #expect(bench.waitingEvents == [one.event.id])
    }

    @Test func `three events go out one by one`() async throws {
        let bench = WorkerBench()
        var order: [String] = []
        for sequence in 1...3 {
            order.append(try await bench.commit(payment: "pay_1", sequence: Int64(sequence)).event.id)
        }
        bench.worker.start()
        for index in 0..<3 {
            #expect(bench.waitingEvents == [order[index]])
            bench.sender.answer(status: 200)
        }
        #expect(bench.sentEvents == order)
    }

    @Test func `with ordering none an event waits for nothing`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(ordering: .none)
        bench.worker.start()
        let one = try await bench.commit(payment: "pay_1", sequence: 1)
        bench.sender.answer(status: 500)
        let two = try await bench.commit(payment: "pay_1", sequence: 2)
        #expect(bench.sentEvents == [one.event.id, two.event.id])
    }

    @Test func `tests wait for nothing, and nothing waits for them`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let first = try await bench.commit(type: .webhookTest)
        bench.sender.answer(status: 500)
        let second = try await bench.commit(type: .webhookTest)
        let event = try await bench.commit(payment: "pay_1", sequence: 1)
        #expect(bench.sentEvents == [first.event.id, second.event.id, event.event.id])
    }

    @Test func `an event waits at one endpoint while another has it already`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint("shop", "erp", url: "https://erp.example/")
        bench.worker.start()
        let one = try await bench.commit(payment: "pay_1", sequence: 1)
        bench.sender.answer(status: 500)
        let two = try await bench.commit(endpoint: "erp", payment: "pay_1", sequence: 2)
        #expect(bench.sentEvents == [one.event.id, two.event.id])
    }

    @Test func `what is held goes out in its order once the endpoint is back`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let one = try await bench.commit(payment: "pay_1", sequence: 1)
        let two = try await bench.commit(payment: "pay_1", sequence: 2)
        bench.sender.answer(status: 410)
        bench.clock.advance(byMs: 14 * 60_000)
        #expect(bench.sender.requests.count == 1)
        bench.setEndpoint(url: "https://new.example/")
        bench.worker.endpointsChanged()
        while bench.sender.answer(status: 200) {}
        #expect(bench.sentEvents == [one.event.id, one.event.id, two.event.id])
    }
}
