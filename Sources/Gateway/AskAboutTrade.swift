import Alipay
import Diagnostics
import HTTP
import Payments
import Tenants

/// One `single_trade_query`, sent and read.
struct AskAboutTrade: Sendable {
    enum Outcome: Sendable {
        case answered(SingleTradeQuery.Answer)
        /// No answer in time, or none at all; why, in words.
        case unreachable(String, timedOut: Bool)
    }

    let house: House
    let tenant: Tenant

    func run(_ key: SingleTradeQuery.Key, outTradeNo: String, then: @escaping @Sendable (Outcome) -> Void) {
        let request = SingleTradeQuery.request(key, tenant.contract)
        house.alipay.send(request) { [self] result in
            let outcome: Outcome
            switch result {
            case .success(let response):
                outcome = .answered(SingleTradeQuery.answer(response, outTradeNo: outTradeNo, tenant.contract))
            case .failure(let error):
                outcome = .unreachable(error.message, timedOut: error.code == .timeout)
            }
            count(outcome)
            then(outcome)
        }
    }

    private func count(_ outcome: Outcome) {
        let label: String
        switch outcome {
        case .answered(.trade): label = "trade"
        case .answered(.unsupported): label = "unsupported"
        case .answered(.notFound): label = "not_found"
        case .answered(.refused): label = "refused"
        case .answered(.invalid): label = "invalid"
        case .unreachable: label = "unreachable"
        }
        house.metrics.queries
            .with([("tenant", tenant.id), ("service", "single_trade_query"), ("outcome", label)]).increment()
    }
}
