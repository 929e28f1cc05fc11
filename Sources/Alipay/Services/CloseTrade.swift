package import HTTP

/// `close_trade` (关闭交易): an unpaid trade is closed, so that nobody can pay it any more.
package enum CloseTrade {
    package static let service = "close_trade"

    package enum Answer: Sendable, Hashable {
        case closed
        /// Alipay has no such trade: the buyer never came to its page.
        case notFound
        /// The trade is not an unpaid one: ask what it is.
        case wrongState
        /// Alipay's error code.
        case refused(code: String)
        /// It proves nothing; why, in words.
        case invalid(String)
    }

    /// - Parameters:
    ///   - tradeNo: Alipay's number, if it is known.
    ///   - outTradeNo: the merchant's number, here named `out_order_no`; sent where Alipay's is not known.
    package static func request(tradeNo: String?, outTradeNo: String, _ contract: Contract) -> OutboundRequest? {
        var parameters = RequestParameters(service, contract, contract.charset)
        if let tradeNo {
            parameters.add("trade_no", tradeNo)
        } else {
            parameters.add("out_order_no", outTradeNo)
        }
        return parameters.request(contract)
    }

    package static func answer(_ response: OutboundResponse, _ contract: Contract) -> Answer {
        switch ShortAnswer.read(response, contract) {
        case .accepted: .closed
        case .inProgress: .invalid("is_success is neither T nor F")
        case .refused(let code) where TradeNotFound.codes.contains(code): .notFound
        case .refused("TRADE_STATUS_NOT_AVAILD"): .wrongState
        case .refused(let code): .refused(code: code)
        case .invalid(let why): .invalid(why)
        }
    }
}
