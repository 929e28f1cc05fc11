import Alipay
import Diagnostics
import HTTP
import Payments
import Tenants

/// One notification with a good signature, on its way to a verdict.
struct Intake: Sendable {
    /// What stands behind the message besides its signature.
    enum Evidence: Sendable {
        /// Nothing: the tenant turned `notify_verify` off.
        case signature
        /// `notify_verify` said `true`.
        case confirmed
        /// Alipay was asked about the trade and says the same, or more.
        case asked(TradeReport)
        /// Confirmation failed.
        case none(Verdict, String)
    }

    let house: House
    let tenant: Tenant
    let message: InboundNotification
    let body: [UInt8]
    let receivedAtMs: Int64
    let slots: ConfirmationSlots
    let answer: @Sendable (Bool) -> Void

    // MARK: - Confirming

    /// Repeats and what is not about us are settled without a call; anything else is put to Alipay.
    func confirm() {
        house.store.read { [self] reader throws(StoreError) in
            switch try subject(in: reader) {
            case .refused, .repeat: false
            case .trade, .other: true
            }
        } then: { [self] needsConfirmation in
            switch needsConfirmation {
            case .failure(let error): giveUp(error)
            case .success(false): settle(with: .none(.confirmUnreachable, Intake.cameMeanwhile))
            case .success(true):
                withSlot { verify($0) }
            }
        }
    }

    /// Shows only if what was unknown when Alipay could have been asked is known when it is settled.
    private static let cameMeanwhile = "SIGN equal, but not confirmed: the payment came into being at the same moment"

    /// Settles with what `find` finds, in one of the tenant's slots.
    private func withSlot(_ find: (@escaping @Sendable (Evidence) -> Void) -> Void) {
        guard slots.take(tenant.id) else {
            let why = "\(ConfirmationSlots.perTenantMax) confirmations are waiting for Alipay already"
            return settle(with: .none(.confirmUnreachable, why))
        }
        find { [self] evidence in
            slots.give(tenant.id)
            settle(with: evidence)
        }
    }

    private func verify(_ then: @escaping @Sendable (Evidence) -> Void) {
        AskAboutNotification(house: house, tenant: tenant).run(message.notifyID) { [self] answer in
            switch answer {
            case .success(.true): then(.confirmed)
            case .success(.invalid): then(.none(.confirmRefused, Triage.signedRow(answer)))
            case .success(.false), .success(.unreadable), .failure: askInstead(answer, then)
            }
        }
    }

    /// `notify_verify` did not confirm it: Alipay is asked about the trade itself.
    private func askInstead(
        _ verified: Result<NotifyVerify.Answer, SendError>, _ then: @escaping @Sendable (Evidence) -> Void
    ) {
        let row = Triage.signedRow(verified)
        var answeredFalse = false
        if case .success(.false) = verified { answeredFalse = true }
        guard let trade = try? message.tradeStatus(), message.notifyType == Intake.tradeStatusSync else {
            return then(.none(answeredFalse ? .notConfirmed : .confirmUnreachable, row))
        }
        guard tenant.contract.services.tradeQuery else {
            return then(
                .none(answeredFalse ? .unsettled : .confirmUnreachable, "\(row); the contract has no trade query"))
        }
        ask(trade, row, unproven: answeredFalse ? .notConfirmed : .confirmUnreachable, then)
    }

