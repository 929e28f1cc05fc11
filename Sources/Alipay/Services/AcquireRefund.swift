package import HTTP
package import Payments

/// `alipay.acquire.refund`: money of a `qr` or `barcode` payment goes back, all of it or a part; the answer is the outcome.
package enum AcquireRefund {
    package static let service = "alipay.acquire.refund"

    package enum Answer: Sendable, Hashable {
        /// It is done: now, or when the same request was made before.
        case succeeded
        /// Nothing went back: why, in Alipay's code.
        case failed(code: String)
        /// It may have gone back or not; why, in words. The same request may be made again: Alipay knows it by its number.
        case unknown(String, code: String?)
    }

    /// - Precondition: the refund has a batch number; it is the `out_request_no` here.
    package static func request(refund: Refund, _ contract: Contract) -> OutboundRequest? {
        guard let requestNo = refund.batchNo else {
            preconditionFailure("a refund that we make has a batch number")
        }
        var parameters = RequestParameters(service, contract, contract.charset)
        parameters.add("trade_no", refund.tradeNo)
        parameters.add("out_request_no", requestNo)
        parameters.add("refund_amount", Yuan.text(fen: refund.amountMinor))
        parameters.add("refund_reason", RefundReason.text(refund.reason, contract.charset))
        return parameters.request(contract)
    }

    /// - Parameter outTradeNo: the payment's `merchant_reference`.
    package static func answer(
        _ response: OutboundResponse, refund: Refund, outTradeNo: String, _ contract: Contract
    ) -> Answer {
        switch AcquireAnswer.read(response, outTradeNo: outTradeNo, tradeNo: refund.tradeNo, contract) {
        case .refused(let code): return failure(code)
        case .invalid(let why): return .unknown(why, code: nil)
        case .data("SUCCESS", let fields):
            // Alipay's sum of all refunds of the trade, this one among them.
            guard let total = try? Field.fen("refund_fee", fields) ?? refund.amountMinor else {
                return .unknown("refund_fee cannot be read", code: nil)
            }
            guard total >= refund.amountMinor else {
                return .unknown("less went back than was asked for", code: nil)
            }
            return .succeeded
        case .data("FAIL", let fields): return failure(AcquireAnswer.code("FAIL", fields))
        case .data(let result, let fields):
            // It proves nothing, whatever code stands beside it.
            return .unknown(AcquireAnswer.unclear(result, fields), code: nil)
        }
    }

    private static func failure(_ code: String) -> Answer {
        ErrorCode.remedy(code) == .final ? .failed(code: code) : .unknown("Alipay's error \(code)", code: code)
    }
}
