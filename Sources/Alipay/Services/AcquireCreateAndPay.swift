package import HTTP
package import Payments

/// `alipay.acquire.createandpay` (条码支付): the buyer shows a code, and is charged at once.
package enum AcquireCreateAndPay {
    package static let service = "alipay.acquire.createandpay"

    package enum Answer: Sendable, Hashable {
        /// The buyer has paid.
        case paid(TradeReport)
        /// The buyer is asked for a password, or a bank is: ask again soon. The report is nil where Alipay says no more.
        case inProcess(TradeReport?)
        /// It came to nothing: why, in Alipay's code; and whether its order, unpaid, stands at Alipay all the same.
        case failed(code: String, orderStands: Bool)
        /// The buyer may have paid or not; why, in words.
        case unknown(String)
    }

    /// A POST, because whoever reads the code within its minute can spend it: it must stand in no URL and in no log.
    package static func request(
        _ payment: Payment, authCode: String, _ contract: Contract, notifyURL: String, nowMs: Int64
    ) -> OutboundRequest? {
        var parameters = RequestParameters(service, contract, payment.charset)
        parameters.addAcquireOrder(payment, contract, notifyURL: notifyURL, nowMs: nowMs)
        parameters.add("product_code", "BARCODE_PAY_OFFLINE")
        parameters.add("dynamic_id_type", "bar_code")
        parameters.add("dynamic_id", authCode)
        parameters.addOptions(of: payment)
        return parameters.post(contract)
    }

    package static func answer(_ response: OutboundResponse, _ payment: Payment, _ contract: Contract) -> Answer {
        switch AcquireAnswer.read(response, outTradeNo: payment.merchantReference, contract) {
        case .refused(let code):
            return ErrorCode.remedy(code) == .final
                ? .failed(code: code, orderStands: false) : .unknown("Alipay's error \(code)")
        case .invalid(let why): return .unknown(why)
        case .data(let result, let fields):
            do { return try outcome(result, fields) } catch { return .unknown("\(error.field) cannot be read") }
        }
    }

    private static func outcome(_ result: String, _ fields: AnswerFields) throws(Unreadable) -> Answer {
        switch result {
        case "ORDER_SUCCESS_PAY_SUCCESS":
            guard let report = try report(fields, wordDefault: "TRADE_SUCCESS"), report.state.moneyCame else {
                return .unknown("paid, but not which trade, or in a status that is not a paid one's")
            }
            return .paid(report)
        case "ORDER_SUCCESS_PAY_INPROCESS":
            let report = try report(fields, wordDefault: "WAIT_BUYER_PAY")
            switch report?.state {
            case nil, .waitingForBuyer, .confirming: return .inProcess(report)
            default: return .unknown("in process, but in a status that says otherwise")
            }
        case "ORDER_FAIL", "ORDER_SUCCESS_PAY_FAIL":
            let code = AcquireAnswer.code(result, fields)
            return ErrorCode.remedy(code) == .final
                ? .failed(code: code, orderStands: result != "ORDER_FAIL") : .unknown("Alipay's error \(code)")
        default: return .unknown(AcquireAnswer.unclear(result, fields))
        }
    }

    /// The trade, where the answer names it. Its status is the one that the result means, if there is none.
    private static func report(_ fields: AnswerFields, wordDefault: String) throws(Unreadable) -> TradeReport? {
        guard let tradeNo = try Field.text("trade_no", fields) else { return nil }
        let word = try Field.text("trade_status", fields) ?? wordDefault
        return try AcquireAnswer.report(fields, tradeNo: tradeNo, word: word)
    }
}
