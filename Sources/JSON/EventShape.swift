package import Payments

/// The body of a webhook: `{"id", "type", "timestamp", "sequence", "data", "previous_status"}`.
package enum EventShape {
    /// What an event is about.
    package enum Subject: Sendable {
        case payment(Payment)
        case refund(Refund)
        /// A second trade, beside the payment it was paid for.
        case duplicate(DuplicateTrade, Payment)
        /// `webhook.test`: no object of the merchant's.
        case test
    }

    package static func body(
        id: String, type: EventType, timestampMs: Int64, sequence: Int64, subject: Subject,
        previousStatus: PaymentStatus?
    ) -> [UInt8] {
        var out = JSONWriter()
        out.beginObject()
        out.field("id", id)
        out.field("type", type.rawValue)
        out.timeField("timestamp", timestampMs)
        out.field("sequence", sequence)
        out.name("data")
        switch subject {
        case .payment(let payment), .duplicate(_, let payment): Shape.write(payment, nextAction: nil, to: &out)
        case .refund(let refund): Shape.write(refund, to: &out)
        case .test:
            out.beginObject()
            out.field("message", "This is a test of your webhook endpoint.")
            out.endObject()
        }
        if case .duplicate(let trade, _) = subject {
            out.name("duplicate")
            out.beginObject()
            out.field("trade_no", trade.tradeNo)
            out.field("amount", trade.amountMinor)
            out.timeField("paid_at", trade.paidAtMs)
            out.endObject()
        }
        out.field("previous_status", previousStatus?.rawValue)
        out.endObject()
        return out.bytes
    }

    /// How every body begins: `{"id":"evt_…"`.
    static func head(id: String) -> [UInt8] {
        var out = JSONWriter(reservingCapacity: 64)
        out.beginObject()
        out.field("id", id)
        return out.bytes
    }
}
