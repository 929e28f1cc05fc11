import Alipay
import Diagnostics
import HTTP
import Payments
import Tenants

/// Closes a payment's trade at Alipay, so that nobody can pay it any more; nothing changes here before that.
struct CloseAtAlipay: Sendable {
    enum Outcome: Sendable {
        /// Alipay closed it, or has no such trade: no money came.
        case closed
        /// It was paid in between, and Alipay gave the money back.
        case reversed(tradeNo: String?)
        /// Alipay's code: it is in a state in which it cannot be closed, paid or closed already.
        case wrongState(code: String)
        /// It has to be told again (`retry_flag`).
        case again(String)
        /// Alipay's code.
        case refused(code: String)
        /// No answer, or one that proves nothing; why, in words.
        case unknown(String, timedOut: Bool)
    }

    let house: House
    let tenant: Tenant

    func run(_ payment: Payment) async -> Outcome {
        if payment.isMadeByCall {
            // What may not have reached Alipay at all can only be canceled; what it is known to have can be closed.
            return payment.channel == .qr && payment.qrCode != nil && payment.provider.tradeNo != nil
                ? await acquireClose(payment) : await acquireCancel(payment)
        }
        return await closeTrade(payment)
    }

    private func closeTrade(_ payment: Payment) async -> Outcome {
        let contract = tenant.contract
        let request = CloseTrade.request(
            tradeNo: payment.provider.tradeNo, outTradeNo: payment.merchantReference, contract)
        let call = AlipayCall(house: house, tenant: tenant)
        switch await call.run(CloseTrade.service, request, read: { CloseTrade.answer($0, contract) }) {
        case .answered(.closed), .answered(.notFound): return .closed
        case .answered(.wrongState): return .wrongState(code: "TRADE_STATUS_NOT_AVAILD")
        case .answered(.refused(let code)): return refusal(code)
        case .answered(.invalid(let why)): return .unknown(why, timedOut: false)
        case .unreachable(let why): return .unknown(why, timedOut: true)
        case .notContracted: return .refused(code: AlipayCall.notContractedCode)
        }
    }

    private func acquireClose(_ payment: Payment) async -> Outcome {
        let contract = tenant.contract
        let call = AlipayCall(house: house, tenant: tenant)
        let request = AcquireClose.request(outTradeNo: payment.merchantReference, contract)
        switch await call.run(
            AcquireClose.service, request,
            read: { AcquireClose.answer($0, outTradeNo: payment.merchantReference, contract) })
        {
        case .answered(.closed), .answered(.notFound): return .closed
        case .answered(.wrongState): return .wrongState(code: "TRADE_STATUS_ERROR")
        case .answered(.refused(let code)): return refusal(code)
        case .answered(.invalid(let why)): return .unknown(why, timedOut: false)
        case .unreachable(let why): return .unknown(why, timedOut: true)
        case .notContracted: return .refused(code: AlipayCall.notContractedCode)
        }
    }

    private func acquireCancel(_ payment: Payment) async -> Outcome {
        let contract = tenant.contract
        let call = AlipayCall(house: house, tenant: tenant)
        let request = AcquireCancel.request(outTradeNo: payment.merchantReference, contract)
        switch await call.run(
            AcquireCancel.service, request,
            read: { AcquireCancel.answer($0, outTradeNo: payment.merchantReference, contract) })
        {
        case .answered(.canceled(.close, _)): return .closed
        case .answered(.canceled(.refund, let tradeNo)): return .reversed(tradeNo: tradeNo)
        case .answered(.retry(let why)): return .again(why)
        case .answered(.notFound):
            return isBeingCharged(payment) ? .again("the charge may not have reached Alipay yet") : .closed
        case .answered(.wrongState(let code)): return .wrongState(code: code)
        case .answered(.failed(let code)): return refusal(code)
        case .answered(.unknown(let why)): return .unknown(why, timedOut: false)
        case .unreachable(let why): return .unknown(why, timedOut: true)
        case .notContracted: return .refused(code: AlipayCall.notContractedCode)
        }
    }

