extension TradeMessages {
    /// The elements of `single_trade_query`'s answer, T and F where notifications say Y and N.
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
        fields.set("gmt_send_goods", trade.sentGoodsAtMs.map(BeijingTime.text))
        fields.set("is_total_fee_adjust", trade.adjustmentFen == 0 ? "F" : "T")
        fields.set("logistics_fee", trade.flow == .escrow ? trade.logistics.map { Yuan.text($0.feeFen) } : nil)
        fields.set("logistics_payment", trade.flow == .escrow ? trade.logistics?.payment.rawValue : nil)
        fields.set("logistics_type", trade.flow == .escrow ? trade.logistics?.type : nil)
        fields.set("operator_role", "B")
        fields.set("out_trade_no", order.outTradeNo)
        fields.set("payment_type", order.paymentType)
        fields.set("price", Yuan.text(order.priceFen))
        fields.set("quantity", String(order.quantity))
        fields.set("refund_fee", trade.refundState == nil ? nil : Yuan.text(trade.dispute?.fen ?? trade.refundedFen))
        fields.set("refund_status", trade.refundStatus)
        fields.set("seller_email", order.sellerEmail)
        fields.set("seller_id", order.sellerID)
        fields.set("subject", order.subject)
        fields.set("to_buyer_fee", Yuan.text(trade.refundedFen))
        fields.set("to_seller_fee", Yuan.text(trade.isWithSeller ? trade.totalFen : 0))
        fields.set("total_fee", Yuan.text(trade.totalFen))
        fields.set("trade_no", trade.tradeNo)
        fields.set("trade_status", trade.status.rawValue)
        fields.set("use_coupon", "F")
        return fields
    }

    /// The elements of `send_goods_confirm_by_platform`'s answer.
    static func tradeBase(of trade: Trade) -> Fields {
        let order = trade.order
        return Fields([
            "buyer_account": trade.buyer.id + "0156", "buyer_actions": "[REFUND, CONFIRM_GOODS]",
            "buyer_login_email": trade.buyer.email, "buyer_type": "PRIVATE_ACCOUNT", "buyer_user_id": trade.buyer.id,
            "channel": "partner", "create_time": BeijingTime.text(trade.createdAtMs), "currency": "156",
            "gathering_type": "1", "last_modified_time": BeijingTime.text(trade.changedAtMs), "operator_role": "B",
            "out_trade_no": order.outTradeNo, "partner_id": trade.partner, "seller_account": order.sellerID + "0156",
            "seller_actions": "[EXTEND_TIMEOUT]", "seller_login_email": order.sellerEmail,
            "seller_type": "CORPORATE_ACCOUNT", "seller_user_id": order.sellerID, "service_fee": "0.00",
            "service_fee_ratio": "0.0", "stop_timeout": "F", "total_fee": Yuan.text(trade.totalFen),
            "trade_from": "INST_PARTNER", "trade_no": trade.tradeNo, "trade_status": trade.status.rawValue,
            "trade_type": "S",
        ])
    }
}

extension Trade {
    /// Whether the seller has the money, or had it before giving it back.
    var isWithSeller: Bool {
        switch status {
        case .waitBuyerPay, .waitSellerSendGoods, .waitBuyerConfirmGoods, .waitSysPaySeller: false
        case .pending, .success, .finished: true
        case .closed: isPaid && flow == .instant
        }
    }
}
