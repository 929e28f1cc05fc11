import Alipay
import Diagnostics
package import HTTP
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
        /// Alipay gave no time stamp, without which it would refuse the buyer, or no key is in force to sign with: the page
        /// says to try again.
        case tryAgain(Payment)
        /// Its tenant is not served for now.
        case notServed
        /// No such payment, or none that a browser opens.
        case unknown
    }

    private let house: House

    package init(_ house: House) { self.house = house }

    /// - Parameters:
    ///   - peer: where the buyer's browser is.
    ///   - asks: whether Alipay may be asked for what the request needs; not for a request that only looks (HEAD).
    package func run(
        payment id: String, peer: IPAddress, asks: Bool = true,
        then: @escaping @Sendable (Result<Outcome, StoreError>) -> Void
    ) {
        house.store.read { reader throws(StoreError) in
            try reader.payment(id: id)
        } then: { [self] result in
            switch result {
            case .failure(let error): then(.failure(error))
            case .success(nil): then(.success(.unknown))
            case .success(let payment?): open(payment, peer, asks: asks) { then(.success($0)) }
            }
        }
    }

    /// What a merchant is told that there is to do; nil when there is nothing.
    package func nextAction(_ payment: Payment, _ tenant: Tenant) -> NextAction? {
        let nowMs = house.clock.nowMs
        if payment.channel == .qr {
            return payment.mayBeScanned(atMs: nowMs) ? payment.qrCode.map { .qrCode(content: $0) } : nil
        }
        guard payment.isOpen(atMs: nowMs), payment.channel != .barcode else { return nil }
        let services = tenant.contract.services
        let knownNow = services.queryTimestamp || services.exterInvokeIP
        return .redirect(
            url: house.publicURLs.checkout(payment: payment.id),
            providerURL: knownNow ? nil : providerURL(payment, tenant, .none))
    }

    private func open(
        _ payment: Payment, _ peer: IPAddress, asks: Bool, _ then: @escaping @Sendable (Outcome) -> Void
    ) {
        guard !payment.isMadeByCall else { return then(.unknown) }
        let tenants = house.tenants.current
        guard let tenant = tenants.tenant(payment.tenant) else {
            return then(tenants.isDown(payment.tenant) ? .notServed : .unknown)
        }
        guard payment.isOpen(atMs: house.clock.nowMs) else {
            return then(payment.isOver(atMs: house.clock.nowMs) ? .expired(payment) : .closed(payment))
        }
        let services = tenant.contract.services
        var extras = CheckoutExtras.none
        if services.exterInvokeIP { extras.invokeIP = OpenCheckout.buyerIP(payment, peer) }
        guard services.queryTimestamp else {
            return house.sign(for: tenant) { [self, extras] in then(redirect(payment, tenant, extras)) }
        }
        guard asks else { return then(.tryAgain(payment)) }
        askForTimestamp(tenant) { [self, extras] key in
            guard let key else { return then(.tryAgain(payment)) }
            var extras = extras
            extras.antiPhishingKey = key
            then(redirect(payment, tenant, extras))
        }
    }

    /// Fetched for each buyer and never kept: it is good for about 30 s.
    private func askForTimestamp(_ tenant: Tenant, _ then: @escaping @Sendable (String?) -> Void) {
        let contract = tenant.contract
        AlipayCall(house: house, tenant: tenant).run(QueryTimestamp.service, QueryTimestamp.request(contract)) {
            QueryTimestamp.answer($0, contract)
        } then: { result in
            if case .answered(.key(let key)) = result { then(key) } else { then(nil) }
        }
    }

    /// Alipay's field has room for an IPv4 address only.
    private static func buyerIP(_ payment: Payment, _ peer: IPAddress) -> String? {
        let seen = "\(peer)"
        return seen.contains(":") ? payment.buyerIP.flatMap { $0.contains(":") ? nil : $0 } : seen
    }

    private func redirect(_ payment: Payment, _ tenant: Tenant, _ extras: CheckoutExtras) -> Outcome {
        if let url = providerURL(payment, tenant, extras) { return .redirect(url: url) }
        guard !tenant.contract.keys.canSign else { return .unknown }
        house.keysLapsed.raise(tenant, at: house)
        return .tryAgain(payment)
    }

    private func providerURL(_ payment: Payment, _ tenant: Tenant, _ extras: CheckoutExtras) -> String? {
        CheckoutRequest.url(
            payment, tenant.contract, house.publicURLs.callbacks(of: tenant), extras, nowMs: house.clock.nowMs)
    }
}
