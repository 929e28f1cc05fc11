import HTTP

/// An answer that the server gives by itself, as a problem document (RFC 9457) of the product's shape.
struct Problem: Error, Hashable {
    let status: Int
    /// One of the product's codes; also the end of `type`.
    let code: String
    let title: String
    let detail: String
    /// Whether the request is known not to have been acted on.
    let outcomeKnown: Bool

    static func tooLarge(_ status: Int, _ detail: String) -> Problem {
        Problem(status: status, code: "too_large", title: "Too large", detail: detail, outcomeKnown: true)
    }

    static func malformed(_ detail: String) -> Problem {
        Problem(status: 400, code: "invalid_request", title: "Invalid request", detail: detail, outcomeKnown: true)
    }

    /// The handler gave no answer, or one that cannot be sent.
    static let internalError = Problem(
        status: 500, code: "internal_error", title: "Internal error", detail: "the request could not be answered",
        outcomeKnown: false
    )

    /// - Parameter requestID: ASCII without quotes and backslashes, like every text above.
    func response(requestID: String) -> Response {
        let body = """
            {"type":"https://payrelay.dev/errors/\(code)","title":"\(title)","status":\(status),"code":"\(code)",\
            "detail":"\(detail)","errors":[],"retryable":false,"outcome":"\(outcomeKnown ? "known" : "unknown")",\
            "request_id":"\(requestID)"}
            """
        return Response(status: status, contentType: "application/problem+json", body: Array(body.utf8))
    }
}
