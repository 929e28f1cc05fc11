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
            let payment = try await house.store.read { reader throws(StoreError) in
                try reader.payment(id: id, tenant: tenant.id)
            }
            guard let payment else { return .unknownPayment }
            switch try await LearnOfTrade(house: house, tenant: tenant).run(
                payment, wantsRefunds: payment.amountPaidMinor != nil)
            {
            case .learned(let payment), .notFound(let payment): return .synced(payment)
            case .noQuery: return .noQuery
            case .refused(let code): return .refused(code: code)
            case .invalidAnswer(let why): return .invalidAnswer(why)
            case .unreachable: return .timedOut
            }
        } catch { return .unavailable(error) }
    }
}
