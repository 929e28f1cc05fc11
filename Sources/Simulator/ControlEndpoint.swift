import HTTP
import JSON

/// `/simulator/…`: what tests and demos see and do from outside, in JSON.
///
/// | call | |
/// | --- | --- |
/// | `GET /simulator/trades?out_trade_no=&limit=` | trades, newest first |
/// | `GET /simulator/trades/{trade_no}` | one |
/// | `POST /simulator/trades/{trade_no}/{action}` | pay, close, finish, freeze, unfreeze, pay_again; refund and change_price take `{"amount": fen}` |
/// | `GET /simulator/notifications?trade_no=&limit=` | notifications with every attempt, newest first |
/// | `GET`, `POST`, `DELETE /simulator/faults` | what is to come; `{"target", "fault", "count", "delay_ms"}` sets one; none any more |
struct ControlEndpoint: Sendable {
    static let prefix = "/simulator/"
    private static let limitDefault = 100

    let simulator: AlipaySimulator

    func answer(_ request: Request) -> Response {
        let parts = request.path.dropFirst(ControlEndpoint.prefix.count).split(separator: "/").map(String.init)
        do throws(ControlError) {
            switch (request.method, parts.first, parts.count) {
            case (.get, "trades", 1): return try trades(request)
            case (.get, "trades", 2): return try one(parts[1])
            case (.post, "trades", 3): return try act(parts[1], parts[2], request.body)
            case (.get, "notifications", 1): return try notifications(request)
            case (.get, "keys", 1): return keys()
            case (.get, "faults", 1): return faults()
            case (.post, "faults", 1): return try setFault(request.body)
            case (.delete, "faults", 1):
                simulator.clearFaults()
                return faults()
            default: throw ControlError(404, "not_found", "there is no such call")
            }
        } catch {
            return error.response
        }
    }

    // MARK: trades

    private func trades(_ request: Request) throws(ControlError) -> Response {
        let query = try ControlEndpoint.query(request)
        let trades = simulator.trades(
            outTradeNo: query.filled("out_trade_no"), limit: try ControlEndpoint.limit(query))
        return list(trades, ControlShape.write)
    }

    private func one(_ tradeNo: String) throws(ControlError) -> Response {
        guard let trade = simulator.trade(tradeNo) else {
            throw ControlError(404, TradeRefusal.Code.noSuchTrade.rawValue, "there is no trade \(tradeNo)")
        }
        return json { ControlShape.write(trade, to: &$0) }
    }

    private func act(_ tradeNo: String, _ action: String, _ body: [UInt8]) throws(ControlError) -> Response {
        let move = try move(action, body)
        let trade: Trade
        do throws(TradeRefusal) {
            trade = if let move { try simulator.move(tradeNo, move) } else { try simulator.payAgain(tradeNo) }
        } catch {
            throw ControlError(error.code == .noSuchTrade ? 404 : 409, error.code.rawValue, error.message)
        }
        return json { ControlShape.write(trade, to: &$0) }
    }

    /// The move that an action means; nil for `pay_again`.
    private func move(_ action: String, _ body: [UInt8]) throws(ControlError) -> TradeMove? {
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

    private func amount(_ body: [UInt8]) throws(ControlError) -> Int64 {
        guard let amount = try ControlEndpoint.object(body)["amount"]?.int64 else {
            throw ControlError(400, "invalid_request", "amount must be a whole number of fen")
        }
        return amount
    }

    private func option(_ body: [UInt8]) throws(ControlError) -> Int {
        guard let option = try ControlEndpoint.object(body)["option"]?.int64, (0...3).contains(option) else {
            throw ControlError(400, "invalid_request", "option must be 0 to 3")
        }
        return Int(option)
    }

    /// Without a body, a parcel by EXPRESS.
    private func shipment(_ body: [UInt8]) throws(ControlError) -> Trade.Shipment {
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
    private func dispute(_ body: [UInt8]) throws(ControlError) -> TradeMove {
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

    private func keys() -> Response {
        json { out in
            out.beginObject()
            out.field("alipay_public_key", simulator.alipayPublicKey)
            out.endObject()
        }
    }

    // MARK: notifications and faults

    private func notifications(_ request: Request) throws(ControlError) -> Response {
        let query = try ControlEndpoint.query(request)
        let notifications = simulator.notifications(
            tradeNo: query.filled("trade_no"), limit: try ControlEndpoint.limit(query))
        return list(notifications, ControlShape.write)
    }

    private func faults() -> Response { list(simulator.pendingFaults, ControlShape.write) }

    private func setFault(_ body: [UInt8]) throws(ControlError) -> Response {
        let object = try ControlEndpoint.object(body)
        guard let target = object["target"]?.text.flatMap(Fault.Target.init(rawValue:)) else {
            throw ControlError(
                400, "invalid_request",
                "target is one of \(Fault.Target.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let kinds = Fault.kinds(of: target).map(\.rawValue).joined(separator: ", ")
        guard let kind = object["fault"]?.text.flatMap(Fault.Kind.init(rawValue:)),
            let count = ControlEndpoint.number(object["count"], orElse: 1),
            let delayMs = ControlEndpoint.number(object["delay_ms"], orElse: 1000),
            let fault = Fault(
                target, kind, count: Int(count), delayMs: delayMs, code: object["code"]?.text ?? Fault.codePreset)
        else {
            throw ControlError(
                400, "invalid_request",
                "fault is one of \(kinds); count is 1 to \(Fault.countMax), delay_ms 1 to \(Fault.delayMsMax), code capitals"
            )
        }
        simulator.set(fault)
        return faults()
    }

    // MARK: reading and writing

    private static func number(_ value: JSONValue?, orElse preset: Int64) -> Int64? {
        value.map(\.int64) ?? preset
    }

    private static func object(_ body: [UInt8]) throws(ControlError) -> JSONValue {
        do throws(JSONError) {
            let value = try JSONReader.read(body)
            guard case .object = value else {
                throw JSONError(offset: 0, message: "\(value.kind) where an object is due")
            }
            return value
        } catch {
            throw ControlError(400, "invalid_request", "\(error)")
        }
    }

    private static func query(_ request: Request) throws(ControlError) -> Fields {
        do throws(FormError) { return try Fields(form: request.query) } catch {
            throw ControlError(400, "invalid_request", "the query cannot be read: \(error)")
        }
    }

    private static func limit(_ query: Fields) throws(ControlError) -> Int {
        guard let text = query.filled("limit") else { return limitDefault }
        guard let limit = Int(text), (1...AlipaySimulator.listMax).contains(limit) else {
            throw ControlError(400, "invalid_request", "limit is 1 to \(AlipaySimulator.listMax)")
        }
        return limit
    }

    private func list<Element>(_ elements: [Element], _ each: (Element, inout JSONWriter) -> Void) -> Response {
        json { out in
            out.beginObject()
            out.name("data")
            out.beginArray()
            for element in elements { each(element, &out) }
            out.endArray()
            out.endObject()
        }
    }

    private func json(_ body: (inout JSONWriter) -> Void) -> Response {
        var out = JSONWriter()
        body(&out)
        return .json(out.bytes)
    }
}

/// What the control API refuses, as `{"error", "detail"}`.
private struct ControlError: Error {
    let status: Int
    let code: String
    let detail: String

    init(_ status: Int, _ code: String, _ detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    var response: Response {
        var out = JSONWriter()
        out.beginObject()
        out.field("error", code)
        out.field("detail", detail)
        out.endObject()
        return .json(out.bytes, status: status)
    }
}
