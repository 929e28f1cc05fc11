import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Settings
import Tenants

/// `/api/tenants`, `/api/changes`, `/api/problems` and `/api/reload`: what the tenants' files say, how each tenant stands, and
/// what was applied when.
struct AdminFiles: Sendable {
    static let limits = 1...1000

    let house: House
    let reloader: TenantReloader

    /// Every tenant, by id; `starting_after` is the last one of the page before.
    func list(_ request: Request, _ reply: any Reply) throws(AdminProblem) {
        let asked = try AdminQuery(request, known: ["standing", "limit", "starting_after"])
        let limit = try asked.limit(in: AdminFiles.limits, default: AdminFiles.limits.upperBound)
        let standing = try asked.choice("standing", TenantSnapshot.Standing.self)
        let after = asked.text("starting_after") ?? ""
        let tenants = house.tenants.current
        let ids = tenants.ids.filter { id in
            id > after && (standing.map { tenants.standing(of: id) == $0 } ?? true)
        }
        var out = JSONWriter(reservingCapacity: 16_384)
        Shape.writeList(Array(ids.prefix(limit)), hasMore: ids.count > limit, to: &out) { id, out in
            out.beginObject()
            AdminFiles.writeStanding(id, tenants, to: &out)
            out.endObject()
        }
        reply.send(AdminAPI.json(out))
    }

    /// The audit, newest first; `starting_after` is a row's number.
    func changes(_ request: Request, _ reply: any Reply) throws(AdminProblem) {
        let asked = try AdminQuery(request, known: ["tenant", "limit", "starting_after"])
        let limit = try asked.limit()
        var query = TenantChangeQuery(tenant: asked.text("tenant"), limit: limit + 1)
        if let cursor = asked.text("starting_after") {
            guard let number = Int64(cursor) else { throw .invalid("starting_after must be a row's number") }
            query.before = number
        }
        house.store.read { [query] reader throws(StoreError) in
            try reader.tenantChanges(query)
        } then: { result in
            guard case .success(let rows) = result else { return reply.send(AdminProblem.unavailable.response) }
            var out = JSONWriter(reservingCapacity: 16_384)
            Shape.writeList(Array(rows.prefix(limit)), hasMore: rows.count > limit, to: &out) { row, out in
                AdminFiles.write(row, to: &out)
            }
            reply.send(AdminAPI.json(out))
        }
    }

    /// What is wrong with the tenants' files as they are now.
    func problems(_ request: Request, _ reply: any Reply) throws(AdminProblem) {
        let tenant = try AdminQuery(request, known: ["tenant"]).text("tenant")
        let tenants = house.tenants.current
        let problems = tenant.map { tenants.problems(of: $0) } ?? tenants.problems
        var out = JSONWriter(reservingCapacity: 16_384)
        Shape.writeList(problems, hasMore: false, to: &out) { AdminFiles.write($0, to: &$1) }
        reply.send(AdminAPI.json(out))
    }

    /// Answers what was applied and what is wrong, once all files were read again.
    func reload(_ request: Request, _ reply: any Reply) throws(AdminProblem) {
        _ = try AdminQuery(request, known: [])
        _ = try AdminBody(request, known: [])
        reloader.reload { report in
            if let failure = report.failure {
                return reply.send(AdminProblem(503, "unavailable", "the tenants folder: \(failure)").response)
            }
            var out = JSONWriter(reservingCapacity: 4096)
            out.beginObject()
            out.name("changes")
            out.beginArray()
            for change in report.changes { AdminFiles.write(change, number: nil, to: &out) }
            out.endArray()
            out.name("problems")
            out.beginArray()
            for problem in report.problems { AdminFiles.write(problem, to: &out) }
            out.endArray()
            out.endObject()
            reply.send(AdminAPI.json(out))
        }
    }

    /// `POST /api/tenants/{id}/drop`: an admin's word that nothing more is expected for a tenant whose file is gone.
    func drop(_ id: String, _ request: Request, _ reply: any Reply) throws(AdminProblem) {
        _ = try AdminQuery(request, known: [])
        _ = try AdminBody(request, known: [])
        guard let standing = house.tenants.current.standing(of: id) else { throw .noTenant(id) }
        guard standing == .draining || standing == .missing else {
            throw AdminProblem(
                409, "not_draining", "the tenant \(id) has a file; take it out of the tenants folder first")
        }
        reloader.drop(id) { wasThere in
            var out = JSONWriter(reservingCapacity: 128)
            out.beginObject()
            out.field("tenant", id)
            out.field("dropped", wasThere)
            out.endObject()
            reply.send(AdminAPI.json(out))
        }
    }

    // MARK: - Shapes

    /// How a tenant stands, as members of the object that is open.
    static func writeStanding(_ id: String, _ tenants: TenantSnapshot, to out: inout JSONWriter) {
        let tenant = tenants.tenant(id)
        let version = tenants.version(of: id)
        let problems = tenants.problems(of: id)
        out.field("id", id)
        out.field("name", tenant?.name)
        out.field("standing", tenants.standing(of: id)?.rawValue)
        out.field("partner", tenant?.partner)
        out.field("file_sha256", version?.fileDigest)
        out.timeField("applied_at", version?.appliedAtMs)
        out.field("errors", problems.count { $0.severity == .error })
        out.field("warnings", problems.count { $0.severity == .warning })
        out.field("findings", tenants.findings(of: id).count { $0.severity != .hint })
    }

    static func write(_ problem: Problem, to out: inout JSONWriter) {
        out.beginObject()
        out.field("file", problem.file)
        out.field("line", problem.line)
        out.field("column", problem.column)
        out.field("severity", problem.severity == .error ? "error" : "warning")
        out.field("message", problem.message)
        out.endObject()
    }

    private static func write(_ row: NumberedTenantChange, to out: inout JSONWriter) {
        write(row.change, number: row.number, to: &out)
    }

    private static func write(_ change: TenantChange, number: Int64?, to out: inout JSONWriter) {
        out.beginObject()
        out.field("number", number)
        out.field("tenant", change.tenant)
        out.field("kind", change.kind.rawValue)
        out.field("file_sha256", change.fileDigest.isEmpty ? nil : change.fileDigest)
        out.name("fields")
        out.beginArray()
        for field in change.fields { out.value(field) }
        out.endArray()
        out.timeField("at", change.atMs)
        out.endObject()
    }
}
