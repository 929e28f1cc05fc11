import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/api/deliveries` and `/api/events`: why a merchant's webhook did not arrive, and once more.
struct AdminDeliveries: Sendable {
    typealias Found = (delivery: Delivery, attempts: [Attempt])

    let house: House
    let relay: Relay

    func list(_ request: Request, _ reply: any Reply) throws(AdminProblem) {
        let asked = try AdminQuery(
            request, known: ["tenant", "status", "endpoint", "event", "limit", "starting_after"])
        let limit = try asked.limit()
        let query = DeliveryQuery(
            tenant: try asked.requiredText("tenant"), status: try asked.choice("status", Delivery.Status.self),
            event: asked.text("event"), endpoint: asked.text("endpoint"), nowMs: house.clock.nowMs,
            startingAfter: asked.text("starting_after"), limit: limit + 1)
        house.store.read { reader throws(StoreError) -> [Found]? in
            if let cursor = query.startingAfter,
                try reader.delivery(id: cursor, tenant: query.tenant, nowMs: query.nowMs) == nil
            {
                return nil
            }
            return try reader.deliveries(query)
        } then: { result in
            guard case .success(let found) = result else { return reply.send(AdminProblem.unavailable.response) }
            guard let rows = found else {
                return reply.send(AdminProblem.invalid("starting_after names nothing of this tenant's").response)
            }
            guard !rows.isEmpty || house.tenants.current.tenant(query.tenant) != nil else {
                return reply.send(AdminProblem.noTenant(query.tenant).response)
            }
            let page = Array(rows.prefix(limit))
            reply.send(AdminAPI.json(AdminDeliveries.list(page, hasMore: rows.count > limit, nowMs: query.nowMs)))
        }
    }

    func show(_ id: String, _ request: Request, _ reply: any Reply) throws(AdminProblem) {
        let tenant = try AdminQuery(request, known: ["tenant"]).requiredText("tenant")
        let nowMs = house.clock.nowMs
        house.store.read { reader throws(StoreError) in
            try reader.delivery(id: id, tenant: tenant, nowMs: nowMs)
        } then: { result in
            switch result {
            case .failure: reply.send(AdminProblem.unavailable.response)
            case .success(nil):
                reply.send(AdminProblem(404, "not_found", "this tenant has no such delivery").response)
            case .success(let found?):
                var out = JSONWriter()
                AdminDeliveries.write(found, nowMs: nowMs, to: &out)
                reply.send(AdminAPI.json(out))
            }
        }
    }

    func replay(_ request: Request, _ reply: any Reply) throws(AdminProblem) {
        let body = try AdminBody(request, known: ["tenant", "since", "until", "status", "types", "endpoint"])
        let tenant = try tenant(body)
        var ask = ReplayAsk()
        ask.since = try body.text("since")
        ask.until = try body.text("until")
        ask.statuses = try body.texts("status")
        ask.types = try body.texts("types")
        ask.endpoint = try body.text("endpoint")
        let (asked, faults) = ask.filter(tenant, nowMs: house.clock.nowMs)
        guard let filter = asked else { throw .invalid(faults.map(\.detail).joined(separator: "; ")) }
        Task { [relay] in
            reply.send(AdminDeliveries.response(await relay.replay.run(filter)))
        }
    }

    private static func response(_ outcome: ReplayDeliveries.Outcome) -> Response {
        switch outcome {
        case .begun(let replay): answer(replay)
        case .nothing: answer(nil)
        case .tooMany(let why): AdminProblem.invalid(why).response
        case .tooManyOpen(let why), .counting(let why): AdminProblem(429, "rate_limited", why).response
        case .unavailable: AdminProblem.unavailable.response
        }
    }

    private static func answer(_ replay: Replay?) -> Response {
        var out = JSONWriter(reservingCapacity: 128)
        Shape.write(replay, to: &out)
        return AdminAPI.json(out, status: 202)
    }

    /// `POST /api/events/{id}/redeliver`
    func redeliver(_ id: String, _ request: Request, _ reply: any Reply) throws(AdminProblem) {
        let body = try AdminBody(request, known: ["tenant", "endpoint"])
        let tenant = try tenant(body)
        let endpoint = try body.text("endpoint")
        if let endpoint, tenant.endpoint(endpoint) == nil {
            throw .invalid("endpoint must be one of \(tenant.endpointIDs.joined(separator: ", "))")
        }
        let clock = house.clock
        relay.redeliver.run(event: id, endpoint: endpoint, tenant: tenant) { result in
            switch result {
            case .failure: reply.send(AdminProblem.unavailable.response)
            case .success(.unknownEvent):
                reply.send(AdminProblem(404, "not_found", "this tenant has no such event").response)
            case .success(.notTaken(let why)):
                reply.send(AdminProblem(409, "not_deliverable", why).response)
            case .success(.redelivered(let found)):
                reply.send(
                    AdminAPI.json(AdminDeliveries.list(found, hasMore: false, nowMs: clock.nowMs), status: 202))
            }
        }
    }

    private func tenant(_ body: AdminBody) throws(AdminProblem) -> Tenant {
        let id = try body.requiredText("tenant")
        guard let tenant = house.tenants.current.tenant(id) else { throw .noTenant(id) }
        return tenant
    }

    // MARK: - Shapes

    private static func list(_ rows: [Found], hasMore: Bool, nowMs: Int64) -> JSONWriter {
        var out = JSONWriter(reservingCapacity: 16_384)
        Shape.writeList(rows, hasMore: hasMore, to: &out) { write($0, nowMs: nowMs, to: &$1) }
        return out
    }

    private static func write(_ found: Found, nowMs: Int64, to out: inout JSONWriter) {
        out.beginObject()
        out.field("tenant", found.delivery.tenant)
        out.name("delivery")
        Shape.write(found.delivery, attempts: found.attempts, nowMs: nowMs, to: &out)
        out.endObject()
    }
}
