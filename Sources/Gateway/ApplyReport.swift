import Alipay
import Diagnostics
import JSON
import Payments
import Tenants

/// Writes what a confirmed report means: the payment, its refunds and other trades, the events and their deliveries.
/// Every use case that learns something from Alipay ends here, inside its own transaction.
struct ApplyReport: Sendable {
    let house: House
    let tenant: Tenant

    struct Applied: Sendable {
        let transition: Transition
        let payment: Payment
        /// A refund that the tenant's policy asks for, to be sent after the commit.
        var refund: Refund?
    }

    /// `needsQuery`, `stale` and `unchanged` write nothing.
    ///
    /// - Parameter acceptsAmount: whether an admin takes whatever amount is reported.
    func apply(
        _ report: TradeReport, to payment: Payment, acceptsAmount: Bool = false, in transaction: any StoreTransaction
    ) throws(StoreError) -> Applied {
        let before = payment
        var payment = payment
        let nowMs = house.clock.nowMs
        let transition = payment.apply(
            report, try context(report, payment, acceptsAmount, nowMs: nowMs, in: transaction))
        // The looks at what was open end with it.
        if nextLook(before, nowMs) != nil { payment.checkAtMs = nil }
        var refund: Refund?
        switch transition {
        case .applied(let facts):
            for fact in facts { try write(fact, of: &payment, nowMs: nowMs, in: transaction) }
            if facts.contains(where: \.isLateMoney) { refund = try giveBack(payment, nowMs: nowMs, in: transaction) }
            try update(&payment, nowMs: nowMs, in: transaction)
        case .amountMismatch:
            if report.state.moneyCame, let amountMinor = report.amountMinor {
                let trade = OtherTrade(
                    tradeNo: report.tradeNo, kind: .mismatch, amountMinor: amountMinor, paidAtMs: report.paidAtMs)
                try transaction.put(trade, payment: payment.id)
            }
            try update(&payment, nowMs: nowMs, in: transaction)
        case .unchanged, .stale, .needsQuery: break
        }
        return Applied(transition: transition, payment: payment, refund: refund)
    }

    /// Writes what we did ourselves: the facts of a payment that was closed, or whose outcome is open.
    func write(_ facts: [Fact], of payment: inout Payment, in transaction: any StoreTransaction) throws(StoreError) {
        let nowMs = house.clock.nowMs
        for fact in facts { try write(fact, of: &payment, nowMs: nowMs, in: transaction) }
        try update(&payment, nowMs: nowMs, in: transaction)
    }

    /// After the commit.
    func note(_ applied: Applied) {
        let payment = applied.payment
        house.checkBell.ring(payment.checkAtMs)
        switch applied.transition {
        case .applied(let facts):
            note(facts, payment)
            // Seen only when it had gone back already.
            if payment.status.isClosed, payment.lastError?.code == Payment.amountMismatchCode {
                alarm("amount_mismatch")
            }
            if let refund = applied.refund { RefundPayment(house).sendSoon(refund, payment, tenant) }
        case .amountMismatch:
            alarm("amount_mismatch")
            house.logger.error("payment amount mismatch", ["payment": .text(payment.id)])
        case .unchanged, .stale, .needsQuery: break
        }
    }

    /// After the commit of what we did ourselves.
    func note(_ facts: [Fact], _ payment: Payment) {
        house.checkBell.ring(payment.checkAtMs)
        for fact in facts {
            house.metrics.events.with([("tenant", tenant.id), ("type", fact.eventType.rawValue)]).increment()
            switch fact {
            case .duplicate: alarm("duplicate_payment")
            case .status(.paymentLateSuccess, _): alarm("late_payment")
            case .status, .updated, .refunded: break
            }
        }
        house.logger.info(
            "payment changed",
            ["payment": .text(payment.id), "status": .text(payment.status.rawValue)]
        )
    }

    private func alarm(_ kind: String) {
        house.metrics.alarms.with([("tenant", tenant.id), ("kind", kind)]).increment()
    }

