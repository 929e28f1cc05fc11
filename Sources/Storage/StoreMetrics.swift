import Diagnostics
import Payments

/// What the store shows of itself.
struct StoreMetrics: Sendable {
    private let batchSize: Histogram
    private let commitSeconds: Histogram
    private let unavailable: Counter
    private let conflict: Counter
    private let broken: Counter

    init(_ metrics: Metrics) {
        batchSize = metrics.histogram(
            "payrelay_store_commit_batch_size", help: "Transactions that shared one commit.",
            buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
        ).with([])
        commitSeconds = metrics.histogram(
            "payrelay_store_commit_seconds", help: "From the begin of a shared transaction to its durable end.",
            buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5]
        ).with([])
        let errors = metrics.counter("payrelay_store_errors_total", help: "Reads and writes that the store did not do.")
        unavailable = errors.with([("code", StoreError.Code.unavailable.rawValue)])
        conflict = errors.with([("code", StoreError.Code.conflict.rawValue)])
        broken = errors.with([("code", StoreError.Code.broken.rawValue)])
    }

    func committed(_ bodies: Int, in duration: Duration) {
        batchSize.record(Double(bodies))
        commitSeconds.record(duration / .seconds(1))
    }

    func count(_ error: StoreError) {
        switch error.code {
        case .unavailable: unavailable.increment()
        case .conflict: conflict.increment()
        case .broken: broken.increment()
        }
    }
}
