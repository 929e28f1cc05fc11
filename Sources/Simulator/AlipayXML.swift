/// Alipay's XML answers, as text that says itself which charset it is to be written in.
package enum AlipayXML {
    private static func head(_ charset: Dialect.Charset) -> String {
        "<?xml version=\"1.0\" encoding=\"\(charset.rawValue)\"?>\n"
    }

    /// An error, which Alipay does not sign.
    static func refusal(_ code: String, _ charset: Dialect.Charset) -> String {
        head(charset) + "<alipay><is_success>F</is_success><error>\(code)</error></alipay>"
    }

    /// Only whether it is done: `T`, or `P` while it is not.
    ///
    /// - Parameter more: XML beside it.
    static func short(_ isSuccess: String, _ charset: Dialect.Charset, more: String = "") -> String {
        head(charset) + "<alipay><is_success>\(isSuccess)</is_success>\(more)</alipay>"
    }

    /// An answer with the request's echo, its sign included, and the elements inside `wrapper`, signed.
    ///
    /// - Parameter sign: nil leaves the signature out.
    static func answer(
        to request: Fields, wrapper: String, _ elements: Fields, lists: String = "", sign: String?, dialect: Dialect
    ) -> String {
        let echo = request.list.map {
            "<param name=\"\($0.name)\">\(Markup.escape(String(decoding: $0.value, as: UTF8.self)))</param>"
        }
        let content = elements.list.map {
            "<\($0.name)>\(Markup.escape(String(decoding: $0.value, as: UTF8.self)))</\($0.name)>"
        }
        return head(dialect.charset) + "<alipay><is_success>T</is_success><request>\(echo.joined())</request>"
            + "<response><\(wrapper)>\(content.joined())\(lists)</\(wrapper)></response>"
            + (sign.map { "<sign>\($0)</sign><sign_type>\(dialect.signType.rawValue)</sign_type>" } ?? "")
            + "</alipay>"
    }
}