    /// - Parameters:
    ///   - row: what is known so far, for the explanation.
    ///   - unproven: the verdict when the query proves nothing either.
    private func ask(
        _ trade: TradeStatusSync, _ row: String, unproven: Verdict, _ then: @escaping @Sendable (Evidence) -> Void
    ) {
        let query = AskAboutTrade(house: house, tenant: tenant)
        query.run(.tradeNo(trade.tradeNo), outTradeNo: trade.outTradeNo) { outcome in
            switch outcome {
            case .unreachable(let why, _): then(.none(unproven, "\(row); the trade query had no answer: \(why)"))
            case .answered(.invalid(let why)):
                then(.none(unproven, "\(row); the trade query's answer proves nothing: \(why)"))
            case .answered(.notFound):
                then(.none(.notConfirmed, "\(row); the trade query says that there is no such trade"))
            case .answered(.refused(let code)):
                let verdict = code == "ILLEGAL_PARTNER_EXTERFACE" ? Verdict.unsettled : unproven
                then(.none(verdict, "\(row); the trade query was refused: \(code)"))
            case .answered(.unsupported(let tradeNo, let word)):
                guard tradeNo == trade.tradeNo, word == trade.word else {
                    return then(.none(.notConfirmed, "\(row); the trade query says \(word), not \(trade.word)"))
                }
                then(.confirmed)
            case .answered(.trade(let report)):
                guard trade.agrees(with: report) else {
                    return then(.none(.notConfirmed, "\(row); the trade query says \(report.word), not \(trade.word)"))
                }
                then(.asked(report))
            }
        }
    }

    // MARK: - Settling

    private struct Settled: Sendable {
        let verdict: Verdict
        let explanation: String
        var transition = Transition.unchanged
        var payment: Payment?
        var query: TradeStatusSync?
    }

    /// The verdict and everything it writes, in one transaction; then the answer.
    func settle(with evidence: Evidence) {
        house.store.write { [self] transaction throws(StoreError) in
            let settled = try decide(evidence, in: transaction)
            if settled.query == nil { try transaction.insert(row(settled)) }
            return settled
        } then: { [self] result in
            switch result {
            case .failure(let error): giveUp(error)
            case .success(let settled):
                if let trade = settled.query {
                    return withSlot { ask(trade, settled.explanation, unproven: .confirmUnreachable, $0) }
                }
                finish(settled)
            }
        }
    }

    private func decide(_ evidence: Evidence, in transaction: any StoreTransaction) throws(StoreError) -> Settled {
        let trade: TradeStatusSync
        let payment: Payment
        switch try subject(in: transaction) {
        case .repeat: return Settled(verdict: .repeat, explanation: "this notify_id was answered success before")
        case .refused(let verdict, let why): return Settled(verdict: verdict, explanation: why)
        case .other:
            if case .none(let verdict, let why) = evidence { return Settled(verdict: verdict, explanation: why) }
            return Settled(verdict: .unsupported, explanation: "nothing here acts on \(message.notifyType)")
        case .trade(let sync, let known): (trade, payment) = (sync, known)
        }
        let report: TradeReport?
        switch evidence {
        case .none(let verdict, let why): return Settled(verdict: verdict, explanation: why, payment: payment)
        case .asked(let asked): report = asked
        case .signature, .confirmed: report = trade.report
        }
        guard let report else {
            let why = "nothing here acts on the status \(trade.word)"
            return Settled(verdict: .unsupported, explanation: why, payment: payment)
        }
        return try apply(report, trade, payment, in: transaction)
    }

    private func apply(
        _ report: TradeReport, _ trade: TradeStatusSync, _ payment: Payment, in transaction: any StoreTransaction
    ) throws(StoreError) -> Settled {
        let (transition, payment) = try ApplyReport(house: house, tenant: tenant).apply(
            report, to: payment, in: transaction)
        let confirmed = tenant.contract.notifyVerify ? "SIGN equal, confirmed by Alipay" : "SIGN equal"
        switch transition {
        case .applied:
            let text = "\(confirmed); the payment is \(payment.status.rawValue)"
            return Settled(verdict: .applied, explanation: text, transition: transition, payment: payment)
        case .unchanged:
            return Settled(verdict: .unchanged, explanation: "\(confirmed); it says nothing new", payment: payment)
        case .stale:
            let text = "\(confirmed); \(report.word) would move the payment back from \(payment.status.rawValue)"
            return Settled(verdict: .stale, explanation: text, payment: payment)
        case .amountMismatch:
            let text = "\(confirmed); \(payment.lastError?.message ?? "the amount differs"): accept it or refund it"
            return Settled(verdict: .amountMismatch, explanation: text, transition: transition, payment: payment)
        case .needsQuery(let reason):
            let text = "\(confirmed); \(report.word) needs a trade query (\(reason.rawValue))"
            guard tenant.contract.services.tradeQuery else {
                return Settled(verdict: .unsettled, explanation: "\(text), and the contract has none", payment: payment)
            }
            return Settled(verdict: .unsettled, explanation: text, payment: payment, query: trade)
        }
    }

