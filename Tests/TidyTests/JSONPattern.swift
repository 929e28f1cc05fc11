import JSON

/// JSON as documentation shows it: members may be left out, and `…` in a text stands for anything.
struct JSONPattern {
    let shown: JSONValue

    /// Where `actual` is not what is shown; empty when it is.
    func differences(from actual: JSONValue) -> [String] { JSONPattern.differences(shown, actual, at: "$") }

    private static func differences(_ shown: JSONValue, _ actual: JSONValue, at path: String) -> [String] {
        switch (shown, actual) {
        case (.object(let members), .object):
            return members.flatMap { member in
                guard let value = actual[member.name] else { return ["\(path).\(member.name) is not there"] }
                return differences(member.value, value, at: "\(path).\(member.name)")
            }
        case (.array(let elements), .array(let others)):
            guard elements.count == others.count else {
                return ["\(path) has \(others.count) elements, not \(elements.count)"]
            }
            return zip(elements, others).enumerated().flatMap { index, pair in
                differences(pair.0, pair.1, at: "\(path)[\(index)]")
            }
        default:
            if let pattern = shown.text, let text = actual.text, matches(text, pattern) { return [] }
            return shown == actual ? [] : ["\(path) is \(actual), not \(shown)"]
        }
    }

    /// Whether `text` is `pattern` with something in the place of each `…`.
    private static func matches(_ text: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "…", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return text == pattern }
        guard text.hasPrefix(parts[0]), text.hasSuffix(parts[parts.count - 1]) else { return false }
        var rest = text.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.count >= parts[parts.count - 1].count
    }
}
