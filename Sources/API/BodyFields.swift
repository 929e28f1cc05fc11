import JSON
import Settings

/// The members of a JSON object in a request, taken one by one; what is wrong is collected, what is left over is unknown.
struct BodyFields {
    private let prefix: String
    private let members: [JSONMember]
    /// A dozen, some of them twice: a list is looked through sooner than a set is filled.
    private var taken: [String] = []
    private(set) var errors: [Problem.FieldError] = []

    init(_ members: [JSONMember], prefix: String = "") {
        self.members = members
        self.prefix = prefix
    }

    /// The member, or nil if it is absent or null.
    mutating func value(_ name: String) -> JSONValue? {
        taken.append(name)
        guard let value = members.first(where: { $0.name == name })?.value, value != .null else { return nil }
        return value
    }

    mutating func fail(_ name: String, _ detail: String) {
        errors.append(Problem.FieldError("\(prefix)\(BodyFields.pointer([name]))", detail))
    }

    mutating func absorb(_ other: BodyFields) { errors += other.errors }

    /// Text, or an error when it is something else.
    mutating func text(_ name: String) -> String? {
        guard let value = value(name) else { return nil }
        if let text = value.text { return text }
        fail(name, "\(name) must be text, not \(value.kind)")
        return nil
    }

    /// A list of texts, or an error when it is something else.
    mutating func texts(_ name: String) -> [String]? {
        guard let value = value(name) else { return nil }
        guard case .array(let elements) = value else {
            fail(name, "\(name) must be an array of texts, not \(value.kind)")
            return nil
        }
        let texts = elements.compactMap(\.text)
        if texts.count == elements.count { return texts }
        fail(name, "\(name) must have nothing but texts in it")
        return nil
    }

    mutating func requiredText(_ name: String) -> String? {
        if value(name) == nil {
            fail(name, "\(name) is required")
            return nil
        }
        return text(name)
    }

    mutating func requiredChoice<Value: RawRepresentable & CaseIterable>(_ name: String, _ type: Value.Type) -> Value?
    where Value.RawValue == String {
        if value(name) == nil {
            fail(name, "\(name) is required")
            return nil
        }
        return choice(name, type)
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(_ name: String, _ type: Value.Type) -> Value?
    where Value.RawValue == String {
        guard let text = text(name) else { return nil }
        if let value = Value(rawValue: text) { return value }
        fail(name, "\(name) must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        return nil
    }

    /// Everything that nobody took is an unknown field.
    mutating func refuseTheRest() {
        let unknown = members.filter { !taken.contains($0.name) }
        guard !unknown.isEmpty else { return }
        let known = Set(taken).sorted()
        for (index, member) in unknown.enumerated() {
            guard index < BodyFields.unknownMax else { return fail("", "and further unknown fields") }
            let hint = suggestion(for: member.name, among: known).map { "; did you mean \($0)?" } ?? ""
            fail(member.name, "unknown field \(BodyFields.shown(member.name))\(hint)")
        }
    }

    /// Unknown fields that are named; a body may have thousands.
    static let unknownMax = 50

    /// As much of a name as an answer repeats.
    static func shown(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.prefix(nameCharactersShown)))
    }

    private static let nameCharactersShown = 64

    /// `/provider_options/paymethod` for its two names.
    static func pointer(_ names: [String]) -> String { names.map { "/" + escape($0) }.joined() }

    /// RFC 6901 §3.
    private static func escape(_ name: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in shown(name).unicodeScalars {
            switch scalar {
            case "~": out.append(contentsOf: "~0".unicodeScalars)
            case "/": out.append(contentsOf: "~1".unicodeScalars)
            default: out.append(scalar)
            }
        }
        return String(out)
    }
}
