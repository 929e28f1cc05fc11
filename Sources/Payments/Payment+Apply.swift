/// What a report of the provider did to a payment.
package enum Transition: Sendable, Hashable {
    /// The payment changed; each fact is one event, in this order. No fact: only details changed.
    case applied([Fact])
    /// It said what was known.
    case unchanged
    /// It would move the payment back.
    case stale
    /// The amount is none that this payment may have; only `lastError` changed.
    case amountMismatch
    /// It cannot be believed, or is not complete, without asking the provider about the trade.
    case needsQuery(QueryReason)
}

/// Something that the merchant is told.
package enum Fact: Sendable, Hashable {
    case status(EventType, previous: PaymentStatus)
    /// The refund window is over, or a dispute began, moved or ended.
    case updated
    /// The provider gave money back.
    case refunded(amountMinor: Int64)
    /// Another trade was paid for a payment that was paid.
    case duplicate(DuplicateTrade)
}

/// Why the provider has to be asked.
package enum QueryReason: String, Sendable, Hashable {
    /// Closed, and yet something says that it was paid.
    case closedAfterPayment
    /// Paid, after we had told the merchant that it was over.
    case latePayment
    /// Money went back, but not how much.
    case refundWithoutAmount
    /// A dispute is said to have moved, and messages overtake one another.
    case disputeMoved
}

/// A second trade that was paid for one payment.
package struct DuplicateTrade: Sendable, Hashable {
    package let tradeNo: String
    /// Fen.
    package let amountMinor: Int64
    package let paidAtMs: Int64?

    package init(tradeNo: String, amountMinor: Int64, paidAtMs: Int64?) {
        self.tradeNo = tradeNo
        self.amountMinor = amountMinor
        self.paidAtMs = paidAtMs
    }
}

/// Money that came for a payment and is not its `amountPaidMinor`; it can be refunded by its trade's number.
package struct OtherTrade: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A second trade of a payment that was paid.
        case duplicate
        /// Of a sum that the payment may not have, and nobody has accepted.
        case mismatch
    }

    package let tradeNo: String
    package let kind: Kind
    /// Fen.
    package let amountMinor: Int64
    package let paidAtMs: Int64?

    package init(tradeNo: String, kind: Kind, amountMinor: Int64, paidAtMs: Int64?) {
        self.tradeNo = tradeNo
        self.kind = kind
        self.amountMinor = amountMinor
        self.paidAtMs = paidAtMs
    }
}

/// What the caller knows besides the payment and the report.
package struct ApplyContext: Sendable {
    package let nowMs: Int64
    /// Whether the tenant's contract lets us ask about a trade; if not, a confirmed notification has to do where it can.
    package let canQuery: Bool
    /// Whether the report's trade is already known as a second trade of this payment.
    package let isKnownDuplicate: Bool
    /// The sum of the payment's own refunds that are under way: it may be part of what the provider says went back, and
    /// whether it is, those refunds find out for themselves.
    package let openRefundsMinor: Int64
    /// Whether an admin takes the reported amount, whatever it is.
    package let acceptsAmount: Bool

    package init(
        nowMs: Int64, canQuery: Bool, isKnownDuplicate: Bool, openRefundsMinor: Int64 = 0, acceptsAmount: Bool = false
    ) {
        self.nowMs = nowMs
        self.canQuery = canQuery
        self.isKnownDuplicate = isKnownDuplicate
        self.openRefundsMinor = openRefundsMinor
        self.acceptsAmount = acceptsAmount
    }
}

extension Payment {
    /// Moves the payment along by one confirmed report of the provider.
    ///
    /// Repeats have no effect, because Alipay repeats its notifications. The payment is changed only where the
    /// result is `applied` or `amountMismatch`; `sequence` is the caller's, who writes the events.
    package mutating func apply(_ report: TradeReport, _ context: ApplyContext) -> Transition {
        if isOtherTrade(report) { return applyOtherTrade(report, context) }
        var next = self
        var facts: [Fact] = []
        switch next.move(report, context, &facts) {
        case .done: break
        case .stop(.amountMismatch):
            noteMismatch(report, context)
            return .amountMismatch
        case .stop(.stale): return applyBehind(report, context)
        case .stop(let result): return result
        }
        if let query = next.trackRefund(report, context, &facts) { return .needsQuery(query) }
        if let query = next.trackDispute(report, context, &facts) { return .needsQuery(query) }
        next.learn(from: report)
        guard next != self else { return .unchanged }
        next.updatedAtMs = context.nowMs
        self = next
        return .applied(facts)
    }

