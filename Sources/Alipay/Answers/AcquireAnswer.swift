import HTTP
import Payments

/// An answer of `alipay.acquire.*`: data in the wrapper `alipay`, signed, with the outcome in `result_code` (`mapi` 2.11).
enum AcquireAnswer {
    /// Signed by Alipay, and not about something else than was asked.
    case data(result: String, AnswerFields)
    /// The call itself was refused, before any business.
    case refused(code: String)
    /// It proves nothing; why, in words.
    case invalid(String)

    /// - Parameter tradeNo: Alipay's number, where the request was about one.
    static func read(
        _ response: OutboundResponse, outTradeNo: String, tradeNo: String? = nil, _ contract: Contract
    ) -> AcquireAnswer {
        switch ServiceAnswer.read(response, wrapper: "alipay", contract) {
        case .refused(let code): return .refused(code: code)
        case .invalid(let why): return .invalid(why)
        case .accepted: return .invalid("success without data")
        case .signed(let fields):
            do {
                if let other = try difference(fields, outTradeNo, tradeNo, contract) { return .invalid(other) }
                // Who does not say whose it is must at least have come over a connection that only Alipay answers on.
                guard try names(fields) || response.counts(unsignedFor: contract) else {
                    return .invalid("an answer that does not say what it is about, over an unverified connection")
                }
                guard let result = try Field.text("result_code", fields) else {
                    return .invalid("the answer lacks result_code")
                }
                return .data(result: result, fields)
            } catch { return .invalid("\(error.field) cannot be read") }
        }
    }

    /// What a trade that is paid, closed or frozen is refused with where it should be closed or canceled.
    static let wrongStates: Set<String> = [
        "REASON_ILLEGAL_STATUS", "REASON_TRADE_BEEN_FREEZEN", "TRADE_STATUS_ERROR", "TRADE_STATUS_NOT_AVAILD",
        "TRADE_HAS_SUCCESS", "TRADE_HAS_FINISHED", "TRADE_HAS_CLOSE", "TRADE_HAS_CLOSED",
    ]

    /// Alipay's reason for a failure: `detail_error_code`, or the result where there is none.
    static func code(_ result: String, _ fields: AnswerFields) -> String {
        guard let code = fields["detail_error_code"].map({ String(decoding: $0, as: UTF8.self) }),
            ServiceAnswer.isCode(code)
        else { return result }
        return code
    }

    /// Words for a result that settles nothing: `UNKNOWN`, `PROCESS_EXCEPTION`, or one that is new.
    static func unclear(_ result: String, _ fields: AnswerFields) -> String {
        let code = code(result, fields)
        return code == result ? "Alipay's result is \(result)" : "Alipay's result is \(result), \(code)"
    }

    /// What the data says about the trade; nil if its status is one that nothing here acts on.
    static func report(_ fields: AnswerFields, tradeNo: String, word: String) throws(Unreadable) -> TradeReport? {
        guard let state = StatusMap.state(word) else { return nil }
        var paidAtMs = try Field.time("gmt_payment", fields)
        if paidAtMs == nil { paidAtMs = try Field.time("send_pay_date", fields) }
        let refundStatus = try Field.text("refund_status", fields)
        return TradeReport(
            source: .query, tradeNo: tradeNo, word: word, state: state, amountMinor: try Field.fen("total_fee", fields),
            paidAtMs: paidAtMs, refundStatus: refundStatus,
            refundedMinor: try SingleTradeQuery.refunded(fields, refundStatus), buyer: buyer(fields)
        )
    }

    /// Display text, which never refuses an answer.
    private static func buyer(_ fields: AnswerFields) -> String? {
        (try? Field.text("buyer_logon_id", fields)) ?? (try? Field.text("buyer_user_id", fields))
            ?? Field.buyer(fields)
    }

    /// What the answer is about instead; nil if it is about this.
    private static func difference(
        _ fields: AnswerFields, _ outTradeNo: String, _ tradeNo: String?, _ contract: Contract
    ) throws(Unreadable) -> String? {
        if let number = try Field.text("out_trade_no", fields), number != outTradeNo {
            return "the answer is about another order"
        }
        if let tradeNo, let number = try Field.text("trade_no", fields), number != tradeNo {
            return "the answer is about another trade"
        }
        let sellerID = try Field.text("seller_id", fields)
        let sellerEmail = try Field.text("seller_email", fields)
        if sellerID != nil || sellerEmail != nil {
            return contract.isSeller(id: sellerID, email: sellerEmail) ? nil : "the answer is about another seller"
        }
        let partner = try Field.text("partner", fields)
        return partner == nil || partner == contract.partner ? nil : "the answer is about another partner"
    }

    /// Whether the answer names the trade, and whose it is.
    private static func names(_ fields: AnswerFields) throws(Unreadable) -> Bool {
        let outTradeNo = try Field.text("out_trade_no", fields)
        let tradeNo = try Field.text("trade_no", fields)
        let sellerID = try Field.text("seller_id", fields)
        let partner = try Field.text("partner", fields)
        return (outTradeNo != nil || tradeNo != nil) && (sellerID != nil || partner != nil)
    }
}
