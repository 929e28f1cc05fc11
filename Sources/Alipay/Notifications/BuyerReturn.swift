import Text

/// The query of a return URL: what the buyer's browser brings back. It shows what Alipay said at the time, to anybody who
/// keeps the URL; it never moves a payment.
package struct BuyerReturn: Sendable {
    /// The merchant's number.
    package let outTradeNo: String
    private let sellerID: String?
    private let sellerEmail: String?

    /// Reads and verifies the raw query; nil if it was not signed by one of the contract's keys.
    package init?(query: [UInt8], keys: SigningKeys) {
        guard let fields = try? FormFields(query, fieldsMax: InboundNotification.fieldsMax),
            // Our own signed requests, and what could be cut into fields in another way, are no word of Alipay's.
            fields["_input_charset"] == nil, !SignedText.couldBeFields(fields),
            let sign = fields["sign"], !sign.isEmpty, let signType = fields["sign_type"],
            signType.elementsEqual(keys.signType.rawValue.utf8),
            keys.verify(CanonicalString.bytes(of: fields), signature: sign),
            let number = try? Field.text("out_trade_no", fields)
        else { return nil }
        outTradeNo = number
        sellerID = (try? Field.text("seller_id", fields)) ?? nil
        sellerEmail = (try? Field.text("seller_email", fields)) ?? nil
    }

    /// Reads and verifies the raw query; nil also if it is about another seller, which the signature alone does not tell:
    /// with RSA Alipay signs for all partners with one key, and then a seller must be named. With MD5 a return that names none is this contract's, whose key it is.
    package init?(query: [UInt8], contract: Contract) {
        self.init(query: query, keys: contract.keys)
        let namesNone = sellerID == nil && sellerEmail == nil
        guard namesNone && contract.keys.signType == .md5 || contract.isSeller(id: sellerID, email: sellerEmail) else {
            return nil
        }
    }
}
