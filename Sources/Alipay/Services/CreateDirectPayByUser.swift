package import Payments

/// `create_direct_pay_by_user` (即时到账): the buyer's browser is sent to a signed URL and pays at once.
package enum CreateDirectPayByUser {
    /// Where Alipay reports to.
    package struct Callbacks: Sendable {
        /// At most 190 bytes, without a query.
        package let notifyURL: String
        /// At most 200 bytes, without a query.
        package let returnURL: String

        package init(notifyURL: String, returnURL: String) {
            self.notifyURL = notifyURL
            self.returnURL = returnURL
        }
    }

    /// The signed GET URL. With `it_b_pay` in the contract it carries the minutes that are left, so it is made anew for
    /// every buyer.
    package static func url(_ payment: Payment, _ contract: Contract, _ callbacks: Callbacks, nowMs: Int64) -> String {
        var parameters = [
            Parameter("_input_charset", contract.charset),
            Parameter("body", payment.description ?? ""),
            Parameter("notify_url", callbacks.notifyURL),
            Parameter("out_trade_no", payment.merchantReference),
            Parameter("partner", contract.partner),
            Parameter("payment_type", "1"),
            Parameter("return_url", callbacks.returnURL),
            contract.seller,
            Parameter("service", "create_direct_pay_by_user"),
            Parameter("show_url", payment.showURL ?? ""),
            Parameter("subject", payment.subject),
            Parameter("total_fee", Yuan.text(fen: payment.amountMinor)),
        ]
        if contract.services.itBPay {
            let minutes = min(max((payment.expiresAtMs - nowMs) / 60_000, 1), 21_600)
            parameters.append(Parameter("it_b_pay", "\(minutes)m"))
        }
        return SignedURL.make(gatewayURL: contract.gatewayURL, parameters: parameters, keys: contract.keys)
    }
}

extension Contract {
    /// The parameter that names who is paid. The file's word counts: Alipay looks at `seller_id` first.
    var seller: Parameter {
        if !namesSellerByID, let sellerEmail { return Parameter("seller_email", sellerEmail) }
        return Parameter("seller_id", sellerID)
    }
}
