import Gateway
import HTTP
import JSON
import Payments

/// The body of `POST /v1/payments/{id}/refunds`, every field checked; none of them is needed.
struct RefundRequest {
    static let reasonGBKBytesMax = 256
    /// What separates the parts of Alipay's `detail_data`.
    static let reasonSeparators = "^|$#"

    let ask: RefundPayment.Ask

    /// - Throws: `invalid_request` with every field at fault.
    init(_ request: Request) throws(Problem) {
        var fields = BodyFields(try JSONBody.optionalMembers(request))
        let amountMinor = RefundRequest.amount(&fields)
        let reason = fields.text("reason")
        if let reason, !RefundRequest.isReason(reason) {
            fields.fail(
                "reason",
                "reason must be 1 to \(RefundRequest.reasonGBKBytesMax) bytes counted as GBK, without ^ | $ # and control characters"
            )
        }
        if let reason, let detail = UnsignableText.detail("reason", reason) { fields.fail("reason", detail) }
        let reference = fields.text("merchant_reference")
        if let reference, !TextRule.isReference(reference) {
            fields.fail("merchant_reference", "merchant_reference must be 1 to 64 of A-Z a-z 0-9 _ -")
        }
        let tradeNo = fields.text("trade_no")
        if let tradeNo, !TextRule.isTradeNo(tradeNo) {
            fields.fail("trade_no", "trade_no must be Alipay's number of a trade: 16 to 64 digits, as text")
        }
        fields.refuseTheRest()
        if !fields.errors.isEmpty { throw .invalid(fields.errors) }
        ask = RefundPayment.Ask(
            amountMinor: amountMinor, reason: reason, merchantReference: reference, tradeNo: tradeNo)
    }

    private static func amount(_ fields: inout BodyFields) -> Int64? {
        guard let value = fields.value("amount") else { return nil }
        guard let amount = value.int64, (1...PaymentRequest.amountMinorMax).contains(amount) else {
            fields.fail("amount", "amount must be a whole number of fen from 1 to \(PaymentRequest.amountMinorMax)")
            return nil
        }
        return amount
    }

    private static func isReason(_ text: String) -> Bool {
        TextRule.isPlain(text, gbkBytesMax: reasonGBKBytesMax)
            && !text.unicodeScalars.contains { reasonSeparators.unicodeScalars.contains($0) }
    }
}
