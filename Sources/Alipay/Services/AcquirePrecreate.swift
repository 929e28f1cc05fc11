package import HTTP
package import Payments

/// `alipay.acquire.precreate` (扫码支付): a code that the buyer scans.
package enum AcquirePrecreate {
    package static let service = "alipay.acquire.precreate"

    package enum Answer: Sendable, Hashable {
        /// What the buyer's wallet scans.
        case created(qrCode: String)
        /// There is no such order at Alipay: why, in Alipay's code.
        case failed(code: String)
        /// Alipay may have it or not; why, in words.
        case unknown(String)
    }

    package static func request(
        _ payment: Payment, _ contract: Contract, notifyURL: String, nowMs: Int64
    ) -> OutboundRequest? {
        var parameters = RequestParameters(service, contract, payment.charset)
        parameters.addAcquireOrder(payment, contract, notifyURL: notifyURL, nowMs: nowMs)
        parameters.add("product_code", "QR_CODE_OFFLINE")
        parameters.addOptions(of: payment)
        return parameters.request(contract)
    }

    package static func answer(_ response: OutboundResponse, _ payment: Payment, _ contract: Contract) -> Answer {
        switch AcquireAnswer.read(response, outTradeNo: payment.merchantReference, contract) {
        case .refused(let code):
            return ErrorCode.remedy(code) == .final ? .failed(code: code) : .unknown("Alipay's error \(code)")
        case .invalid(let why): return .unknown(why)
        case .data("SUCCESS", let fields):
            guard let code = try? Field.text("qr_code", fields) else {
                return .unknown("the answer lacks qr_code, or it cannot be read")
            }
            return .created(qrCode: code)
        case .data("FAIL", let fields):
            let code = AcquireAnswer.code("FAIL", fields)
            return ErrorCode.remedy(code) == .final ? .failed(code: code) : .unknown("Alipay's error \(code)")
        case .data(let result, let fields): return .unknown(AcquireAnswer.unclear(result, fields))
        }
    }
}

extension RequestParameters {
    /// What names a payment to the services that make it by a call of ours.
    mutating func addAcquireOrder(_ payment: Payment, _ contract: Contract, notifyURL: String, nowMs: Int64) {
        add("body", payment.description)
        add("notify_url", notifyURL)
        add("out_trade_no", payment.merchantReference)
        add(contract.seller.name, contract.seller.value)
        add("show_url", payment.showURL)
        add("subject", payment.subject)
        add("total_fee", Yuan.text(fen: payment.amountMinor))
        addTimeLeft(payment, contract, nowMs: nowMs)
    }
}
