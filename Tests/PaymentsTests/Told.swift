import Payments

/// A payment and what its merchant was told of it, held against what must always be true.
struct Told {
    private(set) var payment: Payment
    /// The refunds made at Alipay that the merchant heard of, fen.
    private(set) var refundedElsewhere: Int64 = 0
    /// The payment's own refunds that have gone back, fen.
    private(set) var refundedByUs: Int64 = 0
    /// Whether it was ever seen as succeeded.
    private(set) var sawSuccess = false
    /// The first rule that was broken.
    private(set) var problem: String?
    private var statusEvents = Set<String>()

    init(_ payment: Payment) { self.payment = payment }

    /// Applies one report, and answers whether Alipay has to be asked.
    mutating func take(_ report: TradeReport, openRefundsMinor: Int64 = 0, atMs nowMs: Int64) -> Bool {
        let before = payment
        let context = ApplyContext(
            nowMs: nowMs, canQuery: true, isKnownDuplicate: false, openRefundsMinor: openRefundsMinor)
        switch payment.apply(report, context) {
        case .applied(let facts):
            for fact in facts { hear(fact) }
            if payment.status != before.status, before.status.isClosed ? !payment.late : !isForward(from: before) {
                note("a step back from \(before.status) to \(payment.status)")
            }
        case .unchanged, .stale: if payment != before { note("a change without a word") }
        case .needsQuery:
            if report.source == .query { note("a query in answer to a query") }
            return true
        case .amountMismatch: note("a mismatch of the right amount")
        }
        if payment.status == .succeeded { sawSuccess = true }
        checkSums()
        return false
    }

    mutating func noteRefunded(amountMinor: Int64, atMs nowMs: Int64) {
        payment.noteRefunded(amountMinor: amountMinor, nowMs: nowMs)
        refundedByUs += amountMinor
        checkSums()
    }

    private func isForward(from before: Payment) -> Bool { payment.status.rank > before.status.rank }

    private mutating func hear(_ fact: Fact) {
        switch fact {
        case .status(let type, let previous):
            let event = "\(type.rawValue) after \(previous.rawValue)"
            if !statusEvents.insert(event).inserted { note("\(event) told twice") }
        case .refunded(let amountMinor):
            if amountMinor <= 0 { note("a refund of \(amountMinor)") }
            refundedElsewhere += amountMinor
        case .duplicate: note("a duplicate of one trade")
        case .updated: break
        }
    }

    private mutating func checkSums() {
        if payment.amountRefundedMinor != refundedElsewhere + refundedByUs { note("the refunds are not the sum") }
        if payment.amountRefundedMinor > payment.amountPaidMinor ?? 0 { note("more given back than was paid") }
    }

    private mutating func note(_ rule: String) { problem = problem ?? rule }
}
