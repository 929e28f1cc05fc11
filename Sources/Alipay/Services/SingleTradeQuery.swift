package import HTTP
package import Payments

/// `single_trade_query` (单笔查询): what Alipay knows of one trade.
package enum SingleTradeQuery {
    package static let service = "single_trade_query"

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
        /// As good as `trade`, but in a status that nothing here acts on.
        case unsupported(tradeNo: String, word: String)
        /// No such trade: the buyer has not come to the cashier yet.
        case notFound
        /// Alipay's error code.
        case refused(code: String)
        /// An answer that proves nothing; why, in words.
        case invalid(String)
    }

    package static func request(_ key: Key, _ contract: Contract, timeout: Duration = timeout) -> OutboundRequest? {
        var parameters = RequestParameters(service, contract, contract.charset)
        switch key {
        case .tradeNo(let number): parameters.add("trade_no", number)
        case .outTradeNo(let number): parameters.add("out_trade_no", number)
        }
        return parameters.signedURL(contract).map { url in
            OutboundRequest(
                url: url, policy: .trusted, timeout: timeout, bodyLimit: .refuse(bytesMax: answerBytesMax))
        }
    }

    /// Reads an answer; the same checks as a notification's: signature, seller, the merchant's number.
    package static func answer(_ response: OutboundResponse, outTradeNo: String, _ contract: Contract) -> Answer {
        switch ServiceAnswer.read(response, wrapper: "trade", contract) {
        case .refused(let code): return TradeNotFound.codes.contains(code) ? .notFound : .refused(code: code)
        case .invalid(let why): return .invalid(why)
        case .accepted: return .invalid("success without trade data")
        case .signed(let fields):
            do { return try trade(fields, outTradeNo: outTradeNo, contract) } catch {
                return .invalid("\(error.field) cannot be read")
            }
        }
    }

    private static func trade(
        _ fields: AnswerFields, outTradeNo: String, _ contract: Contract
    ) throws(Unreadable) -> Answer {
        guard try Field.text("out_trade_no", fields) == outTradeNo else {
            return .invalid("the answer is about another order")
        }
        let sellerEmail = try Field.text("seller_email", fields)
        guard contract.isSeller(id: try Field.text("seller_id", fields), email: sellerEmail) else {
            return .invalid("the answer is about another seller")
        }
        guard let tradeNo = try Field.text("trade_no", fields), let word = try Field.text("trade_status", fields) else {
            return .invalid("the answer lacks trade_no or trade_status")
        }
        guard let state = StatusMap.state(word) else { return .unsupported(tradeNo: tradeNo, word: word) }
        let refundStatus = try Field.text("refund_status", fields)
        return .trade(
            TradeReport(
                source: .query, tradeNo: tradeNo, word: word, state: state,
                amountMinor: try Field.fen("total_fee", fields), paidAtMs: try Field.time("gmt_payment", fields),
                refundStatus: refundStatus, refundedMinor: try refunded(fields, refundStatus),
                buyer: Field.buyer(fields)
            )
        )
    }

    /// What has gone back to the buyer so far. `to_buyer_fee` is all of it; `refund_fee` is of one refund, and in a dispute
    /// that is open or came to nothing only what the buyer asked for.
    static func refunded(_ fields: AnswerFields, _ refundStatus: String?) throws(Unreadable) -> Int64? {
        let toBuyer = try Field.fen("to_buyer_fee", fields)
        let ofRefund = try Field.fen("refund_fee", fields)
        guard let ofRefund, refundStatus == nil || refundStatus == TradeReport.refundSuccess else { return toBuyer }
        return max(ofRefund, toBuyer ?? 0)
    }
}
