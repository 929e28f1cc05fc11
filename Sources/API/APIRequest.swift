package import Diagnostics
import HTTP
import Synchronization
import Tenants

/// One request on its way through the routes: who asks, and the one way to answer.
struct APIRequest: Sendable {
    let request: Request
    let tenant: Tenant
    let nowMs: Int64
    let logger: Logger
    let reply: CountedReply

    func answer(_ response: Response) { reply.send(response) }
    func answer(_ problem: Problem) { reply.send(problem.response(requestID: request.id)) }
}

/// Counts and times the answer by route, then sends it.
final class CountedReply: Reply {
    private let reply: any Reply
    private let route: String
    private let metrics: RequestMetrics
    private let start = ContinuousClock.now
    private let isAnswered = Atomic<Bool>(false)

    init(_ reply: any Reply, route: String, metrics: RequestMetrics) {
        self.reply = reply
        self.route = route
        self.metrics = metrics
    }

    func send(_ response: Response) {
        guard !isAnswered.exchange(true, ordering: .relaxed) else { return }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        metrics.count(route: route, status: response.status, seconds: seconds)
        reply.send(response)
    }
}

/// Requests by route and status, and how long they took.
package struct RequestMetrics: Sendable {
    private let requests: CounterFamily
    private let seconds: HistogramFamily

    package init(_ metrics: Metrics) {
        requests = metrics.counter("payrelay_http_requests_total", help: "Requests answered, by route and status.")
        seconds = metrics.histogram(
            "payrelay_http_request_seconds", help: "From a complete request to its answer, by route.",
            buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30]
        )
    }

    func count(route: String, status: Int, seconds duration: Double) {
        requests.with([("route", route), ("status", String(status))]).increment()
        seconds.with([("route", route)]).record(duration)
    }
}
