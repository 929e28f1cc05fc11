import Crypto
import Diagnostics
import HTTP

/// What Alipay's gateway answers to `single_trade_query`, put together by hand.
enum TradeAnswer {
    static let key = Secret("abcdefghijklmnopqrstuvwxyz012345")

    /// Signed trade data.
    static func trade(
        _ reference: String, status: String, total: String = "120.50", tradeNo: String = "2026010200001",
        seller: String = "2088101122136241", sign: String? = nil
    ) -> OutboundResponse {
        let fields = [
            ("buyer_email", "b***@example.com"), ("out_trade_no", reference), ("seller_id", seller),
            ("total_fee", total), ("trade_no", tradeNo), ("trade_status", status),
        ]
        let signed = fields.map { "\($0)=\($1)" }.joined(separator: "&")
        let right = Hex.encode(MD5.digest(Array(signed.utf8) + key.reveal()))
        let elements = fields.map { "<\($0)>\($1)</\($0)>" }.joined()
        return xml(
            """
            <alipay><is_success>T</is_success><response><trade>\(elements)</trade></response>\
            <sign>\(sign ?? right)</sign><sign_type>MD5</sign_type></alipay>
            """)
    }

    static func error(_ code: String) -> OutboundResponse {
        xml("<alipay><is_success>F</is_success><error>\(code)</error></alipay>")
    }

    static func xml(_ text: String) -> OutboundResponse {
        OutboundResponse(
            status: 200, body: Array(("<?xml version=\"1.0\" encoding=\"utf-8\"?>" + text).utf8), verifiedTLS: true)
    }
}
