import Crypto
package import Diagnostics

/// A notification as Alipay signs it, put together by hand: neither the gateway's code nor the simulator's.
package struct HandMadeNotification: Sendable {
    package var fields: [String: String]
    package var key: Secret
    /// Nil leaves the field out.
    package var signType: String? = "MD5"
    /// In the place of the right one.
    package var sign: String?

    /// A `trade_status_sync` about 三体.
    ///
    /// - Parameter total: yuan.
    package init(
        reference: String, tradeNo: String, status: String, total: String = "120.50",
        notifyID: String = Hex.encode(SecureRandom.bytes(17)), more: [String: String] = [:], partner: String,
        sellerEmail: String, key: Secret
    ) {
        self.key = key
        fields = [
            "notify_time": "2026-01-02 03:05:00", "notify_type": "trade_status_sync", "notify_id": notifyID,
            "out_trade_no": reference, "trade_no": tradeNo, "trade_status": status, "total_fee": total,
            "seller_id": partner, "seller_email": sellerEmail, "buyer_email": "buyer@example.com",
            "buyer_id": "2088102000000001", "subject": "三体 (1-3)", "payment_type": "1", "price": total, "quantity": "1",
        ].merging(more) { $1 }
    }

    package var rightSign: String { HandMadeNotification.sign(fields, key) }

    package var body: String {
        var all = fields
        all["sign"] = sign ?? rightSign
        all["sign_type"] = signType
        return HandMadeNotification.form(all)
    }

    /// The MD5 signature of fields: those with a value, in byte order of their names, and the key after them.
    package static func sign(_ fields: [String: String], _ key: Secret) -> String {
        let signed = fields.filter { !$0.value.isEmpty }.sorted {
            Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8))
        }
        let text = signed.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
        return Hex.encode(MD5.digest(Array(text.utf8) + key.reveal()))
    }

    package static func form(_ fields: [String: String]) -> String {
        fields.map { "\($0.key)=\(encode($0.value))" }.joined(separator: "&")
    }

    package static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            return isPlain ? String(Unicode.Scalar(byte)) : "%" + Hex.encode([byte]).uppercased()
        }.joined()
    }
}

/// An answer to `single_trade_query` as Alipay signs it, put together by hand as well.
package struct HandMadeTradeAnswer: Sendable {
    package var fields: [String: String]
    package var key: Secret
    /// In the place of the right one; empty leaves the signature out.
    package var sign: String?

    /// What agrees with a notification.
    package init(agreeingWith notification: HandMadeNotification) {
        let names: Set<String> = [
            "out_trade_no", "trade_no", "trade_status", "total_fee", "seller_id", "seller_email", "gmt_payment",
            "refund_status",
        ]
        fields = notification.fields.filter { names.contains($0.key) }
        key = notification.key
    }

    package var xml: String {
        let elements = fields.map { "<\($0.key)>\($0.value)</\($0.key)>" }.joined()
        let sign = sign ?? HandMadeNotification.sign(fields, key)
        let signature = sign.isEmpty ? "" : "<sign>\(sign)</sign><sign_type>MD5</sign_type>"
        return "<?xml version=\"1.0\" encoding=\"utf-8\"?><alipay><is_success>T</is_success>"
            + "<response><trade>\(elements)</trade></response>\(signature)</alipay>"
    }

    /// How Alipay refuses a service.
    package static func refusal(_ code: String) -> String {
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><alipay><is_success>F</is_success><error>\(code)</error></alipay>"
    }
}
