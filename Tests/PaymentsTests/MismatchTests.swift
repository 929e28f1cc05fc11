import Payments
import Testing

/// A sum that the payment may not have: nobody forgets it until it is accepted, has gone back or is told as a duplicate.
struct MismatchTests {
    /// Waiting for an admin: trade one was paid with 110.00 instead of 120.50.
    private let mismatched: Payment = {
        var payment = Payment.sample()
        _ = payment.take(.sample(.held, amount: 11_000))
        return payment
    }()

    // MARK: Another trade

    @Test func `the right sum of another trade pays the payment and leaves the first trade's error`() {
        var payment = mismatched
        let second = TradeReport.sample(.succeeded(refundable: true), trade: secondTrade)
        #expect(payment.take(second) == .applied([.status(.paymentSucceeded, previous: .requiresAction)]))
        #expect(payment.provider.tradeNo == secondTrade && payment.amountPaidMinor == price)
        #expect(payment.mismatch == ["12050", "11000"])
        #expect(payment.take(second) == .unchanged)
        #expect(payment.mismatch == ["12050", "11000"])
    }

    @Test func `what was a mismatch is a duplicate once another trade has paid, and then no error any more`() {
        var payment = mismatched
        _ = payment.take(.sample(.succeeded(refundable: true), trade: secondTrade))
        let first = DuplicateTrade(tradeNo: firstTrade, amountMinor: 11_000, paidAtMs: nil)
        #expect(payment.take(.sample(.held, amount: 11_000)) == .applied([.duplicate(first)]))
        #expect(payment.lastError == nil)
        #expect(payment.provider.tradeNo == secondTrade && payment.amountPaidMinor == price)
    }

    @Test func `a second trade without a sum stays an error while the first goes on, until its sum is told`() {
        var payment = Payment.held
        #expect(payment.take(.sample(.held, trade: secondTrade, amount: nil)) == .amountMismatch)
        #expect(payment.take(.sample(.shipped)) == .applied([.status(.paymentShipped, previous: .held)]))
        #expect(payment.mismatch == ["12050", ""])
        let second = DuplicateTrade(tradeNo: secondTrade, amountMinor: 700, paidAtMs: nil)
        #expect(payment.take(.sample(.held, trade: secondTrade, amount: 700)) == .applied([.duplicate(second)]))
        #expect(payment.lastError == nil)
    }

    @Test(arguments: [0, -1, Int64.min])
    func `a second trade of no money is a mismatch, not a duplicate of nothing`(amount: Int64) {
        var payment = Payment.succeeded
        #expect(payment.take(.sample(.held, trade: secondTrade, amount: amount)) == .amountMismatch)
        #expect(payment.status == .succeeded && payment.amountPaidMinor == price)
    }

    // MARK: It has gone back

    @Test func `a close that shows no payment is not read as unpaid where a mismatch says that money came`() {
        var payment = mismatched
        #expect(payment.take(.sample(.closed, amount: 11_000)) == .needsQuery(.closedAfterPayment))
        #expect(payment == mismatched)
        let answer = TradeReport.sample(.closed, from: .query, amount: 11_000)
        #expect(payment.take(answer) == .applied([.status(.paymentCanceled, previous: .requiresAction)]))
        #expect(payment.amountPaidMinor == nil && payment.mismatch == ["12050", "11000"])
    }

    @Test func `a sum that came and went unseen leaves its error with the close`() {
        var payment = Payment.sample()
        let answer = TradeReport.sample(.closed, from: .query, amount: 5, paidAt: createdAt)
        #expect(payment.take(answer) == .applied([.status(.paymentCanceled, previous: .requiresAction)]))
        #expect(payment.amountPaidMinor == nil && payment.amountRefundedMinor == 0)
        #expect(payment.mismatch == ["12050", "5"])
        #expect(payment.take(answer) == .unchanged)
    }

    @Test func `a payment that had expired keeps its status and shows the sum that came and went`() {
        var payment = Payment.expired
        let answer = TradeReport.sample(.closed, from: .query, amount: nil, refundStatus: "REFUND_SUCCESS")
        #expect(payment.take(answer) == .applied([]))
        #expect(payment.status == .expired && payment.mismatch == ["12050", ""])
    }

    @Test func `a confirmed notification of it closes the payment where nobody can be asked`() {
        var payment = mismatched
        let closed = TradeReport.sample(.closed, amount: 11_000, refundStatus: "REFUND_SUCCESS")
        #expect(
            payment.take(closed, canQuery: false) == .applied([.status(.paymentCanceled, previous: .requiresAction)]))
        #expect(payment.amountPaidMinor == nil && payment.mismatch == ["12050", "11000"])
    }

    @Test func `a close of a held payment with another sum stays a mismatch`() {
        var payment = Payment.held
        #expect(payment.take(.sample(.closed, from: .query, amount: 5, paidAt: createdAt)) == .amountMismatch)
        #expect(payment.status == .held && payment.amountPaidMinor == price && payment.mismatch == ["12050", "5"])
    }

    // MARK: An admin accepts it

    @Test func `a sum that an admin accepts is what was paid, and the error is settled`() {
        var payment = mismatched
        let report = TradeReport.sample(.held, from: .query, amount: 11_000)
        #expect(payment.apply(report, accepting) == .applied([.status(.paymentHeld, previous: .requiresAction)]))
        #expect(payment.amountPaidMinor == 11_000 && payment.lastError == nil)
        // From now on it is this payment's sum, without an admin.
        #expect(payment.take(report) == .unchanged)
        #expect(
            payment.take(.sample(.shipped, amount: 11_000)) == .applied([.status(.paymentShipped, previous: .held)]))
        #expect(
            payment.take(.sample(.closed, from: .query, amount: 11_000, refundStatus: "REFUND_SUCCESS"))
                == .applied([.status(.paymentCanceled, previous: .shipped), .refunded(amountMinor: 11_000)]))
    }

    @Test(arguments: [nil, 0, -1, Int64.min] as [Int64?])
    func `an admin cannot accept a sum that is none`(amount: Int64?) {
        var payment = Payment.sample()
        #expect(payment.apply(.sample(.held, from: .query, amount: amount), accepting) == .amountMismatch)
        #expect(payment.status == .requiresAction && payment.amountPaidMinor == nil)
    }

    @Test func `an accepted sum pays a payment that had expired, as late`() {
        var payment = Payment.expired
        let report = TradeReport.sample(.succeeded(refundable: true), from: .query, amount: 11_000)
        #expect(payment.apply(report, accepting) == .applied([.status(.paymentLateSuccess, previous: .expired)]))
        #expect(payment.amountPaidMinor == 11_000 && payment.late)
    }

    @Test func `accepting changes nothing of what was paid before`() {
        var payment = Payment.held
        let report = TradeReport.sample(.shipped, from: .query, amount: 11_000)
        #expect(payment.apply(report, accepting) == .applied([.status(.paymentShipped, previous: .held)]))
        #expect(payment.amountPaidMinor == price)
    }

    private let accepting = ApplyContext(
        nowMs: reportedAt, canQuery: true, isKnownDuplicate: false, acceptsAmount: true)
}
