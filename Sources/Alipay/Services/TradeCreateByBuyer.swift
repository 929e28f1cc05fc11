package import Payments

/// `trade_create_by_buyer` (双功能): on Alipay's page the buyer chooses between escrow and paying at once.
package enum TradeCreateByBuyer {
    static let service = "trade_create_by_buyer"

    /// The signed GET URL.
    package static func url(
        _ payment: Payment, _ contract: Contract, _ callbacks: Callbacks, _ extras: CheckoutExtras = .none,
        nowMs: Int64
    ) -> String? {
        EscrowOrder.url(service, payment, contract, callbacks, extras, nowMs: nowMs)
    }
}
