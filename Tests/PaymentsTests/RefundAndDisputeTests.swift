import Payments
import Testing

/// What Alipay does with the money on its own, and how a dispute shows.
struct RefundAndDisputeTests {
    private let refundNotice = TradeReport.sample(.succeeded(refundable: true), refundStatus: "REFUND_SUCCESS")

    @Test func `a refund on Alipay's site is asked about, then counted once`() {
        var payment = Payment.succeeded
        #expect(payment.take(refundNotice) == .needsQuery(.refundWithoutAmount))
        #expect(payment == .succeeded)

        let answer = TradeReport.sample(
            .succeeded(refundable: true), from: .query, refundStatus: "REFUND_SUCCESS", refunded: 5_000)
        #expect(payment.take(answer) == .applied([.refunded(amountMinor: 5_000)]))
        #expect(payment.amountRefundedMinor == 5_000 && payment.status == .succeeded && payment.refundable)
        #expect(payment.take(answer) == .unchanged)

        let more = TradeReport.sample(
            .succeeded(refundable: true), from: .query, refundStatus: "REFUND_SUCCESS", refunded: 6_000)
        #expect(payment.take(more) == .applied([.refunded(amountMinor: 1_000)]))
        #expect(payment.take(answer) == .unchanged)
        #expect(payment.amountRefundedMinor == 6_000)
    }

