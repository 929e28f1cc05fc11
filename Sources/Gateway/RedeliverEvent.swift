import Diagnostics
package import Payments
package import Tenants
import Webhooks

/// Sends an event once more to those who take it: to whom it went before, and to endpoints that were added since.
package struct RedeliverEvent: Sendable {
    package enum Outcome: Sendable {
        /// In the order of the tenant's file, each as it is now.
        case redelivered([(delivery: Delivery, attempts: [Attempt])])
        case unknownEvent
        /// Neither the named endpoint nor, where none is named, any of the tenant's takes events of this type; a sentence.
        case notTaken(String)
    }

    private let house: House
    private let worker: DeliveryWorker

    init(_ house: House, worker: DeliveryWorker) {
        self.house = house
        self.worker = worker
    }

    /// The same, whose log lines carry the request's id.
    package func asked(by requestID: String) -> RedeliverEvent {
        RedeliverEvent(house.logging(with: house.logger.with(["request_id": .text(requestID)])), worker: worker)
    }

    /// Runs inside the caller's transaction, so that an idempotency key commits with it.
    ///
    /// What was delivered or exhausted begins its schedule anew, and an endpoint that never had the event gets a delivery
    /// of its own, which holds back no other event. A test goes only where it went before.
    ///
    /// - Parameter endpoint: one of the tenant's; nil for every one that takes the event.
    package func perform(
        event id: String, endpoint: String?, tenant: Tenant, nowMs: Int64, in transaction: any StoreTransaction
    ) throws(StoreError) -> Outcome {
        guard let event = try transaction.event(id: id, tenant: tenant.id) else { return .unknownEvent }
        var found: [(delivery: Delivery, attempts: [Attempt])] = []
        for settings in tenant.endpoints where (endpoint ?? settings.id) == settings.id && settings.takes(event.type) {
            guard let id = try send(event, to: settings.id, isNamed: endpoint != nil, nowMs: nowMs, in: transaction),
                let delivery = try transaction.delivery(id: id, tenant: tenant.id, nowMs: nowMs)
            else { continue }
            found.append(delivery)
        }
        if !found.isEmpty { return .redelivered(found) }
        let who = endpoint.map { "the endpoint \($0) does not take" } ?? "no endpoint in force takes"
        return .notTaken("\(who) this event, a \(event.type.rawValue)")
    }

    /// After the commit of what was `redelivered`.
    package func noteRedelivered(_ deliveries: [Delivery]) {
        for delivery in deliveries {
            house.logger.info(
                "event redelivered",
                [
                    "tenant": .text(delivery.tenant), "event": .text(delivery.event),
                    "delivery": .text(delivery.id), "endpoint": .text(delivery.endpoint),
                ])
            worker.probe(delivery.endpointKey)
        }
    }

    /// In a transaction of its own.
    package func run(
        event id: String, endpoint: String?, tenant: Tenant,
        then: @escaping @Sendable (Result<Outcome, StoreError>) -> Void
    ) {
        let nowMs = house.clock.nowMs
        house.store.write { transaction throws(StoreError) in
            try perform(event: id, endpoint: endpoint, tenant: tenant, nowMs: nowMs, in: transaction)
        } then: { result in
            if case .success(.redelivered(let found)) = result { noteRedelivered(found.map(\.delivery)) }
            then(result)
        }
    }

    /// The id of the delivery that will bring it; nil if it does not go there.
    private func send(
        _ event: Event, to endpoint: String, isNamed: Bool, nowMs: Int64, in transaction: any StoreTransaction
    ) throws(StoreError) -> String? {
        if let former = try transaction.deliveryID(event: event.id, endpoint: endpoint, tenant: event.tenant) {
            return try transaction.requeue(delivery: former, tenant: event.tenant, nowMs: nowMs)?.id
        }
        guard isNamed || event.type != .webhookTest else { return nil }
        let delivery = Delivery(
            id: house.identifiers.make(.delivery, nowMs: nowMs), tenant: event.tenant, event: event.id,
            eventType: event.type, endpoint: endpoint, lane: .replay, nextAttemptAtMs: nowMs, sequence: event.sequence,
            createdAtMs: nowMs)
        try transaction.insert(delivery, of: event)
        return delivery.id
    }
}
