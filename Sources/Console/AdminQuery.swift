import Diagnostics
import HTTP

/// The query of an admin's call: every parameter known. Values stand as they are in the URL; none of ours needs an escape.
struct AdminQuery {
    static let limitDefault = 20
    static let limits = 1...100

    private var values: [String: String] = [:]

    init(_ request: Request, known: [String]) throws(AdminProblem) {
        for pair in String(decoding: request.query, as: UTF8.self).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard known.contains(parts[0]) else {
                throw .invalid("unknown parameter \(parts[0].prefix(AdminProblem.shownCharactersMax))")
            }
            values[parts[0]] = parts.count == 2 ? parts[1] : ""
        }
    }

    func text(_ name: String) -> String? { values[name] }

    func requiredText(_ name: String) throws(AdminProblem) -> String {
        guard let text = values[name], !text.isEmpty else { throw .invalid("\(name) is required") }
        return text
    }

    func limit(
        in range: ClosedRange<Int> = AdminQuery.limits, default fallback: Int = AdminQuery.limitDefault
    )
        throws(AdminProblem) -> Int
    {
        guard let text = values["limit"] else { return fallback }
        guard let limit = Int(text), range.contains(limit) else {
            throw .invalid("limit must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return limit
    }

    /// Unix milliseconds.
    func time(_ name: String) throws(AdminProblem) -> Int64? {
        guard let text = values[name] else { return nil }
        guard let ms = RFC3339.unixMs(text) else {
            throw .invalid("\(name) must be a time such as 2026-01-02T03:04:05Z")
        }
        return ms
    }

    func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Value.Type
    ) throws(AdminProblem) -> Value?
    where Value.RawValue == String {
        guard let text = values[name] else { return nil }
        guard let value = Value(rawValue: text) else {
            throw .invalid("\(name) must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }
}
