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
    case refund = "refund_fastpay_by_platform_nopwd"
    case refundWithPassword = "refund_fastpay_by_platform_pwd"
    case refundQuery = "refund_fastpay_query"
    case precreate = "alipay.acquire.precreate"
    case createAndPay = "alipay.acquire.createandpay"
    case acquireQuery = "alipay.acquire.query"
    case acquireRefund = "alipay.acquire.refund"
    case acquireCancel = "alipay.acquire.cancel"
    case acquireClose = "alipay.acquire.close"

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
        case .refund: contract.refund
        case .refundWithPassword: contract.refundWithPassword
        case .refundQuery: contract.refundQuery
        case .precreate: contract.precreate
        case .createAndPay: contract.createAndPay
        case .acquireQuery: contract.acquireQuery
        case .acquireRefund: contract.acquireRefund
        case .acquireCancel: contract.acquireCancel
        case .acquireClose: contract.acquireClose
        }
    }

    /// The faults of a service that servers call; nil for one that browsers open.
    var faults: Fault.Target? {
        switch self {
        case .directPay, .wapPay, .escrow, .dual, .refundWithPassword: nil
        case .sendGoods: .sendGoods
        case .tradeQuery: .query
        case .closeTrade: .closeTrade
        case .timestamp: .timestamp
        case .notifyVerify: .verify
        case .refund: .refund
        case .refundQuery: .refundQuery
        case .precreate: .precreate
        case .createAndPay: .createAndPay
        case .acquireQuery: .acquireQuery
        case .acquireRefund: .acquireRefund
        case .acquireCancel: .acquireCancel
        case .acquireClose: .acquireClose
        }
    }

    /// Payments in a shop, whose notifications say which action they are of.
    var isAcquire: Bool { rawValue.hasPrefix("alipay.acquire.") }
}
