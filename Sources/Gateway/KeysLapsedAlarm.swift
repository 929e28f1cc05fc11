import Alipay
import Diagnostics
package import Tenants

/// Tells operators of a tenant none of whose keys at Alipay is in force any more: counted whenever one was needed, logged
/// once a minute.
package final class KeysLapsedAlarm: Sendable {
    private let pace = LogPace()

    package init() {}

    package func raise(_ tenant: Tenant, at house: House) {
        house.metrics.alarms.with([("tenant", tenant.id), ("kind", "keys_lapsed")]).increment()
        guard pace.take(tenant.id, nowMs: house.clock.nowMs) != nil else { return }
        house.logger.error(
            "no key at Alipay is in force",
            [
                "tenant": .text(tenant.id), "last_key": .text(tenant.contract.keys.lastLapsed?.shownLapsed ?? ""),
                "advice": "put the key that Alipay signs with now into the tenant's file",
            ])
    }
}
