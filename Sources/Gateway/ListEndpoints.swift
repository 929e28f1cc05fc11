import Diagnostics
import HTTP
package import Payments
import Tenants
import Webhooks

/// How every endpoint does.
package struct ListEndpoints: Sendable {
    /// One endpoint: what its file says, how it answers, what waits for it.
    package struct Row: Sendable, Hashable {
        package let key: EndpointKey
        /// Scheme, host and port of its URL; the rest may hold a secret. Nil if no file has it.
        package let origin: String?
        /// Requests in flight at a time, at most; nil if no file has it.
        package let inFlightMax: Int?
        /// Why its deliveries are kept back now.
        package let hold: EndpointHold?
        /// Nil while it does not fail.
        package let failingSinceMs: Int64?
        /// Failures since then.
        package let failureCount: Int
        /// Nil while nothing is pending.
        package let backlog: EndpointBacklog?

        package var isInForce: Bool { origin != nil }
    }

    private let house: House
    private let worker: DeliveryWorker

    init(_ house: House, worker: DeliveryWorker) {
        self.house = house
        self.worker = worker
    }

    /// Every endpoint in force, and those that no file has any more but that failed or have something pending; by tenant,
    /// then by id.
    ///
    /// - Parameter tenant: nil for every tenant's.
    package func run(tenant: String?, then: @escaping @Sendable (Result<[Row], StoreError>) -> Void) {
        house.store.read { reader throws(StoreError) in
            try reader.deliveryCounts().open
        } then: { result in
            then(result.map { rows(backlogs: $0, tenant: tenant) })
        }
    }

    private func rows(backlogs: [EndpointBacklog], tenant: String?) -> [Row] {
        let nowMs = house.clock.nowMs
        let states = Dictionary(worker.endpointStates.map { ($0.key, $0) }) { first, _ in first }
        let backlogs = Dictionary(backlogs.map { ($0.key, $0) }) { first, _ in first }
        var settings: [EndpointKey: EndpointSettings] = [:]
        for tenant in house.tenants.current.all {
            for endpoint in tenant.endpoints {
                settings[EndpointKey(tenant: tenant.id, endpoint: endpoint.id)] = endpoint
            }
        }
        return Set(settings.keys).union(states.keys).union(backlogs.keys)
            .filter { (tenant ?? $0.tenant) == $0.tenant }
            .sorted { ($0.tenant, $0.endpoint) < ($1.tenant, $1.endpoint) }
            .map { key in
                let state = states[key]
                return Row(
                    key: key, origin: settings[key].map { AbsoluteURL.origin($0.url) ?? "" },
                    inFlightMax: settings[key]?.inFlightMax,
                    hold: state?.hold.flatMap { $0.isInForce(atMs: nowMs) ? $0 : nil },
                    failingSinceMs: state?.failingSinceMs, failureCount: state?.failureCount ?? 0,
                    backlog: backlogs[key])
            }
    }
}
