import Alipay
import Diagnostics
package import Payments
package import Tenants

/// Tells Alipay that the goods of an escrow payment are sent. The shipment is durable before that, so that a call whose
/// answer was lost can be repeated.
package struct ShipGoods: Sendable {
    package struct Ask: Sendable, Hashable {
        package let carrier: String
        package let trackingNumber: String?
        package let transport: Shipment.Transport

        package init(carrier: String, trackingNumber: String?, transport: Shipment.Transport) {
            self.carrier = carrier
            self.trackingNumber = trackingNumber
            self.transport = transport
        }
    }

    package enum Outcome: Sendable {
        case shipped(Shipment)
        /// The same thing was asked before, and done.
        case existing(Shipment)
        case unknownPayment
        /// It stands like this; Alipay's code, if it said so.
        case notShippable(Payment, code: String?)
        /// The tenant's charset lacks this character of that field.
        case unwritable(field: String, Unicode.Scalar)
        /// Alipay's code; nothing changed.
        case refused(code: String)
        /// Whether Alipay took it is not known; why.
        case unknown(String, timedOut: Bool)
        /// Nothing was done.
        case unavailable(StoreError)
        /// Alipay was told, and what came of it could not be written down.
        case notKept(StoreError)
    }

    private let house: House

    package init(_ house: House) { self.house = house }

    package func run(_ ask: Ask, payment id: String, tenant: Tenant) async -> Outcome {
        for (field, text) in [("carrier", ask.carrier), ("tracking_number", ask.trackingNumber ?? "")] {
            if let scalar = Contract.unwritable(text, in: tenant.contract.charset) {
                return .unwritable(field: field, scalar)
            }
        }
        do {
            return try await house.withCall(of: tenant) { house throws(StoreError) in
                try await ShipGoods(house).ship(ask, id, tenant)
            }
        } catch { return .unavailable(error) }
    }

    private func ship(_ ask: Ask, _ id: String, _ tenant: Tenant) async throws(StoreError) -> Outcome {
        switch try await keep(ask, id, tenant) {
        case .ended(let outcome): return outcome
        case .tell(let shipment, let payment, let replaced):
            do { return try await tell(shipment, payment, tenant, replaced) } catch { return .notKept(error) }
        }
    }

    private enum Kept: Sendable {
        case ended(Outcome)
        /// `replaces`: an earlier call asked for something else, and whether Alipay took that is not known.
        case tell(Shipment, Payment, replaces: Shipment?)
    }

    private enum Done: Sendable {
        /// What became of the payment with it, if the answer says.
        case confirmed(ApplyReport.Applied?)
        /// Two at once with different goods, and Alipay has taken the other one's.
        case another(Payment)
    }

    private func keep(_ ask: Ask, _ id: String, _ tenant: Tenant) async throws(StoreError) -> Kept {
        try await house.store.write { transaction throws(StoreError) -> Kept in
            guard let payment = try transaction.payment(id: id, tenant: tenant.id) else {
                return .ended(.unknownPayment)
            }
            let nowMs = house.clock.nowMs
            let known = try transaction.shipment(payment: id, tenant: tenant.id)
            let asked = Shipment(
                id: known?.id ?? house.identifiers.make(.shipment, nowMs: nowMs), tenant: tenant.id, payment: id,
                carrier: ask.carrier, trackingNumber: ask.trackingNumber, transport: ask.transport, state: .requested,
                createdAtMs: known?.createdAtMs ?? nowMs)
            if let known, known.asksTheSame(as: asked), known.state == .confirmed || payment.status != .held {
                return .ended(try confirm(known, payment, in: transaction))
            }
            guard payment.status == .held, payment.provider.tradeNo != nil, known?.state != .confirmed else {
                return .ended(.notShippable(payment, code: nil))
            }
            try house.takeCall(tenant)
            try transaction.put(asked)
            return .tell(asked, payment, replaces: known.flatMap { $0.asksTheSame(as: asked) ? nil : $0 })
        }
    }

    /// The same call again: it was done, or the payment has moved on to where the call would have brought it.
    private func confirm(
        _ known: Shipment, _ payment: Payment, in transaction: any StoreTransaction
    ) throws(StoreError) -> Outcome {
        guard known.state == .requested else { return .existing(known) }
        guard payment.status == .shipped || payment.status == .succeeded else {
            return .notShippable(payment, code: nil)
        }
        var shipment = known
        shipment.state = .confirmed
        try transaction.put(shipment)
        return .existing(shipment)
    }

    private func tell(
        _ shipment: Shipment, _ payment: Payment, _ tenant: Tenant, _ replaced: Shipment?
    ) async throws(StoreError) -> Outcome {
        let contract = tenant.contract
        let tradeNo = payment.provider.tradeNo ?? ""
        let call = AlipayCall(house: house, tenant: tenant)
        let request = SendGoodsConfirmByPlatform.request(tradeNo: tradeNo, shipment: shipment, contract)
        let result = await call.run(SendGoodsConfirmByPlatform.service, request) {
            SendGoodsConfirmByPlatform.answer(
                $0, tradeNo: tradeNo, outTradeNo: payment.merchantReference, contract)
        }
        switch result {
        case .answered(.shipped(let word)): return try await done(shipment, payment, tenant, word: word)
        case .answered(.accepted): return try await done(shipment, payment, tenant, word: nil)
        case .answered(.refused(let code)):
            return try await ErrorCode.remedy(code) == .final && !ShipGoods.isWrongState(code)
                ? .refused(code: code)
                : look(shipment, payment, tenant, replaced, code: code, why: code, timedOut: false)
        case .answered(.invalid(let why)):
            return try await look(shipment, payment, tenant, replaced, code: nil, why: why, timedOut: false)
        case .unreachable(let why):
            return try await look(shipment, payment, tenant, replaced, code: nil, why: why, timedOut: true)
        case .notContracted: return .refused(code: AlipayCall.notContractedCode)
        }
    }

    private static func isWrongState(_ code: String) -> Bool {
        ["TRADE_STATUS_NOT_AVAILD", "TRADE_STATUS_ERROR", "TRADE_NOT_EXIST"].contains(code)
    }

    /// Alipay refused for the trade's state, or did not answer: the trade itself tells what came of it.
    private func look(
        _ shipment: Shipment, _ payment: Payment, _ tenant: Tenant, _ replaced: Shipment?, code: String?, why: String,
        timedOut: Bool
    ) async throws(StoreError) -> Outcome {
        let asked = try await LearnOfTrade(house: house, tenant: tenant).run(payment)
        guard case .learned(let now) = asked else {
            guard let code, ShipGoods.isWrongState(code) else { return .unknown(why, timedOut: timedOut) }
            return .notShippable(payment, code: code)
        }
        switch now.status {
        case .shipped, .succeeded:
            guard let replaced else { return try await done(shipment, now, tenant, word: nil, asks: false) }
            // It is shipped; by which of two calls only a refusal tells: then it was not this one.
            guard let code else { return .unknown(why, timedOut: timedOut) }
            try await house.store.write { transaction throws(StoreError) in try transaction.put(replaced) }
            return .notShippable(now, code: code)
        case .held: return code.map { .refused(code: $0) } ?? .unknown(why, timedOut: timedOut)
        case .requiresAction, .processing, .canceled, .expired: return .notShippable(now, code: code)
        }
    }

    /// - Parameter word: the trade's status as the signed answer gives it.
    private func done(
        _ shipment: Shipment, _ payment: Payment, _ tenant: Tenant, word: String?, asks: Bool = true
    ) async throws(StoreError) -> Outcome {
        var confirmed = shipment
        confirmed.state = .confirmed
        let apply = ApplyReport(house: house, tenant: tenant)
        let report = word.flatMap { word in
            StatusMap.state(word).map {
                TradeReport(
                    source: .query, tradeNo: payment.provider.tradeNo ?? "", word: word, state: $0,
                    amountMinor: payment.amountPaidMinor)
            }
        }
        let done = try await house.store.write { [confirmed] transaction throws(StoreError) -> Done in
            if let other = try transaction.shipment(payment: payment.id, tenant: tenant.id),
                other.state == .confirmed, !other.asksTheSame(as: confirmed)
            {
                let current = try transaction.payment(id: payment.id, tenant: tenant.id)
                return .another(current ?? payment)
            }
            try transaction.put(confirmed)
            guard let report, let current = try transaction.payment(id: payment.id, tenant: tenant.id) else {
                return .confirmed(nil)
            }
            return .confirmed(try apply.apply(report, to: current, in: transaction))
        }
        switch done {
        case .another(let now): return .notShippable(now, code: nil)
        case .confirmed(let applied): if let applied { apply.note(applied) }
        }
        house.logger.info("shipment confirmed", ["shipment": .text(shipment.id), "payment": .text(payment.id)])
        // A bare "T" does not say how the trade stands now.
        if report == nil, asks { _ = try await LearnOfTrade(house: house, tenant: tenant).run(payment) }
        return .shipped(confirmed)
    }
}
