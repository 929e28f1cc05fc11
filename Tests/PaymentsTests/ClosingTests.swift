import Payments
import Testing

/// The steps that no report of a trade makes: Alipay has closed it, has none, or has not said.
struct ClosingTests {
    @Test(arguments: [PaymentStatus.requiresAction, .processing], [PaymentStatus.canceled, .expired])
    func `an open payment that nobody paid is closed, and it is told once`(
        before: PaymentStatus, target: PaymentStatus
    ) throws {
        var payment = Payment.sample(before)
        let type = try #require(target.eventType)
        #expect(payment.closeUnpaid(as: target, nowMs: reportedAt) == [.status(type, previous: before)])
        var expected = Payment.sample(target)
        expected.updatedAtMs = reportedAt
        #expect(payment == expected)
        #expect(payment.closeUnpaid(as: target, nowMs: reportedAt + 1) == nil)
        #expect(payment == expected)
    }

    @Test(arguments: [
        Payment.sample(.processing, paid: price, word: "TRADE_PENDING"), .held,
        .sample(.shipped, paid: price, word: "WAIT_BUYER_CONFIRM_GOODS"), .succeeded, .finished, .canceled, .expired,
    ])
    func `what was paid, or is over, stays as it is`(before: Payment) {
        var payment = before
        #expect(payment.closeUnpaid(as: .expired, nowMs: reportedAt) == nil)
        #expect(payment.closeUnpaid(as: .canceled, nowMs: reportedAt) == nil)
        #expect(payment == before)
    }

    @Test func `an order whose outcome is open is processing, told once`() {
        var payment = Payment.sample()
        #expect(
            payment.noteOutcomeOpen(nowMs: reportedAt) == [.status(.paymentProcessing, previous: .requiresAction)])
        #expect(payment.status == .processing && payment.amountPaidMinor == nil && payment.updatedAtMs == reportedAt)
        #expect(payment.noteOutcomeOpen(nowMs: reportedAt + 1) == nil)
        #expect(payment.updatedAtMs == reportedAt)
    }

    @Test(arguments: PaymentStatus.allCases.filter { $0 != .requiresAction })
    func `an open outcome takes no payment back`(status: PaymentStatus) {
        var payment = Payment.sample(status)
        #expect(payment.noteOutcomeOpen(nowMs: reportedAt) == nil)
        #expect(payment == .sample(status))
    }

    @Test func `a dispute of a trade that is closed is over, whether or not Alipay says how`() {
        for refundStatus in [nil, "WAIT_SELLER_AGREE", "REFUND_SUCCESS", "REFUND_CLOSED"] {
            var payment = Payment.held
            payment.provider.dispute = "WAIT_SELLER_AGREE"
            let closed = TradeReport.sample(.closed, from: .query, refundStatus: refundStatus)
            #expect(
                payment.take(closed)
                    == .applied([
                        .status(.paymentCanceled, previous: .held), .refunded(amountMinor: price), .updated,
                    ]))
            #expect(payment.provider.dispute == nil)
            #expect(payment.take(closed) == .unchanged)
        }
    }
}
