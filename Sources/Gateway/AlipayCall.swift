import Alipay
import Diagnostics
import HTTP
import Tenants

/// What a service's answer is counted as, and the code with which Alipay refused it.
protocol ServiceReply: Sendable {
    /// One word, for metrics.
    var outcome: String { get }
    var refusalCode: String? { get }
}

/// One call of one of Alipay's services: sent, read, counted.
struct AlipayCall: Sendable {
    enum Result<Answer: ServiceReply>: Sendable {
        case answered(Answer)
        /// No answer in time, or none at all; why, in words. It may have been heard.
        case unreachable(String)
        /// Not called: Alipay has said that the contract does not include it.
        case notContracted
    }

    static let notContractedCode = "ILLEGAL_PARTNER_EXTERFACE"

    let house: House
    let tenant: Tenant

    /// - Parameter request: nil if no key of the contract was in force to sign it with.
    func run<Answer: ServiceReply>(
        _ service: String, _ request: OutboundRequest?, read: @escaping @Sendable (OutboundResponse) -> Answer,
        then: @escaping @Sendable (Result<Answer>) -> Void
    ) {
        guard let request else {
            count(service, "unsigned")
            house.keysLapsed.raise(tenant, at: house)
            return then(.unreachable("no key of the contract is in force; nothing was sent"))
        }
        guard house.refusedServices.mayCall(service, tenant, nowMs: house.clock.nowMs) else {
            return then(.notContracted)
        }
        // Anybody with a checkout's URL can ask for time stamps: they have slots of their own.
        let (slots, slotsMax) =
            service == QueryTimestamp.service
            ? ("\(tenant.id)/checkout", CallSlots.checkoutsMax) : (tenant.id, CallSlots.perTenantMax)
        let isHeld = house.call?.take() ?? false
        guard isHeld || house.callSlots.take(slots, max: slotsMax) else {
            count(service, "too_many")
            return then(.unreachable("too many calls of this tenant are waiting; nothing was sent"))
        }
        house.alipay.send(request) { [self] result in
            if !isHeld { house.callSlots.give(slots) }
            switch result {
            case .success(let response):
                let answer = read(response)
                note(service, answer)
                then(.answered(answer))
            case .failure(let error):
                count(service, "unreachable")
                house.logger.warning(
                    "Alipay did not answer",
                    ["tenant": .text(tenant.id), "service": .text(service), "reason": .text(error.message)])
                then(.unreachable(error.message))
            }
        }
    }

    func run<Answer: ServiceReply>(
        _ service: String, _ request: OutboundRequest?, read: @escaping @Sendable (OutboundResponse) -> Answer
    ) async -> Result<Answer> {
        await withCheckedContinuation { continuation in
            run(service, request, read: read) { continuation.resume(returning: $0) }
        }
    }

    private func note(_ service: String, _ answer: some ServiceReply) {
        count(service, answer.outcome)
        let nowMs = house.clock.nowMs
        let isRefused = answer.refusalCode == AlipayCall.notContractedCode
        if house.refusedServices.note(service, tenant, isRefused: isRefused, nowMs: nowMs) {
            if isRefused {
                house.metrics.alarms.with([("tenant", tenant.id), ("kind", "service_not_contracted")]).increment()
                house.logger.warning(
                    "service is not in the contract",
                    [
                        "tenant": .text(tenant.id), "service": .text(service),
                        "advice": "mend the contract at Alipay, or alipay.services in the tenant's file",
                    ])
            } else {
                house.logger.info(
                    "service is in the contract again", ["tenant": .text(tenant.id), "service": .text(service)])
            }
        }
        if let code = answer.refusalCode, !ErrorCode.isKnown(code) {
            house.metrics.alarms.with([("tenant", tenant.id), ("kind", "unknown_code")]).increment()
            house.logger.warning(
                "unknown code from Alipay",
                ["tenant": .text(tenant.id), "service": .text(service), "code": .text(code)])
        }
    }

    private func count(_ service: String, _ outcome: String) {
        house.metrics.queries
            .with([("tenant", tenant.id), ("service", service), ("outcome", outcome)]).increment()
    }
}
