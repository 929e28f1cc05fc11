import HTTP

/// `send_goods_confirm_by_platform`: the seller has shipped an escrow trade.
struct SendGoods: Sendable {
    let book: TradeBook
    let desk: TradeDesk
    let answers: SignedAnswers

    func answer(_ call: GatewayCall) throws(GatewayError) -> Response {
        // The merchant's own number is not taken.
        guard let tradeNo = call.fields.filled("trade_no") else { throw wrong("trade_no is missing") }
        let shipment = try shipment(call.fields)
        guard let trade = book[tradeNo], trade.partner == call.account.partner else {
            throw GatewayError(.tradeNotExist, "no such trade")
        }
        guard let shipped = try? desk.move(tradeNo, .sendGoods(shipment)) else {
            throw GatewayError(.tradeStatusNotAvaild, "only a trade that is WAIT_SELLER_SEND_GOODS can be shipped")
        }
        return answers.answer(to: call, wrapper: "tradeBase", TradeMessages.tradeBase(of: shipped))
    }

    private func shipment(_ fields: Fields) throws(GatewayError) -> Trade.Shipment {
        guard let carrier = fields.filled("logistics_name") else { throw wrong("logistics_name is missing") }
        guard let type = fields.filled("transport_type") ?? fields.filled("create_transport_type") else {
            throw wrong("transport_type is missing")
        }
        guard Trade.LogisticsOption.types.contains(type) else {
            throw wrong("transport_type is not POST, EMS, EXPRESS or DIRECT")
        }
        return Trade.Shipment(transportType: type, carrier: carrier, invoiceNo: fields.filled("invoice_no"))
    }

    private func wrong(_ what: String) -> GatewayError { GatewayError(.illegalArgument, what) }
}