    // MARK: - Is it about us

    private enum Subject {
        case `repeat`
        case refused(Verdict, String)
        case trade(TradeStatusSync, Payment)
        /// A type that nothing here acts on.
        case other
    }

    private func subject(in reader: any StoreReader) throws(StoreError) -> Subject {
        if try reader.isSettled(notifyID: message.notifyID, tenant: tenant.id) { return .repeat }
        guard message.notifyType == Intake.tradeStatusSync else { return .other }
        let trade: TradeStatusSync
        do { trade = try message.tradeStatus() } catch {
            return .refused(.charset, "SIGN equal, but \(error.field) is missing or cannot be read")
        }
        guard tenant.contract.isSeller(id: trade.sellerID, email: trade.sellerEmail) else {
            return .refused(.wrongSeller, "SIGN equal, but the seller is another one than this tenant's")
        }
        guard let payment = try reader.payment(reference: trade.outTradeNo, tenant: tenant.id) else {
            return .refused(
                .unknownPayment, "SIGN equal, but this tenant has no payment \(trade.outTradeNo.prefix(64))")
        }
        return .trade(trade, payment)
    }

    // MARK: - Ending

    private func row(_ settled: Settled) -> Notification {
        Notification(
            id: house.identifiers.make(.notification, nowMs: receivedAtMs), tenant: tenant.id,
            payment: settled.payment?.id, notifyID: message.notifyID, notifyType: message.notifyType,
            providerStatus: message.summary.providerStatus, verdict: settled.verdict, explanation: settled.explanation,
            receivedAtMs: receivedAtMs, body: body
        )
    }

    private func finish(_ settled: Settled) {
        house.metrics.notifications.with([("tenant", tenant.id), ("verdict", settled.verdict.rawValue)]).increment()
        if let payment = settled.payment { ApplyReport(house: house, tenant: tenant).note(settled.transition, payment) }
        if settled.verdict == .unsupported || settled.verdict == .unsettled {
            house.metrics.alarms.with([("tenant", tenant.id), ("kind", settled.verdict.rawValue)]).increment()
        }
        if settled.verdict.answersSuccess {
            house.logger.info("notification accepted", fields(settled))
        } else {
            house.logger.warning("notification refused", fields(settled))
        }
        answer(settled.verdict.answersSuccess)
    }

    private func fields(_ settled: Settled) -> Logger.Fields {
        [
            "payment": .text(settled.payment?.id ?? ""),
            "notify_id": .text(message.notifyID), "verdict": .text(settled.verdict.rawValue),
            "explanation": .text(settled.explanation),
        ]
    }

    /// The store could not do it: nothing is applied, and Alipay tries again.
    private func giveUp(_ error: StoreError) {
        house.metrics.notifications.with([("tenant", tenant.id), ("verdict", "store_unavailable")]).increment()
        house.logger.error(
            "notification not stored", ["error": .text(error.description)]
        )
        answer(false)
    }

    static let tradeStatusSync = "trade_status_sync"
}

extension TradeStatusSync {
    /// Whether Alipay's answer to a query bears the message out: the same trade, as far along or farther, the same money.
    fileprivate func agrees(with asked: TradeReport) -> Bool {
        guard asked.tradeNo == tradeNo, let report else { return false }
        if asked.state.rank < report.state.rank { return false }
        if report.state.moneyCame, let here = report.amountMinor, let there = asked.amountMinor { return here == there }
        return true
    }
}
