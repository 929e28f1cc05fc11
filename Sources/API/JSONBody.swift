import HTTP
import JSON

/// The body of a request that takes JSON.
enum JSONBody {
    private static func read(_ request: Request, depthMax: Int) throws(Problem) -> JSONValue {
        try checkType(request)
        do { return try JSONReader.read(request.body, depthMax: depthMax) } catch {
            throw .invalid([Problem.FieldError("", "the body is not JSON: \(error)")])
        }
    }

    /// For calls that can do without a body: its members, none if there is no body.
    static func optionalMembers(_ request: Request) throws(Problem) -> [JSONMember] {
        guard !request.body.isEmpty else { return [] }
        guard case .object(let members) = try read(request, depthMax: flatDepthMax) else {
            throw .invalid([Problem.FieldError("", "the body must be empty or a JSON object")])
        }
        return members
    }

    /// For calls that need a body: its members.
    static func members(_ request: Request, depthMax: Int = flatDepthMax) throws(Problem) -> [JSONMember] {
        let body = try read(request, depthMax: depthMax)
        guard case .object(let members) = body else {
            throw .invalid([Problem.FieldError("", "the body must be a JSON object, not \(body.kind)")])
        }
        return members
    }

    /// For calls without fields: no body, or an empty object.
    static func refuseFields(_ request: Request) throws(Problem) {
        var fields = BodyFields(try optionalMembers(request))
        fields.refuseTheRest()
        if !fields.errors.isEmpty { throw .invalid(fields.errors) }
    }

    /// An object whose members are no objects.
    static let flatDepthMax = 2

    /// For calls without parameters.
    static func refuseQuery(_ request: Request) throws(Problem) {
        if request.query.isEmpty { return }
        try QueryParameters(request.query, known: []).check()
    }

    private static func checkType(_ request: Request) throws(Problem) {
        guard let type = request.headers["Content-Type"], type != "application/json" else { return }
        let name = type.prefix { $0 != ";" }
        let end = name.lastIndex { $0 != " " && $0 != "\t" }
        guard let end, Headers.equal(String(name[...end]), "application/json") else {
            throw Problem(.unsupportedMediaType, "the body must be application/json")
        }
    }
}
