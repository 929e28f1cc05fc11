import Alipay
import Diagnostics
import HTTP
import Payments
import Tenants

/// One notification with a good signature, on its way to a verdict.
///
/// It never changes: a class, because each step waits for the next one with all of it at hand.
final class Intake: Sendable {
    /// What stands behind the message besides its signature.
    enum Proof: Sendable {
        /// Nothing: the tenant turned `notify_verify` off.
        case signature
        /// `notify_verify` said `true`.
        case confirmed
        /// An admin takes it as it is; the sum too, if it was refused for the sum.
        case vouched(acceptsAmount: Bool)
        /// Alipay was asked about the trade and says the same, or more.
        case asked(TradeReport)
        /// Alipay was asked about the refund and says the same.
        case refundAsked(RefundReport)
        /// Confirmation failed.
        case none(Verdict, String)
    }

    struct Evidence: Sendable {
        let proof: Proof
        /// Where the message falls in Alipay's failure table.
        let cell: FailureCell?

        init(_ proof: Proof, _ cell: FailureCell?) {
            self.proof = proof
            self.cell = cell
        }
    }

    let house: House
    let tenant: Tenant
    let message: InboundNotification
    let body: [UInt8]
    let receivedAtMs: Int64
    /// The row whose message an admin has run once more.
    let replayOf: String?
    let slots: CallSlots
    let refusals: RefusalBudget
    let budget: ConfirmationBudget
    /// Called once: the row that was stored, or why none could be.
    let finished: @Sendable (Result<Notification, StoreError>) -> Void

    init(
        house: House, tenant: Tenant, message: InboundNotification, body: [UInt8], receivedAtMs: Int64,
        replayOf: String?, slots: CallSlots, refusals: RefusalBudget, budget: ConfirmationBudget,
        finished: @escaping @Sendable (Result<Notification, StoreError>) -> Void
    ) {
        self.house = house
        self.tenant = tenant
        self.message = message
        self.body = body
        self.receivedAtMs = receivedAtMs
        self.replayOf = replayOf
        self.slots = slots
        self.refusals = refusals
        self.budget = budget
        self.finished = finished
    }

    // MARK: - Confirming

    /// Repeats and what is not about us are settled without a call; anything else is put to Alipay.
    func confirm() {
        find { [self] subject in
            switch subject {
            case .repeat: settle(with: Evidence(.none(.confirmUnreachable, Intake.cameMeanwhile), nil))
            case .refused:
                probe { [self] cell in
                    settle(with: Evidence(.none(.confirmUnreachable, Intake.cameMeanwhile), cell))
                }
            case .trade, .batch, .other: withSlot(subject) { verify(subject, $0) }
            }
        }
    }

    /// Neither the signature nor `notify_verify` says whose message it is, or what it says: Alipay is asked about its subject.
    func confirmByAsking(_ row: String) {
        find { [self] subject in
            switch subject {
            case .repeat, .refused: settle(with: Evidence(.none(.confirmUnreachable, Intake.cameMeanwhile), nil))
            case .trade, .batch: withSlot(subject) { askInstead(subject, row, nil, unproven: .unsettled, $0) }
            // Nothing acts on it; but its notify_id may be another message's.
            case .other:
                let proof: Proof = message.isAmbiguous ? .none(.unsettled, row) : .signature
                settle(with: Evidence(proof, nil))
            }
        }
    }

    /// The minute in which `notify_verify` knows the message is long over: Alipay is asked about its subject.
    ///
    /// - Parameter acceptsAmount: whether an admin who takes it as it is takes its sum, whatever it is; nil if nobody does.
    func replay(acceptsAmount: Bool?) {
        if let acceptsAmount { return settle(with: Evidence(.vouched(acceptsAmount: acceptsAmount), nil)) }
        find { [self] subject in
            let row = "SIGN equal, replayed"
            withSlot(subject) { askInstead(subject, row, nil, unproven: .unsettled, $0) }
        }
    }

    private func find(_ then: @escaping @Sendable (Subject) -> Void) {
        let trade = readTrade()
        house.store.read { [self] reader throws(StoreError) in
            try subject(trade, in: reader)
        } then: { [self] result in
            switch result {
            case .failure(let error): giveUp(error)
            case .success(let subject): then(subject)
            }
        }
    }

    /// Shows only if what was unknown when Alipay could have been asked is known when it is settled.
    private static let cameMeanwhile = "SIGN equal, but not confirmed: the payment came into being at the same moment"

