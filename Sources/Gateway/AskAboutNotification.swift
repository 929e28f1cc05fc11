import Alipay
import Diagnostics
import HTTP
import Tenants

/// One `notify_verify`, sent and read.
struct AskAboutNotification: Sendable {
    let house: House
    let tenant: Tenant

    func run(_ notifyID: String, then: @escaping @Sendable (Result<NotifyVerify.Answer, SendError>) -> Void) {
        house.alipay.send(NotifyVerify.request(notifyID: notifyID, tenant.contract)) { [self] result in
            let answer = result.map { NotifyVerify.answer($0, tenant.contract) }
            count(answer)
            then(answer)
        }
    }

    private func count(_ answer: Result<NotifyVerify.Answer, SendError>) {
        let label: String
        switch answer {
        case .success(.true): label = "true"
        case .success(.false): label = "false"
        case .success(.invalid): label = "invalid"
        case .success(.unreadable): label = "unreadable"
        case .failure(let error): label = error.code.rawValue
        }
        house.metrics.queries
            .with([("tenant", tenant.id), ("service", "notify_verify"), ("outcome", label)]).increment()
    }
}
