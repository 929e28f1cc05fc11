import Alipay
import Crypto
package import Diagnostics
package import Payments
package import Tenants
import Webhooks

/// The buyer comes back from Alipay. It shows what is stored, after asking Alipay once where the notification has not come
/// yet; it never moves a payment on the browser's word.
package struct AcceptReturn: Sendable {
    package enum Outcome: Sendable {
        /// Back to the merchant, with the status and a signature that the merchant can check.
        case redirect(url: String)
        /// The payment has no `return_url`, or no secret is in force to sign it with: a page of ours.
        case page(Payment)
        /// Not signed by Alipay, or about nothing we know.
        case checking
    }

    /// A buyer waits no longer than this for Alipay's answer.
    static let queryTimeout = Duration.seconds(3)

    private let house: House
    private let asked: RecentlyAsked

    package init(_ house: House) { self.init(house, RecentlyAsked()) }

    private init(_ house: House, _ asked: RecentlyAsked) {
        self.house = house
        self.asked = asked
    }

    /// The same, whose log lines carry what `logger` carries: the request's id.
    package func logging(with logger: Logger) -> AcceptReturn { AcceptReturn(house.logging(with: logger), asked) }

    package func run(
        query: [UInt8], tenant: Tenant, then: @escaping @Sendable (Result<Outcome, StoreError>) -> Void
    ) {
        guard let back = BuyerReturn(query: query, contract: tenant.contract) else { return then(.success(.checking)) }
        house.store.read { reader throws(StoreError) in
            try reader.payment(reference: back.outTradeNo, tenant: tenant.id)
        } then: { [self] result in
            switch result {
            case .failure(let error): then(.failure(error))
            case .success(nil): then(.success(.checking))
            case .success(let payment?): learn(payment, tenant) { then(.success(outcome($0, tenant))) }
            }
        }
    }

    /// Asks where money is still open, so that a lost notification is no lost order.
    private func learn(_ payment: Payment, _ tenant: Tenant, _ then: @escaping @Sendable (Payment) -> Void) {
        // Also where it is over: its buyer comes back with Alipay's word that there is a trade.
        guard payment.amountPaidMinor == nil, AskAboutTrade(house: house, tenant: tenant).isPossible(payment),
            asked.mayAsk(payment.id, tenant: tenant.id, nowMs: house.clock.nowMs)
        else { return then(payment) }
        Task {
            let learned = try? await LearnOfTrade(house: house, tenant: tenant).run(
                payment, timeout: AcceptReturn.queryTimeout)
            if case .learned(let now) = learned { return then(now) }
            // It took a while: a notification may have come meanwhile, and the merchant knows by now.
            then((try? await house.store.latest(payment)) ?? payment)
        }
    }

    private func outcome(_ payment: Payment, _ tenant: Tenant) -> Outcome {
        guard let url = payment.returnURL else { return .page(payment) }
        let nowMs = house.clock.nowMs
        let timestamp = nowMs / 1000
        let signed = "\(payment.id).\(timestamp).\(payment.merchantReference).\(payment.status.rawValue)"
        // Nothing goes to the merchant unsigned.
        guard let secret = tenant.endpoints.first?.secretsInForce(atMs: nowMs).first else { return .page(payment) }
        secret.tag.use.note(atMs: nowMs)
        let signature = secret.key.authenticate(Array(signed.utf8))
        return .redirect(
            url: ReturnURL.adding(
                [
                    ("payment_id", payment.id), ("merchant_reference", payment.merchantReference),
                    ("status", payment.status.rawValue), ("timestamp", String(timestamp)),
                    ("signature", "v1," + Base64.encode(signature)),
                ],
                to: url
            )
        )
    }
}

/// A merchant's URL with our parameters after its own; its fragment stays at the end.
package enum ReturnURL {
    package static func adding(_ parameters: [(String, String)], to url: String) -> String {
        let parts = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let query = parameters.map { "\($0.0)=\(encode($0.1))" }.joined(separator: "&")
        let base = String(parts[0])
        let joint: String
        if !base.contains("?") {
            joint = "?"
        } else {
            joint = base.hasSuffix("?") || base.hasSuffix("&") ? "" : "&"
        }
        return base + joint + query + (parts.count == 2 ? "#" + parts[1] : "")
    }

    /// Our values have letters, digits and `_ - . , + / =` only; the last four are encoded.
    private static func encode(_ value: String) -> String {
        var out = ""
        for byte in value.utf8 {
            switch byte {
            case 0x2B: out += "%2B"
            case 0x2C: out += "%2C"
            case 0x2F: out += "%2F"
            case 0x3D: out += "%3D"
            default: out.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return out
    }
}
