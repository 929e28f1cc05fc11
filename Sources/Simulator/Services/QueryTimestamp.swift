import HTTP

/// `query_timestamp`: a time stamp for the next order; the request is not signed, the answer is.
struct QueryTimestamp: Sendable {
    let antiPhishing: AntiPhishing
    let answers: SignedAnswers

    func answer(_ call: GatewayCall) -> Response {
        var elements = Fields()
        elements.set("encrypt_key", antiPhishing.give(to: call.account.partner))
        return answers.answer(to: call, wrapper: "timestamp", elements)
    }
}
