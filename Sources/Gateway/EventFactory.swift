import JSON
import Payments
import Tenants
import Webhooks

/// Makes an event and one delivery for each endpoint that wants it.
struct EventFactory: Sendable {
    let house: House
    let tenant: Tenant

    func make(
        _ type: EventType, payment: String?, sequence: Int64, subject: EventShape.Subject, previous: PaymentStatus?,
        nowMs: Int64, onlyTo endpoint: String? = nil
    ) -> (event: Event, deliveries: [Delivery]) {
        let id = house.identifiers.make(.event, nowMs: nowMs)
        let event = Event(
            id: id, tenant: tenant.id, type: type, payment: payment, sequence: sequence, timestampMs: nowMs,
            body: EventShape.body(
                id: id, type: type, timestampMs: nowMs, sequence: sequence, subject: subject, previousStatus: previous
            )
        )
        let endpoints = tenant.endpoints.filter { endpoint == nil || $0.id == endpoint }
        let deliveries = endpoints.compactMap { endpoint in
            endpoint.delivery(of: event, id: house.identifiers.make(.delivery, nowMs: nowMs), nowMs: nowMs)
        }
        return (event, deliveries)
    }

    /// Writes the event of the payment's own `sequence`, and its deliveries.
    func add(
        _ type: EventType, of payment: Payment, subject: EventShape.Subject, previous: PaymentStatus?, nowMs: Int64,
        in transaction: any StoreTransaction
    ) throws(StoreError) {
        let made = make(
            type, payment: payment.id, sequence: payment.sequence, subject: subject, previous: previous, nowMs: nowMs)
        try transaction.insert(made.event, deliveries: made.deliveries)
    }
}
