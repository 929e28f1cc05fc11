package import Diagnostics
import Synchronization

/// The services that Alipay says are not in a contract (`ILLEGAL_PARTNER_EXTERFACE`), though the tenant's file claims them.
///
/// Such a service is not called again, but for one call an hour that finds out whether the contract was mended.
package final class RefusedServices: Sendable {
    static let restMs: Int64 = 3_600_000

    private struct Key: Hashable {
        let tenant: String
        let service: String
    }

    private let refused = Mutex<[Key: Int64]>([:])
    private let gauge: GaugeFamily

    package init(_ gauge: GaugeFamily) { self.gauge = gauge }

    /// Whether it may be called; once an hour a refused one may.
    func mayCall(_ service: String, tenant: String, nowMs: Int64) -> Bool {
        refused.withLock { refused in
            let key = Key(tenant: tenant, service: service)
            guard let since = refused[key] else { return true }
            guard nowMs - since >= RefusedServices.restMs || nowMs < since else { return false }
            refused[key] = nowMs
            return true
        }
    }

    /// Whether it is thought to be in the contract; asks nothing of it.
    func isIncluded(_ service: String, tenant: String) -> Bool {
        refused.withLock { $0[Key(tenant: tenant, service: service)] == nil }
    }

    /// - Returns: whether that is news.
    func note(_ service: String, tenant: String, isRefused: Bool, nowMs: Int64) -> Bool {
        let news = refused.withLock { refused in
            let key = Key(tenant: tenant, service: service)
            let before = refused[key] != nil
            refused[key] = isRefused ? nowMs : nil
            return before != isRefused
        }
        if news { gauge.with([("tenant", tenant), ("service", service)]).set(isRefused ? 1 : 0) }
        return news
    }
}
