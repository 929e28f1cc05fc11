import Alipay
package import Payments
package import Tenants

/// Asks Alipay about a payment now, and applies what it says.
package struct SyncPayment: Sendable {
    package enum Outcome: Sendable {
        /// As it stands after what Alipay said.
        case synced(Payment)
        case unknownPayment
        /// The tenant's contract has no `single_trade_query`.
        case noQuery
        /// Alipay's error code.
        case refused(code: String)
        /// An answer that proves nothing.
        case invalidAnswer(String)
        case timedOut
        case unavailable(StoreError)
    }

    private let house: House

    package init(_ house: House) { self.house = house }

    package func run(payment id: String, tenant: Tenant, then: @escaping @Sendable (Outcome) -> Void) {
        guard tenant.contract.services.tradeQuery else { return then(.noQuery) }
        house.store.read { reader throws(StoreError) in
            try reader.payment(id: id, tenant: tenant.id)
        } then: { [self] result in
            switch result {
            case .failure(let error): then(.unavailable(error))
            case .success(nil): then(.unknownPayment)
            case .success(let payment?): ask(payment, tenant, then)
            }
        }
    }

    private func ask(_ payment: Payment, _ tenant: Tenant, _ then: @escaping @Sendable (Outcome) -> Void) {
        // A trade that was paid has a number that counts; before that the merchant's number finds whichever is paid.
        let paidTrade = payment.amountPaidMinor == nil ? nil : payment.provider.tradeNo
        let key = paidTrade.map(SingleTradeQuery.Key.tradeNo) ?? .outTradeNo(payment.merchantReference)
        AskAboutTrade(house: house, tenant: tenant).run(key, outTradeNo: payment.merchantReference) { [self] outcome in
            switch outcome {
            case .answered(.trade(let report)): apply(report, payment, tenant, then)
            case .answered(.notFound): then(.synced(payment))
            case .answered(.unsupported(_, let word)): then(.invalidAnswer("unknown trade_status \(word.prefix(64))"))
            case .answered(.refused(let code)): then(.refused(code: code))
            case .answered(.invalid(let why)): then(.invalidAnswer(why))
            case .unreachable: then(.timedOut)
            }
        }
    }

    private func apply(
        _ report: TradeReport, _ payment: Payment, _ tenant: Tenant, _ then: @escaping @Sendable (Outcome) -> Void
    ) {
        let apply = ApplyReport(house: house, tenant: tenant)
        house.store.write { transaction throws(StoreError) in
            guard let current = try transaction.payment(id: payment.id, tenant: tenant.id) else {
                return (Transition.unchanged, payment)
            }
            return try apply.apply(report, to: current, in: transaction)
        } then: { result in
            switch result {
            case .success(let (transition, payment)):
                apply.note(transition, payment)
                then(.synced(payment))
            case .failure(let error): then(.unavailable(error))
            }
        }
    }
}
