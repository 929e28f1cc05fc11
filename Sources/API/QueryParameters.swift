import Diagnostics
import Text

/// The query of a list call: every parameter known, each at most once.
struct QueryParameters {
    static let fieldsMax = 32
    static let limitDefault = 20
    static let limitMax = 100

    private let values: [String: String]
    private(set) var errors: [Problem.FieldError] = []

    /// - Throws: `invalid_request` when the query is not one, or has a parameter that is not in `known`.
    init(_ query: [UInt8], known: [String]) throws(Problem) {
        let fields: FormFields
        do { fields = try FormFields(query, fieldsMax: QueryParameters.fieldsMax) } catch {
            throw .invalid([Problem.FieldError("query", "the query cannot be read: \(error)")])
        }
        var values: [String: String] = [:]
        for field in fields {
            let name = String(decoding: field.name, as: UTF8.self)
            guard known.contains(name) else {
                let all = known.isEmpty ? "this call takes none" : "known are \(known.joined(separator: ", "))"
                errors.append(Problem.FieldError(name, "unknown parameter \(name); \(all)"))
                continue
            }
            guard let value = String(validating: field.value, as: UTF8.self), !value.isEmpty, value.utf8.count <= 255
            else {
                errors.append(Problem.FieldError(name, "\(name) must be text of 1 to 255 bytes"))
                continue
            }
            values[name] = value
        }
        self.values = values
    }

    func text(_ name: String) -> String? { values[name] }

    /// 1 to 100; 20 when it is not given.
    mutating func limit() -> Int {
        guard let text = values["limit"] else { return QueryParameters.limitDefault }
        guard let limit = Int(text), (1...QueryParameters.limitMax).contains(limit) else {
            errors.append(
                Problem.FieldError("limit", "limit must be a whole number from 1 to \(QueryParameters.limitMax)"))
            return QueryParameters.limitDefault
        }
        return limit
    }

    mutating func time(_ name: String) -> Int64? {
        guard let text = values[name] else { return nil }
        guard let ms = RFC3339.unixMs(text) else {
            errors.append(Problem.FieldError(name, "\(name) must be an RFC 3339 time such as 2026-01-02T03:04:05Z"))
            return nil
        }
        return ms
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(_ name: String, _ type: Value.Type) -> Value?
    where Value.RawValue == String {
        guard let text = values[name] else { return nil }
        guard let value = Value(rawValue: text) else {
            let all = Value.allCases.map(\.rawValue).joined(separator: ", ")
            errors.append(Problem.FieldError(name, "\(name) must be one of \(all)"))
            return nil
        }
        return value
    }

    /// - Throws: everything found, if anything was.
    func check() throws(Problem) {
        if !errors.isEmpty { throw .invalid(errors) }
    }
}
