import Alipay
import Diagnostics
import Payments
import Tenants

/// One look at a payment whose time has come: Alipay is asked, and what has run out of time is closed.
struct CheckPayment: Sendable {
    let house: House
    let tenant: Tenant

    func run(_ payment: Payment) async throws(StoreError) {
        let nowMs = house.clock.nowMs
        let canAsk = AskAboutTrade(house: house, tenant: tenant).isPossible(payment)
        var current = payment
        var answer = Answer.none
        if canAsk {
            let asked = try await LearnOfTrade(house: house, tenant: tenant).run(payment, wantsRefunds: isPaid(payment))
            switch asked {
            case .learned(let now): (current, answer) = (now, .trade)
            case .notFound: (current, answer) = (try await house.store.latest(payment), .notFound)
            // It took a while: a notification may have come meanwhile.
            case .noQuery, .refused, .invalidAnswer, .unreachable: current = try await house.store.latest(payment)
            }
        }
        if let target = CheckPayment.ending(current, nowMs: nowMs), mayEnd(current, answer, canAsk: canAsk) {
            current = try await end(current, as: target, isNotFound: answer == .notFound)
        }
        try await moveOn(current, answer, since: nowMs)
    }

    /// What Alipay said of the trade.
    private enum Answer {
        case trade
        case notFound
        case none
    }

    /// A trade that is canceled goes back to the buyer if it was paid: a QR code may have been, in time, and is ended only on
    /// Alipay's word. A barcode's buyer stands at the till, and is told after 30 s.
    private func mayEnd(_ payment: Payment, _ answer: Answer, canAsk: Bool) -> Bool {
        payment.channel != .qr || answer != .none || !canAsk
    }

    private func isPaid(_ payment: Payment) -> Bool { payment.amountPaidMinor != nil }

    /// How it has to end now; nil if it does not.
    private static func ending(_ payment: Payment, nowMs: Int64) -> PaymentStatus? {
        let isOpenBarcode = payment.channel == .barcode && payment.amountPaidMinor == nil
        switch payment.status {
        case .requiresAction, .processing:
            guard payment.lastError?.code != Payment.amountMismatchCode, !payment.isConfirming else { return nil }
            if isOpenBarcode {
                return nowMs - payment.createdAtMs >= CheckSchedule.barcodeCancelMs ? .canceled : nil
            }
            guard payment.status == .requiresAction || (payment.isMadeByCall && payment.amountPaidMinor == nil) else {
                return nil
            }
            if payment.cancelRequestedAtMs != nil { return .canceled }
            return nowMs >= payment.expiresAtMs ? .expired : nil
        case .held, .shipped, .succeeded, .canceled, .expired: return nil
        }
    }

    private func end(
        _ payment: Payment, as target: PaymentStatus, isNotFound: Bool
    ) async throws(StoreError) -> Payment {
        let end = EndPayment(house: house, tenant: tenant)
        switch try await end.run(payment, as: target) {
        case .settled(let now): return now
        // There is nothing to close, and the contract has no service that would say so.
        case .refused where isNotFound: return try await end.close(payment, as: target)
        case .wrongState(let code), .refused(let code):
            alarm(payment, code)
            return payment
        case .unknown(let why, _):
            house.logger.warning("payment not closed yet", ["payment": .text(payment.id), "reason": .text(why)])
            return payment
        }
    }

    /// Alipay does not close it and nothing says that it was paid: somebody has to look.
    private func alarm(_ payment: Payment, _ code: String) {
        house.metrics.alarms.with([("tenant", tenant.id), ("kind", "not_closable")]).increment()
        house.logger.error("payment cannot be closed", ["payment": .text(payment.id), "code": .text(code)])
    }

    /// Sets the next look, unless what was learned since this one began has set it.
    private func moveOn(_ payment: Payment, _ answer: Answer, since beganAtMs: Int64) async throws(StoreError) {
        try await house.store.write { transaction throws(StoreError) in
            let nowMs = house.clock.nowMs
            guard var current = try transaction.payment(id: payment.id, tenant: tenant.id),
                let due = current.checkAtMs, due <= beganAtMs
            else { return }
            let canQuery = AskAboutTrade(house: house, tenant: tenant).isContracted(current)
            current.checkAtMs = CheckSchedule.next(current, nowMs: nowMs, canQuery: canQuery)
            // What is over was looked at for its refunds: an answer is waited for.
            if current.checkAtMs == nil, answer == .none, isPaid(current), canQuery {
                current.checkAtMs = nowMs + CheckPayment.againMs
            }
            try transaction.update(current)
        }
    }

    static let againMs: Int64 = 3_600_000
}
