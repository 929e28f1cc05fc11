/// Alipay's XML answers (mapi.md §3).
package enum AlipayXML {
    private static let head = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"

    /// An error, which Alipay does not sign.
    static func refusal(_ code: GatewayError.Code) -> String {
        head + "<alipay><is_success>F</is_success><error>\(code.rawValue)</error></alipay>"
    }

    /// An answer with the request's echo, its sign included, and the elements inside `wrapper`, signed.
    ///
    /// - Parameter sign: nil leaves the signature out.
    static func answer(to request: Fields, wrapper: String, _ elements: Fields, sign: String?) -> String {
        let echo = request.list.map {
            "<param name=\"\($0.name)\">\(Markup.escape(String(decoding: $0.value, as: UTF8.self)))</param>"
        }
        let content = elements.list.map {
            "<\($0.name)>\(Markup.escape(String(decoding: $0.value, as: UTF8.self)))</\($0.name)>"
        }
        return head + "<alipay><is_success>T</is_success><request>\(echo.joined())</request>"
            + "<response><\(wrapper)>\(content.joined())</\(wrapper)></response>"
            + (sign.map { "<sign>\($0)</sign><sign_type>MD5</sign_type>" } ?? "") + "</alipay>"
    }
}
