import JSON

/// The actions of `POST /simulator/trades/{trade_no}/{action}`, as moves of a trade.
///
/// | action | body |
/// | --- | --- |
/// | pay, pay_instant, pay_escrow, close, finish, freeze, unfreeze, confirm_receipt, pay_seller | – |
/// | refund, change_price | `{"amount": fen}` |
/// | choose_logistics | `{"option": 0 to 3}` |
/// | send_goods | none, or `{"transport_type", "logistics_name", "invoice_no"}` |
/// | open_dispute | none, or `{"amount": fen, "return_goods": bool}` |
/// | agree_refund, refuse_refund, return_goods, confirm_return, close_dispute | – |
enum ControlMoves {
    /// The move that an action means; nil for `pay_again`.
    static func move(_ action: String, _ body: [UInt8]) throws(ControlError) -> TradeMove? {
        switch action {
        case "pay": .pay
        case "pay_instant": .payInstant
        case "pay_escrow": .payEscrow
        case "close": .close
        case "finish": .finish
        case "freeze": .freeze
        case "unfreeze": .unfreeze
        case "refund": .refund(try amount(body))
        case "change_price": .changePrice(try amount(body))
        case "choose_logistics": .chooseLogistics(try option(body))
        case "send_goods": .sendGoods(try shipment(body))
        case "confirm_receipt": .confirmReceipt
        case "pay_seller": .paySeller
        case "open_dispute": try dispute(body)
        case "agree_refund": .agreeRefund
        case "refuse_refund": .refuseRefund
        case "return_goods": .returnGoods
        case "confirm_return": .confirmReturn
        case "close_dispute": .closeDispute
        case "pay_again": nil
        default: throw ControlError(404, "not_found", "a trade cannot \(action)")
        }
    }

    private static func amount(_ body: [UInt8]) throws(ControlError) -> Int64 {
        guard let amount = try ControlEndpoint.object(body)["amount"]?.int64 else {
            throw ControlError(400, "invalid_request", "amount must be a whole number of fen")
        }
        return amount
    }

    private static func option(_ body: [UInt8]) throws(ControlError) -> Int {
        guard let option = try ControlEndpoint.object(body)["option"]?.int64, (0...3).contains(option) else {
            throw ControlError(400, "invalid_request", "option must be 0 to 3")
        }
        return Int(option)
    }

    /// Without a body, a parcel by EXPRESS.
    private static func shipment(_ body: [UInt8]) throws(ControlError) -> Trade.Shipment {
        guard !body.isEmpty else { return Trade.Shipment() }
        let object = try ControlEndpoint.object(body)
        let type = object["transport_type"]?.text ?? "EXPRESS"
        guard Trade.LogisticsOption.types.contains(type) else {
            throw ControlError(400, "invalid_request", "transport_type is POST, EMS, EXPRESS or DIRECT")
        }
        return Trade.Shipment(
            transportType: type, carrier: object["logistics_name"]?.text ?? Trade.Shipment().carrier,
            invoiceNo: object["invoice_no"]?.text)
    }

    /// Without a body, all the money without the goods.
    private static func dispute(_ body: [UInt8]) throws(ControlError) -> TradeMove {
        guard !body.isEmpty else { return .openDispute(fen: nil, returnsGoods: false) }
        let object = try ControlEndpoint.object(body)
        var returnsGoods = false
        if let value = object["return_goods"] {
            guard case .bool(let flag) = value else {
                throw ControlError(400, "invalid_request", "return_goods must be true or false")
            }
            returnsGoods = flag
        }
        return .openDispute(fen: object["amount"] == nil ? nil : try amount(body), returnsGoods: returnsGoods)
    }
}
