import Payments
import Testing

/// Every status against everything that Alipay can say of the trade (product.md "Statuses", Alipay's life cycles).
struct TransitionTableTests {
    /// Alipay was asked; whether the contract has queries no longer matters.
    @Test(arguments: [true, false])
    func `a query's answer moves every status as the contract says`(canQuery: Bool) throws {
        try check(
            """
            payment      wait   confirming  frozen      held    shipped  success  finished  closed      closed-paid  closed-refunded
            open         words  processing  frozen      held    shipped  success  finished  expired     refund-out   refund-out
            cancel-asked words  processing  frozen      held    shipped  success  finished  canceled    refund-out   refund-out
            confirming   stale  unchanged   money       held    shipped  success  finished  expired     refund-out   refund-out
            frozen       stale  stale       unchanged   held    shipped  success  finished  refund-out  refund-out   refund-out
            held         stale  stale       words       unchanged shipped success finished  refund-out  refund-out   refund-out
            shipped      stale  stale       words       stale   unchanged success finished  refund-out  refund-out   refund-out
            success      stale  stale       stale       stale   stale    unchanged over     refund      refund       refund
            finished     stale  stale       stale       stale   stale    stale    unchanged refund      refund       refund
            given-back   stale  stale       stale       stale   stale    stale    words     unchanged   unchanged    unchanged
            canceled     stale  stale       late-frozen late-held late-shipped late-success late-finished unchanged refund refund
            expired      stale  stale       late-frozen late-held late-shipped late-success late-finished unchanged refund refund
            refunded-out stale  stale       stale       stale   stale    stale    stale     unchanged   unchanged    unchanged
            """, from: .query, canQuery: canQuery)
    }

    @Test func `a notification moves every status, and asks where it must not be believed`() throws {
        try check(
            """
            payment      wait   confirming  frozen      held    shipped  success  finished  closed      closed-paid  closed-refunded
            open         words  processing  frozen      held    shipped  success  finished  expired     ask-closed   ask-closed
            cancel-asked words  processing  frozen      held    shipped  success  finished  canceled    ask-closed   ask-closed
            confirming   stale  unchanged   money       held    shipped  success  finished  expired     ask-closed   ask-closed
            frozen       stale  stale       unchanged   held    shipped  success  finished  ask-closed  ask-closed   ask-closed
            held         stale  stale       words       unchanged shipped success finished  ask-closed  ask-closed   ask-closed
            shipped      stale  stale       words       stale   unchanged success finished  ask-closed  ask-closed   ask-closed
            success      stale  stale       stale       stale   stale    unchanged over     ask-closed  ask-closed   ask-closed
            finished     stale  stale       stale       stale   stale    stale    unchanged ask-closed  ask-closed   ask-closed
            given-back   stale  stale       stale       stale   stale    stale    words     ask-closed  ask-closed   ask-closed
            canceled     stale  stale       ask-late    ask-late ask-late ask-late ask-late unchanged   ask-closed   ask-closed
            expired      stale  stale       ask-late    ask-late ask-late ask-late ask-late unchanged   ask-closed   ask-closed
            refunded-out stale  stale       stale       stale   stale    stale    stale     ask-closed  ask-closed   ask-closed
            """, from: .notification, canQuery: true)
    }

    /// A confirmed notification is then the best word there is, except of a close that may have been paid.
    @Test func `a notification under a contract without queries does where it can`() throws {
        try check(
            """
            payment      wait   confirming  frozen      held    shipped  success  finished  closed      closed-paid  closed-refunded
            open         words  processing  frozen      held    shipped  success  finished  expired     ask-closed   refund-out
            cancel-asked words  processing  frozen      held    shipped  success  finished  canceled    ask-closed   refund-out
            confirming   stale  unchanged   money       held    shipped  success  finished  expired     ask-closed   refund-out
            frozen       stale  stale       unchanged   held    shipped  success  finished  ask-closed  ask-closed   refund-out
            held         stale  stale       words       unchanged shipped success finished  ask-closed  ask-closed   refund-out
            shipped      stale  stale       words       stale   unchanged success finished  ask-closed  ask-closed   refund-out
            success      stale  stale       stale       stale   stale    unchanged over     refund      refund       refund
            finished     stale  stale       stale       stale   stale    stale    unchanged refund      refund       refund
            given-back   stale  stale       stale       stale   stale    stale    words     unchanged   unchanged    unchanged
            canceled     stale  stale       late-frozen late-held late-shipped late-success late-finished unchanged ask-closed refund
            expired      stale  stale       late-frozen late-held late-shipped late-success late-finished unchanged ask-closed refund
            refunded-out stale  stale       stale       stale   stale    stale    stale     ask-closed  ask-closed   unchanged
            """, from: .notification, canQuery: false)
    }

