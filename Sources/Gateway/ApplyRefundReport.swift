import Diagnostics
import JSON
import Payments
import Tenants

/// Writes what Alipay has said of a refund: the refund, the payment's sums, the event and its deliveries. Whoever learns
/// something of a refund ends here, inside its own transaction.
struct ApplyRefundReport: Sendable {
    let house: House
    let tenant: Tenant

    struct Applied: Sendable {
        let transition: RefundTransition
        let refund: Refund
    }

    /// - Parameter countsNotFound: whether "no such refund" says something: not while it may still be sent or opened.
    func apply(
        _ report: RefundReport, to refund: Refund, countsNotFound: Bool = true, in transaction: any StoreTransaction
    ) throws(StoreError) -> Applied {
        var refund = refund
        let transition = refund.apply(report, nowMs: house.clock.nowMs, countsNotFound: countsNotFound)
        return try write(transition, refund, in: transaction)
    }

    /// Alipay does not know it, and nothing went back.
    func giveUp(_ refund: Refund, in transaction: any StoreTransaction) throws(StoreError) -> Applied {
        var refund = refund
        let transition = refund.giveUp(nowMs: house.clock.nowMs)
        return try write(transition, refund, in: transaction)
    }

    private func write(
        _ transition: RefundTransition, _ refund: Refund, in transaction: any StoreTransaction
    ) throws(StoreError) -> Applied {
        switch transition {
        case .unchanged: break
        case .open: try transaction.update(refund)
        case .settled:
            try transaction.update(refund)
            try tell(refund, in: transaction)
        }
        return Applied(transition: transition, refund: refund)
    }

    private func tell(_ refund: Refund, in transaction: any StoreTransaction) throws(StoreError) {
        let nowMs = house.clock.nowMs
        guard var payment = try transaction.payment(id: refund.payment, tenant: tenant.id) else { return }
        let succeeded = refund.status == .succeeded
        if succeeded, !refund.isOfOtherTrade { payment.noteRefunded(amountMinor: refund.amountMinor, nowMs: nowMs) }
        payment.sequence += 1
        // Whatever else went back of the trade in the meantime could not be told from this refund; now it can.
        if !refund.isOfOtherTrade, payment.checkAtMs == nil,
            AskAboutTrade(house: house, tenant: tenant).canAskForRefunds()
        {
            payment.checkAtMs = nowMs + ApplyRefundReport.lookAgainMs
        }
        try transaction.update(payment)
        try EventFactory(house: house, tenant: tenant).add(
            succeeded ? .refundSucceeded : .refundFailed, of: payment, subject: .refund(refund), previous: nil,
            nowMs: nowMs, in: transaction)
    }

    /// How long after a refund is settled the trade is looked at once more.
    static let lookAgainMs: Int64 = 60_000

    /// After the commit.
    func note(_ applied: Applied) {
        let refund = applied.refund
        guard case .settled = applied.transition else { return house.checkBell.ring(refund.checkAtMs) }
        house.checkBell.ring(house.clock.nowMs + ApplyRefundReport.lookAgainMs)
        house.metrics.refunds.with([("tenant", tenant.id), ("status", refund.status.rawValue)]).increment()
        let type: EventType = refund.status == .succeeded ? .refundSucceeded : .refundFailed
        house.metrics.events.with([("tenant", tenant.id), ("type", type.rawValue)]).increment()
        house.logger.info(
            "refund settled",
            [
                "refund": .text(refund.id), "payment": .text(refund.payment), "status": .text(refund.status.rawValue),
                "code": .text(refund.providerCode ?? ""),
            ])
    }
}
