import Alipay
import HTTP

/// An answer to `single_trade_query`, signed as Alipay does it.
struct Answer {
    var elements: Message
    var success = "T"
    var declaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
    /// What stands between the request's echo and the end, if it is not the trade and its signature.
    var tail: String?
    var signType = "MD5"
    var sign: String?

    /// A paid trade.
    static let paid = Answer(
        elements: Message([
            ("additional_trade_status", "DAEMON_CONFIRM_CLOSE"), ("body", ""), ("buyer_email", "b***@example.com"),
            ("buyer_id", "2088000000000002"), ("discount", "0.00"), ("flag_trade_locked", "0"),
            ("gmt_create", "2026-01-02 11:03:05"), ("gmt_last_modified_time", "2026-01-02 11:04:05"),
            ("gmt_payment", "2026-01-02 11:04:05"), ("is_total_fee_adjust", "F"), ("operator_role", "B"),
            ("out_trade_no", "ORDER-1001"), ("payment_type", "1"), ("price", "120.50"), ("quantity", "1"),
            ("seller_email", "sales@bookshop.example"), ("seller_id", "2088101122136241"),
            ("subject", "三体 <1-3> & \"more\""),
            ("to_buyer_fee", "0.00"), ("to_seller_fee", "120.50"), ("total_fee", "120.50"),
            ("trade_no", "2026010222001400000000000001"), ("trade_status", "TRADE_SUCCESS"), ("use_coupon", "F"),
        ]))

    func with(_ name: String, _ value: String?) -> Answer {
        var changed = self
        changed.elements = elements.with(name, value)
        return changed
    }

    func with(_ change: (inout Answer) -> Void) -> Answer {
        var changed = self
        change(&changed)
        return changed
    }

    /// `sign` is the right one, unless the answer has one of its own.
    var xml: String {
        let trade = elements.fields.map { field in
            "<\(field.name)>\(Answer.escape(String(decoding: field.value, as: UTF8.self)))</\(field.name)>"
        }.joined()
        let data = "<response><trade>\(trade)</trade></response>"
        let signature = "<sign>\(sign ?? elements.sign())</sign><sign_type>\(signType)</sign_type>"
        return declaration
            + "<alipay><is_success>\(success)</is_success><request><param name=\"partner\">2088101122136241</param>"
            + "<param name=\"sign\">0</param></request>" + (tail ?? data + signature) + "</alipay>"
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    static func error(_ code: String) -> String {
        "<?xml version=\"1.0\" encoding=\"GBK\"?>\n<alipay><is_success>F</is_success><error>\(code)</error></alipay>"
    }
}