    private enum Step {
        case done
        case stop(Transition)
    }

    /// The status, and the amount where the report says that money came.
    private mutating func move(_ report: TradeReport, _ context: ApplyContext, _ facts: inout [Fact]) -> Step {
        switch report.state {
        case .waitingForBuyer:
            // Messages overtake one another: that a bank does not confirm it any more is Alipay's answer alone to say.
            let isOvertaken = isConfirming && report.source != .query
            return isWaitingForBuyer && !isOvertaken ? .done : .stop(.stale)
        case .confirming: return advance(to: .processing, paidBy: nil, report, context, &facts)
        case .frozen: return advance(to: .processing, paidBy: report, report, context, &facts)
        case .held: return advance(to: .held, paidBy: report, report, context, &facts)
        case .shipped: return advance(to: .shipped, paidBy: report, report, context, &facts)
        case .succeeded(let refundable):
            return succeed(refundable: refundable, report, context, &facts)
        case .closed: return close(report, context, &facts)
        }
    }

    /// A payment that is made by a call of ours is `processing` while its outcome is open, a waiting buyer included.
    private var isWaitingForBuyer: Bool {
        status == .requiresAction || (isMadeByCall && status == .processing && amountPaidMinor == nil)
    }

    private mutating func succeed(
        refundable mayRefund: Bool, _ report: TradeReport, _ context: ApplyContext, _ facts: inout [Fact]
    ) -> Step {
        if status == .succeeded {
            guard takesAmount(of: report, context) else { return .stop(.amountMismatch) }
            if mayRefund && !refundable { return .stop(.stale) }
            if refundable && !mayRefund {
                refundable = false
                facts.append(.updated)
            }
            return .done
        }
        let step = advance(to: .succeeded, paidBy: report, report, context, &facts)
        if case .done = step { refundable = mayRefund }
        return step
    }

    /// Takes the status `target`, if that is a step forward; equal is fine, back is stale.
    private mutating func advance(
        to target: PaymentStatus, paidBy paid: TradeReport?, _ report: TradeReport, _ context: ApplyContext,
        _ facts: inout [Fact]
    ) -> Step {
        if paid != nil, !takesAmount(of: report, context) { return .stop(.amountMismatch) }
        if status.isClosed {
            guard paid != nil, amountPaidMinor == nil else { return .stop(.stale) }
            if report.source != .query && context.canQuery { return .stop(.needsQuery(.latePayment)) }
            late = true
        } else if target.rank < status.rank || (paid == nil && amountPaidMinor != nil) {
            // Frozen after held: the status stays, and the word shows in provider.status.
            let frozenInEscrow = report.state == .frozen && (status == .held || status == .shipped)
            return frozenInEscrow ? .done : .stop(.stale)
        }
        // What was paid is settled once: a refund may already count against it.
        if paid != nil { amountPaidMinor = amountPaidMinor ?? report.amountMinor }
        if target != status { enter(target, context, &facts) }
        return .done
    }

    private mutating func enter(_ target: PaymentStatus, _ context: ApplyContext, _ facts: inout [Fact]) {
        let previous = status
        status = target
        if target == .succeeded { succeededAtMs = context.nowMs }
        if target == .held { heldAtMs = context.nowMs }
        let isFirstLate = late && previous.rank != PaymentStatus.held.rank && previous != .shipped
        let lateMoney = isFirstLate && (target == .held || target == .shipped || target == .succeeded)
        if let type = lateMoney ? .paymentLateSuccess : target.eventType {
            facts.append(.status(type, previous: previous))
        }
    }