    /// Whether a charge of the barcode may still be on its way to Alipay: it is answered, and what came of it written down,
    /// or it is given up before that time is over.
    private func isBeingCharged(_ payment: Payment) -> Bool {
        payment.channel == .barcode && payment.status == .requiresAction && payment.lastError == nil
            && house.clock.nowMs - payment.createdAtMs < CheckSchedule.barcodeCancelMs
    }

    private func refusal(_ code: String) -> Outcome {
        switch ErrorCode.remedy(code) {
        case .final: .refused(code: code)
        case .retry, .queryFirst: .unknown("Alipay answered \(code)", timedOut: false)
        }
    }
}

/// Closes a payment that must not be paid any more, there and then here: a cancel that was asked for, one that ran out of
/// time, a barcode whose outcome stays open.
struct EndPayment: Sendable {
    enum Outcome: Sendable {
        /// As it stands now: closed by this, or moved on by what Alipay said.
        case settled(Payment)
        /// It stays as it is: Alipay cannot close it in its state, and nothing says what that is.
        case wrongState(code: String)
        case refused(code: String)
        case unknown(String, timedOut: Bool)
    }

    let house: House
    let tenant: Tenant

    /// - Parameter target: `canceled` or `expired`.
    func run(_ payment: Payment, as target: PaymentStatus) async throws(StoreError) -> Outcome {
        let closed = await CloseAtAlipay(house: house, tenant: tenant).run(payment)
        switch closed {
        case .closed: return .settled(try await close(payment, as: target))
        case .reversed(let tradeNo):
            let settled = try await reverse(payment, tradeNo)
            return settled.map { .settled($0) }
                ?? .unknown("Alipay gave it back, and does not say what", timedOut: false)
        case .refused(let code): return .refused(code: code)
        case .wrongState, .again, .unknown:
            if let settled = try await look(payment) { return .settled(settled) }
        }
        switch closed {
        case .wrongState(let code): return .wrongState(code: code)
        case .again(let why): return .unknown(why, timedOut: false)
        case .unknown(let why, let timedOut): return .unknown(why, timedOut: timedOut)
        case .closed, .reversed, .refused: return .wrongState(code: "")
        }
    }

    /// What Alipay says of it now; nil where that leaves it open, or nobody can say.
    private func look(_ payment: Payment) async throws(StoreError) -> Payment? {
        let asked = try await LearnOfTrade(house: house, tenant: tenant).run(payment)
        guard case .learned(let now) = asked, now.status != .requiresAction,
            now.status != .processing || now.amountPaidMinor != nil
        else { return nil }
        return now
    }

    /// Here only; Alipay has said that there is nothing to close, or has closed it.
    func close(_ payment: Payment, as target: PaymentStatus) async throws(StoreError) -> Payment {
        let apply = ApplyReport(house: house, tenant: tenant)
        let (facts, now) = try await house.store.write { transaction throws(StoreError) -> ([Fact], Payment) in
            guard var current = try transaction.payment(id: payment.id, tenant: tenant.id),
                let facts = current.closeUnpaid(as: target, nowMs: house.clock.nowMs)
            else { return ([], try transaction.payment(id: payment.id, tenant: tenant.id) ?? payment) }
            try apply.write(facts, of: &current, in: transaction)
            return (facts, current)
        }
        if !facts.isEmpty { apply.note(facts, now) }
        return now
    }

    /// It was paid, and all of it has gone back: a closed trade that was paid. Where its number or its sum is not known, what
    /// became of it is asked; nil if that does not tell.
    private func reverse(_ payment: Payment, _ tradeNo: String?) async throws(StoreError) -> Payment? {
        let learn = LearnOfTrade(house: house, tenant: tenant)
        let current = try await house.store.read { reader throws(StoreError) in
            try reader.payment(id: payment.id, tenant: tenant.id)
        }
        // Nor does the answer say of which sum, where another one may have been paid than was ordered.
        let isKnownSum = current?.lastError?.code != Payment.amountMismatchCode
        guard isKnownSum, let tradeNo = tradeNo ?? current?.provider.tradeNo else { return try await look(payment) }
        let report = TradeReport(
            source: .query, tradeNo: tradeNo, word: "TRADE_CLOSED", state: .closed, amountMinor: payment.amountMinor,
            refundStatus: TradeReport.refundSuccess, refundedMinor: payment.amountMinor)
        return try await learn.apply(report, to: payment)
    }
}
