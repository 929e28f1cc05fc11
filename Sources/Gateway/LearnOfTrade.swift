import Alipay
import Payments
import Tenants

/// Asks Alipay about a payment's trade, and applies what it says.
struct LearnOfTrade: Sendable {
    enum Outcome: Sendable {
        /// As it stands after what Alipay said.
        case learned(Payment)
        /// Alipay has no such trade: the buyer has not come to the cashier yet.
        case notFound
        /// The contract has no way to ask.
        case noQuery
        /// Alipay's error code.
        case refused(code: String)
        /// An answer that proves nothing.
        case invalidAnswer(String)
        case unreachable(String)
    }

    let house: House
    let tenant: Tenant

    func run(
        _ payment: Payment, wantsRefunds: Bool = false, timeout: Duration = SingleTradeQuery.timeout
    ) async throws(StoreError) -> Outcome {
        let ask = AskAboutTrade(house: house, tenant: tenant)
        let asked = await ask.run(
            payment, tradeNo: AskAboutTrade.tradeNo(of: payment), wantsRefunds: wantsRefunds, timeout: timeout)
        switch asked {
        case .answered(.trade(let report)): return .learned(try await apply(report, to: payment))
        case .answered(.notFound): return .notFound
        case .answered(.unsupported(_, let word)): return .invalidAnswer("unknown trade_status \(word.prefix(64))")
        case .answered(.refused(let code)): return .refused(code: code)
        case .answered(.invalid(let why)): return .invalidAnswer(why)
        case .unreachable(let why): return .unreachable(why)
        case .notContracted: return .noQuery
        }
    }

    func apply(_ report: TradeReport, to payment: Payment) async throws(StoreError) -> Payment {
        let apply = ApplyReport(house: house, tenant: tenant)
        let applied = try await house.store.write { transaction throws(StoreError) in
            let current = try transaction.payment(id: payment.id, tenant: tenant.id) ?? payment
            return try apply.apply(report, to: current, in: transaction)
        }
        apply.note(applied)
        return applied.payment
    }
}