    /// One refused message a minute finds its row of Alipay's table.
    private func probe(_ then: @escaping @Sendable (FailureCell?) -> Void) {
        guard tenant.contract.notifyVerify, refusals.mayAsk(tenant.id, nowMs: receivedAtMs) else { return then(nil) }
        AskAboutNotification(house: house, tenant: tenant).run(message.notifyID) {
            then(Triage.cell(signEqual: true, $0))
        }
    }

    /// Settles with what `find` finds, in one of the tenant's slots.
    private func withSlot(_ subject: Subject, _ find: (@escaping @Sendable (Evidence) -> Void) -> Void) {
        guard budget.mayConfirm(message.signature, tenant: tenant.id, nowMs: receivedAtMs) else {
            let why =
                "SIGN equal, but this message was put to Alipay \(ConfirmationBudget.perMinuteMax) times in a minute"
            return settle(with: Evidence(.none(.confirmUnreachable, why), nil))
        }
        // What nothing acts on does not stand in the way of what counts.
        var unknown: String?
        if case .other = subject { unknown = "\(tenant.id)/unknown" }
        guard
            unknown.map({ house.callSlots.take($0, max: CallSlots.unknownTypesMax) })
                ?? slots.take(tenant.id, max: CallSlots.confirmationsMax)
        else {
            let why = "\(CallSlots.confirmationsMax) confirmations are waiting for Alipay already"
            return settle(with: Evidence(.none(.confirmUnreachable, why), nil))
        }
        find { [self, unknown] evidence in
            if let unknown { house.callSlots.give(unknown) } else { slots.give(tenant.id) }
            settle(with: evidence)
        }
    }

    private func verify(_ subject: Subject, _ then: @escaping @Sendable (Evidence) -> Void) {
        AskAboutNotification(house: house, tenant: tenant).run(message.notifyID) { [self] answer in
            let cell = Triage.cell(signEqual: true, answer)
            let row = Triage.signedRow(answer)
            switch answer {
            case .success(.true): then(Evidence(.confirmed, cell))
            case .success(.invalid): then(Evidence(.none(.confirmRefused, row), cell))
            case .success(.false): askInstead(subject, row, cell, unproven: .notConfirmed, then)
            case .success(.unreadable), .failure: askInstead(subject, row, cell, unproven: .confirmUnreachable, then)
            }
        }
    }

    // MARK: - Settling

    struct Settled: Sendable {
        enum Change: Sendable {
            case nothing
            case payment(ApplyReport.Applied)
            case refund(ApplyRefundReport.Applied)
        }

        let verdict: Verdict
        let explanation: String
        var payment: String?
        var change = Change.nothing
        var query: (trade: TradeStatusSync, payment: Payment, reason: QueryReason)?
        /// Once it is made.
        var row: Notification?
        /// Whether the journal has the row.
        var isJournalled = true
    }

    /// The verdict and everything it writes, in one transaction; then the answer.
    func settle(with evidence: Evidence) {
        let turn = JournalTurn(refusals, tenant: tenant.id, nowMs: receivedAtMs)
        let trade = readTrade()
        house.store.write { [self] transaction throws(StoreError) in
            var settled = try decide(evidence, trade, in: transaction)
            if settled.query == nil {
                let isOneOfMany = isOneOfMany(settled.verdict, turn)
                let standsFor = isOneOfMany ? turn.take() : 1
                let row = row(settled, evidence, isOneOfMany: isOneOfMany, standsFor: standsFor ?? 1)
                if standsFor != nil { try transaction.insert(row) }
                settled.row = row
                settled.isJournalled = standsFor != nil
            }
            return settled
        } then: { [self] result in
            switch result {
            case .failure(let error):
                turn.giveBack()
                giveUp(error)
            case .success(let settled):
                if let query = settled.query {
                    let wantsRefunds = query.reason != .latePayment
                    return withSlot(.trade(query.trade, query.payment)) {
                        ask(
                            query.trade, query.payment, settled.explanation, evidence.cell,
                            unproven: .confirmUnreachable, wantsRefunds: wantsRefunds, $0)
                    }
                }
                finish(settled)
            }
        }
    }

    private func decide(
        _ evidence: Evidence, _ trade: TradeRead, in transaction: any StoreTransaction
    ) throws(StoreError) -> Settled {
        let subject = try subject(trade, in: transaction)
        if case .none(let verdict, let why) = evidence.proof {
            switch subject {
            case .repeat, .refused: break
            case .trade(_, let payment): return Settled(verdict: verdict, explanation: why, payment: payment.id)
            case .batch(_, let refund): return Settled(verdict: verdict, explanation: why, payment: refund.payment)
            case .other: return Settled(verdict: verdict, explanation: why)
            }
        }
        switch subject {
        case .repeat: return Settled(verdict: .repeat, explanation: "this notify_id was answered success before")
        case .refused(let verdict, let why): return Settled(verdict: verdict, explanation: why)
        case .other:
            return Settled(verdict: .unsupported, explanation: "nothing here acts on \(message.notifyType)")
        case .trade(let trade, let payment): return try apply(evidence, trade, payment, in: transaction)
        case .batch(let batch, let refund): return try apply(evidence, batch, refund, in: transaction)
        }
    }

