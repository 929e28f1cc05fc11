import JSON
package import Settings
import Tenants

/// The JSON Schemas (draft 2020-12) of the files that an admin edits, made of the declarations that read them.
package enum SettingsSchema: String, CaseIterable, Sendable {
    case service
    case tenant

    /// The schema as `ops/` keeps it, with a line break at its end.
    package var text: String {
        let head = [
            JSONMember(name: "$schema", value: .string("https://json-schema.org/draft/2020-12/schema")),
            JSONMember(name: "$id", value: .string("https://payrelay.dev/schemas/\(fileName)")),
            JSONMember(name: "title", value: .string(title)),
        ]
        return JSONLayout.text(.object(head + SettingsSchema.members(of: shape))) + "\n"
    }

    /// `payrelay.schema.json` or `tenant.schema.json`.
    package var fileName: String {
        switch self {
        case .service: "payrelay.schema.json"
        case .tenant: "tenant.schema.json"
        }
    }

    package var shape: SettingsShape {
        switch self {
        case .service:
            SettingsReader.describe { root in
                let file = ConfigFile(ConfigFile.pathDefault)
                return ServiceSettings.read(root, TenantsPlace.read(root, of: file), of: file)
            }
        case .tenant: TenantFolder.fileShape
        }
    }

    private var title: String {
        switch self {
        case .service: "PayRelay: the service, payrelay.yaml"
        case .tenant: "PayRelay: one tenant, tenants/ID.yaml"
        }
    }

    // MARK: - A shape as a schema

    private static func members(of shape: SettingsShape) -> [JSONMember] {
        let keys = shape.keys.sorted { $0.name < $1.name }
        var members = [
            JSONMember(name: "type", value: .string("object")),
            JSONMember(
                name: "properties",
                value: .object(keys.map { JSONMember(name: $0.name, value: schema(of: $0.value)) })),
        ]
        if !shape.required.isEmpty { members.append(JSONMember(name: "required", value: names(shape.required))) }
        if !shape.alternatives.isEmpty {
            let sets = shape.alternatives.map { JSONValue.object([JSONMember(name: "required", value: names($0))]) }
            members.append(JSONMember(name: "anyOf", value: .array(sets)))
        }
        return members + [JSONMember(name: "additionalProperties", value: .bool(false))]
    }

    private static func names(_ names: Set<String>) -> JSONValue { .array(names.sorted().map { .string($0) }) }

    private static func schema(of value: SettingsShape.Value) -> JSONValue {
        var members: [JSONMember] = []
        let limits = value.forms.compactMap(limits)
        let sentences =
            [value.about].compactMap { $0 } + limits.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }
        if !sentences.isEmpty {
            members.append(JSONMember(name: "description", value: .string(sentences.joined(separator: " "))))
        }
        if value.forms.count == 1, let form = value.forms.first {
            members += schema(of: form)
        } else {
            let forms = value.forms.map { JSONValue.object(schema(of: $0)) }
            members.append(JSONMember(name: "anyOf", value: .array(forms)))
        }
        switch value.fallback {
        case .bool(let flag)?: members.append(JSONMember(name: "default", value: .bool(flag)))
        case .int(let number)?: members.append(JSONMember(name: "default", value: .number(String(number))))
        case .text(let text)?: members.append(JSONMember(name: "default", value: .string(text)))
        case nil: break
        }
        return .object(members)
    }

    /// What a schema cannot say of a form: from where to where a number with a unit may be.
    private static func limits(_ form: SettingsShape.Form) -> String? {
        guard case .amount(_, let limits) = form else { return nil }
        return limits
    }

    private static func schema(of form: SettingsShape.Form) -> [JSONMember] {
        switch form {
        case .text, .secret, .contents:
            // Digits without quotes are their text, exactly.
            [
                JSONMember(name: "type", value: .array(["string", "number", "boolean"].map { .string($0) })),
                JSONMember(name: "minLength", value: .number("1")),
            ]
        case .bool: [JSONMember(name: "type", value: .string("boolean"))]
        case .int(let range):
            [
                JSONMember(name: "type", value: .string("integer")),
                JSONMember(name: "minimum", value: .number(String(range.lowerBound))),
                JSONMember(name: "maximum", value: .number(String(range.upperBound))),
            ]
        case .choice(let names): [JSONMember(name: "enum", value: .array(names.map { .string($0) }))]
        case .amount(let units, _):
            [
                JSONMember(name: "type", value: .string("string")),
                JSONMember(name: "pattern", value: .string("^[0-9]{1,9}(\(units.joined(separator: "|")))$")),
            ]
        case .zero: [JSONMember(name: "const", value: .number("0"))]
        case .list(let item, let count):
            [JSONMember(name: "type", value: .string("array")), JSONMember(name: "items", value: schema(of: item))]
                + limits(count, least: "minItems", most: "maxItems")
        case .section(let shape): members(of: shape)
        case .members(let value, let count):
            [
                JSONMember(name: "type", value: .string("object")),
                JSONMember(name: "additionalProperties", value: schema(of: value)),
            ] + limits(count, least: "minProperties", most: "maxProperties")
        }
    }

    private static func limits(_ count: ClosedRange<Int>, least: String, most: String) -> [JSONMember] {
        [
            JSONMember(name: least, value: .number(String(count.lowerBound))),
            JSONMember(name: most, value: .number(String(count.upperBound))),
        ]
    }
}
