import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/api/endpoints`: how every endpoint does, and an admin's word on whether it is sent anything.
struct AdminEndpoints: Sendable {
    static let limits = 1...1000

    let house: House
    let relay: Relay

    /// By tenant and endpoint; `starting_after` is `TENANT/ENDPOINT`.
    func list(_ request: Request, _ reply: any Reply) throws(AdminProblem) {
        let asked = try AdminQuery(request, known: ["tenant", "limit", "starting_after"])
        let limit = try asked.limit(in: AdminEndpoints.limits, default: AdminEndpoints.limits.upperBound)
        let tenant = asked.text("tenant")
        var after: EndpointKey?
        if let cursor = asked.text("starting_after") {
            let parts = cursor.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw .invalid("starting_after must be a tenant, / and an endpoint") }
            after = EndpointKey(tenant: parts[0], endpoint: parts[1])
        }
        relay.listEndpoints.run(tenant: tenant) { [after] result in
            guard case .success(let all) = result else { return reply.send(AdminProblem.unavailable.response) }
            if let tenant, all.isEmpty { return reply.send(AdminProblem.noTenant(tenant).response) }
            let rows = all.filter { row in
                after.map { ($0.tenant, $0.endpoint) < (row.key.tenant, row.key.endpoint) } ?? true
            }
            var out = JSONWriter(reservingCapacity: 16_384)
            Shape.writeList(Array(rows.prefix(limit)), hasMore: rows.count > limit, to: &out) {
                AdminEndpoints.write($0, to: &$1)
            }
            reply.send(AdminAPI.json(out))
        }
    }

    func set(
        disabled: Bool, tenant: String, endpoint: String, _ request: Request, _ reply: any Reply
    ) throws(AdminProblem) {
        _ = try AdminQuery(request, known: [])
        _ = try AdminBody(request, known: [])
        relay.switchEndpoint.run(EndpointKey(tenant: tenant, endpoint: endpoint), disabled: disabled) { outcome in
            switch outcome {
            case .unavailable: reply.send(AdminProblem.unavailable.response)
            case .unknownEndpoint:
                reply.send(AdminProblem(404, "not_found", "there is no such endpoint of such a tenant").response)
            case .switched(let changed):
                var out = JSONWriter(reservingCapacity: 128)
                out.beginObject()
                out.field("tenant", tenant)
                out.field("endpoint", endpoint)
                out.field("disabled", disabled)
                out.field("changed", changed)
                out.endObject()
                reply.send(AdminAPI.json(out))
            }
        }
    }

    private static func write(_ row: ListEndpoints.Row, to out: inout JSONWriter) {
        out.beginObject()
        out.field("tenant", row.key.tenant)
        out.field("endpoint", row.key.endpoint)
        out.field("url", row.origin)
        out.field("in_force", row.isInForce)
        out.name("hold")
        Shape.write(row.hold, to: &out)
        out.timeField("failing_since", row.failingSinceMs)
        out.field("failure_count", row.failureCount)
        out.name("backlog")
        out.beginObject()
        out.field("count", row.backlog?.count ?? 0)
        out.timeField("oldest", row.backlog?.oldestCreatedAtMs)
        out.endObject()
        out.field("in_flight_max", row.inFlightMax.map(Int64.init))
        out.endObject()
    }
}
