import JSON

/// JSON for people: a member or an entry on each line, lists of plain values on one.
enum JSONLayout {
    private static let step = 2

    static func text(_ value: JSONValue) -> String { text(value, indent: 0) }

    private static func text(_ value: JSONValue, indent: Int) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .number(let text): text
        case .string(let text): quoted(text)
        case .array(let items) where items.allSatisfy(isPlain):
            "[" + items.map { text($0, indent: 0) }.joined(separator: ", ") + "]"
        case .array(let items): block("[", items.map { text($0, indent: indent + step) }, "]", indent: indent)
        case .object(let members):
            block(
                "{", members.map { quoted($0.name) + ": " + text($0.value, indent: indent + step) }, "}", indent: indent
            )
        }
    }

    private static func block(_ open: String, _ lines: [String], _ close: String, indent: Int) -> String {
        guard !lines.isEmpty else { return open + close }
        let margin = String(repeating: " ", count: indent)
        let inner = margin + String(repeating: " ", count: step)
        return open + "\n" + lines.map { inner + $0 }.joined(separator: ",\n") + "\n" + margin + close
    }

    private static func isPlain(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool, .number, .string: true
        case .array, .object: false
        }
    }

    private static func quoted(_ text: String) -> String {
        var json = JSONWriter()
        json.value(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
