package import HTTP

/// `alipay.acquire.cancel`: a payment is ended whatever its state: closed if unpaid, given back if paid.
package enum AcquireCancel {
    package static let service = "alipay.acquire.cancel"

    package enum Action: String, Sendable, Hashable {
        /// It was not paid, and cannot be any more.
        case close
        /// It was paid, and all of it goes back.
        case refund
    }

    package enum Answer: Sendable, Hashable {
        case canceled(action: Action, tradeNo: String?)
        /// Not done; the same call is to be made again. Why, in words.
        case retry(String)
        /// There is nothing to cancel.
        case notFound
        /// Alipay's code: it is paid, closed or frozen, and stays as it is.
        case wrongState(code: String)
        /// Alipay's reason why it cannot be.
        case failed(code: String)
        /// It may be done or not; why, in words.
        case unknown(String)
    }

    package static func request(outTradeNo: String, _ contract: Contract) -> OutboundRequest? {
        var parameters = RequestParameters(service, contract, contract.charset)
        parameters.add("out_trade_no", outTradeNo)
        return parameters.request(contract)
    }

    package static func answer(_ response: OutboundResponse, outTradeNo: String, _ contract: Contract) -> Answer {
        switch AcquireAnswer.read(response, outTradeNo: outTradeNo, contract) {
        case .refused(let code): return refusal(code)
        case .invalid(let why): return .unknown(why)
        case .data(let result, let fields):
            do { return try outcome(result, fields) } catch { return .unknown("\(error.field) cannot be read") }
        }
    }

    private static func outcome(_ result: String, _ fields: AnswerFields) throws(Unreadable) -> Answer {
        if result == "SUCCESS" {
            guard let word = try Field.text("action", fields), let action = Action(rawValue: word.lowercased()) else {
                return .unknown("canceled, but not whether it was closed or given back")
            }
            return .canceled(action: action, tradeNo: try Field.text("trade_no", fields))
        }
        if try Field.text("retry_flag", fields) == "Y" { return .retry(AcquireAnswer.unclear(result, fields)) }
        guard result == "FAIL" else { return .unknown(AcquireAnswer.unclear(result, fields)) }
        return refusal(AcquireAnswer.code(result, fields))
    }

    private static func refusal(_ code: String) -> Answer {
        if TradeNotFound.codes.contains(code) { return .notFound }
        if AcquireAnswer.wrongStates.contains(code) { return .wrongState(code: code) }
        return ErrorCode.remedy(code) == .final ? .failed(code: code) : .unknown("Alipay's error \(code)")
    }
}
