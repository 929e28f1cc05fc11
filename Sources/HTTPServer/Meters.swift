import Diagnostics

/// What a listener counts. Requests and latency are counted by its handler.
struct Meters: Sendable {
    let connections: Gauge
    let refusedConnections: Counter
    private let refusals: CounterFamily

    init(_ metrics: Metrics) {
        connections = metrics.gauge("payrelay_http_connections", help: "Open connections of all listeners.").with([])
        refusedConnections =
            metrics
            .counter("payrelay_http_connections_refused_total", help: "Connections closed because too many were open.")
            .with([])
        refusals = metrics.counter(
            "payrelay_http_requests_refused_total",
            help: "Requests that the server refused before any handler, by status.")
    }

    func refusedRequests(status: Int) -> Counter { refusals.with([("status", String(status))]) }
}