    /// `closed` is never read as unpaid where anything says that money came.
    private mutating func close(_ report: TradeReport, _ context: ApplyContext, _ facts: inout [Fact]) -> Step {
        guard report.showsPayment || amountPaidMinor != nil || hasMismatch(of: report) else {
            if status.isClosed { return .done }
            enter(cancelRequestedAtMs == nil ? .expired : .canceled, context, &facts)
            return .done
        }
        if report.source != .query {
            let believable = status == .succeeded || report.saysRefunded
            guard !context.canQuery, believable else { return .stop(.needsQuery(.closedAfterPayment)) }
        }
        if status == .succeeded {
            refundable = false
        } else {
            guard takesAmount(of: report, context) else { return closeMismatched(report, context, &facts) }
            amountPaidMinor = amountPaidMinor ?? report.amountMinor
            if !status.isClosed { enter(.canceled, context, &facts) }
        }
        return .done
    }

    /// A sum that was never accepted has gone back whole: there is nothing left to accept. It stays in `lastError`.
    private mutating func closeMismatched(
        _ report: TradeReport, _ context: ApplyContext, _ facts: inout [Fact]
    ) -> Step {
        guard amountPaidMinor == nil else { return .stop(.amountMismatch) }
        if !hasMismatch(of: report) { noteMismatch(report, context) }
        if !status.isClosed { enter(.canceled, context, &facts) }
        return .done
    }

    /// A report that is behind the status: money that went back stands on a track of its own, and only grows. A dispute
    /// may be over since.
    private mutating func applyBehind(_ report: TradeReport, _ context: ApplyContext) -> Transition {
        guard amountPaidMinor != nil else { return .stale }
        var next = self
        var facts: [Fact] = []
        if let query = next.trackRefund(report, context, &facts) { return .needsQuery(query) }
        if mustAskAboutDispute(report, context) { return .needsQuery(.disputeMoved) }
        guard next != self else { return .stale }
        next.updatedAtMs = context.nowMs
        self = next
        return .applied(facts)
    }

    /// Money that went back at the provider, beyond what is known here.
    private mutating func trackRefund(
        _ report: TradeReport, _ context: ApplyContext, _ facts: inout [Fact]
    ) -> QueryReason? {
        guard let paid = amountPaidMinor else { return nil }
        let told = report.refundedMinor ?? 0
        if report.saysRefunded, report.state != .closed, told <= 0 {
            if report.source == .notification && context.canQuery { return .refundWithoutAmount }
            noteUnknownRefund(report, context)
            return nil
        }
        // A trade that was paid is closed when all of it has gone back, whatever sum the answer tells.
        let total = report.state == .closed ? paid : max(0, min(told, paid))
        let seenMinor = total - amountRefundedMinor - context.openRefundsMinor
        guard seenMinor > 0 else { return nil }
        facts.append(.refunded(amountMinor: seenMinor))
        amountRefundedMinor += seenMinor
        if amountRefundedMinor == paid { refundable = false }
        if lastError?.code == Payment.refundAmountUnknownCode { lastError = nil }
        return nil
    }

    private mutating func trackDispute(
        _ report: TradeReport, _ context: ApplyContext, _ facts: inout [Fact]
    ) -> QueryReason? {
        if mustAskAboutDispute(report, context) { return .disputeMoved }
        guard movesDispute(report) else { return nil }
        provider.dispute = report.openDispute
        if !facts.contains(.updated) { facts.append(.updated) }
        return nil
    }

    private func movesDispute(_ report: TradeReport) -> Bool {
        report.tellsOfDispute && report.openDispute != provider.dispute
    }

    private func mustAskAboutDispute(_ report: TradeReport, _ context: ApplyContext) -> Bool {
        report.source == .notification && context.canQuery && movesDispute(report)
    }

    private mutating func learn(from report: TradeReport) {
        provider.tradeNo = report.tradeNo
        provider.status = report.word
        if let buyer = report.buyer { provider.buyer = buyer }
    }

    /// Closes a payment of which no money came, because Alipay has said so of the trade, or that there is none.
    ///
    /// - Returns: nil if it is not open any more, and then it stays as it is.
    package mutating func closeUnpaid(as target: PaymentStatus, nowMs: Int64) -> [Fact]? {
        precondition(target.isClosed, "a payment is closed as canceled or expired")
        guard status == .requiresAction || status == .processing, amountPaidMinor == nil else { return nil }
        var facts: [Fact] = []
        enter(target, ApplyContext(nowMs: nowMs, canQuery: false, isKnownDuplicate: false), &facts)
        updatedAtMs = nowMs
        return facts
    }

