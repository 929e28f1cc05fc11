package import HTTP
package import Payments

/// `send_goods_confirm_by_platform` (确认发货接口): Alipay is told that the goods of an escrow trade are on their way. Possible
/// once, while the trade waits for it.
package enum SendGoodsConfirmByPlatform {
    package static let service = "send_goods_confirm_by_platform"

    package enum Answer: Sendable, Hashable {
        /// Signed, about this trade: the trade's state now, in Alipay's word.
        case shipped(word: String)
        /// Taken, and nothing more said.
        case accepted
        /// Alipay's error code.
        case refused(code: String)
        /// It proves nothing; why, in words.
        case invalid(String)
    }

    /// - Parameter tradeNo: Alipay's number; the service takes no other.
    package static func request(tradeNo: String, shipment: Shipment, _ contract: Contract) -> OutboundRequest? {
        var parameters = RequestParameters(service, contract, contract.charset)
        parameters.add("trade_no", tradeNo)
        parameters.add("logistics_name", shipment.carrier)
        parameters.add("invoice_no", shipment.trackingNumber)
        parameters.add("transport_type", shipment.transport.rawValue.uppercased())
        return parameters.request(contract)
    }

    package static func answer(
        _ response: OutboundResponse, tradeNo: String, outTradeNo: String, _ contract: Contract
    ) -> Answer {
        switch ServiceAnswer.read(response, wrapper: "tradeBase", contract) {
        case .accepted: return .accepted
        case .refused(let code): return .refused(code: code)
        case .invalid(let why): return .invalid(why)
        case .signed(let fields):
            do { return try trade(fields, tradeNo: tradeNo, outTradeNo: outTradeNo, contract) } catch {
                return .invalid("\(error.field) cannot be read")
            }
        }
    }

    private static func trade(
        _ fields: AnswerFields, tradeNo: String, outTradeNo: String, _ contract: Contract
    ) throws(Unreadable) -> Answer {
        guard try Field.text("trade_no", fields) == tradeNo else {
            return .invalid("the answer is about another trade")
        }
        guard try Field.text("out_trade_no", fields) == outTradeNo else {
            return .invalid("the answer is about another order")
        }
        guard try Field.text("partner_id", fields) == contract.partner else {
            return .invalid("the answer is about another partner")
        }
        guard let word = try Field.text("trade_status", fields) else {
            return .invalid("the answer lacks trade_status")
        }
        switch StatusMap.state(word) {
        case .shipped, .succeeded: return .shipped(word: word)
        default: return .invalid("the answer says \(word), not that the goods are sent")
        }
    }
}
