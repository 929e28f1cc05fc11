package import Payments

/// `create_partner_trade_by_buyer` (担保交易): the buyer pays into escrow, and the seller has the money once the goods have
/// come.
package enum CreatePartnerTradeByBuyer {
    static let service = "create_partner_trade_by_buyer"

    /// The signed GET URL.
    package static func url(
        _ payment: Payment, _ contract: Contract, _ callbacks: Callbacks, _ extras: CheckoutExtras = .none,
        nowMs: Int64
    ) -> String? {
        EscrowOrder.url(service, payment, contract, callbacks, extras, nowMs: nowMs)
    }
}
