import Alipay
import Diagnostics
import JSON
import Payments
import Tenants

/// Writes what a confirmed report means: the payment, its refunds and second trades, the events and their deliveries.
/// Every use case that learns something from Alipay ends here, inside its own transaction.
struct ApplyReport: Sendable {
    let house: House
    let tenant: Tenant

    /// - Returns: what it did, and whether deliveries were made. `needsQuery`, `stale` and `unchanged` write nothing.
    func apply(
        _ report: TradeReport, to payment: Payment, in transaction: any StoreTransaction
    ) throws(StoreError) -> (transition: Transition, payment: Payment) {
        var payment = payment
        let isOther = payment.provider.tradeNo.map { $0 != report.tradeNo } ?? false
        let known = isOther ? try transaction.isKnownDuplicate(payment: payment.id, tradeNo: report.tradeNo) : false
        let nowMs = house.clock.nowMs
        let transition = payment.apply(
            report,
            ApplyContext(nowMs: nowMs, canQuery: tenant.contract.services.tradeQuery, isKnownDuplicate: known)
        )
        switch transition {
        case .applied(let facts):
            for fact in facts { try write(fact, of: &payment, nowMs: nowMs, in: transaction) }
            try transaction.update(payment)
        case .amountMismatch: try transaction.update(payment)
        case .unchanged, .stale, .needsQuery: break
        }
        return (transition, payment)
    }

    /// After the commit.
    func note(_ transition: Transition, _ payment: Payment) {
        switch transition {
        case .applied(let facts):
            for fact in facts {
                house.metrics.events.with([("tenant", tenant.id), ("type", fact.eventType.rawValue)]).increment()
            }
            if !facts.isEmpty { house.deliveriesAdded() }
            house.logger.info(
                "payment changed",
                ["payment": .text(payment.id), "status": .text(payment.status.rawValue)]
            )
        case .amountMismatch:
            house.metrics.alarms.with([("tenant", tenant.id), ("kind", "amount_mismatch")]).increment()
            house.logger.error("payment amount mismatch", ["payment": .text(payment.id)])
        case .unchanged, .stale, .needsQuery: break
        }
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
                amountMinor: amountMinor, origin: .provider, status: .succeeded, createdAtMs: nowMs, updatedAtMs: nowMs
            )
            try transaction.insert(refund)
            subject = .refund(refund)
        case .duplicate(let trade):
            try transaction.insert(trade, payment: payment.id)
            subject = .duplicate(trade, payment)
        }
        let event = EventFactory(house: house, tenant: tenant).make(
            fact.eventType, payment: payment.id, sequence: payment.sequence, subject: subject, previous: previous,
            nowMs: nowMs
        )
        try transaction.insert(event.event, deliveries: event.deliveries)
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
}
