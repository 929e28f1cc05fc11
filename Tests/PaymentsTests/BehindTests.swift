import Payments
import Testing

/// Reports that are behind the status: the status stays, but money that went back is not lost with them.
struct BehindTests {
    @Test func `an old notification without news of money or a dispute is only stale`() {
        var payment = Payment.finished
        #expect(payment.take(.sample(.succeeded(refundable: true))) == .stale)
        #expect(payment.take(.sample(.held)) == .stale)
        #expect(payment.take(.sample(.shipped, refundStatus: "REFUND_CLOSED")) == .stale)
        #expect(payment == .finished)
    }

    @Test func `an old notification of a refund is asked about`() {
        var payment = Payment.finished
        let old = TradeReport.sample(.succeeded(refundable: true), refundStatus: "REFUND_SUCCESS")
        #expect(payment.take(old) == .needsQuery(.refundWithoutAmount))
        #expect(payment == .finished)
    }

    @Test func `an old notification of another dispute is asked about`() {
        var payment = Payment.finished
        let old = TradeReport.sample(.shipped, refundStatus: "WAIT_SELLER_AGREE")
        #expect(payment.take(old) == .needsQuery(.disputeMoved))
        #expect(payment == .finished)
    }

    /// It cannot be told from one that is over, and there is nobody to ask.
    @Test func `an old notification of a dispute is stale under a contract without queries`() {
        var payment = Payment.finished
        #expect(payment.take(.sample(.shipped, refundStatus: "WAIT_SELLER_AGREE"), canQuery: false) == .stale)
        #expect(payment == .finished)
    }

    @Test func `an overtaken answer still brings the money that it tells of, and moves nothing else`() {
        var payment = Payment.finished
        let answer = TradeReport.sample(
            .succeeded(refundable: true), from: .query, refundStatus: "REFUND_SUCCESS", refunded: 5_000)
        #expect(payment.take(answer) == .applied([.refunded(amountMinor: 5_000)]))
        var expected = Payment.finished
        expected.amountRefundedMinor = 5_000
        expected.updatedAtMs = reportedAt
        #expect(payment == expected)
        #expect(payment.take(answer) == .stale)
    }

    /// `alipay.acquire.query` tells a sum and has no `refund_status`.
    @Test func `an overtaken answer with a sum and no refund_status brings the money too`() {
        var payment = Payment.finished
        let answer = TradeReport.sample(.succeeded(refundable: true), from: .query, refunded: 5_000)
        #expect(payment.take(answer) == .applied([.refunded(amountMinor: 5_000)]))
        #expect(payment.amountRefundedMinor == 5_000 && payment.provider.status == "TRADE_FINISHED")
    }

    @Test func `an overtaken refund of an unknown sum is noted where nobody can be asked`() {
        var payment = Payment.finished
        let old = TradeReport.sample(.succeeded(refundable: true), refundStatus: "REFUND_SUCCESS")
        #expect(payment.take(old, canQuery: false) == .applied([]))
        #expect(payment.lastError?.code == "refund_amount_unknown")
        #expect(payment.provider.status == "TRADE_FINISHED" && !payment.refundable)
        #expect(payment.take(old, canQuery: false) == .stale)
    }

    @Test func `an overtaken answer that tells of a refund but not its sum is noted`() {
        var payment = Payment.finished
        let answer = TradeReport.sample(.succeeded(refundable: true), from: .query, refundStatus: "REFUND_SUCCESS")
        #expect(payment.take(answer) == .applied([]))
        #expect(payment.lastError?.code == "refund_amount_unknown")
    }

    @Test func `an overtaken answer does not bring a dispute back`() {
        var payment = Payment.finished
        #expect(payment.take(.sample(.shipped, from: .query, refundStatus: "WAIT_SELLER_AGREE")) == .stale)
        #expect(payment == .finished)
    }
}
