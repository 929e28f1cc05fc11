import JSON
import Payments
import Webhooks

/// What a paid order leaves behind: the payment, its event with a body of about 1 KB, and the delivery that is due at once.
struct PaidOrder: Sendable {
    let payment: Payment
    let event: Event
    let delivery: Delivery

    /// - Parameter number: of the merchant's order; unique in the database.
    init(number: Int, tenant: String, endpoint: EndpointSettings, identifiers: IdentifierSource, nowMs: Int64) throws {
        var payment = PaidOrder.open(number: number, tenant: tenant, identifiers: identifiers, nowMs: nowMs)
        payment.status = .succeeded
        payment.amountPaidMinor = payment.amountMinor
        payment.refundable = true
        payment.sequence = 1
        payment.provider = ProviderState(
            tradeNo: "2015040700001000000012345678", status: "TRADE_SUCCESS", buyer: "bu***@mail.example")
        payment.succeededAtMs = nowMs
        let id = identifiers.make(.event, nowMs: nowMs)
        let body = EventShape.body(
            id: id, type: .paymentSucceeded, timestampMs: nowMs, sequence: payment.sequence, subject: .payment(payment),
            previousStatus: .requiresAction)
        let event = Event(
            id: id, tenant: tenant, type: .paymentSucceeded, payment: payment.id, sequence: payment.sequence,
            timestampMs: nowMs, body: body)
        let deliveryID = identifiers.make(.delivery, nowMs: nowMs)
        guard let delivery = endpoint.delivery(of: event, id: deliveryID, nowMs: nowMs) else {
            throw Failure(description: "the endpoint does not take \(event.type.rawValue)")
        }
        self.payment = payment
        self.event = event
        self.delivery = delivery
    }

    /// The order before it is paid, as `requests.c` has it.
    static func open(number: Int, tenant: String, identifiers: IdentifierSource, nowMs: Int64) -> Payment {
        Payment(
            id: identifiers.make(.payment, nowMs: nowMs), tenant: tenant, merchantReference: "ORDER-\(number)",
            amountMinor: 12_050, subject: "三体 (1-3), 刘慈欣, 精装本", channel: .web, settlement: .instant,
            returnURL: "https://www.bookshop.example/orders/\(number)/thanks", buyerIP: "203.0.113.7",
            metadata: [MetadataEntry(key: "basket", value: "b-\(number)"), MetadataEntry(key: "till", value: "web-7")],
            createdAtMs: nowMs, expiresAtMs: nowMs + 7_200_000)
    }

    func insert(in transaction: any StoreTransaction) throws(StoreError) {
        try transaction.insert(payment)
        try transaction.insert(event, deliveries: [delivery])
    }
}
