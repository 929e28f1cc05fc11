/// Money on its way back to the buyer, or there.
package struct Refund: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable { case pending, succeeded, failed, unknown }

    /// Who asked for it.
    package enum Origin: String, Sendable, CaseIterable {
        /// The merchant, through this API.
        case api
        /// Somebody at the provider's own site.
        case provider
    }

    /// `re_…`
    package let id: String
    package let tenant: String
    package let payment: String
    /// Fen.
    package let amountMinor: Int64
    package let reason: String?
    package let merchantReference: String?
    package let origin: Origin
    package var status: Status
    package let createdAtMs: Int64
    package var updatedAtMs: Int64

    package init(
        id: String, tenant: String, payment: String, amountMinor: Int64, reason: String? = nil,
        merchantReference: String? = nil, origin: Origin, status: Status, createdAtMs: Int64, updatedAtMs: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.payment = payment
        self.amountMinor = amountMinor
        self.reason = reason
        self.merchantReference = merchantReference
        self.origin = origin
        self.status = status
        self.createdAtMs = createdAtMs
        self.updatedAtMs = updatedAtMs
    }
}
