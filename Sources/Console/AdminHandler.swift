import Crypto
package import Diagnostics
package import Gateway
package import HTTP
import JSON
import Payments
package import Settings
import Synchronization
package import Tenants

/// The admin listener: `/healthz`, `/readyz`, `/metrics`, and the admin API under `/api/`.
package final class AdminHandler: HTTPHandler {
    private let house: House
    private let metrics: Metrics
    private let token: Secret?
    private let serviceProblems: [Problem]
    private let api: AdminAPI
    private let heldBefore = Mutex<Set<HeldKey>>([])
    private let isDraining = Atomic<Bool>(false)

    /// - Parameters:
    ///   - accept: the same that takes what Alipay posts, so that a replay has its place among them.
    ///   - token: what `Authorization: Bearer` must carry for everything but `/healthz`; nil on loopback. A listener for
    ///     owners asks for none.
    ///   - reloader: keeps the tenants in step with their files.
    ///   - serviceProblems: what is wrong with the service's own settings.
    package init(
        _ house: House, accept: AcceptNotification, relay: Relay, reloader: TenantReloader, metrics: Metrics,
        token: Secret?, serviceProblems: [Problem]
    ) {
        self.house = house
        api = AdminAPI(house: house, accept: accept, relay: relay, reloader: reloader)
        self.metrics = metrics
        self.token = token
        self.serviceProblems = serviceProblems
    }

    /// From now on not ready.
    package func drain() { isDraining.store(true, ordering: .relaxed) }

    package func handle(_ request: Request, _ reply: any Reply) { handle(request, reply, isOwner: false) }

    /// For a listener that only the service's own user can reach: it asks for no token, and a page in a browser reaches none
    /// of the kind, whatever name it is called by.
    package var forOwners: any HTTPHandler { OwnersHandler(handler: self) }

    /// - Parameter isOwner: whether the listener has seen to it that only the owner is there.
    fileprivate func handle(_ request: Request, _ reply: any Reply, isOwner: Bool) {
        let isAPI = request.path.hasPrefix(AdminAPI.prefix)
        guard request.method == .get || request.method == .head || (isAPI && request.method == .post) else {
            var response = AdminHandler.text(405, isAPI ? "GET or POST only\n" : "GET only\n")
            response.headers.add("Allow", isAPI ? "GET, HEAD, POST" : "GET, HEAD")
            return reply.send(response)
        }
        if request.path == "/healthz" { return reply.send(AdminHandler.text(200, "ok\n")) }
        guard isOwner || token != nil || AdminHandler.isThisMachine(request.headers["Host"] ?? "") else {
            return reply.send(
                AdminProblem(403, "forbidden", "without an admin_token, only by this machine's own addresses").response)
        }
        guard isOwner || isAllowed(request) else {
            var response = AdminHandler.text(401, "send Authorization: Bearer and the admin token\n")
            response.headers.add("WWW-Authenticate", "Bearer")
            return reply.send(response)
        }
        if isAPI { return callAPI(request, reply) }
        switch request.path {
        case "/readyz": ready(reply)
        case "/metrics": sendMetrics(reply)
        default: reply.send(AdminHandler.text(404, "there are /healthz, /readyz, /metrics and /api/\n"))
        }
    }

    /// A page in the admin's own browser can reach loopback as well: what a browser would send on a page's behalf is refused.
    private func callAPI(_ request: Request, _ reply: any Reply) {
        guard request.headers["Origin"] == nil, request.headers["Sec-Fetch-Site"] == nil else {
            return reply.send(AdminProblem(403, "forbidden", "not for web pages").response)
        }
        guard request.method != .post || request.headers["Content-Type"] == "application/json" else {
            return reply.send(
                AdminProblem(415, "unsupported_media_type", "send Content-Type: application/json").response)
        }
        api.handle(request, reply)
    }

    /// A name that somebody else has pointed at this machine is none of its own.
    private static func isThisMachine(_ host: String) -> Bool {
        let isBracketed = host.hasPrefix("[")
        let name = isBracketed ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" }
        let rest = host[name.endIndex...]
        guard !isBracketed || rest.first == "]" else { return false }
        let port = isBracketed ? rest.dropFirst() : rest
        guard port.isEmpty || port.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }), port.first ?? ":" == ":"
        else { return false }
        if name == "localhost" { return true }
        return IPAddress(String(name))?.canonical.isLoopback == true
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
            try reader.openReplays().count
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
            AdminHandler.write(tenants, serviceProblems, to: &out)
            out.endObject()
            reply.send(Response(status: isReady ? 200 : 503, contentType: "application/json", body: out.bytes))
        }
    }

    /// Problems that `/readyz` shows, at most; all of them are in the log, and those of tenants' files in `/api/problems`.
    private static let problemsMax = 100

    private static func write(_ tenants: TenantSnapshot, _ others: [Problem], to out: inout JSONWriter) {
        let draining = tenants.draining
        out.name("tenants")
        out.beginObject()
        out.field("good", tenants.count - tenants.stale.count - draining.count)
        out.field("stale", tenants.stale.count)
        out.field("draining", draining.count)
        out.field("bad", tenants.broken.count)
        out.field("missing", tenants.missing.count)
        write("broken", tenants.broken.sorted(), to: &out)
        write("served_by_last_good_version", tenants.stale.sorted(), to: &out)
        write("removed", draining.sorted(), to: &out)
        write("without_a_file", tenants.missing.sorted(), to: &out)
        out.endObject()
        let problems = others + tenants.problems
        let errors = problems.filter { $0.severity == .error }
        out.field("configuration_errors", errors.count)
        out.field("configuration_warnings", problems.count - errors.count)
        write("problems", errors.prefix(problemsMax).map(\.description), to: &out)
    }

    private static func write(_ name: String, _ texts: [String], to out: inout JSONWriter) {
        out.name(name)
        out.beginArray()
        for text in texts { out.value(text) }
        out.endArray()
    }

    private func sendMetrics(_ reply: any Reply) {
        let (metrics, clock) = (metrics, house.clock)
        let tenants = house.tenants.current
        let files = metrics.gauge("payrelay_tenants", help: "Tenants, by how they stand.")
        let draining = tenants.draining.count
        files.with([("state", "good")]).set(tenants.count - tenants.stale.count - draining)
        files.with([("state", "stale")]).set(tenants.stale.count)
        files.with([("state", "draining")]).set(draining)
        files.with([("state", "bad")]).set(tenants.broken.count)
        files.with([("state", "missing")]).set(tenants.missing.count)
        let nowMs = clock.nowMs
        house.store.read { reader throws(StoreError) in
            try reader.heldMoney(nowMs: nowMs)
        } then: { [self] result in
            if case .success(let held) = result { note(held) }
            let text = metrics.prometheusText()
            reply.send(
                Response(status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: Array(text.utf8)))
        }
    }

    /// Money in escrow that waits for its goods to be sent: every tenant and age that had some once has its line.
    private func note(_ held: [HeldMoney]) {
        let count = metrics.gauge(
            "payrelay_held_payments", help: "Payments in escrow that are not shipped, by tenant and age.")
        let sum = metrics.gauge(
            "payrelay_held_amount_minor", help: "Fen in escrow that are not shipped, by tenant and age.")
        let found = Dictionary(held.map { (HeldKey(tenant: $0.tenant, age: $0.age), $0) }) { first, _ in first }
        let known = heldBefore.withLock { known in
            known.formUnion(found.keys)
            return known
        }
        for key in known {
            let labels = [("tenant", key.tenant), ("age", key.age.rawValue)]
            count.with(labels).set(found[key]?.count ?? 0)
            sum.with(labels).set(Int(found[key]?.amountMinor ?? 0))
        }
    }

    private static func text(_ status: Int, _ text: String) -> Response {
        Response(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }
}

private struct OwnersHandler: HTTPHandler {
    let handler: AdminHandler

    func handle(_ request: Request, _ reply: any Reply) { handler.handle(request, reply, isOwner: true) }
}

private struct HeldKey: Hashable, Sendable {
    let tenant: String
    let age: HeldMoney.Age
}
