package import Payments

/// `create_direct_pay_by_user` (即时到账): the buyer's browser is sent to a signed URL and pays at once.
package enum CreateDirectPayByUser {
    static let service = "create_direct_pay_by_user"

    /// The signed GET URL. With `it_b_pay` in the contract it carries the minutes that are left, so it is made anew for
    /// every buyer.
    package static func url(_ payment: Payment, _ contract: Contract, _ callbacks: Callbacks, nowMs: Int64) -> String {
        var parameters = RequestParameters(service, contract, payment.charset)
        parameters.add("body", payment.description)
        parameters.add("notify_url", callbacks.notifyURL)
        parameters.add("out_trade_no", payment.merchantReference)
        parameters.add("payment_type", "1")
        parameters.add("return_url", callbacks.returnURL)
        parameters.add(contract.seller.name, contract.seller.value)
        parameters.add("show_url", payment.showURL)
        parameters.add("subject", payment.subject)
        parameters.add("total_fee", Yuan.text(fen: payment.amountMinor))
        if contract.services.itBPay { parameters.add("it_b_pay", payment.minutesLeft(nowMs: nowMs)) }
        return parameters.signedURL(contract)
    }
}

extension Payment {
    /// `it_b_pay`: the whole minutes until it expires, 1 to 21,600.
    func minutesLeft(nowMs: Int64) -> String { "\(min(max((expiresAtMs - nowMs) / 60_000, 1), 21_600))m" }
}

extension Contract {
    /// The parameter that names who is paid. The file's word counts: Alipay looks at `seller_id` first.
    var seller: (name: String, value: String) {
        if !namesSellerByID, let sellerEmail { return ("seller_email", sellerEmail) }
        return ("seller_id", sellerID)
    }
}
