import Alipay
package import Payments
package import Tenants

/// Asks Alipay about a payment now, and applies what it says.
package struct SyncPayment: Sendable {
    package enum Outcome: Sendable {
        /// As it stands after what Alipay said.
        case synced(Payment)
        case unknownPayment
        /// The tenant's contract has no way to ask.
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

    package func run(payment id: String, tenant: Tenant) async -> Outcome {
        do {
            return try await house.withCall(of: tenant) { house throws(StoreError) in
                try await SyncPayment(house).ask(id, tenant)
            }
        } catch { return .unavailable(error) }
    }

    private func ask(_ id: String, _ tenant: Tenant) async throws(StoreError) -> Outcome {
        let payment = try await house.store.read { reader throws(StoreError) in
            try reader.payment(id: id, tenant: tenant.id)
        }
        guard let payment else { return .unknownPayment }
        try house.takeCall(tenant)
        switch try await LearnOfTrade(house: house, tenant: tenant).run(
            payment, wantsRefunds: payment.amountPaidMinor != nil)
        {
        case .learned(let payment): return .synced(payment)
        // It took a while: a notification may have come meanwhile.
        case .notFound: return .synced(try await house.store.latest(payment))
        case .noQuery: return .noQuery
        case .refused(let code): return .refused(code: code)
        case .invalidAnswer(let why): return .invalidAnswer(why)
        case .unreachable: return .timedOut
        }
    }
}
