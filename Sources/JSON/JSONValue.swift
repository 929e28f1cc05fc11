/// A JSON text, read.
package indirect enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The number as it was written.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// In the order of the text; names are unique.
    case object([JSONMember])

    /// A whole number as it was written, without fraction or exponent; nil for anything else.
    package var int64: Int64? {
        guard case .number(let text) = self else { return nil }
        return Int64(text)
    }

    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// A member of an object; nil if there is none, or if this is no object.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// What it is, for a message.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

package struct JSONMember: Sendable, Hashable {
    package let name: String
    package let value: JSONValue

    package init(name: String, value: JSONValue) {
        self.name = name
        self.value = value
    }
}

/// Where a text stops being JSON.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// From 0.
    package let offset: Int
    package let message: String

    package init(offset: Int, message: String) {
        self.offset = offset
        self.message = message
    }

    package var description: String { "\(message) at byte \(offset)" }
}
