package import Payments
import Synchronization
package import Webhooks

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
