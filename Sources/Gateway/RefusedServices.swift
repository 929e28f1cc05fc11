import Alipay
package import Diagnostics
import Synchronization
import Tenants

/// The services that Alipay says are not in a contract (`ILLEGAL_PARTNER_EXTERFACE`), though the tenant's file claims them.
///
/// Such a service is not called again, but for one call an hour that finds out whether the contract was mended. Another
/// partner or gateway in the file is another contract, of which Alipay has said nothing.
package final class RefusedServices: Sendable {
    static let restMs: Int64 = 3_600_000

    private struct Key: Hashable {
        let tenant: String
        let service: String
    }

    private struct Refusal {
        let partner: String
        let gatewayURL: String
        let atMs: Int64

        init(_ tenant: Tenant, atMs: Int64) {
            partner = tenant.partner
            gatewayURL = tenant.contract.gatewayURL
            self.atMs = atMs
        }

        func isOf(_ tenant: Tenant) -> Bool {
            partner == tenant.partner && gatewayURL == tenant.contract.gatewayURL
        }

        func isRested(_ nowMs: Int64) -> Bool { nowMs - atMs >= RefusedServices.restMs || nowMs < atMs }
    }

    private let refused = Mutex<[Key: Refusal]>([:])
    private let gauge: GaugeFamily

    package init(_ gauge: GaugeFamily) { self.gauge = gauge }

    /// Whether it may be called; once an hour a refused one may.
    func mayCall(_ service: String, _ tenant: Tenant, nowMs: Int64) -> Bool {
        refused.withLock { refused in
            let key = Key(tenant: tenant.id, service: service)
            guard let refusal = refused[key], refusal.isOf(tenant) else { return true }
            guard refusal.isRested(nowMs) else { return false }
            refused[key] = Refusal(tenant, atMs: nowMs)
            return true
        }
    }

    /// Whether a call of it would be made now; takes nothing of the hour's one.
    func wouldCall(_ service: String, _ tenant: Tenant, nowMs: Int64) -> Bool {
        refused.withLock { refused in
            guard let refusal = refused[Key(tenant: tenant.id, service: service)] else { return true }
            return !refusal.isOf(tenant) || refusal.isRested(nowMs)
        }
    }

    /// - Parameter tenant: as it was when the call was made.
    /// - Returns: whether that is news.
    func note(_ service: String, _ tenant: Tenant, isRefused: Bool, nowMs: Int64) -> Bool {
        let news = refused.withLock { refused in
            let key = Key(tenant: tenant.id, service: service)
            let before = refused[key] != nil
            refused[key] = isRefused ? Refusal(tenant, atMs: nowMs) : nil
            return before != isRefused
        }
        if news { gauge.with([("tenant", tenant.id), ("service", service)]).set(isRefused ? 1 : 0) }
        return news
    }
}
