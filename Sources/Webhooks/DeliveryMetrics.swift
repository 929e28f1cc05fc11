import Diagnostics
import Payments

/// What a delivery worker counts.
struct DeliveryMetrics: Sendable {
    enum Result: String { case delivered, exhausted }

    /// Why the result of a request was not kept.
    enum Loss: String { case superseded, store, canceled, busy }

    /// Of `payrelay_alarms_total`; the gateway has kinds of its own.
    enum Alarm: String {
        case endpointDisabled = "endpoint_disabled"
        case endpointMissing = "endpoint_missing"
        case secretsLapsed = "secrets_lapsed"
        case circuitOpened = "circuit_opened"
        case deliveryExhausted = "delivery_exhausted"
        case backlogOverQuota = "backlog_over_quota"
    }

    private let attempts: CounterFamily
    private let losses: CounterFamily
    private let deliveries: CounterFamily
    private let alarms: CounterFamily
    private let holds: GaugeFamily
    private let inFlight: Gauge
    private let seconds: Histogram

    init(_ metrics: Metrics) {
        attempts = metrics.counter(
            "payrelay_delivery_attempts_total", help: "Webhook requests that ended, by what came of them.")
        losses = metrics.counter(
            "payrelay_delivery_results_dropped_total", help: "Webhook requests whose result is not kept, by the reason."
        )
        deliveries = metrics.counter(
            "payrelay_deliveries_total", help: "Deliveries that were taken, or had their last try.")
        alarms = metrics.counter(
            "payrelay_alarms_total", help: "Things that an operator has to look at, by tenant and kind.")
        holds = metrics.gauge(
            "payrelay_endpoints_held", help: "1 while an endpoint's deliveries are kept back, by the reason.")
        inFlight = metrics.gauge("payrelay_deliveries_in_flight", help: "Webhook requests that are out.").with([])
        seconds = metrics.histogram(
            "payrelay_delivery_seconds", help: "From the making of a delivery to the answer that took it.",
            buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200, 43_200, 259_200]
        ).with([])
    }

    func ended(_ attempt: Attempt) {
        attempts.with([("outcome", DeliveryMetrics.outcome(attempt))]).increment()
    }

    func dropped(_ loss: Loss) { losses.with([("reason", loss.rawValue)]).increment() }
    func count(_ result: Result) { deliveries.with([("result", result.rawValue)]).increment() }
    func delivered(afterMs ms: Int64) { seconds.record(Double(ms) / 1000) }
    func setInFlight(_ count: Int) { inFlight.set(count) }

    func alarm(_ kind: Alarm, tenant: String) {
        alarms.with([("tenant", tenant), ("kind", kind.rawValue)]).increment()
    }

    func setHeld(_ isHeld: Bool, _ key: EndpointKey, _ reason: EndpointHold.Reason) {
        holds.with([("tenant", key.tenant), ("endpoint", key.endpoint), ("reason", reason.rawValue)])
            .set(isHeld ? 1 : 0)
    }

    /// The outcome's name; of an answer with another status than 2xx, its class or, where that says more, itself.
    private static func outcome(_ attempt: Attempt) -> String {
        guard attempt.outcome == .status, let status = attempt.statusCode else { return attempt.outcome.rawValue }
        return switch status {
        case 410, 429: "status_\(status)"
        case 300...399: "status_3xx"
        case 400...499: "status_4xx"
        case 500...599: "status_5xx"
        default: "status_other"
        }
    }
}
