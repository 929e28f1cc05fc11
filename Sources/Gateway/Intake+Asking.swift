import Alipay
import Payments
import Tenants

// Where `notify_verify` does not say whose message it is: Alipay is asked about what the message is about.

extension Intake {
    /// `notify_verify` did not confirm it: Alipay is asked about the trade, or the refund, itself.
    ///
    /// - Parameters:
    ///   - row: what is known so far, for the explanation.
    ///   - unproven: the verdict when that proves nothing either.
    func askInstead(
        _ subject: Subject, _ row: String, _ cell: FailureCell?, unproven: Verdict,
        _ then: @escaping @Sendable (Evidence) -> Void
    ) {
        switch subject {
        case .trade(let trade, let payment):
            guard AskAboutTrade(house: house, tenant: tenant).isPossible(payment) else {
                let verdict = unproven == .confirmUnreachable ? unproven : Verdict.unsettled
                return then(Evidence(.none(verdict, "\(row); the contract has no trade query"), cell))
            }
            let wantsRefunds = trade.report?.saysRefunded ?? false
            ask(trade, payment, row, cell, unproven: unproven, wantsRefunds: wantsRefunds, then)
        case .batch(let batch, let refund): ask(batch, refund, row, cell, unproven: unproven, then)
        case .repeat, .refused, .other: then(Evidence(.none(unproven, row), cell))
        }
    }

    func ask(
        _ trade: TradeStatusSync, _ payment: Payment, _ row: String, _ cell: FailureCell?, unproven: Verdict,
        wantsRefunds: Bool, _ then: @escaping @Sendable (Evidence) -> Void
    ) {
        let query = AskAboutTrade(house: house, tenant: tenant)
        query.run(payment, tradeNo: trade.tradeNo, wantsRefunds: wantsRefunds) { outcome in
            then(Evidence(Intake.proof(outcome, trade, row, unproven: unproven), cell))
        }
    }

    private static func proof(
        _ outcome: AskAboutTrade.Outcome, _ trade: TradeStatusSync, _ row: String, unproven: Verdict
    ) -> Proof {
        switch outcome {
        case .unreachable(let why): return .none(unproven, "\(row); the trade query had no answer: \(why)")
        case .notContracted: return .none(.unsettled, "\(row); the trade query is not in the contract")
        case .answered(.invalid(let why)):
            return .none(unproven, "\(row); the trade query's answer proves nothing: \(why)")
        case .answered(.notFound):
            return .none(.notConfirmed, "\(row); the trade query says that there is no such trade")
        case .answered(.refused(let code)):
            let verdict = code == AlipayCall.notContractedCode ? Verdict.unsettled : unproven
            return .none(verdict, "\(row); the trade query was refused: \(code)")
        case .answered(.unsupported(let tradeNo, let word)):
            guard tradeNo == trade.tradeNo, word == trade.word else {
                return .none(.notConfirmed, "\(row); the trade query says \(word), not \(trade.word)")
            }
            return .confirmed
        case .answered(.trade(let report)):
            guard trade.agrees(with: report) else {
                return .none(.notConfirmed, "\(row); the trade query says \(report.word), not \(trade.word)")
            }
            return .asked(report.tellingOfRefund(in: trade.report))
        }
    }

    private func ask(
        _ batch: BatchRefundSync, _ refund: Refund, _ row: String, _ cell: FailureCell?, unproven: Verdict,
        _ then: @escaping @Sendable (Evidence) -> Void
    ) {
        let contract = tenant.contract
        let request = RefundFastpayQuery.request(batchNo: batch.batchNo, contract)
        AlipayCall(house: house, tenant: tenant).run(RefundFastpayQuery.service, request) {
            RefundFastpayQuery.answer($0, refund: refund, contract)
        } then: { result in
            let proof: Proof
            switch result {
            case .answered(.item(let said)) where said == batch.items.first?.result:
                proof = .refundAsked(CheckRefund.report(said))
            case .answered(.item(let said)):
                proof = .none(.notConfirmed, "\(row); the refund query says \(said)")
            case .answered(.notFound):
                proof = .none(.notConfirmed, "\(row); the refund query says that there is no such refund")
            case .answered(.refused(let code)): proof = .none(unproven, "\(row); the refund query was refused: \(code)")
            case .answered(.invalid(let why)):
                proof = .none(unproven, "\(row); the refund query's answer proves nothing: \(why)")
            case .unreachable(let why): proof = .none(unproven, "\(row); the refund query had no answer: \(why)")
            case .notContracted: proof = .none(.unsettled, "\(row); the refund query is not in the contract")
            }
            then(Evidence(proof, cell))
        }
    }
}

extension TradeStatusSync {
    /// Whether Alipay's answer to a query bears the message out: the same trade, as far along or farther, the same money.
    fileprivate func agrees(with asked: TradeReport) -> Bool {
        guard asked.tradeNo == tradeNo, let report else { return false }
        // Frozen comes also after held or shipped, and says no less.
        let isInEscrow = report.state == .held || report.state == .shipped
        if asked.state.rank < report.state.rank, !(isInEscrow && asked.state == .frozen) { return false }
        if report.state.moneyCame, let here = report.amountMinor, let there = asked.amountMinor { return here == there }
        return true
    }
}
