/// Named values in the order they came or go. A value is bytes, because bytes are what is signed.
package struct Fields: Sendable, Hashable {
    package struct Field: Sendable, Hashable {
        package var name: String
        package var value: [UInt8]
    }

    package private(set) var list: [Field] = []

    package init() {}

    package init(_ pairs: KeyValuePairs<String, String>) {
        list = pairs.map { Field(name: $0.key, value: Array($0.value.utf8)) }
    }

    package subscript(name: String) -> [UInt8]? { list.first { $0.name == name }?.value }

    /// The value as text; nil if there is none, or if it is no UTF-8.
    package func text(_ name: String) -> String? {
        self[name].flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// The value as text, if it has at least one character.
    package func filled(_ name: String) -> String? {
        guard let text = text(name), !text.isEmpty else { return nil }
        return text
    }

    /// Puts a value in the place of the one under that name, or at the end.
    package mutating func set(_ name: String, _ text: String) { set(name, bytes: Array(text.utf8)) }

    /// The same with bytes of any charset.
    package mutating func set(_ name: String, bytes value: [UInt8]) {
        if let index = list.firstIndex(where: { $0.name == name }) {
            list[index].value = value
        } else {
            list.append(Field(name: name, value: value))
        }
    }

    /// Adds the fields of `others` whose names are free.
    mutating func add(_ others: Fields) {
        list += others.list.filter { self[$0.name] == nil }
    }

    /// As `set`, if there is a value at all: Alipay leaves out what it has no value for.
    package mutating func set(_ name: String, _ text: String?) {
        if let text, !text.isEmpty { set(name, text) }
    }
}

/// Why bytes are no form.
package enum FormError: Error, Hashable {
    case tooManyFields
    case badName
    case duplicateName(String)
    case badEscape
}

extension Fields {
    /// More than Alipay's longest service has.
    package static let fieldsMax = 200

    /// Decodes a form or a query string, each name and value once: `+` is a space, `%XX` a byte.
    package init(form bytes: some Sequence<UInt8>) throws(FormError) {
        var names = Set<String>()
        for segment in Array(bytes).split(separator: UInt8(ascii: "&")) {
            guard list.count < Fields.fieldsMax else { throw .tooManyFields }
            let parts = segment.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, let nameBytes = Fields.decode(first), Fields.isName(nameBytes) else {
                throw .badName
            }
            guard let value = Fields.decode(parts.count == 2 ? parts[1] : []) else { throw .badEscape }
            let name = String(decoding: nameBytes, as: UTF8.self)
            guard names.insert(name).inserted else { throw .duplicateName(name) }
            list.append(Field(name: name, value: value))
        }
    }

    /// `a=1&b=2`, as Java's `URLEncoder` writes it: a space is `+`, letters, digits and `.-_*` stay.
    package func formEncoded() -> [UInt8] {
        var out: [UInt8] = []
        for field in list {
            if !out.isEmpty { out.append(UInt8(ascii: "&")) }
            Fields.encode(Array(field.name.utf8), to: &out)
            out.append(UInt8(ascii: "="))
            Fields.encode(field.value, to: &out)
        }
        return out
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): out.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                out.append(high << 4 | low)
            default: out.append(byte)
            }
        }
        return out
    }

    private static func encode(_ bytes: [UInt8], to out: inout [UInt8]) {
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x2D, 0x5F, 0x2A: out.append(byte)
            case 0x20: out.append(UInt8(ascii: "+"))
            default: out += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
    }

    private static let hex = Array("0123456789ABCDEF".utf8)

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    private static func isName(_ bytes: [UInt8]) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x2D: true
                default: false
                }
            }
    }
}
