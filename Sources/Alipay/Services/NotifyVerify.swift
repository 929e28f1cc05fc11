package import HTTP

/// `notify_verify`: whether Alipay itself sent the message with this `notify_id` to this partner, within the last minute and
/// not yet answered `success`.
package enum NotifyVerify {
    /// The whole exchange, name resolution included.
    package static let timeout = Duration.seconds(10)
    static let answerBytesMax = 4096

    package enum Answer: Sendable, Hashable {
        case `true`
        /// Unknown, too old, or answered before.
        case `false`
        /// The partner or the id is wrong or empty.
        case invalid
        /// Something else: an error page, another status. It proves nothing.
        case unreadable
    }

    /// Neither signed nor in need of a charset (SDK 3.2, `getResponse`).
    package static func request(notifyID: String, _ contract: Contract) -> OutboundRequest {
        let parameters = [
            Parameter("service", "notify_verify"),
            Parameter("partner", contract.partner),
            Parameter("notify_id", notifyID),
        ]
        return OutboundRequest(
            url: SignedURL.unsigned(gatewayURL: contract.gatewayURL, parameters: parameters),
            policy: .trusted, timeout: timeout, bodyLimit: .refuse(bytesMax: answerBytesMax)
        )
    }

    /// Nothing signs the word: it counts over verified TLS only, or from a plain-http gateway.
    package static func answer(_ response: OutboundResponse, _ contract: Contract) -> Answer {
        guard response.status == 200, response.verifiedTLS || contract.usesPlainHTTP else { return .unreadable }
        let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        let word = response.body.drop(while: blank).reversed().drop(while: blank).reversed()
        switch String(decoding: word, as: UTF8.self) {
        case "true": return .true
        case "false": return .false
        case "invalid": return .invalid
        default: return .unreadable
        }
    }
}
