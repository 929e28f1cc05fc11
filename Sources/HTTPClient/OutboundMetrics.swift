import Diagnostics
import HTTP

/// The counts of one client; its series are made once, so that a request only adds to numbers.
struct OutboundMetrics: Sendable {
    /// Sent and not yet answered, waiting ones included.
    let inFlight: Gauge
    /// Sockets that were opened, for TCP or for TCP and TLS.
    let newConnections: Counter
    /// Requests that went over a connection that was there.
    let reusedConnections: Counter
    /// Requests that had to wait until one more TLS connection might be opened.
    let delayedConnections: Counter
    private let byStatusClass: [Counter]
    private let byError: [SendError.Code: Counter]

    init(metrics: Metrics, client: String, connections: SharedConnections) {
        inFlight = metrics.gauge("payrelay_outbound_in_flight", help: "Outbound requests without an outcome yet.")
            .with([("client", client)])
        let uses = metrics.counter(
            "payrelay_outbound_connections_total",
            help: "Connections opened, requests that needed none, and requests that had to wait before opening one.")
        newConnections = uses.with([("client", client), ("use", "new")])
        reusedConnections = uses.with([("client", client), ("use", "reused")])
        delayedConnections = uses.with([("client", client), ("use", "delayed")])
        metrics.observe(
            "payrelay_outbound_connections", help: "Open outbound connections, idle ones included.",
            labels: [("client", client)]
        ) { Double(connections.openCount) }
        let total = metrics.counter(
            "payrelay_outbound_requests_total", help: "Outbound requests by outcome: a status class or an error code.")
        byStatusClass = ["2xx", "3xx", "4xx", "5xx"].map { total.with([("client", client), ("outcome", $0)]) }
        byError = Dictionary(
            uniqueKeysWithValues: SendError.Code.allCases.map { code in
                (code, total.with([("client", client), ("outcome", code.rawValue)]))
            })
    }

    func count(_ outcome: Result<OutboundResponse, SendError>) {
        inFlight.add(-1)
        switch outcome {
        case .success(let response): byStatusClass[min(max(response.status / 100, 2), 5) - 2].increment()
        case .failure(let error): byError[error.code]?.increment()
        }
    }
}
