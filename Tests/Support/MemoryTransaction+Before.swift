// What the delivery queue of the second schema asked; it goes when its askers do.
import Payments

extension MemoryTransaction {
    func delivery(id: String, tenant: String) throws(StoreError) -> (delivery: Delivery, attempts: [Attempt])? {
        try delivery(id: id, tenant: tenant, nowMs: 0)
    }

    func dueDeliveries(nowMs: Int64, limit: Int) throws(StoreError) -> [DueDelivery] {
        let due = tables.deliveries.values.filter { $0.status == .pending && ($0.nextAttemptAtMs ?? .max) <= nowMs }
        let order = due.sorted { ($0.nextAttemptAtMs ?? 0, $0.id) < ($1.nextAttemptAtMs ?? 0, $1.id) }
        return order.prefix(limit).compactMap { delivery in
            tables.event(delivery.event).map { DueDelivery(delivery: delivery, event: $0) }
        }
    }

    func nextDueMs(afterMs nowMs: Int64) throws(StoreError) -> Int64? {
        tables.deliveries.values.filter { $0.status == .pending }.compactMap(\.nextAttemptAtMs).filter { $0 > nowMs }
            .min()
    }

    func backlog() throws(StoreError) -> Backlog {
        let pending = tables.deliveries.values.filter { $0.status == .pending }
        return Backlog(
            pending: pending.count, held: tables.deliveries.values.count { $0.status == .held },
            oldestPendingCreatedAtMs: pending.map(\.createdAtMs).min())
    }

    func record(_ attempt: Attempt, of delivery: Delivery) throws(StoreError) -> Bool {
        try record(attempt, of: delivery, nowMs: attempt.startedAtMs &+ attempt.durationMs)
    }

    func setHeld(_ held: Bool, tenant: String, endpoint: String, nowMs: Int64) throws(StoreError) -> Int {
        let moved = tables.deliveries.values.filter { delivery in
            delivery.tenant == tenant && delivery.endpoint == endpoint && delivery.status == (held ? .pending : .held)
        }
        for delivery in moved {
            tables.deliveries[delivery.id]?.status = held ? .held : .pending
            tables.deliveries[delivery.id]?.nextAttemptAtMs = held ? nil : nowMs
        }
        return moved.count
    }

    func endpointsWithOpenDeliveries() throws(StoreError) -> [EndpointKey] {
        let open = tables.deliveries.values.filter { $0.status == .pending || $0.status == .held }
        let keys = Set(open.map { EndpointKey(tenant: $0.tenant, endpoint: $0.endpoint) })
        return keys.sorted { ($0.tenant, $0.endpoint) < ($1.tenant, $1.endpoint) }
    }
}
