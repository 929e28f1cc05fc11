/// What Alipay says of a trade, in the fields of each kind of message.
enum TradeMessages {
    /// What a body is cut to in notifications and returns.
    private static let bodyCharactersMax = 400

    /// A notification without `notify_time`, `sign_type` and `sign`.
    ///
    /// - Parameter action: `notify_action_type` of the acquire services.
    static func notification(of trade: Trade, id: String, action: NotifyAction?) -> Fields {
        let order = trade.order
        var fields: Fields = Fields([
            "discount": Yuan.text(trade.discountFen), "payment_type": order.paymentType, "subject": order.subject,
            "trade_no": trade.tradeNo, "buyer_email": trade.buyer.email,
            "gmt_create": BeijingTime.text(trade.createdAtMs),
            "notify_type": "trade_status_sync", "quantity": String(order.quantity), "out_trade_no": order.outTradeNo,
            "seller_id": order.sellerID,
        ])
        fields.set("body", order.body.map { String($0.prefix(bodyCharactersMax)) })
        fields.set("trade_status", trade.status.rawValue)
        // Alipay says Y while the price can still be changed.
        fields.set("is_total_fee_adjust", trade.status == .waitBuyerPay || trade.adjustmentFen != 0 ? "Y" : "N")
        fields.set("total_fee", Yuan.text(trade.totalFen))
        fields.set("gmt_payment", trade.paidAtMs.map(BeijingTime.text))
        fields.set("gmt_close", trade.closedAtMs.map(BeijingTime.text))
        // The acquire services tell of a refund by their action, and add milliseconds.
        fields.set("refund_status", action == nil ? trade.refundStatus : nil)
        fields.set("gmt_refund", trade.refundedAtMs.map { BeijingTime.text($0) + (action == nil ? "" : ".000") })
        fields.set("seller_email", order.sellerEmail)
        fields.set("price", Yuan.text(order.priceFen))
        fields.set("buyer_id", trade.buyer.id)
        fields.set("notify_id", id)
        fields.set("use_coupon", "N")
        fields.set("extra_common_param", order.extraCommonParam)
        if trade.flow == .escrow { fields.add(escrow(trade)) }
        if let action { fields.add(acquire(trade, action)) }
        return fields
    }

    /// What the buyer's browser brings back, unsigned.
    static func browserReturn(of trade: Trade, id: String, nowMs: Int64) -> Fields {
        let order = trade.order
        var fields = Fields([
            "is_success": "T", "exterface": order.service, "notify_id": id, "notify_time": BeijingTime.text(nowMs),
            "notify_type": "trade_status_sync", "out_trade_no": order.outTradeNo, "trade_no": trade.tradeNo,
            "trade_status": trade.status.rawValue, "subject": order.subject, "payment_type": order.paymentType,
            "total_fee": Yuan.text(trade.totalFen), "seller_email": order.sellerEmail, "seller_id": order.sellerID,
            "buyer_email": trade.buyer.email, "buyer_id": trade.buyer.id,
        ])
        fields.set("body", order.body.map { String($0.prefix(bodyCharactersMax)) })
        fields.set("extra_common_param", order.extraCommonParam)
        if trade.flow == .escrow { fields.add(escrow(trade)) }
        return fields
    }

    /// What escrow adds, once the buyer chose the logistics.
    private static func escrow(_ trade: Trade) -> Fields {
        guard trade.logisticsChoice != nil, let logistics = trade.logistics else { return Fields() }
        let receiver = trade.order.receiver ?? .sample
        var fields = Fields([
            "coupon_discount": "0.00", "logistics_type": logistics.type,
            "logistics_fee": Yuan.text(logistics.feeFen), "logistics_payment": logistics.payment.rawValue,
        ])
        fields.set("receive_name", Optional(receiver.name))
        fields.set("receive_address", Optional(receiver.address))
        fields.set("receive_zip", Optional(receiver.zip))
        fields.set("receive_phone", Optional(receiver.phone))
        fields.set("receive_mobile", Optional(receiver.mobile))
        fields.set("gmt_send_goods", trade.sentGoodsAtMs.map(BeijingTime.text))
        fields.set("gmt_logistics_modify", trade.logisticsAtMs.map(BeijingTime.text))
        return fields
    }

    private static func acquire(_ trade: Trade, _ action: NotifyAction) -> Fields {
        var fields = Fields(["notify_action_type": action.kind.rawValue])
        fields.set("refund_fee", trade.refundedFen > 0 ? Yuan.text(trade.refundedFen) : nil)
        fields.set("out_biz_no", action.outBizNo)
        return fields
    }
}

/// Why an acquire service's trade is notified.
struct NotifyAction: Sendable, Hashable {
    enum Kind: String, Sendable {
        case create = "createDirectPayTradeByBuyerAction"
        case pay = "payByAccountAction"
        case refund = "refundFPAction"
        case cancel = "reverseAction"
        case close = "closeTradeAction"
        case finish = "finishFPAction"
    }

    var kind: Kind
    /// `out_request_no` of a refund.
    var outBizNo: String?
}
