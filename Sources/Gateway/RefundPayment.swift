import Alipay
import Diagnostics
package import JSON
package import Payments
package import Tenants

/// Gives money back: all of a payment or part of it, or a second trade of it.
///
/// The refund and its batch number are durable before anything is sent. What Alipay does not answer is `unknown`, and its
/// timer finds out.
package struct RefundPayment: Sendable {
    package struct Ask: Sendable, Hashable {
        /// Fen; nil for all that is left.
        package let amountMinor: Int64?
        package let reason: String?
        package let merchantReference: String?
        /// Another trade of the payment; nil for its own.
        package let tradeNo: String?

        package init(
            amountMinor: Int64? = nil, reason: String? = nil, merchantReference: String? = nil, tradeNo: String? = nil
        ) {
            self.amountMinor = amountMinor
            self.reason = reason
            self.merchantReference = merchantReference
            self.tradeNo = tradeNo
        }
    }

    package enum Outcome: Sendable {
        case created(Refund)
        /// The same thing was asked before.
        case existing(Refund)
        case unknownPayment
        /// The payment has no such trade that was paid.
        case unknownTrade
        /// The reference belongs to another refund.
        case conflict(Refund)
        /// Why, in words.
        case notRefundable(String)
        /// Fen that are left.
        case exceeds(leftMinor: Int64)
        /// Another refund of the trade is not settled yet.
        case inProgress(Refund)
        /// The tenant's charset lacks this character of the reason.
        case unwritable(Unicode.Scalar)
        case unavailable(StoreError)
    }

    /// The first look comes after the first request has had its time.
    static let firstCheckMs: Int64 = 30_000
    /// Looks at what staff have to confirm begin as slow as this one of ``Refund/checkDelaysMs``.
    private static let staffCheckCount = 3

    private let house: House

    package init(_ house: House) { self.house = house }

    /// Written by the caller in the transaction that makes a refund, so that neither is there without the other.
    package typealias Companion = @Sendable (Refund, any StoreTransaction) throws(StoreError) -> Void

    package func run(_ ask: Ask, payment id: String, tenant: Tenant, with companion: Companion? = nil) async -> Outcome
    {
        do {
            return try await house.withCall(of: tenant) { house throws(StoreError) in
                try await RefundPayment(house).refund(ask, id, tenant, companion)
            }
        } catch { return .unavailable(error) }
    }

    private func refund(
        _ ask: Ask, _ id: String, _ tenant: Tenant, _ companion: Companion?
    ) async throws(StoreError) -> Outcome {
        let keepAll: @Sendable (any StoreTransaction) throws(StoreError) -> (outcome: Outcome, payment: Payment?) = {
            transaction throws(StoreError) in
            let kept = try keep(ask, payment: id, tenant, in: transaction)
            if case .created(let refund) = kept.outcome { try companion?(refund, transaction) }
            return kept
        }
        let kept: (outcome: Outcome, payment: Payment?)
        do { kept = try await house.store.write(keepAll) } catch {
            // Two at once with one reference: the other one is there now.
            guard error.code == .conflict else { throw error }
            kept = try await house.store.write(keepAll)
        }
        guard case .created(let refund) = kept.outcome, let payment = kept.payment else { return kept.outcome }
        note(refund)
        return .created(await send(refund, payment, tenant))
    }

    /// What the merchant's staff have to do for it; nil when there is nothing.
    package func nextAction(_ refund: Refund, _ tenant: Tenant) -> NextAction? {
        let nowMs = house.clock.nowMs
        guard refund.method == .password, refund.status.isOpen, RefundPayment.isOfToday(refund, nowMs: nowMs) else {
            return nil
        }
        return RefundFastpay.pageURL(
            refund: refund, tenant.contract, notifyURL: house.publicURLs.notify(tenant: tenant.id), nowMs: nowMs
        ).map { .redirect(url: $0, providerURL: $0) }
    }

    /// Whether the refund's batch number carries today's Beijing date, so that Alipay takes it.
    static func isOfToday(_ refund: Refund, nowMs: Int64) -> Bool {
        refund.batchNo?.hasPrefix(BeijingTime.date(unixMs: nowMs)) ?? false
    }

    // MARK: - Writing it down

    private func keep(
        _ ask: Ask, payment id: String, _ tenant: Tenant, in transaction: any StoreTransaction
    ) throws(StoreError) -> (outcome: Outcome, payment: Payment?) {
        guard let payment = try transaction.payment(id: id, tenant: tenant.id) else { return (.unknownPayment, nil) }
        if let reference = ask.merchantReference,
            let known = try transaction.refund(reference: reference, tenant: tenant.id)
        {
            return (RefundPayment.isSame(known, ask, payment) ? .existing(known) : .conflict(known), payment)
        }
        let trade: Trade
        switch try self.trade(ask, payment, in: transaction) {
        case .success(let found): trade = found
        case .failure(let refusal): return (refusal.outcome, payment)
        }
        let ofTrade = try transaction.refunds(payment: id, tenant: tenant.id).filter { $0.tradeNo == trade.tradeNo }
        if let open = ofTrade.first(where: \.status.isOpen) { return (.inProgress(open), payment) }
        let spentMinor = ofTrade.reduce(into: Int64(0)) { if $1.status == .succeeded { $0 += $1.amountMinor } }
        let leftMinor = trade.amountMinor - max(spentMinor, trade.refundedMinor)
        let amountMinor = ask.amountMinor ?? leftMinor
        guard amountMinor > 0, amountMinor <= leftMinor else { return (.exceeds(leftMinor: leftMinor), payment) }
        if let reason = ask.reason, let scalar = Contract.unwritable(reason, in: tenant.contract.charset) {
            return (.unwritable(scalar), payment)
        }
        let whole = Ask(amountMinor: amountMinor, reason: ask.reason, merchantReference: ask.merchantReference)
        let refund = make(
            whole, payment, tradeNo: trade.tradeNo, isOfOtherTrade: trade.isOther, tenant, nowMs: house.clock.nowMs)
        // Staff confirm it at Alipay themselves.
        if refund.method != .password { try house.takeCall(tenant) }
        try transaction.insert(refund)
        return (.created(refund), payment)
    }

    private struct Trade {
        let tradeNo: String
        let amountMinor: Int64
        /// What has gone back of it already, fen.
        let refundedMinor: Int64
        let isOther: Bool
    }

    private struct Refusal: Error { let outcome: Outcome }

    private func trade(
        _ ask: Ask, _ payment: Payment, in reader: any StoreReader
    ) throws(StoreError) -> Result<Trade, Refusal> {
        if let tradeNo = ask.tradeNo, tradeNo != payment.provider.tradeNo || payment.amountPaidMinor == nil {
            guard let other = try reader.otherTrade(payment: payment.id, tradeNo: tradeNo) else {
                return .failure(Refusal(outcome: .unknownTrade))
            }
            return .success(
                Trade(tradeNo: tradeNo, amountMinor: other.amountMinor, refundedMinor: 0, isOther: true))
        }
        guard payment.status == .succeeded, let paid = payment.amountPaidMinor, let tradeNo = payment.provider.tradeNo
        else {
            return .failure(
                Refusal(outcome: .notRefundable("it is \(payment.status.rawValue); only a succeeded one can be")))
        }
        guard payment.refundable else {
            let why =
                payment.amountRefundedMinor >= paid
                ? "all of it has gone back" : "Alipay takes no refund of it any more"
            return .failure(Refusal(outcome: .notRefundable(why)))
        }
        return .success(
            Trade(
                tradeNo: tradeNo, amountMinor: paid, refundedMinor: payment.amountRefundedMinor, isOther: false))
    }

    private static func isSame(_ known: Refund, _ ask: Ask, _ payment: Payment) -> Bool {
        known.payment == payment.id && (ask.amountMinor == nil || known.amountMinor == ask.amountMinor)
            && (ask.tradeNo == nil ? !known.isOfOtherTrade : known.tradeNo == ask.tradeNo)
    }

    /// A refund that has not been sent. Its batch number: the Beijing date, and the random part of its id.
    func make(
        _ ask: Ask, _ payment: Payment, tradeNo: String, isOfOtherTrade: Bool, _ tenant: Tenant, nowMs: Int64
    ) -> Refund {
        let id = house.identifiers.make(.refund, nowMs: nowMs)
        let method = RefundPayment.method(payment, tenant)
        var refund = Refund(
            id: id, tenant: tenant.id, payment: payment.id, amountMinor: ask.amountMinor ?? 0, reason: ask.reason,
            merchantReference: ask.merchantReference, origin: .api, method: method, tradeNo: tradeNo,
            isOfOtherTrade: isOfOtherTrade, batchNo: BeijingTime.date(unixMs: nowMs) + id.suffix(22),
            refundedBeforeMinor: isOfOtherTrade ? 0 : payment.amountRefundedMinor, status: .pending,
            createdAtMs: nowMs, updatedAtMs: nowMs)
        if method == .password {
            refund.checkCount = RefundPayment.staffCheckCount
            refund.checkAtMs = nowMs + Refund.checkDelaysMs[RefundPayment.staffCheckCount]
        } else {
            // Counted before it is sent, so that after a crash it passes for one that may have arrived.
            refund.sendCount = 1
            refund.checkAtMs = nowMs + RefundPayment.firstCheckMs
        }
        return refund
    }

    private static func method(_ payment: Payment, _ tenant: Tenant) -> Refund.Method {
        if payment.isMadeByCall { return .acquire }
        switch tenant.contract.services.refund {
        case .noPassword: return .noPassword
        case .password: return .password
        }
    }

    // MARK: - Sending it

    /// Sends a refund that is durable; for use cases that do not wait for it.
    func sendSoon(_ refund: Refund, _ payment: Payment, _ tenant: Tenant) {
        note(refund)
        Task { _ = await RefundPayment(house.holdingNoCall).send(refund, payment, tenant) }
    }

    private func send(_ refund: Refund, _ payment: Payment, _ tenant: Tenant) async -> Refund {
        guard refund.method != .password else { return refund }
        let report = await SendRefund(house: house, tenant: tenant).run(refund, payment)
        let apply = ApplyRefundReport(house: house, tenant: tenant)
        do {
            let applied = try await house.store.write { transaction throws(StoreError) in
                // A notification may have settled it meanwhile.
                let current = try transaction.refund(id: refund.id, tenant: tenant.id) ?? refund
                return try apply.apply(report, to: current, in: transaction)
            }
            apply.note(applied)
            return applied.refund
        } catch {
            // It is written down and its timer set: the answer is asked for again.
            house.logger.error(
                "refund's outcome not stored", ["refund": .text(refund.id), "error": .text(error.description)])
            return refund
        }
    }

    private func note(_ refund: Refund) {
        house.checkBell.ring(refund.checkAtMs)
        house.metrics.refunds.with([("tenant", refund.tenant), ("status", "created")]).increment()
        house.logger.info(
            "refund created",
            [
                "refund": .text(refund.id), "payment": .text(refund.payment),
                "amount_minor": .number(refund.amountMinor),
            ])
    }
}
