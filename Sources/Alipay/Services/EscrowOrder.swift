import Payments

/// The parameters that the two services with escrow share: the amount as the price of one piece, the ways it may travel, and
/// to whom (`mapi` 2.3).
enum EscrowOrder {
    /// What goods travel by when the merchant does not say.
    static let shippingDefault = Shipping.Option(carrierType: .express, feeMinor: 0, paidBy: .seller)
    static let optionsMax = 3

    static func url(
        _ service: String, _ payment: Payment, _ contract: Contract, _ callbacks: Callbacks, _ extras: CheckoutExtras,
        nowMs: Int64
    ) -> String? {
        var parameters = RequestParameters(service, contract, payment.charset)
        parameters.addOrder(payment, callbacks, seller: contract.seller)
        parameters.add("price", Yuan.text(fen: payment.amountMinor))
        parameters.add("quantity", "1")
        add(payment.shipping, to: &parameters)
        parameters.addTimeLeft(payment, contract, nowMs: nowMs)
        parameters.add(extras)
        parameters.addOptions(of: payment)
        return parameters.signedURL(contract)
    }

    private static func add(_ shipping: Shipping?, to parameters: inout RequestParameters) {
        let given = shipping?.options.prefix(optionsMax) ?? []
        for (index, option) in (given.isEmpty ? [shippingDefault] : given).enumerated() {
            let suffix = index == 0 ? "" : "_\(index)"
            parameters.add("logistics_type" + suffix, option.carrierType.rawValue.uppercased())
            parameters.add("logistics_fee" + suffix, Yuan.text(fen: option.feeMinor))
            parameters.add("logistics_payment" + suffix, word(option.paidBy))
        }
        parameters.add("receive_name", shipping?.receiver?.name)
        parameters.add("receive_address", shipping?.receiver?.address)
        parameters.add("receive_zip", shipping?.receiver?.zip)
        parameters.add("receive_phone", shipping?.receiver?.phone)
    }

    private static func word(_ paidBy: Shipping.Option.PaidBy) -> String {
        switch paidBy {
        case .seller: "SELLER_PAY"
        case .buyer: "BUYER_PAY"
        case .onReceipt: "BUYER_PAY_AFTER_RECEIVE"
        }
    }
}
