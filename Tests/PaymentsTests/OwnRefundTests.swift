import Payments
import Testing

/// The payment's own refunds beside what Alipay's totals say: neither is counted for the other.
struct OwnRefundTests {
    private func told(_ total: Int64, state: TradeState = .succeeded(refundable: true)) -> TradeReport {
        .sample(state, from: .query, refundStatus: "REFUND_SUCCESS", refunded: total)
    }

    private func with(_ openMinor: Int64) -> ApplyContext {
        ApplyContext(nowMs: reportedAt, canQuery: true, isKnownDuplicate: false, openRefundsMinor: openMinor)
    }

    // MARK: Under way

    @Test func `a total that a refund under way can explain is nothing new, and is counted when that refund settles`() {
        var payment = Payment.succeeded
        #expect(payment.apply(told(3_000), with(3_000)) == .unchanged)
        payment.noteRefunded(amountMinor: 3_000, nowMs: reportedAt)
        #expect(payment.amountRefundedMinor == 3_000 && payment.refundable)
        #expect(payment.apply(told(3_000), with(0)) == .unchanged)
    }

    @Test func `what a refund under way cannot explain went back elsewhere`() {
        var payment = Payment.succeeded
        #expect(payment.apply(told(5_000), with(3_000)) == .applied([.refunded(amountMinor: 2_000)]))
        payment.noteRefunded(amountMinor: 3_000, nowMs: reportedAt)
        #expect(payment.amountRefundedMinor == 5_000)
        #expect(payment.apply(told(5_000), with(0)) == .unchanged)
    }

    /// Which is why the trade is asked about again when a refund of it settles.
    @Test func `a refund elsewhere that hid behind one under way shows when that one has failed`() {
        var payment = Payment.succeeded
        #expect(payment.apply(told(2_000), with(3_000)) == .unchanged)
        #expect(payment.apply(told(2_000), with(0)) == .applied([.refunded(amountMinor: 2_000)]))
    }

    @Test func `a refund elsewhere that hid behind one under way shows when that one has gone back`() {
        var payment = Payment.succeeded
        #expect(payment.apply(told(2_000), with(3_000)) == .unchanged)
        payment.noteRefunded(amountMinor: 3_000, nowMs: reportedAt)
        #expect(payment.apply(told(5_000), with(0)) == .applied([.refunded(amountMinor: 2_000)]))
        #expect(payment.amountRefundedMinor == 5_000)
    }

    @Test func `a close counts all but what is under way, and the rest when that has failed`() {
        var payment = Payment.held
        let closed = told(price, state: .closed)
        #expect(
            payment.apply(closed, with(3_000))
                == .applied([.status(.paymentCanceled, previous: .held), .refunded(amountMinor: 9_050)]))
        #expect(payment.apply(closed, with(3_000)) == .unchanged)
        #expect(payment.apply(closed, with(0)) == .applied([.refunded(amountMinor: 3_000)]))
        #expect(payment.amountRefundedMinor == price)
    }

    @Test(arguments: [0, -1, Int64.min, Int64.max])
    func `no total that Alipay could tell is too small or too large`(total: Int64) {
        var payment = Payment.sample(.succeeded, paid: price, refunded: 5_000, refundable: true, word: "TRADE_SUCCESS")
        _ = payment.apply(.sample(.succeeded(refundable: true), from: .query, refunded: total), with(7_050))
        #expect(payment.amountRefundedMinor == 5_000)
    }

    // MARK: Gone back

    @Test func `the last of it gone back ends the refunds`() {
        var payment = Payment.succeeded
        payment.noteRefunded(amountMinor: 12_049, nowMs: reportedAt)
        #expect(payment.refundable && payment.updatedAtMs == reportedAt)
        payment.noteRefunded(amountMinor: 1, nowMs: reportedAt + 1)
        #expect(payment.amountRefundedMinor == price && !payment.refundable && payment.updatedAtMs == reportedAt + 1)
    }

    @Test func `all of it gone back at Alipay ends the refunds as well, before the trade is closed`() {
        var payment = Payment.succeeded
        #expect(payment.apply(told(12_049), with(0)) == .applied([.refunded(amountMinor: 12_049)]))
        #expect(payment.refundable)
        #expect(payment.apply(told(price), with(0)) == .applied([.refunded(amountMinor: 1)]))
        #expect(!payment.refundable && payment.status == .succeeded)
        #expect(payment.apply(told(price), with(0)) == .stale)
    }

    /// One that had been given up and counted from Alipay's total, and is then told as done.
    @Test func `never more than was paid has gone back`() {
        var payment = Payment.sample(.succeeded, paid: price, refunded: 10_000, refundable: true, word: "TRADE_SUCCESS")
        payment.noteRefunded(amountMinor: 3_000, nowMs: reportedAt)
        #expect(payment.amountRefundedMinor == price && !payment.refundable)
    }

    // MARK: A sum that is not known

    @Test func `a sum that nobody knows stays unknown when one of our own goes back`() {
        var payment = Payment.succeeded
        let notice = TradeReport.sample(.succeeded(refundable: true), refundStatus: "REFUND_SUCCESS")
        _ = payment.take(notice, canQuery: false)
        #expect(payment.lastError?.code == "refund_amount_unknown")
        payment.noteRefunded(amountMinor: 3_000, nowMs: reportedAt)
        #expect(payment.lastError?.code == "refund_amount_unknown")
        payment.noteRefunded(amountMinor: 9_050, nowMs: reportedAt)
        #expect(payment.lastError == nil)
    }

    @Test func `a notice of a refund while one of our own is under way is that one's`() {
        var payment = Payment.succeeded
        let notice = TradeReport.sample(.succeeded(refundable: true), refundStatus: "REFUND_SUCCESS")
        let context = ApplyContext(
            nowMs: reportedAt, canQuery: false, isKnownDuplicate: false, openRefundsMinor: 3_000)
        #expect(payment.apply(notice, context) == .unchanged)
        #expect(payment == .succeeded)
    }
}
