import App
import Diagnostics
import Dispatch
import HTTPClient
import Payments
import Platform
import Storage
import Synchronization
import Webhooks

/// The webhook side of the product, wired as `App.Service` wires it.
final class Relay: Sendable {
    private static let stopGraceMs: Int64 = 200

    let sender: CountedSender
    private let store: SQLiteStore
    private let worker: DeliveryWorker
    private let client: HTTPClient
    private let metrics: Metrics

    /// - Parameters:
    ///   - log: the level of the log, which costs what it costs in production.
    ///   - samplePath: where the first request is written for `floor.c`; nil for nowhere.
    init(databasePath: String, sinks: Sinks, log level: String?, samplePath: String? = nil) throws {
        let (metrics, logger, clock) = (Metrics(), try Relay.logger(level), SystemClock())
        self.metrics = metrics
        store = try SQLiteStore(path: databasePath, logger: logger, metrics: metrics, clock: clock)
        client = WebhookClient.make(logger: logger, metrics: metrics)
        sender = CountedSender(client) { request in
            if let samplePath { RequestSample.write(request, to: samplePath) }
        }
        worker = DeliveryWorker(
            store: store, sender: sender, endpoints: sinks, clock: clock, logger: logger, metrics: metrics,
            version: "bench", random: { Double.random(in: 0..<1) })
    }

    /// How many deliveries' success is durable.
    var deliveredCount: Int {
        let name = "payrelay_deliveries_total{result=\"delivered\"} "
        let line = metrics.prometheusText().split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { Int($0.dropFirst(name.count)) } ?? 0
    }

    func start() { worker.start() }

    /// Keeps a new order, whose delivery is then under way; `then` is called once it is durable, or left no trace.
    func keep(_ order: PaidOrder, then: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        store.write { transaction throws(StoreError) in
            try order.insert(in: transaction)
        } then: {
            then($0)
        }
    }

    func stop() {
        let stopped = DispatchSemaphore(value: 0)
        worker.stop(graceMs: Relay.stopGraceMs) { _ in stopped.signal() }
        stopped.wait()
        client.shutdown(graceMs: 0)
        store.close { stopped.signal() }
        stopped.wait()
    }

    private static func logger(_ name: String?) throws(Failure) -> Logger {
        guard let level = Logger.Level.allCases.first(where: { $0.name == name ?? "info" }) else {
            throw Failure(description: "--log must be one of \(Logger.Level.allCases.map(\.name))")
        }
        let lock = Mutex(())
        return Logger(
            sink: FormattedLog(level: level, format: .json, clock: SystemClock()) { bytes in
                lock.withLock { _ in _ = StandardStream.error.write(bytes) }
            })
    }
}
