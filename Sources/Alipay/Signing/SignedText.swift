import Text

/// What is signed is `name=value` joined by `&`, and nothing in a value is escaped: bytes that are signed as one value can
/// be cut into several, and are signed as those as well.
package enum SignedText {
    /// The shortest of the interface's names, `body` and `sign`.
    private static let nameBytesMin = 4

    /// Whether a value has something like `&trade_no=` in it: `&`, a name such as the interface has, `=`.
    package static func couldBeFields(_ value: Span<UInt8>) -> Bool {
        // Hardly a value has one.
        guard let first = firstAmpersand(in: value) else { return false }
        // Bytes of a name since the last `&`; nil where none has begun.
        var nameBytes: Int?
        for index in first..<value.count {
            switch value[index] {
            case UInt8(ascii: "&"): nameBytes = 0
            case UInt8(ascii: "="):
                if let nameBytes, nameBytes >= nameBytesMin { return true }
                nameBytes = nil
            case 0x61...0x7A, 0x30...0x39, UInt8(ascii: "_"): nameBytes = nameBytes.map { $0 + 1 }
            default: nameBytes = nil
            }
        }
        return false
    }

    /// Whether any value of the form does.
    static func couldBeFields(_ fields: FormFields) -> Bool {
        fields.hasSeparators && fields.containsValue { couldBeFields($0) }
    }

    package static func couldBeFields(_ text: String) -> Bool { couldBeFields(text.utf8Span.span) }

    /// Whether there is a `&` in it, which would end the field.
    static func hasSeparator(_ text: String) -> Bool { firstAmpersand(in: text.utf8Span.span) != nil }

    private static func firstAmpersand(in value: Span<UInt8>) -> Int? {
        for index in value.indices where value[index] == UInt8(ascii: "&") { return index }
        return nil
    }
}
