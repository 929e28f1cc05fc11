import Alipay
import Diagnostics
package import Payments
package import Tenants

/// Cancels a payment: closed at Alipay first, then here.
package struct CancelPayment: Sendable {
    package enum Outcome: Sendable {
        case canceled(Payment)
        case unknownPayment
        /// It is too far along, and stands like this; Alipay's code, if it said so.
        case notCancelable(Payment, code: String?)
        /// Alipay's code; nothing changed.
        case refused(code: String)
        /// Whether it was closed is not known; why.
        case unknown(String, timedOut: Bool)
        /// Nothing was done.
        case unavailable(StoreError)
        /// Alipay was asked, and what came of it could not be written down.
        case notKept(StoreError)
    }

    private let house: House

    package init(_ house: House) { self.house = house }

    package func run(payment id: String, tenant: Tenant) async -> Outcome {
        do {
            return try await house.withCall(of: tenant) { house throws(StoreError) in
                try await CancelPayment(house).cancel(id, tenant)
            }
        } catch { return .unavailable(error) }
    }

    private func cancel(_ id: String, _ tenant: Tenant) async throws(StoreError) -> Outcome {
        guard let payment = try await request(id, tenant) else { return .unknownPayment }
        // The same call again, of a cancel that gave the money back, is the same.
        let wasReversed = payment.cancelRequestedAtMs != nil && payment.isGivenBack
        if payment.status == .canceled || wasReversed { return .canceled(payment) }
        guard CancelPayment.isCancelable(payment) else { return .notCancelable(payment, code: nil) }
        do { return try await end(payment, tenant) } catch { return .notKept(error) }
    }

    /// Open, or made by a call whose outcome is open. What a bank is confirming is not ours to cancel.
    private static func isCancelable(_ payment: Payment) -> Bool {
        switch payment.status {
        case .requiresAction: true
        case .processing: payment.isMadeByCall && payment.amountPaidMinor == nil && !payment.isConfirming
        case .held, .shipped, .succeeded, .canceled, .expired: false
        }
    }

    /// Writes down that a cancel was asked for: from now on no buyer is sent to Alipay with it.
    private func request(_ id: String, _ tenant: Tenant) async throws(StoreError) -> Payment? {
        let payment = try await house.store.write { transaction throws(StoreError) -> Payment? in
            guard var payment = try transaction.payment(id: id, tenant: tenant.id) else { return nil }
            guard CancelPayment.isCancelable(payment) else { return payment }
            try house.takeCall(tenant)
            guard payment.cancelRequestedAtMs == nil else { return payment }
            let nowMs = house.clock.nowMs
            payment.cancelRequestedAtMs = nowMs
            // Should its outcome stay open, the timer goes on with it.
            let canQuery = AskAboutTrade(house: house, tenant: tenant).isContracted(payment)
            let nextMs = CheckSchedule.next(payment, nowMs: nowMs, canQuery: canQuery)
            payment.checkAtMs = [payment.checkAtMs, nextMs].compactMap(\.self).min()
            try transaction.update(payment)
            return payment
        }
        house.checkBell.ring(payment?.checkAtMs)
        return payment
    }

    private func end(_ payment: Payment, _ tenant: Tenant) async throws(StoreError) -> Outcome {
        switch try await EndPayment(house: house, tenant: tenant).run(payment, as: .canceled) {
        case .settled(let now):
            // One that was seen as paid in between keeps its status; that the money went back is what a cancel wants.
            return now.status.isClosed || now.isGivenBack ? .canceled(now) : .notCancelable(now, code: nil)
        case .wrongState(let code): return .notCancelable(try await takeBack(payment, tenant), code: code)
        case .refused(let code):
            _ = try await takeBack(payment, tenant)
            return .refused(code: code)
        case .unknown(let why, let timedOut): return .unknown(why, timedOut: timedOut)
        }
    }

    /// Alipay has not closed it and says so: buyers may be sent on again.
    private func takeBack(_ payment: Payment, _ tenant: Tenant) async throws(StoreError) -> Payment {
        try await house.store.write { transaction throws(StoreError) in
            guard var current = try transaction.payment(id: payment.id, tenant: tenant.id) else { return payment }
            guard !current.status.isClosed, current.cancelRequestedAtMs != nil else { return current }
            current.cancelRequestedAtMs = nil
            try transaction.update(current)
            return current
        }
    }
}