    @Test func `a full refund before it closes, and then closed, is counted once`() {
        var payment = Payment.succeeded
        #expect(
            payment.take(.sample(.succeeded(refundable: true), from: .query, refunded: price))
                == .applied([.refunded(amountMinor: price)]))
        #expect(
            payment.take(.sample(.closed, from: .query, refundStatus: "REFUND_SUCCESS", refunded: price))
                == .applied([]))
        #expect(payment.amountRefundedMinor == price && payment.status == .succeeded && !payment.refundable)
    }

    @Test(arguments: [price + 1, Int64.max])
    func `no more is given back than was paid`(told: Int64) {
        var payment = Payment.succeeded
        #expect(
            payment.take(.sample(.succeeded(refundable: true), from: .query, refunded: told))
                == .applied([.refunded(amountMinor: price)]))
        #expect(payment.amountRefundedMinor == price)
    }

    @Test(arguments: [0, 4_999, -1, Int64.min])
    func `a sum below what is known takes nothing back`(told: Int64) {
        var payment = Payment.sample(.succeeded, paid: price, refunded: 5_000, refundable: true, word: "TRADE_SUCCESS")
        let before = payment
        #expect(payment.take(.sample(.succeeded(refundable: true), from: .query, refunded: told)) == .unchanged)
        #expect(payment == before)
    }

    @Test func `part of an escrow's money given back leaves the rest held`() {
        var payment = Payment.held
        #expect(payment.take(.sample(.held, from: .query, refunded: 50)) == .applied([.refunded(amountMinor: 50)]))
        #expect(payment.status == .held)
    }

    @Test func `success and a refund in one answer are two facts in that order`() {
        var payment = Payment.sample()
        #expect(payment.take(refundNotice) == .needsQuery(.refundWithoutAmount))
        #expect(payment == .sample())
        let answer = TradeReport.sample(
            .succeeded(refundable: true), from: .query, refundStatus: "REFUND_SUCCESS", refunded: 10)
        #expect(
            payment.take(answer)
                == .applied([.status(.paymentSucceeded, previous: .requiresAction), .refunded(amountMinor: 10)]))
    }

    @Test func `a contract without queries says that it does not know how much went back, once`() {
        var payment = Payment.succeeded
        #expect(payment.take(refundNotice, canQuery: false) == .applied([]))
        #expect(payment.lastError?.code == "refund_amount_unknown" && payment.amountRefundedMinor == 0)
        #expect(payment.take(refundNotice, canQuery: false) == .unchanged)

        // Closed later, the whole sum is known.
        #expect(
            payment.take(.sample(.closed, refundStatus: "REFUND_SUCCESS"), canQuery: false)
                == .applied([.refunded(amountMinor: price)]))
        #expect(payment.lastError == nil)
    }

    @Test(arguments: [nil, 0] as [Int64?])
    func `a query that tells of a refund but not of its amount does not lose the refund`(told: Int64?) {
        var payment = Payment.succeeded
        let answer = TradeReport.sample(
            .succeeded(refundable: true), from: .query, refundStatus: "REFUND_SUCCESS", refunded: told)
        #expect(payment.take(answer) == .applied([]))
        #expect(payment.lastError?.code == "refund_amount_unknown")
        #expect(payment.take(answer) == .unchanged)

        let fuller = TradeReport.sample(
            .succeeded(refundable: true), from: .query, refundStatus: "REFUND_SUCCESS", refunded: 5_000)
        #expect(payment.take(fuller) == .applied([.refunded(amountMinor: 5_000)]))
        #expect(payment.lastError == nil)
    }

    @Test func `a dispute begins, moves and ends, each told once, and the status stays`() {
        var payment = Payment.held
        for word in [
            "WAIT_SELLER_AGREE", "SELLER_REFUSE_BUYER", "WAIT_BUYER_RETURN_GOODS", "WAIT_SELLER_CONFIRM_GOODS",
        ] {
            let answer = TradeReport.sample(.held, from: .query, refundStatus: word)
            #expect(payment.take(answer) == .applied([.updated]))
            #expect(payment.provider.dispute == word && payment.status == .held)
            #expect(payment.take(answer) == .unchanged)
            #expect(payment.take(.sample(.held, refundStatus: word)) == .unchanged)
        }
        // A report that says nothing of it ends nothing.
        #expect(payment.take(.sample(.held, from: .query)) == .unchanged)
        #expect(payment.take(.sample(.held, from: .query, refundStatus: "REFUND_CLOSED")) == .applied([.updated]))
        #expect(payment.provider.dispute == nil && payment.status == .held && payment.amountRefundedMinor == 0)
    }

    @Test func `a notification does not move a dispute where Alipay can be asked, for it may be an old one`() {
        var payment = Payment.held
        let began = TradeReport.sample(.held, refundStatus: "WAIT_SELLER_AGREE")
        #expect(payment.take(began) == .needsQuery(.disputeMoved))
        #expect(payment == .held)

        #expect(payment.take(began, canQuery: false) == .applied([.updated]))
        #expect(payment.provider.dispute == "WAIT_SELLER_AGREE")
        #expect(payment.take(.sample(.held, refundStatus: "REFUND_CLOSED")) == .needsQuery(.disputeMoved))
        #expect(payment.take(.sample(.held, refundStatus: "REFUND_CLOSED"), canQuery: false) == .applied([.updated]))
        #expect(payment.provider.dispute == nil)
    }

    @Test func `a dispute that ends in a refund out of escrow is one fact each`() {
        var payment = Payment.held
        _ = payment.take(.sample(.held, from: .query, refundStatus: "WAIT_SELLER_AGREE"))
        let closed = TradeReport.sample(.closed, from: .query, paidAt: createdAt, refundStatus: "REFUND_SUCCESS")
        #expect(
            payment.take(closed)
                == .applied([
                    .status(.paymentCanceled, previous: .held), .refunded(amountMinor: price), .updated,
                ]))
        #expect(payment.provider.dispute == nil)
        #expect(payment.take(closed) == .unchanged)
    }

    @Test func `a dispute that comes with the end of the window is one update`() {
        var payment = Payment.succeeded
        let report = TradeReport.sample(
            .succeeded(refundable: false), from: .query, refundStatus: "WAIT_SELLER_AGREE")
        #expect(payment.take(report) == .applied([.updated]))
        #expect(!payment.refundable && payment.provider.dispute == "WAIT_SELLER_AGREE")
    }

    @Test func `a dispute with a step forward is told after the step`() {
        var payment = Payment.held
        #expect(
            payment.take(.sample(.shipped, from: .query, refundStatus: "WAIT_SELLER_AGREE"))
                == .applied([.status(.paymentShipped, previous: .held), .updated]))
    }
}
