/// One message that Alipay (or somebody who would like to be) posted, as the journal keeps it.
package struct Notification: Sendable, Hashable {
    /// `ntf_…`
    package let id: String
    package let tenant: String
    /// The payment it is about, if we know it.
    package let payment: String?
    /// Alipay's id of the message; the same on every repeat of it. Empty if the message had none.
    package let notifyID: String
    package let notifyType: String
    /// Alipay's word, `TRADE_SUCCESS` and its like.
    package let providerStatus: String?
    package let verdict: Verdict
    /// In words: what was checked, what it gave, what to do.
    package let explanation: String
    /// The cell of Alipay's failure table that a refused message falls in, `equal_false` and its like; nil where nothing
    /// was refused, or Alipay was not asked.
    package let failureCell: String?
    package let receivedAtMs: Int64
    /// The id of the row whose message an admin had run once more; nil for what was posted.
    package let replayOf: String?
    /// The raw body as it came, for `explain` and `replay`; the first part of it where nobody vouches for it.
    package let body: [UInt8]

    package init(
        id: String, tenant: String, payment: String?, notifyID: String, notifyType: String, providerStatus: String?,
        verdict: Verdict, explanation: String, failureCell: String? = nil, receivedAtMs: Int64,
        replayOf: String? = nil, body: [UInt8]
    ) {
        self.id = id
        self.tenant = tenant
        self.payment = payment
        self.notifyID = notifyID
        self.notifyType = notifyType
        self.providerStatus = providerStatus
        self.verdict = verdict
        self.explanation = explanation
        self.failureCell = failureCell
        self.receivedAtMs = receivedAtMs
        self.replayOf = replayOf
        self.body = body
    }
}

/// Why a notification was accepted or refused.
package enum Verdict: String, Sendable, CaseIterable {
    /// It changed something.
    case applied
    /// Good, and nothing new.
    case unchanged
    /// This `notify_id` was answered `success` before.
    case `repeat`
    /// Good, and older than what is known.
    case stale
    /// Good, of a type that nothing here acts on; an alarm is raised.
    case unsupported
    /// Not a message of the right shape.
    case malformed
    /// None of the tenant's keys gives this signature.
    case badSignature = "bad_signature"
    /// Signed, but for another seller.
    case wrongSeller = "wrong_seller"
    /// Signed, but about a payment that is not this tenant's.
    case unknownPayment = "unknown_payment"
    /// Confirmed, but the amount is none that this payment may have.
    case amountMismatch = "amount_mismatch"
    /// A field that we decide on cannot be read.
    case charset
    /// Alipay answered `false`, and the query does not say the same.
    case notConfirmed = "not_confirmed"
    /// Alipay answered `invalid`.
    case confirmRefused = "confirm_refused"
    /// Neither `notify_verify` nor the query was answered.
    case confirmUnreachable = "confirm_unreachable"
    /// Signed, not confirmed, and the contract has no query: an admin settles it.
    case unsettled

    /// Whether Alipay is told `success` and so will not repeat it.
    package var answersSuccess: Bool {
        switch self {
        case .applied, .unchanged, .repeat, .stale, .unsupported: true
        case .malformed, .badSignature, .wrongSeller, .unknownPayment, .amountMismatch, .charset, .notConfirmed,
            .confirmRefused, .confirmUnreachable, .unsettled:
            false
        }
    }

    /// Whether a row with this verdict settles its `notify_id`: at most one such row exists per tenant and id.
    package var settles: Bool { answersSuccess && self != .repeat }
}
