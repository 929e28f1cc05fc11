package import HTTP

/// `query_timestamp` (防钓鱼时间戳): a key for one checkout, valid for about 30 seconds, so never kept.
package enum QueryTimestamp {
    package static let service = "query_timestamp"

    package enum Answer: Sendable, Hashable {
        /// Signed by Alipay: the checkout's `anti_phishing_key`.
        case key(String)
        /// Alipay's error code.
        case refused(code: String)
        /// It proves nothing; why, in words.
        case invalid(String)
    }

    /// Not signed (SDK 3.2, `query_timestamp`).
    package static func request(_ contract: Contract) -> OutboundRequest {
        let parameters = RequestParameters(service, contract, contract.charset)
        return OutboundRequest(
            url: SignedURL.unsigned(gatewayURL: contract.gatewayURL, parameters: parameters.list), policy: .trusted,
            timeout: ServiceRequest.timeout, bodyLimit: .refuse(bytesMax: ServiceRequest.answerBytesMax)
        )
    }

    package static func answer(_ response: OutboundResponse, _ contract: Contract) -> Answer {
        switch ServiceAnswer.read(response, wrapper: "timestamp", contract) {
        case .accepted: return .invalid("success without a time stamp")
        case .refused(let code): return .refused(code: code)
        case .invalid(let why): return .invalid(why)
        case .signed(let fields):
            guard let key = try? Field.text("encrypt_key", fields) else {
                return .invalid("the answer lacks encrypt_key, or it cannot be read")
            }
            return .key(key)
        }
    }
}
