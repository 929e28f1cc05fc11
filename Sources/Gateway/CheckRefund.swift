import Alipay
import Diagnostics
import Payments
import Tenants

/// Looks after a refund that is not settled: asks Alipay about it, sends it again where that is safe, and gives it up only
/// where Alipay does not know it and nothing went back.
struct CheckRefund: Sendable {
    /// The same batch is sent so often at most.
    static let sendsMax = 10

    let house: House
    let tenant: Tenant

    func run(_ refund: Refund, _ payment: Payment) async throws(StoreError) {
        switch refund.method {
        // The same request is the question: Alipay does it once and answers the same.
        case .acquire: try await sendAgain(refund, payment)
        case .noPassword, .password: try await ask(refund, payment)
        case .elsewhere: break
        }
    }

    private func ask(_ refund: Refund, _ payment: Payment) async throws(StoreError) {
        let contract = tenant.contract
        let call = AlipayCall(house: house, tenant: tenant)
        let request = RefundFastpayQuery.request(batchNo: refund.batchNo ?? "", contract)
        let result = await call.run(RefundFastpayQuery.service, request) {
            RefundFastpayQuery.answer($0, refund: refund, contract)
        }
        let isOfToday = RefundPayment.isOfToday(refund, nowMs: house.clock.nowMs)
        let maySend = refund.method == .noPassword && isOfToday && refund.sendCount < CheckRefund.sendsMax
        switch result {
        case .answered(.item(let code)):
            try await settle(refund, CheckRefund.report(code))
        case .answered(.notFound):
            // Its day is not over: staff may still confirm it, and the same batch may be sent again.
            if maySend { return try await sendAgain(refund, payment) }
            try await settle(refund, .notFound, countsNotFound: !isOfToday, payment)
        case .answered(.refused(let code)):
            try await settle(refund, .unknown(why: "Alipay answered \(code)", code: code))
        case .answered(.invalid(let why)):
            try await settle(refund, .unknown(why: "Alipay's answer proves nothing: \(why)", code: nil))
        case .unreachable:
            try await settle(refund, .unknown(why: "Alipay did not answer", code: nil))
        case .notContracted:
            // A batch that Alipay has is refused as a duplicate, which tells as much.
            if maySend { return try await sendAgain(refund, payment) }
            alarm("refund_stuck")
            try await settle(refund, .unknown(why: "the contract has no refund query", code: nil))
        }
    }

    /// What an item of a batch says: `SUCCESS`, or the code of what went wrong.
    static func report(_ result: String) -> RefundReport {
        if result == "SUCCESS" { return .succeeded }
        if RefundCode.leavesOpen(result) { return .unknown(why: "Alipay answered \(result)", code: result) }
        return .failed(code: result)
    }

    private func sendAgain(_ refund: Refund, _ payment: Payment) async throws(StoreError) {
        let counted = try await house.store.write { transaction throws(StoreError) -> Refund? in
            guard var current = try transaction.refund(id: refund.id, tenant: tenant.id), current.status.isOpen else {
                return nil
            }
            current.sendCount += 1
            // Whoever looks meanwhile leaves this one its time.
            current.checkAtMs = house.clock.nowMs + RefundPayment.firstCheckMs
            try transaction.update(current)
            return current
        }
        guard let counted else { return }
        try await settle(counted, await SendRefund(house: house, tenant: tenant).run(counted, payment), payment)
    }

    private func settle(
        _ refund: Refund, _ report: RefundReport, countsNotFound: Bool = true, _ payment: Payment? = nil
    ) async throws(StoreError) {
        let apply = ApplyRefundReport(house: house, tenant: tenant)
        let applied = try await house.store.write { transaction throws(StoreError) in
            let current = try transaction.refund(id: refund.id, tenant: tenant.id) ?? refund
            return try apply.apply(report, to: current, countsNotFound: countsNotFound, in: transaction)
        }
        apply.note(applied)
        if let payment, applied.refund.mayBeGivenUp(nowMs: house.clock.nowMs) {
            try await giveUp(applied.refund, payment)
        }
    }

    /// Alipay has said three times over a day that it has no such refund. If the trade shows that nothing went back that
    /// could be it, it is failed; if not, or if nobody can tell, it stays open and an admin is told.
    private func giveUp(_ refund: Refund, _ payment: Payment) async throws(StoreError) {
        let ask = AskAboutTrade(house: house, tenant: tenant)
        // A batch number is good on its own day only: where the contract has no query at all, what Alipay has not had by then
        // it never will.
        if !tenant.contract.services.tradeQuery, refund.method != .acquire { return try await settleGivenUp(refund) }
        guard ask.canAskForRefunds(),
            case .answered(.trade(let report)) = await ask.run(payment, tradeNo: refund.tradeNo, wantsRefunds: true),
            report.tradeNo == refund.tradeNo, report.state.moneyCame
        else { return alarm("refund_stuck") }
        let countedMinor = try await house.store.read { reader throws(StoreError) in
            try reader.refunds(payment: refund.payment, tenant: tenant.id).reduce(into: Int64(0)) { sum, other in
                if other.tradeNo == refund.tradeNo, other.status == .succeeded { sum += other.amountMinor }
            }
        }
        // Told that money went back, and not how much: it may have been this.
        guard let toldMinor = report.refundedMinor ?? (report.saysRefunded ? nil : 0),
            toldMinor - countedMinor < refund.amountMinor
        else { return alarm("refund_stuck") }
        try await settleGivenUp(refund)
    }

    private func settleGivenUp(_ refund: Refund) async throws(StoreError) {
        let apply = ApplyRefundReport(house: house, tenant: tenant)
        let applied = try await house.store.write { transaction throws(StoreError) -> ApplyRefundReport.Applied? in
            guard let current = try transaction.refund(id: refund.id, tenant: tenant.id),
                current.mayBeGivenUp(nowMs: house.clock.nowMs)
            else { return nil }
            return try apply.giveUp(current, in: transaction)
        }
        if let applied { apply.note(applied) }
    }

    private func alarm(_ kind: String) {
        house.metrics.alarms.with([("tenant", tenant.id), ("kind", kind)]).increment()
    }
}
