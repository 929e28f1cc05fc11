import Diagnostics
import Payments

/// What a delivery worker counts.
struct DeliveryMetrics: Sendable {
    enum Result: String { case delivered, exhausted, held }

    private let attempts: CounterFamily
    private let deliveries: CounterFamily
    private let inFlight: Gauge
    private let seconds: Histogram

    init(_ metrics: Metrics) {
        attempts = metrics.counter(
            "payrelay_delivery_attempts_total", help: "Webhook requests that ended, by what came of them.")
        deliveries = metrics.counter(
            "payrelay_deliveries_total", help: "Deliveries that were taken, had their last try, or were held.")
        inFlight = metrics.gauge("payrelay_deliveries_in_flight", help: "Webhook requests that are out.").with([])
        seconds = metrics.histogram(
            "payrelay_delivery_seconds", help: "From the making of a delivery to the answer that took it.",
            buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200, 43_200, 259_200]
        ).with([])
    }

    func ended(_ outcome: Attempt.Outcome) { attempts.with([("outcome", outcome.rawValue)]).increment() }
    func count(_ result: Result, _ amount: Int = 1) {
        deliveries.with([("result", result.rawValue)]).increment(by: amount)
    }
    func delivered(afterMs ms: Int64) { seconds.record(Double(ms) / 1000) }
    func setInFlight(_ count: Int) { inFlight.set(count) }
}
