import Diagnostics
import HTTP
import Payments
import Support
import Testing
import Webhooks

/// A delivery worker between a store in memory and a sender that the test answers for.
final class WorkerBench {
    static let shopURL = "https://shop.example/hooks"
    static let shop = EndpointKey(tenant: "shop", endpoint: "default")

    let clock: ManualClock
    let store: MemoryStore
    let sender = ScriptedSender()
    let endpoints: EndpointTable
    let log = RecordedLog()
    let metrics = Metrics()
    let secret = WebhookSecret(bytes: Array(0..<32))
    let worker: DeliveryWorker
    private static let made = Box<Void>()

    /// One tenant, `shop`, with one endpoint, `default`; no jitter. The worker has not started.
    ///
    /// - Parameter before: another bench, whose process has died: the store, the time and the files are its own.
    init(
        after before: WorkerBench? = nil, limits: WorkerLimits = .init(), backlogMax: Int = 100_000,
        attemptRetentionMs: Int64 = AttemptPruner.retentionMsDefault
    ) {
        store = before?.store ?? MemoryStore()
        clock = before?.clock ?? ManualClock()
        endpoints = before?.endpoints ?? EndpointTable()
        worker = DeliveryWorker(
            store: store, sender: sender, endpoints: endpoints, clock: clock, logger: Logger(sink: log),
            metrics: metrics, version: "1.2.3", random: { 0.5 }, limits: limits, backlogMax: { _ in backlogMax },
            attemptRetentionMs: attemptRetentionMs)
        if before == nil { setEndpoint() }
    }

    func setEndpoint(
        _ tenant: String = "shop", _ endpoint: String = "default", url: String = WorkerBench.shopURL,
        secrets: [WebhookSecret]? = nil,
        schedule: RetrySchedule = .payments, ordering: EndpointSettings.Ordering = .payment
    ) {
        endpoints[tenant, endpoint] = EndpointSettings(
            id: endpoint, url: url, secrets: secrets ?? [secret], schedule: schedule, ordering: ordering)
    }

    /// Commits an event and its delivery to one endpoint.
    ///
    /// - Parameter payment: nil for one of its own.
    @discardableResult
    func commit(
        tenant: String = "shop", endpoint: String = "default", type: EventType = .paymentSucceeded,
        payment: String? = nil, sequence: Int64 = 1, dueInMs: Int64 = 0, body: String = "{\"id\":\"x\"}"
    ) async throws -> DueDelivery {
        WorkerBench.made.put(())
        let due = make(
            String(100_000 + WorkerBench.made.values.count), tenant: tenant, endpoint: endpoint, type: type,
            payment: payment, sequence: sequence, dueInMs: dueInMs, body: body)
        try await store.write { transaction throws(StoreError) in
            try transaction.insert(due.event, deliveries: [due.delivery])
        }
        return due
    }

    /// An event and its delivery that nothing knows of yet.
    func make(
        _ number: String, tenant: String = "shop", endpoint: String = "default", type: EventType = .paymentSucceeded,
        payment: String? = nil, sequence: Int64 = 1, dueInMs: Int64 = 0, body: String = "{}"
    ) -> DueDelivery {
        let isTest = type == .webhookTest
        let payment = isTest ? nil : payment ?? "pay_\(number)"
        let event = Event(
            id: "evt_\(number)", tenant: tenant, type: type, payment: payment, sequence: isTest ? 0 : sequence,
            timestampMs: clock.nowMs, body: Array(body.utf8))
        let isOrdered = endpoints[tenant, endpoint]?.ordering != EndpointSettings.Ordering.none
        let delivery = Delivery(
            id: "dlv_\(number)", tenant: tenant, event: event.id, eventType: type, endpoint: endpoint,
            nextAttemptAtMs: clock.nowMs + dueInMs, orderedPayment: isOrdered ? payment : nil,
            sequence: event.sequence, createdAtMs: clock.nowMs)
        return DueDelivery(delivery: delivery, event: event)
    }

    func stored(_ due: DueDelivery) async throws -> (delivery: Delivery, attempts: [Attempt]) {
        let (delivery, nowMs) = (due.delivery, clock.nowMs)
        let found = try await store.read { reader throws(StoreError) in
            let found = try reader.delivery(id: delivery.id, tenant: delivery.tenant, nowMs: nowMs)
            return found.map { Stored(delivery: $0.delivery, attempts: $0.attempts) }
        }
        let stored = try #require(found)
        return (stored.delivery, stored.attempts)
    }

    private struct Stored: Sendable {
        let delivery: Delivery
        let attempts: [Attempt]
    }

    /// What the store keeps of the shop's endpoint.
    func keptState() async throws -> EndpointState? {
        try await store.read { reader throws(StoreError) in
            try reader.endpointStates().first { $0.key == WorkerBench.shop }
        }
    }

    /// The shop's endpoint as the worker knows it.
    var hold: EndpointHold? { worker.endpointStates.first { $0.key == WorkerBench.shop }?.hold }

    /// The `webhook-id` of every request so far.
    var sentEvents: [String] { sender.requests.compactMap { $0.headers["webhook-id"] } }
    /// The same of those without an answer.
    var waitingEvents: [String] { sender.waiting.compactMap { $0.headers["webhook-id"] } }

    /// Five failures in a row, two seconds apart, of deliveries that are not tried again within the day.
    func openCircuit() async throws {
        for index in 0..<5 {
            if index > 0 { clock.advance(byMs: 2_000) }
            try await commit()
            sender.answer(status: 500)
        }
    }

    /// A metric's value, by its name and labels as they are printed.
    func metric(_ name: String) -> String? {
        metrics.prometheusText().split(separator: "\n").first { $0.hasPrefix(name + " ") }.map {
            String($0.dropFirst(name.count + 1))
        }
    }

    func alarms(_ kind: String, tenant: String = "shop") -> String? {
        metric("payrelay_alarms_total{tenant=\"\(tenant)\",kind=\"\(kind)\"}")
    }
}

extension RetrySchedule {
    /// At once, and a day later.
    static let daily = twoTries(86_400_000)

    /// At once, and so much later.
    static func twoTries(_ delayMs: Int64) -> RetrySchedule {
        guard let schedule = try? RetrySchedule(delaysMs: [0, delayMs]) else { return .payments }
        return schedule
    }
}
