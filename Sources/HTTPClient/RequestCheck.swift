import HTTP

/// What a request's method and headers must be before libcurl, which does not check them, may write them.
enum RequestCheck {
    /// Fields that belong to the connection or to libcurl: another value for them splits or redirects a request
    /// (RFC 9112 §6, RFC 9110 §7.6.1).
    private static let ours = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer",
        "upgrade", "expect",
    ]

    /// The error `malformed`, or nil if the request may be written.
    static func problem(with request: OutboundRequest) -> SendError? {
        guard isToken(request.method.rawValue) else {
            return SendError(code: .malformed, message: "The request's method is not a token.")
        }
        guard request.method != .head || request.body.isEmpty else {
            return SendError(code: .malformed, message: "A HEAD request has no body.")
        }
        for field in request.headers.fields {
            guard isToken(field.name) else {
                return SendError(code: .malformed, message: "A request header's name is not a token.")
            }
            guard !ours.contains(where: { Headers.equal($0, field.name) }) else {
                return SendError(
                    code: .malformed, message: "The request header \(field.name) is not the caller's to set.")
            }
            guard field.value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
                return SendError(
                    code: .malformed, message: "The request header \(field.name) holds a control character.")
            }
        }
        return nil
    }

    /// RFC 9110 §5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
                default: false
                }
            }
    }
}
