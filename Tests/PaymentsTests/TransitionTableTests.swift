import Payments
import Testing

/// Every status against everything that Alipay can say of the trade, each with its whole outcome: Fixtures/transitions.txt.
struct TransitionTableTests {
    @Test func `the table has every payment and word once, in every way that it can come`() throws {
        let expected = TransitionTable.Channel.allCases.flatMap { channel in
            TransitionTable.payments.flatMap { payment in
                TransitionTable.words.map { "[\(channel.rawValue)] \(payment.name) \($0.name)" }
            }
        }
        let rows = try TransitionTable().rows.map { "[\($0.channel)] \($0.payment) \($0.word)" }
        #expect(rows == expected)
    }

    @Test func `the table's payments have every status`() {
        #expect(Set(TransitionTable.payments.map(\.payment.status)) == Set(PaymentStatus.allCases))
    }

    @Test func `a notification moves every status, and asks where it must not be believed`() throws {
        try check(.notification, canQuery: true)
    }

    @Test func `a notification under a contract without queries does where it can`() throws {
        try check(.notificationOnly, canQuery: false)
    }

    @Test(arguments: [true, false])
    func `a query's answer moves every status as the contract says`(canQuery: Bool) throws {
        try check(.query, canQuery: canQuery)
    }

    private func check(_ channel: TransitionTable.Channel, canQuery: Bool) throws {
        for row in try TransitionTable().rows where row.channel == channel.rawValue {
            let payment = try #require(TransitionTable.payments.first { $0.name == row.payment }).payment
            let word = try #require(TransitionTable.words.first { $0.name == row.word })
            for (column, cell) in zip(TransitionTable.columns, row.cells) {
                for refundStatus in refundStatuses(column) {
                    let report = TransitionTable.report(word, refundStatus: refundStatus, channel)
                    let expected = try #require(Outcome(cell, of: payment, report), "an unknown cell: \(cell)")
                    var after = payment
                    let transition = after.apply(report, .sample(canQuery: canQuery))
                    let place: Comment = "\(row.payment) × \(row.word) × \(refundStatus ?? "none"): \(cell)"
                    #expect(transition == expected.transition, place)
                    #expect(after == expected.payment, place)
                }
            }
        }
    }

    private func refundStatuses(_ column: String) -> [String?] {
        switch column {
        case "none": [nil]
        case "later": TransitionTable.laterDisputes
        default: [column]
        }
    }
}

/// What a cell says: the transition, and the whole payment after it. Nil for a cell that is none.
private struct Outcome {
    private(set) var transition: Transition
    private(set) var payment: Payment

    init?(_ cell: String, of before: Payment, _ report: TradeReport) {
        payment = before
        switch cell {
        case "same": transition = .unchanged
        case "stale": transition = .stale
        case "?closed": transition = .needsQuery(.closedAfterPayment)
        case "?late": transition = .needsQuery(.latePayment)
        case "?refund": transition = .needsQuery(.refundWithoutAmount)
        case "?dispute": transition = .needsQuery(.disputeMoved)
        default:
            transition = .unchanged
            payment.provider.tradeNo = firstTrade
            payment.provider.status = report.word
            payment.updatedAtMs = reportedAt
            var facts: [Fact] = []
            for change in cell.split(separator: ",") {
                guard take(String(change), of: before, report, &facts) else { return nil }
            }
            transition = .applied(facts)
        }
    }

    private mutating func take(
        _ change: String, of before: Payment, _ report: TradeReport, _ facts: inout [Fact]
    ) -> Bool {
        switch change {
        case "word": break
        case "behind":
            payment.provider.tradeNo = before.provider.tradeNo
            payment.provider.status = before.provider.status
        case "paid": payment.amountPaidMinor = 12_050
        case "late": payment.late = true
        case "refundable": payment.refundable = true
        case "final": payment.refundable = false
        case "over":
            payment.refundable = false
            facts.append(.updated)
        case "disputed", "settled":
            payment.provider.dispute = change == "settled" ? nil : report.refundStatus
            if !facts.contains(.updated) { facts.append(.updated) }
        case "cleared": payment.lastError = nil
        case "unknown":
            payment.lastError = LastError(
                code: "refund_amount_unknown", message: "the provider reports a refund but not its amount",
                atMs: reportedAt, details: [MetadataEntry(key: "trade_no", value: firstTrade)])
        case _ where change.hasPrefix("back:"):
            guard let amountMinor = Int64(change.dropFirst(5)) else { return false }
            payment.amountRefundedMinor += amountMinor
            facts.append(.refunded(amountMinor: amountMinor))
        default: return enter(change, of: before, &facts)
        }
        return true
    }

    private mutating func enter(_ change: String, of before: Payment, _ facts: inout [Fact]) -> Bool {
        let isLate = change.hasPrefix("late:")
        guard let status = PaymentStatus(rawValue: isLate ? String(change.dropFirst(5)) : change),
            let type = isLate ? .paymentLateSuccess : status.eventType
        else { return false }
        payment.status = status
        if isLate { payment.late = true }
        if status == .held { payment.heldAtMs = reportedAt }
        if status == .succeeded { payment.succeededAtMs = reportedAt }
        facts.append(.status(type, previous: before.status))
        return true
    }
}
