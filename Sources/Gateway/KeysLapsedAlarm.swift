import Alipay
import Diagnostics
import Synchronization
package import Tenants

/// Tells operators of a tenant none of whose keys at Alipay is in force any more: counted whenever one was needed, logged
/// once a minute.
package final class KeysLapsedAlarm: Sendable {
    static let logIntervalMs: Int64 = 60_000

    private let loggedAtMs = Mutex<[String: Int64]>([:])

    package init() {}

    package func raise(_ tenant: Tenant, at house: House) {
        house.metrics.alarms.with([("tenant", tenant.id), ("kind", "keys_lapsed")]).increment()
        let nowMs = house.clock.nowMs
        let isDue = loggedAtMs.withLock { logged in
            if let last = logged[tenant.id], nowMs - last < KeysLapsedAlarm.logIntervalMs { return false }
            logged[tenant.id] = nowMs
            return true
        }
        guard isDue else { return }
        house.logger.error(
            "no key at Alipay is in force",
            [
                "tenant": .text(tenant.id), "last_key": .text(tenant.contract.keys.lastLapsed?.shownLapsed ?? ""),
                "advice": "put the key that Alipay signs with now into the tenant's file",
            ])
    }
}
