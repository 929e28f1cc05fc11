package import HTTP
package import Payments

/// `single_trade_query` (单笔查询): what Alipay knows of one trade.
package enum SingleTradeQuery {
    /// The whole exchange, name resolution included.
    package static let timeout = Duration.seconds(10)
    static let answerBytesMax = 256 * 1024

    package enum Key: Sendable, Hashable {
        /// Alipay's number; it wins over the merchant's.
        case tradeNo(String)
        /// The merchant's number.
        case outTradeNo(String)
    }

    package enum Answer: Sendable, Hashable {
        /// Signed by Alipay, about the trade that was asked for, and ours.
        case trade(TradeReport)
        /// No such trade: the buyer has not come to the cashier yet.
        case notFound
        /// Alipay's error code.
        case refused(code: String)
        /// An answer that proves nothing; why, in words.
        case invalid(String)
    }

    package static func request(_ key: Key, _ contract: Contract, timeout: Duration = timeout) -> OutboundRequest {
        var parameters = [
            Parameter("_input_charset", contract.charset),
            Parameter("partner", contract.partner),
            Parameter("service", "single_trade_query"),
        ]
        switch key {
        case .tradeNo(let number): parameters.append(Parameter("trade_no", number))
        case .outTradeNo(let number): parameters.append(Parameter("out_trade_no", number))
        }
        return OutboundRequest(
            url: SignedURL.make(gatewayURL: contract.gatewayURL, parameters: parameters, keys: contract.keys),
            policy: .trusted, timeout: timeout, bodyLimit: .refuse(bytesMax: answerBytesMax)
        )
    }

    /// Reads an answer; the same checks as a notification's: signature, seller, the merchant's number.
    package static func answer(_ response: OutboundResponse, outTradeNo: String, _ contract: Contract) -> Answer {
        switch ServiceAnswer.read(response, wrapper: "trade", contract) {
        case .refused(let code): return code == "TRADE_NOT_EXIST" ? .notFound : .refused(code: code)
        case .invalid(let why): return .invalid(why)
        case .accepted: return .invalid("success without trade data")
        case .signed(let fields):
            guard fields["out_trade_no"] == outTradeNo else { return .invalid("the answer is about another order") }
            guard contract.isSeller(id: fields["seller_id"], email: fields["seller_email"]) else {
                return .invalid("the answer is about another seller")
            }
            guard let tradeNo = fields["trade_no"], let word = fields["trade_status"] else {
                return .invalid("the answer lacks trade_no or trade_status")
            }
            guard let state = StatusMap.state(word) else { return .invalid("unknown trade_status \(word.prefix(64))") }
            return report(fields, tradeNo: tradeNo, word: word, state: state)
        }
    }

    private static func report(_ fields: AnswerFields, tradeNo: String, word: String, state: TradeState) -> Answer {
        var amountMinor: Int64?
        if let total = fields["total_fee"] {
            guard let fen = Yuan.fen(total.utf8) else { return .invalid("total_fee cannot be read") }
            amountMinor = fen
        }
        var refundedMinor: Int64?
        // `refund_fee` in newer answers, `to_buyer_fee` in older ones; both are what went back so far.
        if let refunded = fields["refund_fee"] ?? fields["to_buyer_fee"] {
            guard let fen = Yuan.fen(refunded.utf8) else { return .invalid("refund_fee cannot be read") }
            refundedMinor = fen
        }
        return .trade(
            TradeReport(
                source: .query, tradeNo: tradeNo, word: word, state: state, amountMinor: amountMinor,
                paidAtMs: fields["gmt_payment"].flatMap(BeijingTime.unixMs), refundStatus: fields["refund_status"],
                refundedMinor: refundedMinor, buyer: fields["buyer_email"] ?? fields["buyer_id"]
            )
        )
    }
}