    private func check(_ table: String, from source: TradeReport.Source, canQuery: Bool) throws {
        let rows = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let columns = try #require(rows.first).dropFirst()
        #expect(rows.dropFirst().map { $0[0] } == starts.map(\.name) && Array(columns) == reports.map(\.name))
        for (row, start) in zip(rows.dropFirst(), starts) {
            try #require(row.count == reports.count + 1)
            for (cell, report) in zip(row.dropFirst(), reports) {
                let said = report.report(source)
                var payment = start.payment
                let transition = payment.apply(said, .sample(canQuery: canQuery))
                let expected = try #require(
                    outcome(cell, of: start.payment, said), "an unknown word in the table: \(cell)")
                let place: Comment = "\(start.name) × \(report.name) from \(source), queries \(canQuery): \(cell)"
                #expect(transition == expected.transition, place)
                #expect(payment == expected.payment, place)
            }
        }
    }

    /// What a cell means: the whole payment after it, and the transition.
    private func outcome(
        _ cell: String, of start: Payment, _ report: TradeReport
    ) -> (transition: Transition, payment: Payment)? {
        switch cell {
        case "unchanged": return (.unchanged, start)
        case "stale": return (.stale, start)
        case "ask-closed": return (.needsQuery(.closedAfterPayment), start)
        case "ask-late": return (.needsQuery(.latePayment), start)
        default: break
        }
        var after = start
        after.provider.tradeNo = firstTrade
        after.provider.status = report.word
        after.updatedAtMs = reportedAt
        let was = start.status
        func to(_ status: PaymentStatus, _ facts: Fact..., paid: Int64? = price) -> (Transition, Payment) {
            after.status = status
            after.amountPaidMinor = paid
            if status == .succeeded && was != .succeeded { after.succeededAtMs = reportedAt }
            if status == .held && was != .held { after.heldAtMs = reportedAt }
            return (.applied(facts), after)
        }
        if cell.hasPrefix("late-") { after.late = true }
        switch cell {
        case "words": return to(was, paid: start.amountPaidMinor)
        case "money": return to(was)
        case "processing": return to(.processing, .status(.paymentProcessing, previous: was), paid: nil)
        case "frozen", "late-frozen": return to(.processing, .status(.paymentProcessing, previous: was))
        case "held": return to(.held, .status(.paymentHeld, previous: was))
        case "shipped": return to(.shipped, .status(.paymentShipped, previous: was))
        case "finished": return to(.succeeded, .status(.paymentSucceeded, previous: was))
        case "expired": return to(.expired, .status(.paymentExpired, previous: was), paid: nil)
        case "canceled": return to(.canceled, .status(.paymentCanceled, previous: was), paid: nil)
        case "late-held": return to(.held, .status(.paymentLateSuccess, previous: was))
        case "late-shipped": return to(.shipped, .status(.paymentLateSuccess, previous: was))
        case "late-finished": return to(.succeeded, .status(.paymentLateSuccess, previous: was))
        case "success":
            after.refundable = true
            return to(.succeeded, .status(.paymentSucceeded, previous: was))
        case "late-success":
            after.refundable = true
            return to(.succeeded, .status(.paymentLateSuccess, previous: was))
        case "over":
            after.refundable = false
            return to(.succeeded, .updated)
        case "refund":
            after.refundable = false
            after.amountRefundedMinor = price
            return to(was, .refunded(amountMinor: price))
        case "refund-out":
            after.amountRefundedMinor = price
            return to(.canceled, .status(.paymentCanceled, previous: was), .refunded(amountMinor: price))
        default: return nil
        }
    }

    /// The statuses, those apart whose past matters.
    private let starts: [(name: String, payment: Payment)] = [
        ("open", .sample()),
        ("cancel-asked", .sample(cancelRequested: true)),
        ("confirming", .sample(.processing, word: "WAIT_SYS_CONFIRM_PAY")),
        ("frozen", .sample(.processing, paid: price, word: "TRADE_PENDING")),
        ("held", .held),
        ("shipped", .sample(.shipped, paid: price, word: "WAIT_BUYER_CONFIRM_GOODS")),
        ("success", .succeeded),
        ("finished", .finished),
        ("given-back", .sample(.succeeded, paid: price, refunded: price, word: "TRADE_CLOSED")),
        ("canceled", .canceled),
        ("expired", .expired),
        ("refunded-out", .sample(.canceled, paid: price, refunded: price, word: "TRADE_CLOSED")),
    ]

    /// The states, `closed` with and without a sign that it was paid.
    private let reports: [(name: String, report: @Sendable (TradeReport.Source) -> TradeReport)] = [
        ("wait", { .sample(.waitingForBuyer, from: $0) }),
        ("confirming", { .sample(.confirming, from: $0) }),
        ("frozen", { .sample(.frozen, from: $0) }),
        ("held", { .sample(.held, from: $0) }),
        ("shipped", { .sample(.shipped, from: $0) }),
        ("success", { .sample(.succeeded(refundable: true), from: $0) }),
        ("finished", { .sample(.succeeded(refundable: false), from: $0) }),
        ("closed", { .sample(.closed, from: $0) }),
        ("closed-paid", { .sample(.closed, from: $0, paidAt: createdAt + 20_000) }),
        ("closed-refunded", { .sample(.closed, from: $0, refundStatus: "REFUND_SUCCESS") }),
    ]
}
