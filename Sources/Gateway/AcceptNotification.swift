import Alipay
package import Diagnostics
import HTTP
import Payments
package import Tenants

/// What Alipay posts to `/notify/{tenant}`, from raw bytes to a verdict, in the contract's order: shape, signature, repeat,
/// is it about us, confirmed by Alipay, apply; then one transaction, and only then the answer.
package struct AcceptNotification: Sendable {
    private let house: House
    private let confirmations: ConfirmationSlots
    private let refusals: RefusalBudget

    package init(_ house: House) {
        self.house = house
        confirmations = ConfirmationSlots()
        refusals = RefusalBudget()
    }

    /// The same, for one request: its log lines carry what `logger` carries, the request's id and the tenant.
    package func logging(with logger: Logger) -> AcceptNotification {
        AcceptNotification(house: house.logging(with: logger), confirmations: confirmations, refusals: refusals)
    }

    private init(house: House, confirmations: ConfirmationSlots, refusals: RefusalBudget) {
        self.house = house
        self.confirmations = confirmations
        self.refusals = refusals
    }

    /// Calls `answer` once with whether Alipay is told `success`; every effect is durable by then. The size was checked by
    /// the listener.
    package func run(_ body: [UInt8], from tenant: Tenant, answer: @escaping @Sendable (Bool) -> Void) {
        let receivedAtMs = house.clock.nowMs
        let message: InboundNotification
        do { message = try InboundNotification(body) } catch {
            return refuse(.malformed, error.reason, message: nil, body: body, tenant, receivedAtMs, answer)
        }
        guard message.isSigned(by: tenant.contract.keys) else {
            return refuseUnsigned(message, body: body, tenant, receivedAtMs, answer)
        }
        let intake = Intake(
            house: house, tenant: tenant, message: message, body: body, receivedAtMs: receivedAtMs,
            slots: confirmations, answer: answer
        )
        guard tenant.contract.notifyVerify else { return intake.settle(with: .signature) }
        intake.confirm()
    }

    /// Counts a notification for a tenant that is not there; nothing else is done for it.
    package func noteUnknownTenant() {
        house.metrics.notifications.with([("tenant", ""), ("verdict", "unknown_tenant")]).increment()
    }

    // MARK: - Without a valid signature: counted all, journalled up to a rate, no outbound call but one a minute.

    private func refuseUnsigned(
        _ message: InboundNotification, body: [UInt8], _ tenant: Tenant, _ receivedAtMs: Int64,
        _ answer: @escaping @Sendable (Bool) -> Void
    ) {
        let expected = tenant.contract.keys.signType.rawValue
        guard message.signType == expected else {
            let why = "sign_type is \(message.signType.prefix(8)), this tenant's contract signs with \(expected)"
            return refuse(.badSignature, why, message: message, body: body, tenant, receivedAtMs, answer)
        }
        let why = "SIGN not equal: none of the tenant's \(expected) keys gives this signature"
        guard tenant.contract.notifyVerify, refusals.mayAsk(tenant.id, nowMs: receivedAtMs) else {
            return refuse(.badSignature, why, message: message, body: body, tenant, receivedAtMs, answer)
        }
        AskAboutNotification(house: house, tenant: tenant).run(message.notifyID) { [self] result in
            refuse(
                .badSignature, "\(why); \(Triage.unsignedRow(result))", message: message, body: body, tenant,
                receivedAtMs, answer)
        }
    }

    private func refuse(
        _ verdict: Verdict, _ explanation: String, message: InboundNotification?, body: [UInt8], _ tenant: Tenant,
        _ receivedAtMs: Int64, _ answer: @escaping @Sendable (Bool) -> Void
    ) {
        house.metrics.notifications.with([("tenant", tenant.id), ("verdict", verdict.rawValue)]).increment()
        guard refusals.mayJournal(tenant.id, nowMs: receivedAtMs) else { return answer(false) }
        let explanation = String(explanation.prefix(RefusalBudget.explanationCharactersMax))
        let row = Notification(
            id: house.identifiers.make(.notification, nowMs: receivedAtMs), tenant: tenant.id, payment: nil,
            notifyID: message?.notifyID ?? "", notifyType: message?.notifyType ?? "",
            providerStatus: message?.summary.providerStatus, verdict: verdict, explanation: explanation,
            receivedAtMs: receivedAtMs, body: Array(body.prefix(RefusalBudget.bodyBytesKept))
        )
        house.logger.warning(
            "notification refused",
            [
                "notification": .text(row.id), "verdict": .text(verdict.rawValue),
                "explanation": .text(explanation), "body_bytes": .number(Int64(body.count)),
            ]
        )
        house.store.write { transaction throws(StoreError) in
            try transaction.insert(row)
        } then: { _ in
            answer(false)
        }
    }
}
