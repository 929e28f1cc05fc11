import Diagnostics
import HTTP
import Payments
import Support
import Synchronization
import Testing
import Webhooks

/// What goes wrong around a worker: endpoints that hang or are gone, a store that fails, a process that stops.
struct DeliveryWorkerFaultTests {
    @Test func `an endpoint that hangs takes eight slots, and others are served behind its backlog`() async throws {
        let bench = WorkerBench()
        bench.endpoints["slow", "default"] = EndpointSettings(url: "https://slow.example/", secrets: [bench.secret])
        for _ in 0..<900 { try await bench.commit(tenant: "slow") }
        bench.clock.advance(byMs: 10)
        let behind = try await bench.commit()
        bench.worker.start()

        #expect(bench.sender.waiting.count == 9)
        #expect(bench.sender.waiting.filter { $0.url == "https://slow.example/" }.count == 8)
        bench.sender.answer(status: 200, url: WorkerBench.shopURL)
        #expect(try await bench.stored(behind).delivery.status == .delivered)

        // One of the eight ends: the ninth of that endpoint takes its place.
        bench.sender.answer(status: 200, url: "https://slow.example/")
        #expect(bench.sender.waiting.count == 8)
        let late = try await bench.commit()
        bench.worker.wake()
        bench.sender.answer(status: 200, url: WorkerBench.shopURL)
        #expect(try await bench.stored(late).delivery.status == .delivered)
    }

    @Test func `a backlog drains in order, never more than the cap at once`() async throws {
        let bench = WorkerBench()
        var order: [String] = []
        for _ in 0..<30 { order.append(try await bench.commit().event.id) }
        bench.worker.start()
        for left in stride(from: 30, to: 0, by: -1) {
            #expect(bench.sender.waiting.count == min(left, 8))
            bench.sender.answer(status: 200)
        }
        #expect(bench.sender.requests.compactMap { $0.headers["webhook-id"] } == order)
    }

    @Test func `no more than the limit are out, all endpoints together`() async throws {
        let bench = WorkerBench()
        for index in 0..<40 {
            bench.endpoints["t\(index)", "default"] = EndpointSettings(
                url: "https://t\(index).example/", secrets: [bench.secret])
            for _ in 0..<8 { try await bench.commit(tenant: "t\(index)") }
        }
        bench.worker.start()
        #expect(bench.sender.waiting.count == 256)
        for _ in 0..<320 { bench.sender.answer(status: 200) }
        #expect(bench.sender.requests.count == 320)
        #expect(Set(bench.sender.requests.compactMap { $0.headers["webhook-id"] }).count == 320)
    }

    @Test func `deliveries of an endpoint that is gone are held without a try, and come back with it`() async throws {
        let bench = WorkerBench()
        let settings = try #require(bench.endpoints["shop", "default"])
        bench.endpoints["shop", "default"] = nil
        let due = try await bench.commit()
        let later = try await bench.commit(dueInMs: 60_000)
        bench.worker.start()
        for held in [due, later] {
            let (delivery, attempts) = try await bench.stored(held)
            #expect(delivery.status == .held)
            #expect(delivery.nextAttemptAtMs == nil)
            #expect(delivery.attemptCount == 0)
            #expect(attempts.isEmpty)
        }
        #expect(bench.metric("payrelay_deliveries_total{result=\"held\"}") == "2")
        #expect(bench.sender.requests.isEmpty)

        bench.endpoints["shop", "default"] = settings
        bench.worker.endpointsChanged()
        #expect(bench.sender.requests.map { $0.headers["webhook-id"] } == [due.event.id, later.event.id])
    }

    @Test func `a worker that starts gives back what was held for endpoints that exist`() async throws {
        let first = WorkerBench()
        first.endpoints["shop", "default"] = nil
        let due = try await first.commit()
        let gone = try await first.commit(endpoint: "erp")
        first.worker.start()
        #expect(try await first.stored(due).delivery.status == .held)

        let second = WorkerBench(store: first.store)
        second.worker.start()
        #expect(second.sender.requests.map { $0.headers["webhook-id"] } == [due.event.id])
        #expect(try await second.stored(gone).delivery.status == .held)
    }

    @Test func `a result that comes while its endpoint is removed is kept`() async throws {
        let bench = WorkerBench()
        let out = try await bench.commit()
        bench.worker.start()
        bench.endpoints["shop", "default"] = nil
        let next = try await bench.commit()
        bench.worker.wake()
        #expect(try await bench.stored(next).delivery.status == .pending)
        bench.sender.answer(status: 200)
        #expect(try await bench.stored(out).delivery.status == .delivered)
        #expect(try await bench.stored(next).delivery.status == .held)
    }

