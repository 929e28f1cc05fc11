import Alipay
import Diagnostics
package import Payments
package import Tenants

/// Makes a payment at Alipay by a call of ours, once it is durable here: a QR code to show, or a barcode that is charged.
///
/// No answer is never a failure: the payment is `processing`, and its timer finds out.
package struct CreateByCall: Sendable {
    package enum Outcome: Sendable {
        /// Alipay has it, or may have it.
        case made(Payment)
        /// Alipay's code; the payment is canceled.
        case refused(code: String, Payment)
        case unavailable(StoreError)
    }

    private let house: House

    package init(_ house: House) { self.house = house }

    /// - Parameters:
    ///   - payment: durable, and not sent yet (or, of a QR payment, without a code yet: the same request gives the same).
    ///   - authCode: what the buyer's wallet shows; with `barcode`.
    package func run(_ payment: Payment, authCode: String?, tenant: Tenant) async -> Outcome {
        do {
            return payment.channel == .qr
                ? try await precreateOnce(payment, tenant) : try await charge(payment, authCode ?? "", tenant)
        } catch { return .unavailable(error) }
    }

    /// Whether a repeated create calls once more: a QR payment that can still be paid and has no code yet. A barcode is
    /// charged once.
    package func isWanted(_ payment: Payment) -> Bool {
        payment.channel == .qr && payment.qrCode == nil && payment.amountPaidMinor == nil
            && (payment.status == .requiresAction || payment.status == .processing)
            && payment.cancelRequestedAtMs == nil && house.clock.nowMs < payment.expiresAtMs
    }

    /// Many may repeat one create at once: one call is made for all of them. Without one at hand, it stands as it does.
    private func precreateOnce(_ payment: Payment, _ tenant: Tenant) async throws(StoreError) -> Outcome {
        let isFirst = await house.precreates.begin(payment.id)
        defer { if isFirst { house.precreates.end(payment.id) } }
        let now = try await house.store.latest(payment)
        guard isFirst, isWanted(now), (try? house.takeCall(tenant)) != nil else { return .made(now) }
        return try await precreate(now, tenant)
    }

    private func precreate(_ payment: Payment, _ tenant: Tenant) async throws(StoreError) -> Outcome {
        let contract = tenant.contract
        let call = AlipayCall(house: house, tenant: tenant)
        let request = AcquirePrecreate.request(
            payment, contract, notifyURL: house.publicURLs.notify(tenant: tenant.id), nowMs: house.clock.nowMs)
        let result = await call.run(AcquirePrecreate.service, request) {
            AcquirePrecreate.answer($0, payment, contract)
        }
        switch result {
        case .answered(.created(let qrCode)): return .made(try await keep(qrCode, payment, tenant))
        case .answered(.failed(let code)): return try await refuse(code, payment, tenant)
        case .notContracted: return try await refuse(AlipayCall.notContractedCode, payment, tenant)
        case .answered(.unknown(let why)): return .made(try await leaveOpen(payment, why, tenant))
        case .unreachable(let why): return .made(try await leaveOpen(payment, why, tenant))
        }
    }

    private func charge(_ payment: Payment, _ authCode: String, _ tenant: Tenant) async throws(StoreError) -> Outcome {
        let contract = tenant.contract
        let call = AlipayCall(house: house, tenant: tenant)
        let request = AcquireCreateAndPay.request(
            payment, authCode: authCode, contract, notifyURL: house.publicURLs.notify(tenant: tenant.id),
            nowMs: house.clock.nowMs)
        let result = await call.run(AcquireCreateAndPay.service, request) {
            AcquireCreateAndPay.answer($0, payment, contract)
        }
        switch result {
        case .answered(.paid(let report)):
            return .made(try await LearnOfTrade(house: house, tenant: tenant).apply(report, to: payment))
        case .answered(.inProcess(let report)):
            let open = try await leaveOpen(payment, "the buyer has to confirm it", tenant)
            guard let report else { return .made(open) }
            return .made(try await LearnOfTrade(house: house, tenant: tenant).apply(report, to: open))
        case .answered(.failed(let code, let orderStands)):
            return orderStands
                ? try await endOrder(code, payment, tenant) : try await refuse(code, payment, tenant)
        case .notContracted: return try await refuse(AlipayCall.notContractedCode, payment, tenant)
        case .answered(.unknown(let why)): return .made(try await leaveOpen(payment, why, tenant))
        case .unreachable(let why): return .made(try await leaveOpen(payment, why, tenant))
        }
    }

    /// The charge failed and its order stands: it is ended at Alipay, so that nobody pays it later. Where that cannot be
    /// done now, the payment is open and its timer does it.
    private func endOrder(_ code: String, _ payment: Payment, _ tenant: Tenant) async throws(StoreError) -> Outcome {
        let noted = try await change(payment, tenant) { payment, nowMs in
            payment.lastError = CreateByCall.refusal(code, nowMs: nowMs)
            return payment.status == .requiresAction ? [] : nil
        }
        let ended = try await EndPayment(house: house, tenant: tenant).run(noted, as: .canceled)
        if case .settled(let now) = ended { return now.status.isClosed ? .refused(code: code, now) : .made(now) }
        return .made(try await leaveOpen(noted, "the order of a failed charge is not ended yet", tenant))
    }

    private static func refusal(_ code: String, nowMs: Int64) -> LastError {
        LastError(
            code: "provider_refused", message: "Alipay refused it: \(code)", atMs: nowMs,
            details: [MetadataEntry(key: "provider_code", value: code)])
    }

    private func keep(_ qrCode: String, _ payment: Payment, _ tenant: Tenant) async throws(StoreError) -> Payment {
        try await house.store.write { transaction throws(StoreError) in
            guard var current = try transaction.payment(id: payment.id, tenant: tenant.id) else { return payment }
            current.qrCode = qrCode
            current.updatedAtMs = house.clock.nowMs
            try transaction.update(current)
            return current
        }
    }

    private func leaveOpen(_ payment: Payment, _ why: String, _ tenant: Tenant) async throws(StoreError) -> Payment {
        house.logger.warning("outcome at Alipay is open", ["payment": .text(payment.id), "reason": .text(why)])
        return try await change(payment, tenant) { payment, nowMs in payment.noteOutcomeOpen(nowMs: nowMs) }
    }

    private func refuse(_ code: String, _ payment: Payment, _ tenant: Tenant) async throws(StoreError) -> Outcome {
        let now = try await change(payment, tenant) { payment, nowMs in
            // Two at once for one code: where one was given, it can be paid.
            guard payment.qrCode == nil else { return nil }
            payment.lastError = CreateByCall.refusal(code, nowMs: nowMs)
            return payment.closeUnpaid(as: .canceled, nowMs: nowMs)
        }
        // A notification may have told otherwise in between.
        return now.status == .canceled ? .refused(code: code, now) : .made(now)
    }

    private func change(
        _ payment: Payment, _ tenant: Tenant,
        _ move: @escaping @Sendable (inout Payment, Int64) -> [Fact]?
    ) async throws(StoreError) -> Payment {
        let apply = ApplyReport(house: house, tenant: tenant)
        let (facts, now) = try await house.store.write { transaction throws(StoreError) -> ([Fact], Payment) in
            guard let current = try transaction.payment(id: payment.id, tenant: tenant.id) else { return ([], payment) }
            var moved = current
            guard let facts = move(&moved, house.clock.nowMs) else { return ([], current) }
            try apply.write(facts, of: &moved, in: transaction)
            return (facts, moved)
        }
        if !facts.isEmpty { apply.note(facts, now) }
        return now
    }
}
