extension SimulatorAccount.Contract {
    /// The lines of a contract by the names that a command line has for them: Alipay's names of services, and words for
    /// what else there is.
    package static let services: [String: any WritableKeyPath<Self, Bool> & Sendable] = [
        "create_direct_pay_by_user": \.directPay, "alipay.wap.create.direct.pay.by.user": \.wapPay,
        "create_partner_trade_by_buyer": \.escrow, "trade_create_by_buyer": \.dual,
        "send_goods_confirm_by_platform": \.sendGoods, "single_trade_query": \.tradeQuery,
        "close_trade": \.closeTrade, "query_timestamp": \.timestamp, "refund_fastpay_by_platform_nopwd": \.refund,
        "refund_fastpay_by_platform_pwd": \.refundWithPassword, "refund_fastpay_query": \.refundQuery,
        "alipay.acquire.precreate": \.precreate, "alipay.acquire.createandpay": \.createAndPay,
        "alipay.acquire.query": \.acquireQuery, "alipay.acquire.refund": \.acquireRefund,
        "alipay.acquire.cancel": \.acquireCancel, "alipay.acquire.close": \.acquireClose,
    ]

    /// What is off unless it is asked for.
    package static let options: [String: any WritableKeyPath<Self, Bool> & Sendable] = [
        "it_b_pay": \.itBPay, "anti_phishing_key": \.requiresTimestamp, "exter_invoke_ip": \.requiresBuyerIP,
        "wait_buyer_pay": \.notifiesWaitBuyerPay, "trade_closed": \.notifiesClosed,
        "refund_query_xml": \.refundQueryAsXML,
    ]
}