    @Test func `an endpoint that comes back while its deliveries are being held has them back at once`() async throws {
        let bench = WorkerBench()
        // Gone for the attempt and for the look before holding; back for the one after it.
        let flicker = FlickeringEndpoint(
            EndpointSettings(url: WorkerBench.shopURL, secrets: [bench.secret]), goneFor: 2)
        let worker = DeliveryWorker(
            store: bench.store, sender: bench.sender, endpoints: flicker, clock: bench.clock, logger: .none,
            metrics: bench.metrics, version: "1", random: { 0.5 })
        worker.start()
        try await bench.commit()
        worker.wake()
        #expect(bench.metric("payrelay_deliveries_total{result=\"held\"}") == "1")
        #expect(bench.sender.requests.count == 1)
    }

    @Test func `deliveries that cannot be held are asked for again`() async throws {
        let bench = WorkerBench()
        bench.endpoints["shop", "default"] = nil
        bench.worker.start()
        let due = try await bench.commit()
        bench.store.failNextWrites(1)
        bench.worker.wake()
        #expect(try await bench.stored(due).delivery.status == .pending)
        bench.clock.advance(byMs: 5_000)
        #expect(try await bench.stored(due).delivery.status == .held)
    }

    @Test func `a result that cannot be kept is sent again after 30 s with the same id`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.worker.wake()
        bench.store.failNextWrites(1)
        bench.sender.answer(status: 200)
        bench.worker.wake()
        bench.clock.advance(byMs: 29_999)
        #expect(bench.sender.requests.count == 1)
        bench.clock.advance(byMs: 1)
        #expect(bench.sender.requests.map { $0.headers["webhook-id"] } == [due.event.id, due.event.id])
        bench.sender.answer(status: 200)
        let (delivery, attempts) = try await bench.stored(due)
        #expect(delivery.status == .delivered)
        #expect(attempts.map(\.number) == [1])
    }

    @Test func `a store that cannot be written stops the sending at the slots there are`() async throws {
        var limits = WorkerLimits()
        limits.inFlightMax = 4
        let bench = WorkerBench(limits: limits)
        bench.sender.always { _ in .success(OutboundResponse(status: 200)) }
        for _ in 0..<20 { try await bench.commit() }
        bench.store.failNextWrites(1_000)
        bench.worker.start()
        #expect(bench.sender.requests.count == 4)
        bench.store.failNextWrites(0)
        bench.clock.advance(byMs: 30_000)
        #expect(bench.sender.requests.count == 24)
    }

    @Test func `a store that cannot be read is read again after 5 s`() async throws {
        let bench = WorkerBench()
        try await bench.commit()
        bench.store.failNextReads(1)
        bench.worker.start()
        bench.worker.wake()
        #expect(bench.sender.requests.isEmpty)
        bench.clock.advance(byMs: 5_000)
        #expect(bench.sender.requests.count == 1)
    }

    @Test func `a send that our shutdown cut off counts no try and is not repeated at once`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.worker.wake()
        bench.sender.fail(.canceled)
        bench.worker.wake()
        let (delivery, attempts) = try await bench.stored(due)
        #expect(delivery == due.delivery)
        #expect(attempts.isEmpty)
        #expect(bench.sender.requests.count == 1)
        #expect(bench.metric("payrelay_deliveries_in_flight") == "0")
        bench.clock.advance(byMs: 30_000)
        #expect(bench.sender.requests.count == 2)
    }

    @Test func `stop waits for what is out and begins nothing`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        var due: [DueDelivery] = []
        for _ in 0..<10 { due.append(try await bench.commit()) }
        bench.worker.wake()
        let left = Box<Int>()
        bench.worker.stop(graceMs: 30_000) { left.put($0) }
        #expect(left.values.isEmpty)
        for _ in 0..<8 { bench.sender.answer(status: 200) }
        #expect(left.values == [0])
        bench.worker.wake()
        bench.clock.advance(byMs: 86_400_000)
        #expect(bench.sender.requests.count == 8)
        #expect(left.values == [0])
        for waiting in due.suffix(2) { #expect(try await bench.stored(waiting).delivery == waiting.delivery) }
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
        bench.worker.wake()
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

/// A directory whose one endpoint is not there for the first looks.
private final class FlickeringEndpoint: EndpointDirectory {
    private let settings: EndpointSettings
    private let looksLeft: Mutex<Int>

    init(_ settings: EndpointSettings, goneFor looks: Int) {
        self.settings = settings
        looksLeft = Mutex(looks)
    }

    func endpoint(_ key: EndpointKey) -> EndpointSettings? {
        looksLeft.withLock { left in
            defer { left = max(left - 1, 0) }
            return left > 0 ? nil : settings
        }
    }
}
