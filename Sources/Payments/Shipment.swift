/// Goods of an escrow payment on their way to the buyer, as the merchant told us and we told Alipay.
package struct Shipment: Sendable, Hashable {
    package enum Transport: String, Sendable, CaseIterable { case post, ems, express, direct }

    package enum State: String, Sendable, CaseIterable {
        /// Written down before Alipay is told; whether it heard is not known.
        case requested
        /// Alipay took it, or says that the goods are sent.
        case confirmed
    }

    /// `shp_…`
    package let id: String
    package let tenant: String
    /// One payment has one shipment at most.
    package let payment: String
    /// Alipay's `logistics_name`.
    package let carrier: String
    /// Alipay's `invoice_no`.
    package let trackingNumber: String?
    package let transport: Transport
    package var state: State
    package let createdAtMs: Int64

    package init(
        id: String, tenant: String, payment: String, carrier: String, trackingNumber: String?, transport: Transport,
        state: State, createdAtMs: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.payment = payment
        self.carrier = carrier
        self.trackingNumber = trackingNumber
        self.transport = transport
        self.state = state
        self.createdAtMs = createdAtMs
    }

    /// Whether `other` asks for the same, so that a repeated call is one shipment.
    package func asksTheSame(as other: Shipment) -> Bool {
        payment == other.payment && transport == other.transport
            && carrier.utf8.elementsEqual(other.carrier.utf8)
            && (trackingNumber ?? "").utf8.elementsEqual((other.trackingNumber ?? "").utf8)
    }
}
