package import HTTP

/// `alipay.acquire.close`: an unpaid payment is closed, so that nobody can pay it any more. It answers as `close_trade` does.
package enum AcquireClose {
    package static let service = "alipay.acquire.close"

    package static func request(outTradeNo: String, _ contract: Contract) -> OutboundRequest? {
        var parameters = RequestParameters(service, contract, contract.charset)
        parameters.add("out_trade_no", outTradeNo)
        return parameters.request(contract)
    }

    package static func answer(
        _ response: OutboundResponse, outTradeNo: String, _ contract: Contract
    ) -> CloseTrade.Answer {
        switch AcquireAnswer.read(response, outTradeNo: outTradeNo, contract) {
        case .refused(let code): return refusal(code)
        case .invalid(let why): return .invalid(why)
        case .data("SUCCESS", _): return .closed
        case .data("FAIL", let fields): return refusal(AcquireAnswer.code("FAIL", fields))
        case .data(let result, let fields): return .invalid(AcquireAnswer.unclear(result, fields))
        }
    }

    private static func refusal(_ code: String) -> CloseTrade.Answer {
        if TradeNotFound.codes.contains(code) { return .notFound }
        return AcquireAnswer.wrongStates.contains(code) ? .wrongState : .refused(code: code)
    }
}
