import Payments
import Support
import Testing
import Webhooks

extension WorkerBench {
    /// So many deliveries that had their only try; the worker has started.
    func exhaust(_ count: Int, endpoint: String = "default") async throws -> [DueDelivery] {
        setEndpoint("shop", endpoint, schedule: try RetrySchedule(delaysMs: [0]))
        worker.start()
        var all: [DueDelivery] = []
        for _ in 0..<count {
            all.append(try await commit(endpoint: endpoint))
            sender.answer(status: 404)
        }
        return all
    }

    /// Stores a replay of all that were made so far, and says so.
    func ask(_ status: ReplayFilter.Status, endpoint: String? = nil, matched: Int = 1) async throws {
        let filter = ReplayFilter(
            tenant: "shop", endpoint: endpoint, sinceMs: 0, untilMs: clock.nowMs + 1, statuses: [status])
        let replay = Replay(
            id: "rpl_\(sender.requests.count)_\(status.rawValue)", filter: filter, matched: matched,
            createdAtMs: clock.nowMs)
        try await store.write { transaction throws(StoreError) in try transaction.insert(replay) }
        worker.replaysAdded()
    }

    func openReplays() async throws -> [Replay] {
        try await store.read { reader throws(StoreError) in try reader.openReplays() }
    }

    func counts() async throws -> DeliveryCounts {
        try await store.read { reader throws(StoreError) in try reader.deliveryCounts() }
    }
}
