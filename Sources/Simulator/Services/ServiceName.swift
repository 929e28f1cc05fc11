/// The services that the simulator has.
enum ServiceName: String, Sendable, CaseIterable {
    case directPay = "create_direct_pay_by_user"
    case wapPay = "alipay.wap.create.direct.pay.by.user"
    case escrow = "create_partner_trade_by_buyer"
    case dual = "trade_create_by_buyer"
    case sendGoods = "send_goods_confirm_by_platform"
    case tradeQuery = "single_trade_query"
    case closeTrade = "close_trade"
    case timestamp = "query_timestamp"
    case notifyVerify = "notify_verify"

    func isIncluded(in contract: SimulatorAccount.Contract) -> Bool {
        switch self {
        case .directPay: contract.directPay
        case .wapPay: contract.wapPay
        case .escrow: contract.escrow
        case .dual: contract.dual
        case .sendGoods: contract.sendGoods
        case .tradeQuery: contract.tradeQuery
        case .closeTrade: contract.closeTrade
        case .timestamp: contract.timestamp
        case .notifyVerify: true
        }
    }

    /// The faults of a service that servers call; nil for one that browsers open.
    var faults: Fault.Target? {
        switch self {
        case .directPay, .wapPay, .escrow, .dual: nil
        case .sendGoods: .sendGoods
        case .tradeQuery: .query
        case .closeTrade: .closeTrade
        case .timestamp: .timestamp
        case .notifyVerify: .verify
        }
    }

    /// Payments in a shop, whose notifications say which action they are of.
    var isAcquire: Bool { rawValue.hasPrefix("alipay.acquire.") }
}
