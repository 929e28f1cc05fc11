import HTTP
import JSON

/// Why an admin's call was not done.
struct AdminProblem: Error, Sendable, Hashable {
    let status: Int
    let code: String
    /// One sentence.
    let detail: String

    init(_ status: Int, _ code: String, _ detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    /// 400; `detail` names what is at fault.
    static func invalid(_ detail: String) -> AdminProblem { AdminProblem(400, "invalid_request", detail) }

    /// An object's tenant has no file that could be used.
    static func notServed(_ tenant: String) -> AdminProblem {
        AdminProblem(409, "tenant_not_served", "the tenant \(tenant) is not served now")
    }

    /// The tenant that was asked about has no file that could be used.
    static func noTenant(_ tenant: String) -> AdminProblem {
        AdminProblem(404, "not_found", "no tenant \(tenant.prefix(shownCharactersMax)) is served now")
    }

    static let unavailable = AdminProblem(503, "unavailable", "the store cannot do this now; nothing was done")

    /// As much as an answer repeats of a name that was sent.
    static let shownCharactersMax = 64

    var response: Response {
        var out = JSONWriter(reservingCapacity: 256)
        out.beginObject()
        out.field("code", code)
        out.field("detail", detail)
        out.endObject()
        return Response(status: status, contentType: "application/problem+json", body: out.bytes)
    }
}
