package import Payments
import Text

/// A message that was posted to a notify URL: the form, decoded once, and the fields that every message has.
package struct InboundNotification: Sendable {
    package static let bodyBytesMax = 64 * 1024
    package static let fieldsMax = 200

    /// Alipay's id of the message.
    package let notifyID: String
    package let notifyType: String
    /// The algorithm that the message names; it must be the tenant's.
    package let signType: String
    /// Whether what was signed could be cut into fields in another way as well: then its signature does not vouch for these.
    package let isAmbiguous: Bool
    private let fields: FormFields

    /// Why a message is not one; a sentence for the journal.
    package struct Malformed: Error, Sendable, Hashable {
        package let reason: String
    }

    /// Reads the raw body, whatever its Content-Type says.
    package init(_ body: [UInt8]) throws(Malformed) {
        guard body.count <= InboundNotification.bodyBytesMax else {
            throw Malformed(reason: "longer than \(InboundNotification.bodyBytesMax) bytes")
        }
        let fields: FormFields
        do { fields = try FormFields(body, fieldsMax: InboundNotification.fieldsMax) } catch {
            throw Malformed(reason: "not a form: \(error)")
        }
        // With an MD5 key both ways a signed request of ours is a valid signature as well, over text that a merchant or a
        // buyer had a say in: `&` and `=` in a subject could be read as fields. Its string begins with this one.
        guard fields["_input_charset"] == nil else {
            throw Malformed(reason: "it has an _input_charset, which requests have and notifications do not")
        }
        self.fields = fields
        notifyID = try InboundNotification.word("notify_id", fields, bytesMax: 128)
        notifyType = try InboundNotification.word("notify_type", fields, bytesMax: 64)
        signType = try InboundNotification.word("sign_type", fields, bytesMax: 16)
        isAmbiguous = SignedText.couldBeFields(fields)
        guard let sign = fields["sign"], !sign.isEmpty else { throw Malformed(reason: "sign is missing") }
        // A notify_type that says more than one would be of a kind that nothing acts on.
        guard !SignedText.hasSeparator(notifyType), !SignedText.hasSeparator(notifyID) else {
            throw Malformed(reason: "notify_type or notify_id has a & in it")
        }
    }

    /// Whether one of the contract's keys signed these very bytes, by the contract's own algorithm.
    package func isSigned(by keys: SigningKeys) -> Bool {
        guard signType == keys.signType.rawValue, let sign = fields["sign"] else { return false }
        return keys.verify(CanonicalString.bytes(of: fields), signature: sign)
    }

    /// Which of the contract's keys signed it, for whoever explains it and does not act on it.
    package func match(_ keys: SigningKeys) -> SigningKeys.Match {
        guard signType == keys.signType.rawValue, let sign = fields["sign"] else { return .none }
        return keys.match(CanonicalString.bytes(of: fields), signature: sign)
    }

    /// The trade that a `trade_status_sync` is about.
    package func tradeStatus() throws(Unreadable) -> TradeStatusSync { try TradeStatusSync(fields) }

    /// The signature as it came; all ways to cut one signed message share it.
    package var signature: String { fields["sign"].map { String(decoding: $0.prefix(512), as: UTF8.self) } ?? "" }

    /// The refunds that a `batch_refund_notify` is about.
    package func batchRefund() throws(Unreadable) -> BatchRefundSync { try BatchRefundSync(fields) }

    /// The trade's status, if it can be read, for the journal.
    package var providerStatus: String? { try? Field.text("trade_status", fields) }

    /// Every field, for people, in byte order of the names; what cannot be read shows as U+FFFD. Unless the signature is good,
    /// nobody vouches for them.
    ///
    /// - Parameters:
    ///   - charset: that of the payment it is about; nil if that is not known (see ``DisplayText``).
    ///   - keys: a value that has one of them in it is not shown.
    package func displayFields(
        charset: TextCharset? = nil, hiding keys: SigningKeys? = nil
    ) -> [(name: String, value: String)] {
        fields.map { (DisplayText.decode($0.name, charset), DisplayText.decode($0.value, charset, hiding: keys)) }
    }

    private static func word(_ name: String, _ fields: FormFields, bytesMax: Int) throws(Malformed) -> String {
        guard let value = fields[name], !value.isEmpty else { throw Malformed(reason: "\(name) is missing") }
        guard value.count <= bytesMax, value.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Malformed(reason: "\(name) is too long or has characters that it cannot have")
        }
        return String(decoding: value, as: UTF8.self)
    }
}

/// `trade_status_sync`: one trade, and how it stands now.
package struct TradeStatusSync: Sendable, Hashable {
    package let outTradeNo: String
    package let sellerID: String?
    package let sellerEmail: String?
    package let tradeNo: String
    /// Alipay's word.
    package let word: String
    /// Nil if the word is one that nothing here acts on.
    package let report: TradeReport?

    init(_ fields: FormFields) throws(Unreadable) {
        guard let outTradeNo = try Field.text("out_trade_no", fields) else { throw Unreadable(field: "out_trade_no") }
        guard let tradeNo = try Field.text("trade_no", fields) else { throw Unreadable(field: "trade_no") }
        guard let word = try Field.text("trade_status", fields) else { throw Unreadable(field: "trade_status") }
        self.outTradeNo = outTradeNo
        self.tradeNo = tradeNo
        self.word = word
        sellerID = try Field.text("seller_id", fields)
        sellerEmail = try Field.text("seller_email", fields)
        let amountMinor = try Field.fen("total_fee", fields)
        let paidAtMs = try Field.time("gmt_payment", fields)
        let refundStatus = try TradeStatusSync.refundStatus(fields)
        report = StatusMap.state(word).map {
            TradeReport(
                source: .notification, tradeNo: tradeNo, word: word, state: $0, amountMinor: amountMinor,
                paidAtMs: paidAtMs, refundStatus: refundStatus, buyer: Field.buyer(fields)
            )
        }
    }

    /// The acquire services have no `refund_status`: a refund is told by what was done, whoever did it.
    /// `reverseAction` is none: it closes the trade, and an unpaid one as well.
    private static func refundStatus(_ fields: FormFields) throws(Unreadable) -> String? {
        if let word = try Field.text("refund_status", fields) { return word }
        return try Field.text("notify_action_type", fields) == "refundFPAction" ? TradeReport.refundSuccess : nil
    }
}
