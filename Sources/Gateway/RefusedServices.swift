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
            guard RefusedServices.isRested(since, nowMs) else { return false }
            refused[key] = nowMs
            return true
        }
    }

    /// Whether a call of it would be made now; takes nothing of the hour's one.
    func wouldCall(_ service: String, tenant: String, nowMs: Int64) -> Bool {
        refused.withLock { refused in
            refused[Key(tenant: tenant, service: service)].map { RefusedServices.isRested($0, nowMs) } ?? true
        }
    }

    private static func isRested(_ sinceMs: Int64, _ nowMs: Int64) -> Bool {
        nowMs - sinceMs >= restMs || nowMs < sinceMs
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
