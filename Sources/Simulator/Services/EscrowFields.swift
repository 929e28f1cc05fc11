/// The parameters that escrow and dual orders have beside the others.
struct EscrowFields: Sendable {
    private static let daysMax = 365
    private let reader: OrderFields
    private var fields: Fields { reader.fields }

    init(_ reader: OrderFields) { self.reader = reader }

    func order(_ service: ServiceName, flow: Trade.Flow) throws(GatewayError) -> TradeOrder {
        let (priceFen, quantity) = try reader.amount()
        try reader.checkSeller()
        try checkDays()
        let order = TradeOrder(
            service: service.rawValue, outTradeNo: try reader.mandatory("out_trade_no"),
            subject: try reader.subject(), body: fields.filled("body"),
            extraCommonParam: fields.filled("extra_common_param"), paymentType: try reader.paymentType(),
            priceFen: priceFen, quantity: quantity, discountFen: try discount(), sellerID: reader.account.sellerID,
            sellerEmail: reader.account.sellerEmail, flow: flow, logistics: try logistics(), receiver: receiver)
        for option in order.logistics {
            guard (1...Yuan.fenMax).contains(order.totalFen + option.chargedFen) else {
                throw GatewayError(.totalFeeLessEqualZero, "price, discount and logistics fee make no total")
            }
        }
        guard order.totalFen > 0 else {
            throw GatewayError(.totalFeeLessEqualZero, "the discount leaves nothing to pay")
        }
        return order
    }

    /// The order's own logistics, and up to three more to choose from; each whole, and none after a gap.
    private func logistics() throws(GatewayError) -> [Trade.LogisticsOption] {
        var options = [try option("")]
        for suffix in ["_1", "_2", "_3"] {
            let names = ["logistics_type", "logistics_fee", "logistics_payment"].map { $0 + suffix }
            guard names.contains(where: { fields.filled($0) != nil }) else { continue }
            let place = options.count
            guard suffix == "_\(place)" else {
                throw GatewayError(.logisticsChooseError, "logistics\(suffix) stands without the one before it")
            }
            options.append(try option(suffix))
        }
        return options
    }

    private func option(_ suffix: String) throws(GatewayError) -> Trade.LogisticsOption {
        let type = try reader.mandatory("logistics_type" + suffix)
        guard Trade.LogisticsOption.types.contains(type) else {
            throw GatewayError(.illegalLogisticsFormat, "logistics_type\(suffix) is not POST, EMS, EXPRESS or DIRECT")
        }
        let name = try reader.mandatory("logistics_payment" + suffix)
        guard let payment = Trade.LogisticsOption.Payment(rawValue: name) else {
            throw GatewayError(.illegalLogisticsFormat, "logistics_payment\(suffix) is none that Alipay knows")
        }
        let feeText = try reader.mandatory("logistics_fee" + suffix)
        guard let fee = Yuan.signedFen(feeText), fee >= 0 else {
            throw GatewayError(.illegalLogisticsFormat, "logistics_fee\(suffix) is no amount")
        }
        return Trade.LogisticsOption(type: type, feeFen: fee, payment: payment)
    }

    private func discount() throws(GatewayError) -> Int64 {
        guard let text = fields.filled("discount") else { return 0 }
        guard let fen = Yuan.signedFen(text) else { throw GatewayError(.illegalFeeParam, "discount is no amount") }
        return fen
    }

    private var receiver: Trade.Receiver? {
        let names = ["receive_name", "receive_address", "receive_zip", "receive_phone", "receive_mobile"]
        let texts = names.map { fields.filled($0) ?? "" }
        guard texts.contains(where: { !$0.isEmpty }) else { return nil }
        return Trade.Receiver(name: texts[0], address: texts[1], zip: texts[2], phone: texts[3], mobile: texts[4])
    }

    private func checkDays() throws(GatewayError) {
        for name in ["t_s_send_1", "t_s_send_2", "t_b_rec_post"] {
            guard let text = fields.filled(name) else { continue }
            guard let days = Int(text), (1...EscrowFields.daysMax).contains(days) else {
                throw OrderFields.wrong(name, "is no number of days")
            }
        }
    }
}