    /// Alipay has taken the order, or has not said: the outcome is open.
    ///
    /// - Returns: nil if it was known to be at least as far.
    package mutating func noteOutcomeOpen(nowMs: Int64) -> [Fact]? {
        guard status == .requiresAction else { return nil }
        var facts: [Fact] = []
        enter(.processing, ApplyContext(nowMs: nowMs, canQuery: false, isKnownDuplicate: false), &facts)
        updatedAtMs = nowMs
        return facts
    }

    /// One of the payment's own refunds has gone back to the buyer.
    ///
    /// No more than was paid can have: a refund that was given up, and then counted from Alipay's total, may still be
    /// told as done. A refund of an unknown sum stays unknown until everything has gone back.
    package mutating func noteRefunded(amountMinor: Int64, nowMs: Int64) {
        amountRefundedMinor += amountMinor
        if let paid = amountPaidMinor, amountRefundedMinor >= paid {
            amountRefundedMinor = paid
            refundable = false
            if lastError?.code == Payment.refundAmountUnknownCode { lastError = nil }
        }
        updatedAtMs = nowMs
    }

    private func isOtherTrade(_ report: TradeReport) -> Bool {
        guard let known = provider.tradeNo, known != report.tradeNo else { return false }
        // A trade that nobody paid gives way to the one that was paid.
        return amountPaidMinor != nil || !report.showsPayment
    }

    /// A second trade never touches the first one.
    private mutating func applyOtherTrade(_ report: TradeReport, _ context: ApplyContext) -> Transition {
        guard report.state.moneyCame, amountPaidMinor != nil, !context.isKnownDuplicate else { return .unchanged }
        guard let amountMinor = report.amountMinor, amountMinor > 0 else {
            noteMismatch(report, context)
            return .amountMismatch
        }
        if hasMismatch(of: report) { lastError = nil }
        updatedAtMs = context.nowMs
        return .applied([
            .duplicate(DuplicateTrade(tradeNo: report.tradeNo, amountMinor: amountMinor, paidAtMs: report.paidAtMs))
        ])
    }

    /// Whether the reported amount is one that this payment may have; an earlier mismatch of the trade is settled then.
    private mutating func takesAmount(of report: TradeReport, _ context: ApplyContext) -> Bool {
        guard let amount = report.amountMinor, amount > 0,
            context.acceptsAmount || acceptedAmountsMinor.contains(amount)
        else { return false }
        if hasMismatch(of: report) { lastError = nil }
        return true
    }

    /// Whether `lastError` says that this very trade was paid with a sum that nobody has accepted.
    private func hasMismatch(of report: TradeReport) -> Bool {
        guard let error = lastError, error.code == Payment.amountMismatchCode else { return false }
        return error.details.contains(MetadataEntry(key: "trade_no", value: report.tradeNo))
    }

    private mutating func noteMismatch(_ report: TradeReport, _ context: ApplyContext) {
        let reported = report.amountMinor.map { "\($0) fen" } ?? "no amount"
        lastError = LastError(
            code: Payment.amountMismatchCode,
            message: "the provider reports \(reported) for this payment of \(amountMinor) fen",
            atMs: context.nowMs,
            details: [
                MetadataEntry(key: "trade_no", value: report.tradeNo),
                MetadataEntry(key: "provider_status", value: report.word),
                MetadataEntry(key: "amount_expected", value: String(amountMinor)),
                MetadataEntry(key: "amount_reported", value: report.amountMinor.map { String($0) } ?? ""),
            ]
        )
        updatedAtMs = context.nowMs
    }

    /// That money went back is known, how much is not: the contract has no query, or its answer does not say.
    private mutating func noteUnknownRefund(_ report: TradeReport, _ context: ApplyContext) {
        guard lastError?.code != Payment.refundAmountUnknownCode, amountRefundedMinor == 0,
            context.openRefundsMinor == 0
        else { return }
        lastError = LastError(
            code: Payment.refundAmountUnknownCode,
            message: "the provider reports a refund but not its amount",
            atMs: context.nowMs,
            details: [MetadataEntry(key: "trade_no", value: report.tradeNo)]
        )
    }

    package static let amountMismatchCode = "amount_mismatch"
    package static let refundAmountUnknownCode = "refund_amount_unknown"
}
