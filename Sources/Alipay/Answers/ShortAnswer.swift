import HTTP
import Text

/// An answer that says only whether a call was taken: `is_success` and, if it was not, a code. Nothing signs it, so it
/// counts over verified TLS, or from a plain-http gateway.
package enum ShortAnswer: Sendable, Hashable {
    /// `is_success` T.
    case accepted
    /// `is_success` P: taken, and not done yet (refunds).
    case inProgress
    /// `is_success` F: Alipay's error code.
    case refused(code: String)
    /// It proves nothing; why, in words.
    case invalid(String)

    static func read(_ response: OutboundResponse, _ contract: Contract) -> ShortAnswer {
        let root: XMLElement
        switch ServiceAnswer.envelope(of: response) {
        case .success(let element): root = element
        case .failure(let other): return .invalid(other.reason)
        }
        guard response.counts(unsignedFor: contract) else {
            return .invalid("an unsigned answer over an unverified connection")
        }
        switch root.child(named: "is_success")?.text {
        case "T": return .accepted
        case "P": return .inProgress
        case "F":
            guard let code = root.child(named: "error")?.text, ServiceAnswer.isCode(code) else {
                return .invalid("an error without a code")
            }
            return .refused(code: code)
        default: return .invalid("is_success is neither T, F nor P")
        }
    }
}

extension OutboundResponse {
    /// Whether a word that nothing signs counts: the connection it came over vouches for it, or the gateway has no TLS at
    /// all, as in tests.
    func counts(unsignedFor contract: Contract) -> Bool { verifiedTLS || contract.usesPlainHTTP }
}
