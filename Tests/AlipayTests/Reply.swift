import Alipay
import HTTP
import Text

/// An answer of a service, signed as Alipay does it: written here once more, apart from the code that is tested.
struct Reply {
    let wrapper: String
    var fields: Message
    var key = keyText
    var signType = "MD5"
    var declaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"

    init(_ wrapper: String, _ fields: [(String, String)]) {
        self.wrapper = wrapper
        self.fields = Message(fields)
    }

    /// One of `alipay.acquire.*`, about the sample order.
    static func acquire(_ result: String, _ fields: [(String, String)] = []) -> Reply {
        Reply(
            "alipay",
            [("result_code", result), ("out_trade_no", "ORDER-1001"), ("partner", "2088101122136241")] + fields)
    }

    func with(_ name: String, _ value: String?) -> Reply {
        var changed = self
        changed.fields = fields.with(name, value)
        return changed
    }

    func with(_ change: (inout Reply) -> Void) -> Reply {
        var changed = self
        change(&changed)
        return changed
    }

    var xml: String {
        let data = fields.fields.map { field in
            "<\(field.name)>\(Reply.escape(String(decoding: field.value, as: UTF8.self)))</\(field.name)>"
        }.joined()
        return declaration
            + "<alipay><is_success>T</is_success><request><param name=\"sign\">0</param></request>"
            + "<response><\(wrapper)>\(data)</\(wrapper)></response>"
            + "<sign>\(fields.sign(key: key))</sign><sign_type>\(signType)</sign_type></alipay>"
    }

    /// What is signed needs no connection to vouch for it.
    func response(verifiedTLS: Bool = false) -> OutboundResponse { .sample(xml, verifiedTLS: verifiedTLS) }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    /// `is_success` and nothing more.
    static func short(_ success: String, error: String? = nil) -> String {
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<alipay><is_success>\(success)</is_success>"
            + (error.map { "<error>\($0)</error>" } ?? "") + "</alipay>"
    }
}
