/// An order that a browser brought to the cashier, checked.
struct CashierOrder: Sendable {
    let order: TradeOrder
    let notifyURL: String?
    let returnURL: String?
    let timeout: PaymentTimeout?
    let dialect: Dialect

    /// When the trade closes unpaid; nil if the request does not say.
    func closesAtMs(nowMs: Int64) -> Int64? { timeout?.endMs(fromMs: nowMs) }
}
