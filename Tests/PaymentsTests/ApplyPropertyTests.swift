import Payments
import Support
import Testing

/// What must hold of `apply`, whatever Alipay says in whatever order.
struct ApplyPropertyTests {
    private static let sequences = 2_000
    private static let reportsEach = 14

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `no sequence of reports breaks a rule of money`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for sequence in 0..<Self.sequences {
            var payment = Payment.sample(cancelRequested: Bool.random(using: &random))
            var told = Told()
            for step in 0..<Self.reportsEach {
                if payment.status == .requiresAction, Int.random(in: 0..<12, using: &random) == 0 {
                    // Our own clock, or the merchant's cancel.
                    payment.status = Bool.random(using: &random) ? .expired : .canceled
                }
                let report = randomReport(&random)
                let canQuery = Bool.random(using: &random)
                let problem = check(&payment, report, canQuery, Int64(step), &told)
                if let problem {
                    Issue.record("seed \(seed), sequence \(sequence), step \(step): \(problem)\n\(report)\n\(payment)")
                    return
                }
            }
        }
    }

    @Test func `the random reports reach every kind of transition and fact`() {
        var random = SeededGenerator(seed: 9)
        var seen = Set<String>()
        for _ in 0..<2_000 {
            var payment = Payment.sample()
            var told = Told()
            for step in 0..<Self.reportsEach {
                let known = told.duplicates
                let report = randomReport(&random)
                let context = ApplyContext(
                    nowMs: Int64(step), canQuery: Bool.random(using: &random),
                    isKnownDuplicate: known.contains(report.tradeNo))
                let transition = payment.apply(report, context)
                told.count(transition)
                seen.formUnion(kinds(transition))
            }
        }
        let types: [EventType] = [
            .paymentProcessing, .paymentHeld, .paymentShipped, .paymentSucceeded, .paymentCanceled, .paymentExpired,
            .paymentLateSuccess,
        ]
        let reasons: [QueryReason] = [.closedAfterPayment, .latePayment, .refundWithoutAmount, .disputeMoved]
        let others = ["details", "unchanged", "stale", "amountMismatch", "updated", "refunded", "duplicate"]
        #expect(seen == Set(types.map(\.rawValue) + reasons.map(\.rawValue) + others))
    }

    /// What the merchant has been told of one payment.
    private struct Told {
        var refunded: Int64 = 0
        var duplicates = Set<String>()
        var problem: String?

        mutating func count(_ transition: Transition) {
            guard case .applied(let facts) = transition else { return }
            for fact in facts {
                switch fact {
                case .refunded(let amount):
                    refunded += amount
                    if amount <= 0 { problem = "a refund of \(amount)" }
                case .duplicate(let trade):
                    if !duplicates.insert(trade.tradeNo).inserted { problem = "a duplicate told twice" }
                case .status, .updated: break
                }
            }
        }
    }

    /// Applies the report twice; answers which rule was broken.
    private func check(
        _ payment: inout Payment, _ report: TradeReport, _ canQuery: Bool, _ step: Int64, _ told: inout Told
    ) -> String? {
        let before = payment
        let now = reportedAt + step
        func context() -> ApplyContext {
            ApplyContext(nowMs: now, canQuery: canQuery, isKnownDuplicate: told.duplicates.contains(report.tradeNo))
        }
        let transition = payment.apply(report, context())
        told.count(transition)
        if let problem = told.problem { return problem }
        if let problem = broken(before, payment, transition, report) { return "\(problem) by \(transition)" }
        if payment.amountRefundedMinor != told.refunded { return "the refunds told are not the sum" }

        let once = payment
        let again = payment.apply(report, context())
        switch again {
        case .unchanged, .stale, .amountMismatch: break
        case .needsQuery where again == transition: break
        case .needsQuery, .applied: return "\(transition), then \(again) for the same report"
        }
        if (again == .amountMismatch) != (transition == .amountMismatch) { return "\(transition), then \(again)" }
        return payment == once ? nil : "the same report changed it twice"
    }

    private func broken(
        _ before: Payment, _ after: Payment, _ transition: Transition, _ report: TradeReport
    ) -> String? {
        switch transition {
        case .unchanged, .stale:
            return after == before ? nil : "a change"
        case .needsQuery:
            if report.source == .query { return "a query in answer to a query" }
            return after == before ? nil : "a change"
        case .amountMismatch:
            var expected = before
            expected.lastError = after.lastError
            expected.updatedAtMs = after.updatedAtMs
            return after == expected && after.mismatch != nil ? nil : "more than an error"
        case .applied(let facts):
            return brokenMoney(before, after, facts) ?? brokenStatus(before, after, facts)
        }
    }

    private func brokenMoney(_ before: Payment, _ after: Payment, _ facts: [Fact]) -> String? {
        if after.amountRefundedMinor > after.amountPaidMinor ?? 0 { return "more refunded than paid" }
        if let paid = before.amountPaidMinor, after.amountPaidMinor != paid { return "another amount paid" }
        if before.amountPaidMinor != nil, before.provider.tradeNo != after.provider.tradeNo { return "another trade" }
        if let paid = after.amountPaidMinor, ![price, price + buyersFee].contains(paid) { return "\(paid) fen paid" }
        let refunds = facts.reduce(Int64(0)) { sum, fact in
            if case .refunded(let amount) = fact { sum + amount } else { sum }
        }
        if after.amountRefundedMinor - before.amountRefundedMinor != refunds { return "a refund without its fact" }
        if after.provider.dispute != before.provider.dispute, !facts.contains(.updated) { return "a silent dispute" }
        let needsMoney: [PaymentStatus] = [.held, .shipped, .succeeded]
        if needsMoney.contains(after.status), after.amountPaidMinor == nil { return "\(after.status) without money" }
        if after.refundable, after.status != .succeeded { return "refundable while \(after.status)" }
        return nil
    }

    private func brokenStatus(_ before: Payment, _ after: Payment, _ facts: [Fact]) -> String? {
        let isLate = before.status.isClosed && !after.status.isClosed
        if isLate, before.amountPaidMinor != nil || !after.late { return "an end was left" }
        if !isLate, after.status.rank < before.status.rank { return "a step back" }
        if !isLate, before.status.rank == 4, after.status != before.status { return "one end for another" }
        if before.late && !after.late { return "late no more" }
        if before.status == .succeeded, after.refundable, !before.refundable { return "refundable again" }
        let told = facts.compactMap { fact in
            if case .status(let type, let previous) = fact { (type: type, previous: previous) } else { nil }
        }
        if before.status == after.status { return told.isEmpty ? nil : "a status told that did not change" }
        guard told.count == 1, told[0].previous == before.status else { return "not one fact for one change" }
        let type = told[0].type
        let isRight = type == after.status.eventType || (type == .paymentLateSuccess && after.late)
        return isRight ? nil : "\(type) for \(after.status)"
    }

    private func kinds(_ transition: Transition) -> [String] {
        switch transition {
        case .unchanged: return ["unchanged"]
        case .stale: return ["stale"]
        case .amountMismatch: return ["amountMismatch"]
        case .needsQuery(let reason): return [reason.rawValue]
        case .applied(let facts):
            guard !facts.isEmpty else { return ["details"] }
            return facts.map { fact in
                switch fact {
                case .status(let type, previous: _): type.rawValue
                case .updated: "updated"
                case .refunded: "refunded"
                case .duplicate: "duplicate"
                }
            }
        }
    }

    private func randomReport(_ random: inout SeededGenerator) -> TradeReport {
        let state: TradeState = random.pick([
            .waitingForBuyer, .confirming, .frozen, .held, .shipped, .succeeded(refundable: true),
            .succeeded(refundable: false), .closed,
        ])
        return .sample(
            state, from: random.pick([.notification, .query]),
            trade: random.pick([firstTrade, firstTrade, firstTrade, secondTrade]),
            amount: random.pick([price, price, price, price, price + buyersFee, 1, nil]),
            paidAt: random.pick([nil, createdAt]),
            refundStatus: random.pick([nil, nil, nil, "WAIT_SELLER_AGREE", "REFUND_SUCCESS", "REFUND_CLOSED"]),
            refunded: random.pick([nil, nil, 0, 5_000, price, price + buyersFee, Int64.max, Int64.min]),
            buyer: random.pick([nil, "li***@example.com"]))
    }
}
