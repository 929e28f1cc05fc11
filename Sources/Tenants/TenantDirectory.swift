import Crypto
package import Payments
import Synchronization
package import Webhooks

/// All tenants at one moment. It never changes; a new one takes its place.
package struct TenantSnapshot: Sendable {
    private let byID: [String: Tenant]
    private let byKeyDigest: [[UInt8]: String]
    /// The files that could not be used, by tenant id.
    package let broken: Set<String>

    package init(_ tenants: [Tenant], broken: Set<String> = []) {
        byID = Dictionary(tenants.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        byKeyDigest = Dictionary(
            tenants.flatMap { tenant in tenant.apiKeys.map { ($0.digest, tenant.id) } },
            uniquingKeysWith: { first, _ in first }
        )
        self.broken = broken
    }

    package var all: [Tenant] { byID.values.sorted { $0.id < $1.id } }
    package var count: Int { byID.count }

    package func tenant(_ id: String) -> Tenant? { byID[id] }

    /// The tenant whose key has this digest, compared in constant time once it is found.
    package func tenant(keyDigest: [UInt8]) -> (tenant: Tenant, key: APIKey)? {
        guard let id = byKeyDigest[keyDigest], let tenant = byID[id],
            let key = tenant.apiKeys.first(where: { constantTimeEqual($0.digest, keyDigest) })
        else { return nil }
        return (tenant, key)
    }
}

/// The tenants in force.
package final class TenantDirectory: EndpointDirectory {
    private let snapshot: Mutex<TenantSnapshot>

    package init(_ snapshot: TenantSnapshot) { self.snapshot = Mutex(snapshot) }

    package var current: TenantSnapshot { snapshot.withLock { $0 } }

    /// Puts another snapshot in force; requests that hold the old one end with it.
    package func replace(with next: TenantSnapshot) { snapshot.withLock { $0 = next } }

    package func endpoint(_ key: EndpointKey) -> EndpointSettings? {
        current.tenant(key.tenant)?.endpoint(key.endpoint)
    }
}
