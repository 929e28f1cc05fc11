import Diagnostics
import JSON
package import Payments
package import Tenants
package import Webhooks

/// Sends a signed `webhook.test` to one endpoint now, once, and answers with the delivery and its attempt.
package struct TestWebhook: Sendable {
    package enum Outcome: Sendable {
        case attempted(Delivery, Attempt)
        /// Why, in a sentence for the merchant.
        case unavailable(String)
    }

    /// The worker's own round finds the delivery only after this, should the process die before the attempt is made.
    static let graceMs: Int64 = 60_000

    private let house: House
    private let worker: DeliveryWorker

    package init(_ house: House, worker: DeliveryWorker) {
        self.house = house
        self.worker = worker
    }

    package func run(endpoint: String, tenant: Tenant, then: @escaping @Sendable (Outcome) -> Void) {
        let nowMs = house.clock.nowMs
        let made = EventFactory(house: house, tenant: tenant).make(
            .webhookTest, payment: nil, sequence: 0, subject: .test, previous: nil, nowMs: nowMs, onlyTo: endpoint
        )
        guard var delivery = made.deliveries.first else {
            return then(.unavailable("the endpoint is not there any more"))
        }
        delivery.nextAttemptAtMs = nowMs + TestWebhook.graceMs
        worker.deliverNew(DueDelivery(delivery: delivery, event: made.event), isLastTry: true) { result in
            switch result {
            case .success(let (delivery, attempt)): then(.attempted(delivery, attempt))
            case .failure(let error): then(.unavailable("\(error)"))
            }
        }
    }
}