    private func apply(
        _ evidence: Evidence, _ trade: TradeStatusSync, _ payment: Payment, in transaction: any StoreTransaction
    ) throws(StoreError) -> Settled {
        var told = trade.report
        if case .asked(let asked) = evidence.proof { told = asked }
        guard var report = told else {
            let why = "nothing here acts on the status \(trade.word)"
            return Settled(verdict: .unsupported, explanation: why, payment: payment.id)
        }
        var acceptsAmount = false
        if case .vouched(let accepts) = evidence.proof {
            // As good as what Alipay says when it is asked.
            report = report.asAnswer
            acceptsAmount = accepts
        }
        let applied = try ApplyReport(house: house, tenant: tenant).apply(
            report, to: payment, acceptsAmount: acceptsAmount, in: transaction)
        return Intake.settled(applied, report, trade, confirmed: Intake.words(evidence.proof))
    }

    private static func settled(
        _ applied: ApplyReport.Applied, _ report: TradeReport, _ trade: TradeStatusSync, confirmed: String
    ) -> Settled {
        let payment = applied.payment
        func settled(_ verdict: Verdict, _ text: String) -> Settled {
            Settled(
                verdict: verdict, explanation: "\(confirmed); \(text)", payment: payment.id, change: .payment(applied))
        }
        switch applied.transition {
        case .applied: return settled(.applied, "the payment is \(payment.status.rawValue)")
        case .unchanged: return settled(.unchanged, "it says nothing new")
        case .stale:
            return settled(.stale, "\(report.word) would move the payment back from \(payment.status.rawValue)")
        case .amountMismatch:
            return settled(
                .amountMismatch, "\(payment.lastError?.message ?? "the amount differs"): accept it or refund it")
        case .needsQuery(let reason):
            var open = settled(.unsettled, "\(report.word) needs a trade query (\(reason.rawValue))")
            open.query = (trade, payment, reason)
            return open
        }
    }

    private func apply(
        _ evidence: Evidence, _ batch: BatchRefundSync, _ refund: Refund, in transaction: any StoreTransaction
    ) throws(StoreError) -> Settled {
        var report = CheckRefund.report(batch.items.first?.result ?? "")
        if case .refundAsked(let asked) = evidence.proof { report = asked }
        let applied = try ApplyRefundReport(house: house, tenant: tenant).apply(report, to: refund, in: transaction)
        let isNews = applied.transition != .unchanged
        return Settled(
            verdict: isNews ? .applied : .unchanged,
            explanation: "\(Intake.words(evidence.proof)); the refund is \(applied.refund.status.rawValue)",
            payment: refund.payment, change: .refund(applied))
    }

    private static func words(_ proof: Proof) -> String {
        switch proof {
        case .signature: "SIGN equal"
        case .confirmed, .asked, .refundAsked: "SIGN equal, confirmed by Alipay"
        case .vouched: "SIGN equal, accepted by an admin"
        case .none: "SIGN equal, not confirmed"
        }
    }

    // MARK: - Ending

    private func finish(_ settled: Settled) {
        house.metrics.notifications.with([("tenant", tenant.id), ("verdict", settled.verdict.rawValue)]).increment()
        switch settled.change {
        case .nothing: break
        case .payment(let applied): ApplyReport(house: house, tenant: tenant).note(applied)
        case .refund(let applied): ApplyRefundReport(house: house, tenant: tenant).note(applied)
        }
        if settled.verdict == .unsupported || settled.verdict == .unsettled {
            house.metrics.alarms.with([("tenant", tenant.id), ("kind", settled.verdict.rawValue)]).increment()
        }
        if !settled.isJournalled {
            // The log grows no faster than the journal.
            house.metrics.notJournalled.with([("tenant", tenant.id)]).increment()
        } else if settled.verdict.answersSuccess {
            house.logger.info("notification accepted", fields(settled))
        } else {
            house.logger.warning("notification refused", fields(settled))
        }
        if let row = settled.row { finished(.success(row)) }
    }

    private func fields(_ settled: Settled) -> Logger.Fields {
        [
            "payment": .text(settled.payment ?? ""),
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
        finished(.failure(error))
    }

    static let tradeStatusSync = "trade_status_sync"
    static let batchRefundNotify = "batch_refund_notify"
}