    private func context(
        _ report: TradeReport, _ payment: Payment, _ acceptsAmount: Bool, nowMs: Int64, in reader: any StoreReader
    ) throws(StoreError) -> ApplyContext {
        let isOther = payment.provider.tradeNo.map { $0 != report.tradeNo } ?? false
        let known = isOther ? try reader.otherTrade(payment: payment.id, tradeNo: report.tradeNo) : nil
        var openMinor: Int64 = 0
        // What was not paid has no refunds.
        if payment.amountPaidMinor != nil {
            for refund in try reader.refunds(payment: payment.id, tenant: tenant.id)
            where refund.status.isOpen && !refund.isOfOtherTrade {
                openMinor += refund.amountMinor
            }
        }
        return ApplyContext(
            nowMs: nowMs, canQuery: AskAboutTrade(house: house, tenant: tenant).isPossible(payment),
            isKnownDuplicate: known?.kind == .duplicate, openRefundsMinor: openMinor, acceptsAmount: acceptsAmount)
    }

    private func update(
        _ payment: inout Payment, nowMs: Int64, in transaction: any StoreTransaction
    ) throws(StoreError) {
        // A look that was asked for after a refund is still owed, though the payment itself needs none.
        let owed = payment.amountPaidMinor == nil ? nil : payment.checkAtMs.flatMap { $0 > nowMs ? $0 : nil }
        payment.checkAtMs = nextLook(payment, nowMs) ?? owed
        try transaction.update(payment)
    }

    /// When the payment has to be looked at as it stands; nil where nothing of it is open.
    private func nextLook(_ payment: Payment, _ nowMs: Int64) -> Int64? {
        CheckSchedule.next(
            payment, nowMs: nowMs,
            canQuery: AskAboutTrade(house: house, tenant: tenant).isContracted(payment))
    }

    /// The tenant wants money that came late to go back at once.
    private func giveBack(
        _ payment: Payment, nowMs: Int64, in transaction: any StoreTransaction
    ) throws(StoreError) -> Refund? {
        guard tenant.contract.onLatePayment == .refund else { return nil }
        guard payment.refundable, let paid = payment.amountPaidMinor, let tradeNo = payment.provider.tradeNo else {
            alarm("late_payment_not_refundable")
            return nil
        }
        let refund = RefundPayment(house).make(
            RefundPayment.Ask(amountMinor: paid - payment.amountRefundedMinor, reason: "late payment"), payment,
            tradeNo: tradeNo,
            isOfOtherTrade: false, tenant, nowMs: nowMs)
        try transaction.insert(refund)
        return refund
    }

    private func write(
        _ fact: Fact, of payment: inout Payment, nowMs: Int64, in transaction: any StoreTransaction
    ) throws(StoreError) {
        payment.sequence += 1
        var previous: PaymentStatus?
        let subject: EventShape.Subject
        switch fact {
        case .status(_, let before):
            previous = before
            subject = .payment(payment)
        case .updated: subject = .payment(payment)
        case .refunded(let amountMinor):
            let refund = Refund(
                id: house.identifiers.make(.refund, nowMs: nowMs), tenant: tenant.id, payment: payment.id,
                amountMinor: amountMinor, origin: .provider, tradeNo: payment.provider.tradeNo ?? "",
                refundedBeforeMinor: payment.amountRefundedMinor - amountMinor, status: .succeeded, createdAtMs: nowMs,
                updatedAtMs: nowMs
            )
            try transaction.insert(refund)
            subject = .refund(refund)
        case .duplicate(let trade):
            let other = OtherTrade(
                tradeNo: trade.tradeNo, kind: .duplicate, amountMinor: trade.amountMinor, paidAtMs: trade.paidAtMs)
            try transaction.put(other, payment: payment.id)
            subject = .duplicate(trade, payment)
        }
        try EventFactory(house: house, tenant: tenant).add(
            fact.eventType, of: payment, subject: subject, previous: previous, nowMs: nowMs, in: transaction)
    }
}

extension Fact {
    var eventType: EventType {
        switch self {
        case .status(let type, _): type
        case .updated: .paymentUpdated
        case .refunded: .refundSucceeded
        case .duplicate: .paymentDuplicate
        }
    }

    fileprivate var isLateMoney: Bool {
        if case .status(.paymentLateSuccess, _) = self { true } else { false }
    }
}
