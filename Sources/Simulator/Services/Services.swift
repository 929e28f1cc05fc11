import HTTP

/// What each service answers to an authenticated call.
struct Services: Sendable {
    let cashier: CashierServices
    let tradeQuery: TradeQuery
    let sendGoods: SendGoods
    let closeTrade: CloseTrade
    let timestamp: QueryTimestamp
    let refunds: RefundServices
    let acquire: AcquireServices

    func answer(_ service: ServiceName, _ call: GatewayCall) throws(GatewayError) -> Response {
        switch service {
        case .directPay: try cashier.directPay(call)
        case .wapPay: try cashier.wapPay(call)
        case .escrow: try cashier.escrow(call)
        case .dual: try cashier.dual(call)
        case .sendGoods: try sendGoods.answer(call)
        case .tradeQuery: try tradeQuery.answer(call)
        case .closeTrade: try closeTrade.answer(call)
        case .timestamp: timestamp.answer(call)
        case .refund: try refunds.refund(call)
        case .refundWithPassword: try refunds.refundWithPassword(call)
        case .refundQuery: try refunds.query(call)
        case .precreate, .createAndPay, .acquireQuery, .acquireRefund, .acquireCancel, .acquireClose:
            acquire.answer(service, call)
        // It has neither partner's signature nor XML: the endpoint asks it by itself.
        case .notifyVerify: throw GatewayError(.illegalService, "notify_verify is no service of this kind")
        }
    }
}
