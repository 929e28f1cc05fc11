/// What Alipay says of a trade, in the fields of each kind of message.
enum TradeMessages {
    /// What a body is cut to in notifications and returns.
    private static let bodyCharactersMax = 400

    /// A notification without `notify_time`, `sign_type` and `sign` (mapi.md §4.2).
    static func notification(of trade: Trade, id: String) -> Fields {
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
        fields.set("is_total_fee_adjust", trade.status == .waitBuyerPay || trade.discountFen != 0 ? "Y" : "N")
        fields.set("total_fee", Yuan.text(trade.totalFen))
        fields.set("gmt_payment", trade.paidAtMs.map(BeijingTime.text))
        fields.set("gmt_close", trade.closedAtMs.map(BeijingTime.text))
        fields.set("refund_status", trade.refundStatus)
        fields.set("gmt_refund", trade.refundedAtMs.map(BeijingTime.text))
        fields.set("seller_email", order.sellerEmail)
        fields.set("price", Yuan.text(order.priceFen))
        fields.set("buyer_id", trade.buyer.id)
        fields.set("notify_id", id)
        fields.set("use_coupon", "N")
        fields.set("extra_common_param", order.extraCommonParam)
        return fields
    }

    /// What the buyer's browser brings back, unsigned (mapi.md §5).
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
        return fields
    }

    /// The elements of `single_trade_query`'s answer, T and F where notifications say Y and N (mapi.md §3.3).
    static func query(of trade: Trade) -> Fields {
        let order = trade.order
        var fields = Fields()
        fields.set("body", order.body)
        fields.set("buyer_email", trade.buyer.email)
        fields.set("buyer_id", trade.buyer.id)
        fields.set("discount", Yuan.text(trade.discountFen))
        fields.set("flag_trade_locked", trade.status == .pending ? "1" : "0")
        fields.set("gmt_close", trade.closedAtMs.map(BeijingTime.text))
        fields.set("gmt_create", BeijingTime.text(trade.createdAtMs))
        fields.set("gmt_last_modified_time", BeijingTime.text(trade.changedAtMs))
        fields.set("gmt_payment", trade.paidAtMs.map(BeijingTime.text))
        // Here Alipay adds milliseconds.
        fields.set("gmt_refund", trade.refundedAtMs.map { BeijingTime.text($0) + ".000" })
        fields.set("is_total_fee_adjust", trade.discountFen == 0 ? "F" : "T")
        fields.set("operator_role", "B")
        fields.set("out_trade_no", order.outTradeNo)
        fields.set("payment_type", order.paymentType)
        fields.set("price", Yuan.text(order.priceFen))
        fields.set("quantity", String(order.quantity))
        fields.set("refund_fee", trade.refundStatus == nil ? nil : Yuan.text(trade.refundedFen))
        fields.set("refund_status", trade.refundStatus)
        fields.set("seller_email", order.sellerEmail)
        fields.set("seller_id", order.sellerID)
        fields.set("subject", order.subject)
        fields.set("to_buyer_fee", Yuan.text(trade.refundedFen))
        fields.set("to_seller_fee", Yuan.text(trade.isPaid ? trade.totalFen : 0))
        fields.set("total_fee", Yuan.text(trade.totalFen))
        fields.set("trade_no", trade.tradeNo)
        fields.set("trade_status", trade.status.rawValue)
        fields.set("use_coupon", "F")
        return fields
    }
}
