import HTTP

/// Alipay's answers to servers, in the charset of the request and signed as it was.
struct SignedAnswers: Sendable {
    let signer: Signer

    /// The request's echo, and the elements inside `wrapper`, which are signed.
    ///
    /// - Parameter lists: XML after the elements, outside the signature: how Alipay signs nested lists is not known.
    func answer(to call: GatewayCall, wrapper: String, _ elements: Fields, lists: String = "") -> Response {
        let charset = call.dialect.charset
        var sign: String?
        if !call.suffered.contains(.unsigned) {
            sign = call.suffered.spoil(
                signer.sign(elements.encoded(in: charset), call.account, call.dialect.signType))
        }
        return .xml(
            AlipayXML.answer(
                to: call.fields, wrapper: wrapper, elements, lists: lists, sign: sign, dialect: call.dialect),
            charset)
    }

    /// Done, and nothing more to say: not signed.
    func success(_ call: GatewayCall, isSuccess: String = "T") -> Response {
        .xml(AlipayXML.short(isSuccess, call.dialect.charset), call.dialect.charset)
    }
}
