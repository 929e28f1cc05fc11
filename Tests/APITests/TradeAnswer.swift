import Crypto
import Diagnostics
import Foundation
import HTTP
import JSON

/// What Alipay's gateway answers to `single_trade_query`, put together by hand.
enum TradeAnswer {
    static let key = Secret("abcdefghijklmnopqrstuvwxyz012345")

    /// Signed trade data.
    static func trade(
        _ reference: String, status: String, total: String = "120.50", tradeNo: String = "2026010200001",
        seller: String = "2088101122136241", sign: String? = nil
    ) -> OutboundResponse {
        signed(
            "trade",
            [
                ("buyer_email", "b***@example.com"), ("out_trade_no", reference), ("seller_id", seller),
                ("total_fee", total), ("trade_no", tradeNo), ("trade_status", status),
            ], sign: sign)
    }

    /// What `alipay.acquire.*` answers, with `fields` beside the order and the seller.
    static func acquire(_ reference: String, _ result: String, _ fields: [String: String] = [:]) -> OutboundResponse {
        var all = fields
        all["out_trade_no"] = reference
        all["seller_id"] = "2088101122136241"
        all["result_code"] = result
        return signed("alipay", all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    /// A QR code for the order.
    static func qrCode(_ reference: String, _ code: String = "https://qr.alipay.com/bax00001") -> OutboundResponse {
        acquire(reference, "SUCCESS", ["qr_code": code])
    }

    /// A barcode was charged.
    static func charged(_ reference: String) -> OutboundResponse {
        acquire(
            reference, "ORDER_SUCCESS_PAY_SUCCESS",
            ["trade_no": "2026010200001", "total_fee": "120.50", "buyer_logon_id": "b***@example.com"])
    }

    /// The goods of trade 2026010200001 are sent.
    static func shipped(_ reference: String) -> OutboundResponse {
        signed(
            "tradeBase",
            [
                ("out_trade_no", reference), ("partner_id", "2088101122136241"), ("trade_no", "2026010200001"),
                ("trade_status", "WAIT_BUYER_CONFIRM_GOODS"),
            ])
    }

    /// The key that one checkout carries.
    static func timestamp(_ key: String) -> OutboundResponse { signed("timestamp", [("encrypt_key", key)]) }

    /// Fields in the order of their names.
    private static func signed(
        _ wrapper: String, _ fields: [(String, String)], sign: String? = nil
    ) -> OutboundResponse {
        let signed = fields.map { "\($0)=\($1)" }.joined(separator: "&")
        let right = Hex.encode(MD5.digest(Array(signed.utf8) + key.reveal()))
        let elements = fields.map { "<\($0)>\($1)</\($0)>" }.joined()
        return xml(
            """
            <alipay><is_success>T</is_success><response><\(wrapper)>\(elements)</\(wrapper)></response>\
            <sign>\(sign ?? right)</sign><sign_type>MD5</sign_type></alipay>
            """)
    }

    /// Taken, and nothing more.
    static let done = xml("<alipay><is_success>T</is_success></alipay>")

    static func error(_ code: String) -> OutboundResponse {
        xml("<alipay><is_success>F</is_success><error>\(code)</error></alipay>")
    }

    static func xml(_ text: String) -> OutboundResponse {
        OutboundResponse(
            status: 200, body: Array(("<?xml version=\"1.0\" encoding=\"utf-8\"?>" + text).utf8), verifiedTLS: true)
    }
}

extension Reading {
    /// What the signed URL of a payment's `next_action` carries.
    var providerParameters: [String: String] {
        OutboundRequest(
            url: json["next_action"]?["provider_url"]?.text ?? "", policy: .trusted, timeout: .seconds(1),
            bodyLimit: .refuse(bytesMax: 1)
        ).parameters
    }
}

extension OutboundRequest {
    /// The parameters of a request to Alipay, in its URL or its body, decoded.
    var parameters: [String: String] {
        let query = url.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
        let text = [query, String(decoding: body, as: UTF8.self)].filter { !$0.isEmpty }.joined(separator: "&")
        var found: [String: String] = [:]
        for field in text.split(separator: "&") {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            found[parts[0]] = parts.count == 2 ? parts[1].removingPercentEncoding : ""
        }
        return found
    }

    var service: String { parameters["service"] ?? "" }
}
