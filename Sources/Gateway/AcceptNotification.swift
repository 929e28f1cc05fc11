import Alipay
package import Diagnostics
import HTTP
package import Payments
package import Tenants

/// What Alipay posts to `/notify/{tenant}`, from raw bytes to a verdict, in the contract's order: shape, signature, repeat,
/// is it about us, confirmed by Alipay, apply; then one transaction, and only then the answer.
package struct AcceptNotification: Sendable {
    private let house: House
    private let confirmations: CallSlots
    private let refusals: RefusalBudget
    private let budget: ConfirmationBudget

    package init(_ house: House) {
        self.house = house
        confirmations = CallSlots()
        refusals = RefusalBudget()
        budget = ConfirmationBudget()
    }

    /// The same, for one request: its log lines carry what `logger` carries, the request's id and the tenant.
    package func logging(with logger: Logger) -> AcceptNotification {
        AcceptNotification(
            house: house.logging(with: logger), confirmations: confirmations, refusals: refusals, budget: budget)
    }

    private init(
        house: House, confirmations: CallSlots, refusals: RefusalBudget, budget: ConfirmationBudget
    ) {
        self.house = house
        self.confirmations = confirmations
        self.refusals = refusals
        self.budget = budget
    }

    /// Calls `answer` once with whether Alipay is told `success`; every effect is durable by then. The size was checked by
    /// the listener.
    package func run(_ body: [UInt8], from tenant: Tenant, answer: @escaping @Sendable (Bool) -> Void) {
        let receivedAtMs = house.clock.nowMs
        let message: InboundNotification
        do { message = try InboundNotification(body) } catch {
            return refuse(.malformed, error.reason, nil, message: nil, body: body, tenant, receivedAtMs, answer)
        }
        guard message.isSigned(by: tenant.contract.keys) else {
            return refuseUnsigned(message, body: body, tenant, receivedAtMs, answer)
        }
        let intake = Intake(
            house: house, tenant: tenant, message: message, body: body, receivedAtMs: receivedAtMs,
            replayOf: nil, slots: confirmations, refusals: refusals, budget: budget
        ) { result in
            // Anything but a stored row that says so makes Alipay come again.
            answer((try? result.get())?.verdict.answersSuccess ?? false)
        }
        if message.isAmbiguous { return intake.confirmByAsking("SIGN equal, but a value could be read as fields") }
        if tenant.contract.notifyVerify { return intake.confirm() }
        // Alipay signs for all partners with one RSA key: whose message it is only Alipay can tell.
        if tenant.contract.keys.signType == .rsa { return intake.confirmByAsking("SIGN equal") }
        intake.settle(with: Intake.Evidence(.signature, nil))
    }

    /// Runs a refused notification once more, through the configuration as it is now.
    ///
    /// The signature has to be right, whoever vouches for the message. `then` gets the new row.
    ///
    /// - Parameter accept: whether an admin takes the message as it is. Another sum than the payment may have is taken only
    ///   of a message that was refused for it, so that nobody accepts one unseen.
    package func replay(
        _ row: Notification, from tenant: Tenant, accept: Bool,
        then: @escaping @Sendable (ReplayOutcome) -> Void
    ) {
        guard !row.verdict.answersSuccess else { return then(.settled(row)) }
        let message: InboundNotification
        do { message = try InboundNotification(row.body) } catch { return then(.unreadable(error.reason)) }
        // An admin's look at an old message does not make its key one that is in use.
        guard case .inForce = message.match(tenant.contract.keys) else { return then(.badSignature) }
        Intake(
            house: house, tenant: tenant, message: message, body: row.body, receivedAtMs: house.clock.nowMs,
            replayOf: row.replayOf ?? row.id, slots: confirmations, refusals: refusals, budget: budget
        ) { result in
            switch result {
            case .success(let row): then(.replayed(row))
            case .failure(let error): then(.unavailable(error))
            }
        }.replay(acceptsAmount: accept ? row.verdict == .amountMismatch : nil)
    }

    package enum ReplayOutcome: Sendable {
        /// The row that the replay made.
        case replayed(Notification)
        /// There is nothing to replay: it was answered `success`.
        case settled(Notification)
        /// The stored body is not a message, or not all of it.
        case unreadable(String)
        /// None of the tenant's keys gives its signature; nobody can vouch for it.
        case badSignature
        case unavailable(StoreError)
    }

    /// Counts a notification for a tenant that is not there; nothing else is done for it.
    package func noteUnknownTenant() {
        house.metrics.notifications.with([("tenant", ""), ("verdict", "unknown_tenant")]).increment()
    }

    // MARK: - Without a valid signature: counted all, sampled beyond a rate, no outbound call but one a minute.

    private func refuseUnsigned(
        _ message: InboundNotification, body: [UInt8], _ tenant: Tenant, _ receivedAtMs: Int64,
        _ answer: @escaping @Sendable (Bool) -> Void
    ) {
        let why = whyUnsigned(message, tenant)
        guard tenant.contract.notifyVerify, refusals.mayAsk(tenant.id, nowMs: receivedAtMs) else {
            return refuse(.badSignature, why, nil, message: message, body: body, tenant, receivedAtMs, answer)
        }
        AskAboutNotification(house: house, tenant: tenant).run(message.notifyID) { [self] result in
            refuse(
                .badSignature, "\(why); \(Triage.unsignedRow(result))", Triage.cell(signEqual: false, result),
                message: message, body: body, tenant, receivedAtMs, answer)
        }
    }

    private func whyUnsigned(_ message: InboundNotification, _ tenant: Tenant) -> String {
        let keys = tenant.contract.keys
        let lastLapsed = keys.lastLapsed
        if lastLapsed != nil { house.keysLapsed.raise(tenant, at: house) }
        let expected = keys.signType.rawValue
        guard message.signType == expected else {
            return "sign_type is \(message.signType.prefix(8)), this tenant's contract signs with \(expected)"
        }
        if case .lapsed(let tag) = message.match(keys) {
            return "SIGN equal only by the key \(tag.shownLapsed)"
        }
        if let lastLapsed { return "SIGN not checked: no key is in force, the last one was \(lastLapsed.shownLapsed)" }
        return "SIGN not equal: none of the tenant's \(expected) keys gives this signature"
    }

    private func refuse(
        _ verdict: Verdict, _ explanation: String, _ cell: FailureCell?, message: InboundNotification?, body: [UInt8],
        _ tenant: Tenant,
        _ receivedAtMs: Int64, _ answer: @escaping @Sendable (Bool) -> Void
    ) {
        house.metrics.notifications.with([("tenant", tenant.id), ("verdict", verdict.rawValue)]).increment()
        guard let standsFor = refusals.journal(.unsigned, tenant.id, nowMs: receivedAtMs) else {
            house.metrics.notJournalled.with([("tenant", tenant.id)]).increment()
            return answer(false)
        }
        let explanation =
            String(explanation.prefix(RefusalBudget.explanationCharactersMax)) + Triage.sampling(standsFor)
        let row = Notification(
            id: house.identifiers.make(.notification, nowMs: receivedAtMs), tenant: tenant.id, payment: nil,
            notifyID: message?.notifyID ?? "", notifyType: message?.notifyType ?? "",
            providerStatus: message?.providerStatus, verdict: verdict, explanation: explanation,
            failureCell: message.map { _ in Triage.cellText(signEqual: false, cell) }, receivedAtMs: receivedAtMs,
            body: Array(body.prefix(RefusalBudget.bodyBytesKept))
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
        } then: { [self] result in
            if case .failure = result {
                refusals.giveBack(standsFor, .unsigned, tenant.id, nowMs: receivedAtMs)
                house.metrics.notJournalled.with([("tenant", tenant.id)]).increment()
            }
            answer(false)
        }
    }
}
