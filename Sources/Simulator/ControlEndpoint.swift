import HTTP
import JSON

/// `/simulator/…`: what tests and demos see and do from outside, in JSON.
///
/// | call | |
/// | --- | --- |
/// | `GET /simulator/trades?out_trade_no=&limit=` | trades, newest first |
/// | `GET /simulator/trades/{trade_no}` | one |
/// | `POST /simulator/trades/{trade_no}/{action}` | ``ControlMoves`` and pay_again |
/// | `GET /simulator/notifications?trade_no=&limit=` | notifications with every attempt, newest first |
/// | `GET /simulator/refunds?limit=`, `GET /simulator/refunds/{batch_no}?partner=` | batches of refunds |
/// | `POST /simulator/refunds/{batch_no}/finish?partner=` | carries out one in progress, or confirms one in the seller's place |
/// | `POST /simulator/scan` | `{"qr_code"}` begins the trade of a code |
/// | `GET /simulator/keys` | `alipay_public_key`, PEM |
/// | `GET`, `POST`, `DELETE /simulator/faults` | what is to come; `{"target", "fault", "count", "delay_ms", "code"}` sets one; none any more |
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
            case (.post, "scan", 1): return try scan(request.body)
            case (.get, "refunds", 1): return try refunds(request)
            case (.get, "refunds", 2): return try refund(parts[1], request, finishes: false)
            case (.post, "refunds", 3) where parts[2] == "finish":
                return try refund(parts[1], request, finishes: true)
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
        let move = try ControlMoves.move(action, body)
        let trade: Trade
        do throws(TradeRefusal) {
            trade = if let move { try simulator.move(tradeNo, move) } else { try simulator.payAgain(tradeNo) }
        } catch {
            throw ControlError(error.code == .noSuchTrade ? 404 : 409, error.code.rawValue, error.message)
        }
        return json { ControlShape.write(trade, to: &$0) }
    }

    // MARK: codes, refunds and keys

    private func scan(_ body: [UInt8]) throws(ControlError) -> Response {
        guard let code = try ControlEndpoint.object(body)["qr_code"]?.text else {
            throw ControlError(400, "invalid_request", "qr_code is missing")
        }
        do throws(GatewayError) {
            let trade = try simulator.scan(code)
            return json { ControlShape.write(trade, to: &$0) }
        } catch {
            throw ControlError(error.code == .tradeNotExist ? 404 : 409, error.code.rawValue, error.detail)
        }
    }

    private func refunds(_ request: Request) throws(ControlError) -> Response {
        let query = try ControlEndpoint.query(request)
        return list(simulator.refunds(limit: try ControlEndpoint.limit(query)), ControlShape.write)
    }

    /// One batch; where two partners use its number, `partner` says whose.
    private func refund(_ batchNo: String, _ request: Request, finishes: Bool) throws(ControlError) -> Response {
        let query = try ControlEndpoint.query(request)
        let partners = query.filled("partner").map { [$0] } ?? simulator.partners
        guard let found = partners.lazy.compactMap({ simulator.refund(partner: $0, batchNo: batchNo) }).first else {
            throw ControlError(404, GatewayError.Code.refundNotExist.rawValue, "there is no batch \(batchNo)")
        }
        guard finishes else { return json { ControlShape.write(found, to: &$0) } }
        do throws(GatewayError) {
            let done = try simulator.carryOutRefund(partner: found.partner, batchNo: batchNo)
            return json { ControlShape.write(done ?? found, to: &$0) }
        } catch {
            throw ControlError(409, error.code.rawValue, error.detail)
        }
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

    static func object(_ body: [UInt8]) throws(ControlError) -> JSONValue {
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
