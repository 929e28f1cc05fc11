import Diagnostics
import Payments
import Synchronization

/// Counts the deliveries every minute: whether one is lost, how many wait, and which tenant has too many of them.
package final class DeliveryLedger: Sendable {
    static let intervalMs: Int64 = 60_000
    package static let backlogMaxDefault = 100_000

    private struct State {
        /// Deliveries that wait, by tenant: as they were counted last, and what was made due again since. Nil before the
        /// first count.
        var open: [String: Int]?
        /// Tenants that have a series in the metrics.
        var named: Set<String> = []
        var over: Set<String> = []
        var gap = 0
    }

    private let store: any Store
    private let clock: any Clock
    private let logger: Logger
    private let gauges: LedgerGauges
    private let counts: DeliveryMetrics
    private let backlogMax: @Sendable (String) -> Int
    private let next: OwedCall
    private let state = Mutex(State())

    init(
        store: any Store, clock: any Clock, logger: Logger, metrics: Metrics, counts: DeliveryMetrics,
        backlogMax: @escaping @Sendable (String) -> Int
    ) {
        self.store = store
        self.clock = clock
        self.logger = logger
        self.counts = counts
        self.backlogMax = backlogMax
        gauges = LedgerGauges(metrics)
        next = OwedCall(clock)
    }

    /// Counts now, and from now on.
    ///
    /// - Parameters:
    ///   - states: what is known of the endpoints at the moment of the call.
    ///   - counted: called after each count.
    func start(states: @escaping @Sendable () -> [EndpointState], counted: @escaping @Sendable () -> Void) {
        count(states, counted)
    }

    func stop() { next.stop() }

    /// Whether the tenant may have more deliveries made due again; false as long as nothing was counted.
    func hasRoom(_ tenant: String) -> Bool {
        state.withLock { state in state.open.map { $0[tenant, default: 0] < backlogMax(tenant) } ?? false }
    }

    /// That many were made due again.
    func added(_ count: Int, _ tenant: String) {
        state.withLock { $0.open?[tenant, default: 0] += count }
    }

    // MARK: - One count

    private func count(_ states: @escaping @Sendable () -> [EndpointState], _ counted: @escaping @Sendable () -> Void) {
        store.read { reader throws(StoreError) in
            try reader.deliveryCounts()
        } then: { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(let counts):
                note(counts, states())
                counted()
            case .failure(let error):
                logger.warning("deliveries cannot be counted", ["error": .text(error.description)])
            }
            next.make(inMs: DeliveryLedger.intervalMs) { [weak self] in
                self?.count(states, counted)
            }
        }
    }

    private func note(_ counts: DeliveryCounts, _ states: [EndpointState]) {
        noteGap(counts)
        let nowMs = clock.nowMs
        let held = Set(states.filter { $0.hold?.isInForce(atMs: nowMs) ?? false }.map(\.key))
        let sent = counts.open.filter { !held.contains($0.key) }
        let sentCount = sent.reduce(0) { $0 + $1.count }
        gauges.waiting.with([("status", "pending")]).set(sentCount)
        gauges.waiting.with([("status", "held")]).set(counts.openCount - sentCount)
        let oldestMs = sent.compactMap(\.oldestCreatedAtMs).min().map { max(nowMs - $0, 0) } ?? 0
        gauges.oldestSeconds.set(Int(oldestMs / 1000))
        noteTenants(counts.open)
    }

    private func noteGap(_ counts: DeliveryCounts) {
        gauges.gap.set(counts.gap)
        let before = state.withLock { state in
            defer { state.gap = counts.gap }
            return state.gap
        }
        guard counts.gap != before else { return }
        let fields: Logger.Fields = [
            "gap": .number(Int64(counts.gap)), "accepted": .number(Int64(counts.accepted)),
            "delivered": .number(Int64(counts.delivered)), "exhausted": .number(Int64(counts.exhausted)),
            "open": .number(Int64(counts.openCount)),
        ]
        if counts.gap == 0 {
            return logger.warning("the deliveries that were made are all accounted for again", fields)
        }
        logger.error("deliveries are missing: those that were made are not those that ended or wait", fields)
    }

    private func noteTenants(_ open: [EndpointBacklog]) {
        let byTenant = Dictionary(open.map { ($0.key.tenant, $0.count) }, uniquingKeysWith: +)
        let (named, before) = state.withLock { state in
            state.open = byTenant
            state.named.formUnion(byTenant.keys)
            return (state.named, state.over)
        }
        var over: Set<String> = []
        for tenant in named {
            let (count, limit) = (byTenant[tenant, default: 0], backlogMax(tenant))
            gauges.open.with([("tenant", tenant)]).set(count)
            gauges.openMax.with([("tenant", tenant)]).set(limit)
            if count > limit { over.insert(tenant) }
            guard over.contains(tenant) != before.contains(tenant) else { continue }
            report(tenant, isOver: over.contains(tenant), count, limit)
        }
        state.withLock { [over] in $0.over = over }
    }

    private func report(_ tenant: String, isOver: Bool, _ count: Int, _ limit: Int) {
        let fields: Logger.Fields = [
            "tenant": .text(tenant), "deliveries": .number(Int64(count)), "limit": .number(Int64(limit)),
        ]
        if isOver {
            counts.alarm(.backlogOverQuota, tenant: tenant)
            logger.warning("more webhooks of a tenant wait than it may have; its replays pause", fields)
        } else {
            logger.info("no more webhooks of a tenant wait than it may have", fields)
        }
    }
}

/// What a ledger shows.
private struct LedgerGauges: Sendable {
    let gap: Gauge
    let waiting: GaugeFamily
    let oldestSeconds: Gauge
    let open: GaugeFamily
    let openMax: GaugeFamily

    init(_ metrics: Metrics) {
        gap = metrics.gauge(
            "payrelay_deliveries_conservation_gap",
            help: "Deliveries made, less those that ended and those that wait; anything but 0 is a loss."
        ).with([])
        waiting = metrics.gauge("payrelay_deliveries_waiting", help: "Deliveries that are not done, by status.")
        oldestSeconds = metrics.gauge(
            "payrelay_oldest_undelivered_age_seconds",
            help: "How long the oldest pending delivery has waited, apart from held ones and those asked for again."
        ).with([])
        open = metrics.gauge("payrelay_tenant_backlog", help: "Deliveries that are not done, by tenant.")
        openMax = metrics.gauge(
            "payrelay_tenant_backlog_max", help: "How many deliveries of a tenant may wait before it is an alarm.")
    }
}
