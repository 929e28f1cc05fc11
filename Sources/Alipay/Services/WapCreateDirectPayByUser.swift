package import Payments

/// `alipay.wap.create.direct.pay.by.user` (手机网站支付): as `create_direct_pay_by_user`, on a phone.
package enum WapCreateDirectPayByUser {
    static let service = "alipay.wap.create.direct.pay.by.user"

    /// The signed GET URL, in UTF-8 whatever the contract's charset: the service takes no other. It knows the seller by id
    /// only, and neither time stamp nor address of the buyer.
    package static func url(
        _ payment: Payment, _ contract: Contract, _ callbacks: Callbacks, nowMs: Int64
    ) -> String? {
        var parameters = RequestParameters(service, contract, .utf8)
        parameters.addOrder(payment, callbacks, seller: ("seller_id", contract.sellerID))
        parameters.add("total_fee", Yuan.text(fen: payment.amountMinor))
        parameters.addTimeLeft(payment, contract, nowMs: nowMs)
        parameters.addOptions(of: payment)
        return parameters.signedURL(contract)
    }
}
