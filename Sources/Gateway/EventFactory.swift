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
}
