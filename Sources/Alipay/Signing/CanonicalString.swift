package import Text

/// The string that Alipay's partner/key interface signs ("参数签名", SDK 3.2 `createLinkstring`): every parameter but
/// `sign`, `sign_type` and those without a value, in byte order of the names, as `name=value` joined by `&`.
///
/// Values are the bytes themselves, in the charset that `_input_charset` names: not percent-encoded, not escaped, not
/// trimmed. `0`, `0.00` and a blank are values.
package enum CanonicalString {
    /// Of a form that came; its fields are in byte order of their names already.
    package static func bytes(of fields: FormFields) -> [UInt8] { fields.joined { !isSignature($0) } }

    /// Of parameters on their way out.
    package static func bytes(of parameters: [Parameter]) -> [UInt8] {
        // Their places are sorted, not they themselves: moving one costs more than comparing two.
        var places: [Int] = []
        var count = 0
        for (place, parameter) in parameters.enumerated() {
            guard !parameter.value.isEmpty, !isSignature(parameter.name.utf8Span.span) else { continue }
            places.append(place)
            count += parameter.name.utf8.count + parameter.value.count + 2
        }
        places.sort { precedes(parameters[$0].name.utf8Span.span, parameters[$1].name.utf8Span.span) }
        var out: [UInt8] = []
        out.reserveCapacity(count)
        for place in places {
            if !out.isEmpty { out.append(UInt8(ascii: "&")) }
            out.append(contentsOf: parameters[place].name.utf8)
            out.append(UInt8(ascii: "="))
            out.append(contentsOf: parameters[place].value)
        }
        return out
    }

    /// Byte order; a longer name stands after its own beginning.
    private static func precedes(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
        for index in 0..<min(a.count, b.count) where a[index] != b[index] { return a[index] < b[index] }
        return a.count < b.count
    }

    private static func isSignature(_ name: Span<UInt8>) -> Bool {
        switch name.count {
        case 4: isEqual(name, "sign".utf8Span.span)
        case 9: isEqual(name, "sign_type".utf8Span.span)
        default: false
        }
    }

    private static func isEqual(_ name: Span<UInt8>, _ word: Span<UInt8>) -> Bool {
        for index in name.indices where name[index] != word[index] { return false }
        return true
    }
}

/// One parameter of a request or an answer.
package struct Parameter: Sendable, Hashable {
    package let name: String
    /// Raw bytes in the message's charset.
    package let value: [UInt8]

    package init(_ name: String, bytes value: [UInt8]) {
        self.name = name
        self.value = value
    }

    package init(_ name: String, _ value: String) {
        self.init(name, bytes: Array(value.utf8))
    }
}
