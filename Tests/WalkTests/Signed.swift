import Crypto
import Diagnostics
import HTTP
import JSON
import Simulator

func digest(_ key: String) -> String { Hex.encode(SHA256.digest(Array(key.utf8))) }

/// A notification as Alipay signs it, put together here by hand: neither the gateway's code nor the simulator's.
struct HandMadeNotification {
    var fields: [String: String]
    var key = World.account.key
    var signType = "MD5"
    /// In the place of the right one.
    var sign: String?

    init(
        reference: String, tradeNo: String, status: String, total: String = "120.50",
        notifyID: String = Hex.encode(SecureRandom.bytes(17)), more: [String: String] = [:]
    ) {
        fields = [
            "notify_time": "2026-01-02 03:05:00", "notify_type": "trade_status_sync", "notify_id": notifyID,
            "out_trade_no": reference, "trade_no": tradeNo, "trade_status": status, "total_fee": total,
            "seller_id": World.account.partner, "seller_email": World.account.sellerEmail, "buyer_email": "b***@example.com",
            "buyer_id": "2088000000000002", "subject": "三体 (1-3)", "payment_type": "1", "price": total, "quantity": "1",
        ].merging(more) { $1 }
    }

    var rightSign: String {
        let signed = fields.filter { !$0.value.isEmpty }.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
        let text = signed.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
        return Hex.encode(MD5.digest(Array(text.utf8) + key.reveal()))
    }

    var body: String {
        var all = fields
        all["sign"] = sign ?? rightSign
        all["sign_type"] = signType
        return all.map { "\($0.key)=\(HandMadeNotification.encode($0.value))" }.joined(separator: "&")
    }

    static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            return isPlain ? String(Unicode.Scalar(byte)) : "%" + Hex.encode([byte]).uppercased()
        }.joined()
    }
}

extension JSONValue {
    var elements: [JSONValue] {
        if case .array(let elements) = self { return elements }
        return []
    }
}
