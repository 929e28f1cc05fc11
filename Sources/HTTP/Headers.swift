/// Header fields in the order they came; names compare without case (RFC 9110 §5.1).
package struct Headers: Sendable, Hashable {
    package struct Field: Sendable, Hashable {
        package let name: String
        package let value: String
    }

    package private(set) var fields: [Field] = []

    package init() {}

    package init(_ pairs: [(String, String)]) {
        fields = pairs.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value under that name.
    package subscript(name: String) -> String? {
        fields.first { Headers.equal($0.name, name) }?.value
    }

    /// Every value under that name, in order.
    package func values(_ name: String) -> [String] {
        fields.filter { Headers.equal($0.name, name) }.map(\.value)
    }

    /// Adds a field after those already there, whether or not the name is taken.
    package mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Puts one field in the place of all of that name.
    package mutating func set(_ name: String, _ value: String) {
        fields.removeAll { Headers.equal($0.name, name) }
        add(name, value)
    }

    /// ASCII case-insensitive equality, over bytes.
    package static func equal(_ a: String, _ b: String) -> Bool {
        let a = a.utf8
        let b = b.utf8
        guard a.count == b.count else { return false }
        return zip(a, b).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
}
