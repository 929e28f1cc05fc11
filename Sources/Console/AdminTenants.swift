import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/api/tenants`: what a tenant's file says, and how its keys are used.
struct AdminTenants: Sendable {
    let house: House

    func show(_ id: String, _ request: Request, _ reply: any Reply) throws(AdminProblem) {
        _ = try AdminQuery(request, known: [])
        guard let found = DescribeTenant(house).run(id) else { throw .noTenant(id) }
        var out = JSONWriter(reservingCapacity: 4096)
        AdminTenants.write(found, to: &out)
        reply.send(AdminAPI.json(out))
    }

    private static func write(_ found: DescribeTenant.Description, to out: inout JSONWriter) {
        out.beginObject()
        out.field("object", "tenant")
        out.field("id", found.tenant.id)
        out.field("name", found.tenant.name)
        out.field("partner", found.partner)
        out.field("sign_type", found.signType)
        write("products", found.products.map(\.description), to: &out)
        out.name("endpoints")
        out.beginArray()
        for endpoint in found.endpoints {
            out.beginObject()
            out.field("id", endpoint.id)
            out.field("url", endpoint.origin)
            out.endObject()
        }
        out.endArray()
        write("notify_sources", found.notifySources, to: &out)
        write("allowed_sources", found.allowedSources, to: &out)
        write(found.tenant.limits, to: &out)
        out.name("keys")
        out.beginArray()
        for key in found.keys { write(key, to: &out) }
        out.endArray()
        out.endObject()
    }

    private static func write(_ name: String, _ texts: [String]?, to out: inout JSONWriter) {
        out.name(name)
        guard let texts else { return out.null() }
        out.beginArray()
        for text in texts { out.value(text) }
        out.endArray()
    }

    /// Null for what is not limited.
    private static func write(_ limits: TenantLimits, to out: inout JSONWriter) {
        out.name("limits")
        out.beginObject()
        out.field("requests_per_second", limits.requestsPerSecond.map(Int64.init))
        out.field("burst", limits.burst.map(Int64.init))
        out.field("payments_per_day", limits.paymentsPerDay.map(Int64.init))
        out.field("amount_max", limits.amountMaxMinor)
        out.field("webhook_backlog", limits.webhookBacklog)
        out.endObject()
    }

    private static func write(_ key: DescribeTenant.Key, to out: inout JSONWriter) {
        out.beginObject()
        out.field("kind", key.kind.rawValue)
        out.field("key", key.fingerprint)
        out.field("state", key.state.rawValue)
        out.field("place", key.place)
        out.field("label", key.label)
        out.timeField("not_after", key.notAfterMs)
        out.field("count", key.count)
        out.timeField("last_used_at", key.lastUsedAtMs)
        out.endObject()
    }
}
