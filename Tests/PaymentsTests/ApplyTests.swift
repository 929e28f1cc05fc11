import Payments
import Testing

/// The stories that a table of single reports does not tell.
struct ApplyTests {
    // MARK: Late payments

    @Test(arguments: [Payment.expired, Payment.canceled])
    func `a payment that was over and is paid after all waits for a query, then is late`(before: Payment) {
        var payment = before
        #expect(payment.take(.sample(.succeeded(refundable: true))) == .needsQuery(.latePayment))
        #expect(payment == before)

        let transition = payment.take(.sample(.succeeded(refundable: true), from: .query))
        #expect(transition == .applied([.status(.paymentLateSuccess, previous: before.status)]))
        #expect(payment.status == .succeeded && payment.late && payment.refundable)
        #expect(payment.amountPaidMinor == price && payment.succeededAtMs == reportedAt)
    }

    @Test func `a late payment into escrow is told as late once, and goes on as any other`() {
        var payment = Payment.expired
        #expect(
            payment.take(.sample(.held, from: .query)) == .applied([.status(.paymentLateSuccess, previous: .expired)]))
        #expect(payment.take(.sample(.shipped)) == .applied([.status(.paymentShipped, previous: .held)]))
        #expect(
            payment.take(.sample(.succeeded(refundable: false)))
                == .applied([.status(.paymentSucceeded, previous: .shipped)]))
        #expect(payment.late)
    }

    @Test func `a late payment that is frozen at first is told as late when the money is there`() {
        var payment = Payment.canceled
        #expect(
            payment.take(.sample(.frozen, from: .query)) == .applied([.status(.paymentProcessing, previous: .canceled)])
        )
        #expect(payment.late)
        #expect(
            payment.take(.sample(.succeeded(refundable: true)))
                == .applied([.status(.paymentLateSuccess, previous: .processing)]))
    }

    @Test func `a payment that was closed and paid back takes no late report of its own trade`() {
        var payment = Payment.held
        _ = payment.take(.sample(.closed, from: .query, refundStatus: "REFUND_SUCCESS"))
        let before = payment
        #expect(payment.status == .canceled)
        #expect(payment.take(.sample(.held, from: .query)) == .stale)
        #expect(payment.take(.sample(.succeeded(refundable: true), from: .query)) == .stale)
        #expect(payment == before)
    }

    // MARK: A bank that confirms

    /// Messages overtake one another, and what a bank is confirming nobody may cancel.
    @Test func `an overtaken message that the buyer has not paid yet does not end a bank's confirmation`() {
        var payment = Payment.sample(channel: .qr)
        _ = payment.take(.sample(.confirming))
        let confirming = payment
        #expect(payment.take(.sample(.waitingForBuyer)) == .stale)
        #expect(payment == confirming)
        #expect(payment.take(.sample(.waitingForBuyer, from: .query)) == .applied([]))
        #expect(!payment.isConfirming)
    }

    // MARK: A frozen account

    @Test func `a seller's frozen account is processing before the money is held and only a word after it`() {
        var payment = Payment.sample()
        #expect(
            payment.take(.sample(.frozen)) == .applied([.status(.paymentProcessing, previous: .requiresAction)]))
        #expect(payment.amountPaidMinor == price)
        #expect(payment.take(.sample(.held)) == .applied([.status(.paymentHeld, previous: .processing)]))
        #expect(payment.take(.sample(.frozen)) == .applied([]))
        #expect(payment.status == .held && payment.provider.status == "TRADE_PENDING")
        #expect(payment.take(.sample(.held)) == .applied([]))
        #expect(payment.provider.status == "WAIT_SELLER_SEND_GOODS")
    }

    @Test func `a bank's confirmation that is overtaken by the paid, frozen trade is stale`() {
        var payment = Payment.sample()
        _ = payment.take(.sample(.frozen))
        let before = payment
        #expect(payment.take(.sample(.confirming)) == .stale)
        #expect(payment == before)
    }

    // MARK: Two trades

    @Test func `a paid trade takes the place of one that nobody paid`() {
        var payment = Payment.sample()
        _ = payment.take(.sample(.waitingForBuyer))
        #expect(payment.provider.tradeNo == firstTrade)
        #expect(payment.take(.sample(.waitingForBuyer, trade: secondTrade)) == .unchanged)
        #expect(payment.take(.sample(.closed, trade: secondTrade)) == .unchanged)
        #expect(payment.status == .requiresAction && payment.provider.tradeNo == firstTrade)

        let paid = TradeReport.sample(.succeeded(refundable: true), trade: secondTrade)
        #expect(payment.take(paid) == .applied([.status(.paymentSucceeded, previous: .requiresAction)]))
        #expect(payment.provider.tradeNo == secondTrade)

        // The one that gave way is closed later: that is no news of this payment.
        #expect(payment.take(.sample(.closed)) == .unchanged)
        #expect(payment.status == .succeeded)
    }

    @Test func `a second paid trade is told once and never touches the first`() {
        var payment = Payment.succeeded
        let before = payment
        let second = TradeReport.sample(
            .succeeded(refundable: true), trade: secondTrade, amount: 777, paidAt: createdAt + 9_000)
        let duplicate = DuplicateTrade(tradeNo: secondTrade, amountMinor: 777, paidAtMs: createdAt + 9_000)
        #expect(payment.take(second) == .applied([.duplicate(duplicate)]))
        var expected = before
        expected.updatedAtMs = reportedAt
        #expect(payment == expected)

        #expect(payment.take(second, isKnownDuplicate: true) == .unchanged)
        #expect(payment == expected)
    }

    @Test(arguments: [TradeState.frozen, .held, .shipped, .succeeded(refundable: true), .succeeded(refundable: false)])
    func `every state in which money came makes a second trade a duplicate`(state: TradeState) {
        var payment = Payment.held
        let transition = payment.take(.sample(state, trade: secondTrade))
        let duplicate = DuplicateTrade(tradeNo: secondTrade, amountMinor: price, paidAtMs: nil)
        #expect(transition == .applied([.duplicate(duplicate)]))
    }

    @Test(arguments: [TradeState.waitingForBuyer, .confirming, .closed])
    func `a second trade without money is no news`(state: TradeState) {
        var payment = Payment.held
        #expect(payment.take(.sample(state, trade: secondTrade, refundStatus: "REFUND_SUCCESS")) == .unchanged)
        #expect(payment == .held)
    }

    @Test func `a second trade whose amount is not told is a mismatch, not a duplicate of nothing`() {
        var payment = Payment.succeeded
        #expect(payment.take(.sample(.held, trade: secondTrade, amount: nil)) == .amountMismatch)
        #expect(payment.status == .succeeded && payment.amountPaidMinor == price)
        #expect(payment.mismatch == ["12050", ""])
    }

    // MARK: Amounts

    @Test func `another amount leaves the status, says both amounts, and the right amount clears it`() {
        var payment = Payment.sample()
        #expect(payment.take(.sample(.succeeded(refundable: true), amount: 11_000)) == .amountMismatch)
        var expected = Payment.sample()
        expected.updatedAtMs = reportedAt
        expected.lastError = payment.lastError
        #expect(payment == expected)
        #expect(payment.mismatch == ["12050", "11000"])
        #expect(payment.lastError?.message == "the provider reports 11000 fen for this payment of 12050 fen")
        #expect(payment.lastError?.atMs == reportedAt)

        _ = payment.take(.sample(.succeeded(refundable: true)))
        #expect(payment.status == .succeeded && payment.lastError == nil)
    }

    @Test(arguments: [TradeState.frozen, .held, .shipped, .succeeded(refundable: true), .succeeded(refundable: false)])
    func `whatever says that money came is held against the amount`(state: TradeState) {
        for amount in [nil, 0, -price, price - 1, price + 1, price + 2_000, price + 3_000, Int64.max, Int64.min]
            as [Int64?]
        {
            var payment = Payment.sample()
            #expect(payment.take(.sample(state, amount: amount)) == .amountMismatch)
            #expect(payment.status == .requiresAction && payment.amountPaidMinor == nil)
        }
    }

    @Test func `a fee that the buyer pays may come on top`() {
        var payment = Payment.sample()
        _ = payment.take(.sample(.held, amount: price + buyersFee))
        #expect(payment.status == .held && payment.amountPaidMinor == price + buyersFee)
    }

    @Test func `an unpaid trade's amount is not looked at`() {
        var payment = Payment.sample()
        #expect(payment.take(.sample(.waitingForBuyer, amount: 1)) == .applied([]))
        #expect(
            payment.take(.sample(.confirming, amount: nil))
                == .applied([.status(.paymentProcessing, previous: .requiresAction)]))
    }

    @Test(arguments: [
        (Payment.succeeded, TradeState.succeeded(refundable: true)),
        (Payment.held, TradeState.held),
        (Payment.held, TradeState.frozen),
    ])
    func `a mismatch on a paid payment is cleared by the next right amount`(before: Payment, state: TradeState) {
        var payment = before
        #expect(payment.take(.sample(state, amount: 1)) == .amountMismatch)
        #expect(payment.mismatch == ["12050", "1"] && payment.status == before.status)
        #expect(payment.take(.sample(state)) == .applied([]))
        #expect(payment.lastError == nil)
    }

    @Test func `a report that no money came clears no mismatch`() {
        var payment = Payment.sample()
        #expect(payment.take(.sample(.held, amount: 1)) == .amountMismatch)
        #expect(
            payment.take(.sample(.confirming)) == .applied([.status(.paymentProcessing, previous: .requiresAction)]))
        #expect(payment.mismatch == ["12050", "1"])
    }

    @Test func `what was paid stays what was paid, also where another amount could have been`() {
        var payment = Payment.sample()
        _ = payment.take(.sample(.held, amount: price + buyersFee))
        _ = payment.take(.sample(.held, from: .query, amount: price + buyersFee, refunded: price + 500))
        #expect(payment.amountRefundedMinor == price + 500)
        _ = payment.take(.sample(.shipped, amount: price))
        #expect(payment.status == .shipped)
        #expect(payment.amountPaidMinor == price + buyersFee)
    }

    // MARK: Closed

    @Test func `a close without any sign of payment is an expiry, or the cancel that was asked for`() {
        var expired = Payment.sample()
        #expect(expired.take(.sample(.closed)) == .applied([.status(.paymentExpired, previous: .requiresAction)]))
        var canceled = Payment.sample(cancelRequested: true)
        #expect(canceled.take(.sample(.closed)) == .applied([.status(.paymentCanceled, previous: .requiresAction)]))
        #expect(expired.amountPaidMinor == nil && canceled.amountPaidMinor == nil)
    }

    @Test func `a close after success keeps the status and gives back the rest`() {
        var payment = Payment.sample(.succeeded, paid: price, refunded: 5_000, refundable: true, word: "TRADE_SUCCESS")
        #expect(payment.take(.sample(.closed, from: .query)) == .applied([.refunded(amountMinor: 7_050)]))
        #expect(payment.status == .succeeded && !payment.refundable && payment.amountRefundedMinor == price)
    }

    @Test(arguments: [0, 5_000, price, price + 1, Int64.max])
    func `a closed trade that was paid is given back whole, whatever sum the answer tells`(told: Int64) {
        var payment = Payment.held
        let transition = payment.take(.sample(.closed, from: .query, paidAt: createdAt, refunded: told))
        #expect(
            transition
                == .applied([.status(.paymentCanceled, previous: .held), .refunded(amountMinor: price)]))
        #expect(payment.amountRefundedMinor == price)
    }

    @Test func `a sum that was never accepted and has gone back closes the payment, and its error stays`() {
        var payment = Payment.sample()
        _ = payment.take(.sample(.held, from: .query, amount: 5))
        let closed = TradeReport.sample(.closed, from: .query, amount: 5, refundStatus: "REFUND_SUCCESS")
        #expect(payment.take(closed) == .applied([.status(.paymentCanceled, previous: .requiresAction)]))
        #expect(payment.mismatch == ["12050", "5"])
        #expect(payment.amountPaidMinor == nil && payment.amountRefundedMinor == 0)
        #expect(payment.take(closed) == .unchanged)
    }

    // MARK: Success and its window

    @Test func `success, then the end of the refund window, is told once`() {
        var payment = Payment.succeeded
        let finished = TradeReport.sample(.succeeded(refundable: false))
        #expect(payment.take(finished) == .applied([.updated]))
        #expect(payment.status == .succeeded && !payment.refundable)
        #expect(payment.succeededAtMs == Payment.succeeded.succeededAtMs)
        #expect(payment.take(finished) == .unchanged)
        #expect(payment.take(.sample(.succeeded(refundable: true))) == .stale)
        #expect(!payment.refundable)
    }

    @Test func `finished at once is a success that cannot be refunded`() {
        var payment = Payment.sample()
        let finished = TradeReport.sample(.succeeded(refundable: false))
        #expect(payment.take(finished) == .applied([.status(.paymentSucceeded, previous: .requiresAction)]))
        #expect(payment.status == .succeeded && !payment.refundable)
        #expect(payment.take(.sample(.succeeded(refundable: true))) == .stale)
    }

    @Test func `an escrow series that arrives in the wrong order ends the same`() {
        var payment = Payment.sample()
        #expect(payment.take(.sample(.shipped)) == .applied([.status(.paymentShipped, previous: .requiresAction)]))
        #expect(payment.take(.sample(.waitingForBuyer)) == .stale)
        #expect(payment.take(.sample(.held)) == .stale)
        #expect(
            payment.take(.sample(.succeeded(refundable: false)))
                == .applied([.status(.paymentSucceeded, previous: .shipped)]))
        #expect(payment.take(.sample(.shipped)) == .stale)
        #expect(payment.take(.sample(.waitingForBuyer)) == .stale)
    }

    @Test func `a buyer who becomes known is a detail, and is kept when a later report leaves them out`() {
        var payment = Payment.succeeded
        #expect(payment.take(.sample(.succeeded(refundable: true), buyer: "li***@example.com")) == .applied([]))
        #expect(payment.take(.sample(.succeeded(refundable: true))) == .unchanged)
        #expect(payment.provider.buyer == "li***@example.com")
    }

    @Test func `the number of events is the caller's`() {
        var payment = Payment.sample()
        payment.sequence = 3
        _ = payment.take(.sample(.succeeded(refundable: true)))
        #expect(payment.sequence == 3)
    }
}
