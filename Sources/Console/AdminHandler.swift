import Crypto
package import Diagnostics
package import Gateway
package import HTTP
import JSON
import Payments
import Synchronization
import Tenants

/// The admin listener: `/healthz`, `/readyz`, `/metrics`.
package final class AdminHandler: HTTPHandler {
    private let house: House
    private let metrics: Metrics
    private let token: Secret?
    private let problemCount: @Sendable () -> Int
    private let isDraining = Atomic<Bool>(false)

    /// - Parameters:
    ///   - token: what `Authorization: Bearer` must carry for `/metrics` and `/readyz`; nil on loopback.
    ///   - problemCount: how many errors the configuration has.
    package init(_ house: House, metrics: Metrics, token: Secret?, problemCount: @escaping @Sendable () -> Int) {
        self.house = house
        self.metrics = metrics
        self.token = token
        self.problemCount = problemCount
    }

    /// From now on not ready.
    package func drain() { isDraining.store(true, ordering: .relaxed) }

    package func handle(_ request: Request, _ reply: any Reply) {
        guard request.method == .get || request.method == .head else {
            var response = AdminHandler.text(405, "GET only\n")
            response.headers.add("Allow", "GET, HEAD")
            return reply.send(response)
        }
        if request.path == "/healthz" { return reply.send(AdminHandler.text(200, "ok\n")) }
        guard isAllowed(request) else {
            var response = AdminHandler.text(401, "send Authorization: Bearer and the admin token\n")
            response.headers.add("WWW-Authenticate", "Bearer")
            return reply.send(response)
        }
        switch request.path {
        case "/readyz": ready(reply)
        case "/metrics": sendMetrics(reply)
        default: reply.send(AdminHandler.text(404, "there are /healthz, /readyz and /metrics\n"))
        }
    }

    private func isAllowed(_ request: Request) -> Bool {
        guard let token else { return true }
        let values = request.headers.values("Authorization")
        guard values.count == 1, let value = values.first else { return false }
        let scheme = value.utf8.prefix(AdminHandler.scheme.utf8.count)
        guard Headers.equal(String(scheme) ?? "", AdminHandler.scheme) else { return false }
        return constantTimeEqual(Array(value.utf8.dropFirst(scheme.count)), token.reveal())
    }

    private static let scheme = "Bearer "

    /// Ready while the store answers and nobody has asked to stop; bad tenants show, but do not make the good ones wait.
    private func ready(_ reply: any Reply) {
        house.store.read { reader throws(StoreError) in
            try reader.backlog()
        } then: { [self] result in
            let draining = isDraining.load(ordering: .relaxed)
            var storeWorks = false
            if case .success = result { storeWorks = true }
            let isReady = storeWorks && !draining
            let tenants = house.tenants.current
            var out = JSONWriter(reservingCapacity: 256)
            out.beginObject()
            out.field("ready", isReady)
            out.field("draining", draining)
            out.field("store", storeWorks ? "ok" : "unavailable")
            out.name("tenants")
            out.beginObject()
            out.field("good", tenants.count)
            out.field("bad", tenants.broken.count)
            out.name("broken")
            out.beginArray()
            for id in tenants.broken.sorted() { out.value(id) }
            out.endArray()
            out.endObject()
            out.field("configuration_errors", problemCount())
            out.endObject()
            reply.send(Response(status: isReady ? 200 : 503, contentType: "application/json", body: out.bytes))
        }
    }

    private func sendMetrics(_ reply: any Reply) {
        let (metrics, clock) = (metrics, house.clock)
        let tenants = house.tenants.current
        let files = metrics.gauge("payrelay_tenants", help: "Tenant files, by whether they could be used.")
        files.with([("state", "good")]).set(tenants.count)
        files.with([("state", "bad")]).set(tenants.broken.count)
        house.store.read { reader throws(StoreError) in
            try reader.backlog()
        } then: { result in
            if case .success(let backlog) = result { AdminHandler.note(backlog, metrics, nowMs: clock.nowMs) }
            let text = metrics.prometheusText()
            reply.send(
                Response(status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: Array(text.utf8)))
        }
    }

    private static func note(_ backlog: Backlog, _ metrics: Metrics, nowMs: Int64) {
        let depth = metrics.gauge("payrelay_deliveries_waiting", help: "Deliveries that are not done, by status.")
        depth.with([("status", "pending")]).set(backlog.pending)
        depth.with([("status", "held")]).set(backlog.held)
        let ageMs = backlog.oldestPendingCreatedAtMs.map { max(nowMs - $0, 0) } ?? 0
        metrics.gauge(
            "payrelay_oldest_undelivered_age_seconds", help: "How long the oldest pending delivery has waited."
        )
        .set(Int(ageMs / 1000))
    }

    private static func text(_ status: Int, _ text: String) -> Response {
        Response(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }
}
