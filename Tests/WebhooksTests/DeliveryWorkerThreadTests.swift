import Diagnostics
import Dispatch
import HTTP
import Payments
import Support
import Testing
import Webhooks

struct DeliveryWorkerThreadTests {
    @Test(.timeLimit(.minutes(1)))
    func `answers from many threads at once: every delivery is sent once and none is forgotten`() async throws {
        let bench = WorkerBench()
        let endpointCount = 40
        for index in 0..<endpointCount {
            bench.endpoints["t\(index)", "default"] = EndpointSettings(
                url: "https://t\(index).example/", secrets: [bench.secret])
        }
        let (sent, arrival) = AsyncStream<Void>.makeStream()
        let sender = ThreadedSender { arrival.yield() }
        let worker = DeliveryWorker(
            store: bench.store, sender: sender, endpoints: bench.endpoints, clock: bench.clock, logger: .none,
            metrics: bench.metrics, version: "1", random: { 0.5 })
        worker.start()
        var due: [DueDelivery] = []
        for index in 0..<600 {
            due.append(try await bench.commit(tenant: "t\(index % endpointCount)"))
        }
        var arrivals = sent.makeAsyncIterator()
        for _ in due { await arrivals.next() }
        #expect(await worker.stop(graceMs: 60_000) == 0)
        for delivery in due {
            let (stored, attempts) = try await bench.stored(delivery)
            #expect(stored.status == .delivered)
            #expect(attempts.count == 1)
        }
        #expect(bench.metric("payrelay_delivery_attempts_total{outcome=\"taken\"}") == "600")
    }
}

/// Takes every request, on the threads of a concurrent queue.
private final class ThreadedSender: HTTPSender {
    private let queue = DispatchQueue(label: "test.sender", attributes: .concurrent)
    private let arrived: @Sendable () -> Void

    init(arrived: @escaping @Sendable () -> Void) { self.arrived = arrived }

    func send(
        _ request: OutboundRequest, then: @escaping @Sendable (Result<OutboundResponse, SendError>) -> Void
    ) {
        arrived()
        queue.async { then(.success(OutboundResponse(status: 200, address: "203.0.113.7"))) }
    }
}
