import Text

/// A form taken apart for a diagnosis: every value both as it was on the wire and decoded, in the order of the body.
struct DiagnosedMessage {
    struct Field {
        let name: [UInt8]
        /// Percent-encoded still.
        let wire: [UInt8]
        let value: [UInt8]

        /// For people; names have no characters but `A-Z a-z 0-9 _ . -`.
        var shownName: String { String(decoding: name.prefix(64), as: UTF8.self) }

        func with(_ value: [UInt8]) -> Field { Field(name: name, wire: wire, value: value) }
    }

    /// All but `sign` and `sign_type`.
    let fields: [Field]
    /// Empty if there is none.
    let sign: [UInt8]
    let signType: [UInt8]?

    init(_ body: [UInt8]) throws(FormFields.Malformed) {
        // Refuses what cannot be read in one way only, with the reason; what is left can be split without care.
        let form = try FormFields(body, fieldsMax: InboundNotification.fieldsMax)
        sign = form["sign"].map(Array.init) ?? []
        signType = form["sign_type"].map(Array.init)
        fields = body.split(separator: UInt8(ascii: "&")).compactMap { segment in
            let nameEnd = segment.firstIndex(of: UInt8(ascii: "=")) ?? segment.endIndex
            let wire = segment[nameEnd...].dropFirst()
            guard let name = PercentCoding.formDecode(segment[..<nameEnd]),
                let value = PercentCoding.formDecode(wire),
                !name.elementsEqual("sign".utf8), !name.elementsEqual("sign_type".utf8)
            else { return nil }
            return Field(name: name, wire: Array(wire), value: value)
        }
    }

    func value(of name: String) -> [UInt8]? { fields.first { $0.name.elementsEqual(name.utf8) }?.value }

    /// The string to sign as it ought to be.
    func string() -> [UInt8] { DiagnosedMessage.string(of: fields) }

    /// The string to sign with every value changed; nil if the change cannot be made to one of them.
    func string(changing change: ([UInt8]) -> [UInt8]?) -> [UInt8]? {
        var changed: [Field] = []
        for field in fields {
            guard let value = change(field.value) else { return nil }
            changed.append(field.with(value))
        }
        return DiagnosedMessage.string(of: changed)
    }

    /// The string to sign with one value changed.
    func string(changing index: Int, to value: [UInt8]) -> [UInt8] {
        var changed = fields
        changed[index] = changed[index].with(value)
        return DiagnosedMessage.string(of: changed)
    }

    /// `name=value` joined by `&`, sorted by name and without what has no value, as ``CanonicalString`` has it, unless told
    /// otherwise.
    static func string(of fields: [Field], keepingEmpty: Bool = false, sorted: Order = .names) -> [UInt8] {
        var parts = fields.filter { keepingEmpty || !$0.value.isEmpty }.map { (key: $0.name, text: pair($0)) }
        switch sorted {
        case .names: parts.sort { $0.key.lexicographicallyPrecedes($1.key) }
        case .lowercasedNames:
            parts.sort { ASCII.lowercased($0.key).lexicographicallyPrecedes(ASCII.lowercased($1.key)) }
        case .pairs: parts.sort { $0.text.lexicographicallyPrecedes($1.text) }
        case .asSent: break
        }
        var out: [UInt8] = []
        out.reserveCapacity(parts.reduce(0) { $0 + $1.text.count + 1 })
        for part in parts {
            if !out.isEmpty { out.append(UInt8(ascii: "&")) }
            out += part.text
        }
        return out
    }

    enum Order { case names, lowercasedNames, pairs, asSent }

    private static func pair(_ field: Field) -> [UInt8] { field.name + [UInt8(ascii: "=")] + field.value }
}

/// The case of ASCII letters; other bytes stay.
enum ASCII {
    static func lowercased(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    }

    static func uppercased(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) || byte == 0 }

    /// Without blanks, control characters that PHP's `trim` takes for blanks included, at both ends.
    static func trimmed(_ bytes: [UInt8], of isTrimmed: (UInt8) -> Bool = isBlank) -> [UInt8] {
        let start = bytes.drop(while: isTrimmed)
        guard let last = start.lastIndex(where: { !isTrimmed($0) }) else { return [] }
        return Array(start[...last])
    }
}
