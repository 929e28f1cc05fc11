package import HTTP

/// `alipay.acquire.query`: what Alipay knows of a payment that a call of ours made. It answers as `single_trade_query` does.
package enum AcquireQuery {
    package static let service = "alipay.acquire.query"

    package static func request(
        outTradeNo: String, _ contract: Contract, timeout: Duration = ServiceRequest.timeout
    ) -> OutboundRequest? {
        var parameters = RequestParameters(service, contract, contract.charset)
        parameters.add("out_trade_no", outTradeNo)
        var request = parameters.request(contract)
        request?.timeout = timeout
        return request
    }

    package static func answer(
        _ response: OutboundResponse, outTradeNo: String, _ contract: Contract
    ) -> SingleTradeQuery.Answer {
        switch AcquireAnswer.read(response, outTradeNo: outTradeNo, contract) {
        case .refused(let code): return TradeNotFound.codes.contains(code) ? .notFound : .refused(code: code)
        case .invalid(let why): return .invalid(why)
        case .data("SUCCESS", let fields):
            do { return try trade(fields) } catch { return .invalid("\(error.field) cannot be read") }
        case .data("FAIL", let fields):
            let code = AcquireAnswer.code("FAIL", fields)
            return TradeNotFound.codes.contains(code) ? .notFound : .refused(code: code)
        case .data(let result, let fields): return .invalid(AcquireAnswer.unclear(result, fields))
        }
    }

    private static func trade(_ fields: AnswerFields) throws(Unreadable) -> SingleTradeQuery.Answer {
        guard let tradeNo = try Field.text("trade_no", fields), let word = try Field.text("trade_status", fields) else {
            return .invalid("the answer lacks trade_no or trade_status")
        }
        guard let report = try AcquireAnswer.report(fields, tradeNo: tradeNo, word: word) else {
            return .unsupported(tradeNo: tradeNo, word: word)
        }
        return .trade(report)
    }
}

/// How the services say that there is no such trade.
enum TradeNotFound {
    /// The second is an older spelling.
    static let codes: Set<String> = ["TRADE_NOT_EXIST", "TRADE_IS_NOT_EXIST"]
}
