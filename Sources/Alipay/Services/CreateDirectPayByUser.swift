package import Payments

/// `create_direct_pay_by_user` (即时到账): the buyer's browser is sent to a signed URL and pays at once.
package enum CreateDirectPayByUser {
    static let service = "create_direct_pay_by_user"

    /// The signed GET URL. With `it_b_pay` in the contract it carries the minutes that are left, so it is made anew for
    /// every buyer. Nil, here as in every service, if no key of the contract is in force to sign with.
    package static func url(
        _ payment: Payment, _ contract: Contract, _ callbacks: Callbacks, _ extras: CheckoutExtras = .none,
        nowMs: Int64
    ) -> String? {
        var parameters = RequestParameters(service, contract, payment.charset)
        parameters.addOrder(payment, callbacks, seller: contract.seller)
        parameters.add("total_fee", Yuan.text(fen: payment.amountMinor))
        parameters.addTimeLeft(payment, contract, nowMs: nowMs)
        parameters.add(extras)
        parameters.addOptions(of: payment)
        return parameters.signedURL(contract)
    }
}
