/// A fact that a merchant is told.
package struct Event: Sendable, Hashable {
    /// `evt_…`, the `webhook-id` of every delivery of it.
    package let id: String
    package let tenant: String
    package let type: EventType
    /// The payment it belongs to; nil for `webhook.test`.
    package let payment: String?
    /// Counts the events of one payment from 1, without gaps; 0 for `webhook.test`.
    package let sequence: Int64
    package let timestampMs: Int64
    /// The webhook's body, byte for byte as every delivery sends it.
    package let body: [UInt8]

    package init(
        id: String, tenant: String, type: EventType, payment: String?, sequence: Int64, timestampMs: Int64,
        body: [UInt8]
    ) {
        self.id = id
        self.tenant = tenant
        self.type = type
        self.payment = payment
        self.sequence = sequence
        self.timestampMs = timestampMs
        self.body = body
    }
}

/// The types of events, as they stand in a webhook.
package enum EventType: String, Sendable, CaseIterable {
    case paymentProcessing = "payment.processing"
    case paymentHeld = "payment.held"
    case paymentShipped = "payment.shipped"
    case paymentSucceeded = "payment.succeeded"
    case paymentCanceled = "payment.canceled"
    case paymentExpired = "payment.expired"
    case paymentLateSuccess = "payment.late_success"
    case paymentDuplicate = "payment.duplicate"
    case paymentUpdated = "payment.updated"
    case refundSucceeded = "refund.succeeded"
    case refundFailed = "refund.failed"
    case webhookTest = "webhook.test"
}
