import Alipay
import Diagnostics
package import JSON
package import Payments
package import Tenants

/// The buyer opens the checkout: on to Alipay with a freshly signed request, or told why not.
package struct OpenCheckout: Sendable {
    package enum Outcome: Sendable {
        case redirect(url: String)
        /// There is nothing to pay (any more).
        case closed(Payment)
        case expired(Payment)
        /// No such payment, or its tenant is not served now.
        case unknown
    }

    private let house: House

    package init(_ house: House) { self.house = house }

    package func run(payment id: String, then: @escaping @Sendable (Result<Outcome, StoreError>) -> Void) {
        let house = house
        house.store.read { reader throws(StoreError) in
            try reader.payment(id: id)
        } then: { result in
            then(result.map { payment in payment.map(OpenCheckout(house).outcome) ?? .unknown })
        }
    }

    /// What a merchant is told that there is to do; nil when there is nothing.
    package func nextAction(_ payment: Payment, _ tenant: Tenant) -> NextAction? {
        guard payment.isOpen(atMs: house.clock.nowMs) else { return nil }
        return .redirect(
            url: house.publicURLs.checkout(payment: payment.id), providerURL: providerURL(payment, tenant)
        )
    }

    private func outcome(_ payment: Payment) -> Outcome {
        guard let tenant = house.tenants.current.tenant(payment.tenant) else { return .unknown }
        if payment.isOpen(atMs: house.clock.nowMs) { return .redirect(url: providerURL(payment, tenant)) }
        return payment.status == .requiresAction ? .expired(payment) : .closed(payment)
    }

    private func providerURL(_ payment: Payment, _ tenant: Tenant) -> String {
        CreateDirectPayByUser.url(
            payment, tenant.contract, house.publicURLs.callbacks(of: tenant), nowMs: house.clock.nowMs
        )
    }
}
