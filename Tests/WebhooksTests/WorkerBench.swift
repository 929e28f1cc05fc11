import Diagnostics
import HTTP
import Payments
import Support
import Testing
import Webhooks

/// A delivery worker between a store in memory and a sender that the test answers for.
final class WorkerBench {
    static let shopURL = "https://shop.example/hooks"

    let clock = ManualClock()
    let store: MemoryStore
    let sender = ScriptedSender()
    let endpoints = EndpointTable()
    let log = RecordedLog()
    let metrics = Metrics()
    let secret = WebhookSecret(bytes: Array(0..<32))
    let worker: DeliveryWorker
    private var made = 0

    /// One tenant, `shop`, with one endpoint, `default`; no jitter. The worker has not started.
    init(store: MemoryStore = MemoryStore(), limits: WorkerLimits = .init()) {
        self.store = store
        worker = DeliveryWorker(
            store: store, sender: sender, endpoints: endpoints, clock: clock, logger: Logger(sink: log),
            metrics: metrics,
            version: "1.2.3", random: { 0.5 }, limits: limits)
        endpoints["shop", "default"] = EndpointSettings(url: WorkerBench.shopURL, secrets: [secret])
    }

    /// Commits an event and its delivery to one endpoint.
    @discardableResult
    func commit(
        tenant: String = "shop", endpoint: String = "default", dueInMs: Int64 = 0, body: String = "{\"id\":\"x\"}"
    ) async throws -> DueDelivery {
        made += 1
        let number = String(100_000 + made)
        let event = Event(
            id: "evt_\(number)", tenant: tenant, type: .paymentSucceeded, payment: "pay_\(number)", sequence: 1,
            timestampMs: clock.nowMs, body: Array(body.utf8))
        let delivery = Delivery(
            id: "dlv_\(number)", tenant: tenant, event: event.id, eventType: event.type, endpoint: endpoint,
            nextAttemptAtMs: clock.nowMs + dueInMs, createdAtMs: clock.nowMs)
        try await store.write { transaction throws(StoreError) in try transaction.insert(event, deliveries: [delivery])
        }
        return DueDelivery(delivery: delivery, event: event)
    }

    func stored(_ due: DueDelivery) async throws -> (delivery: Delivery, attempts: [Attempt]) {
        let delivery = due.delivery
        let found = try await store.read { reader throws(StoreError) in
            let found = try reader.delivery(id: delivery.id, tenant: delivery.tenant)
            return found.map { Stored(delivery: $0.delivery, attempts: $0.attempts) }
        }
        let stored = try #require(found)
        return (stored.delivery, stored.attempts)
    }

    private struct Stored: Sendable {
        let delivery: Delivery
        let attempts: [Attempt]
    }

    /// A metric's value, by its name and labels as they are printed.
    func metric(_ name: String) -> String? {
        metrics.prometheusText().split(separator: "\n").first { $0.hasPrefix(name + " ") }.map {
            String($0.dropFirst(name.count + 1))
        }
    }
}
