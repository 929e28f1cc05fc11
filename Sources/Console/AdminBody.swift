import HTTP
import JSON

/// The body of an admin's call: a JSON object, every member known and of its kind; an empty body has no members.
struct AdminBody {
    /// An object with arrays in it.
    private static let depthMax = 2

    private let members: [JSONMember]

    init(_ request: Request, known: [String]) throws(AdminProblem) {
        guard !request.body.isEmpty else {
            members = []
            return
        }
        guard case .object(let members)? = try? JSONReader.read(request.body, depthMax: AdminBody.depthMax) else {
            throw .invalid("the body must be a JSON object")
        }
        if let other = members.first(where: { !known.contains($0.name) })?.name {
            throw .invalid("unknown field \(other.prefix(AdminProblem.shownCharactersMax))")
        }
        self.members = members
    }

    /// Nil if it is absent or null.
    func text(_ name: String) throws(AdminProblem) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.text else { throw .invalid("\(name) must be text, not \(value.kind)") }
        return text
    }

    func requiredText(_ name: String) throws(AdminProblem) -> String {
        guard let text = try text(name) else { throw .invalid("\(name) is required") }
        return text
    }

    /// Nil if it is absent or null.
    func texts(_ name: String) throws(AdminProblem) -> [String]? {
        guard let value = value(name) else { return nil }
        guard case .array(let elements) = value, case let texts = elements.compactMap(\.text),
            texts.count == elements.count
        else { throw .invalid("\(name) must be an array of texts") }
        return texts
    }

    private func value(_ name: String) -> JSONValue? {
        guard let value = members.first(where: { $0.name == name })?.value, value != .null else { return nil }
        return value
    }
}
