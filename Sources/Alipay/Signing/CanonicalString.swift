package import Text

/// The string that Alipay's partner/key interface signs ("参数签名", SDK 3.2 `createLinkstring`): every parameter but
/// `sign`, `sign_type` and those without a value, in byte order of the names, as `name=value` joined by `&`.
///
/// Values are the bytes themselves, in the charset that `_input_charset` names: not percent-encoded, not escaped, not
/// trimmed. `0`, `0.00` and a blank are values.
package enum CanonicalString {
    /// Of a form that came; its fields are in byte order of their names already.
    package static func bytes(of fields: FormFields) -> [UInt8] {
        [UInt8](capacity: fields.decodedBytes + 2 * fields.count) { out in
            fields.forEachSpan { name, value in
                guard !value.isEmpty, !isSignature(name) else { return }
                if !out.isEmpty { out.append(UInt8(ascii: "&")) }
                append(name, to: &out)
                out.append(UInt8(ascii: "="))
                append(value, to: &out)
            }
        }
    }

    /// Of parameters on their way out.
    package static func bytes(of parameters: [Parameter]) -> [UInt8] {
        var out: [UInt8] = []
        let signed = parameters.filter { !$0.value.isEmpty && !isSignature($0.name.utf8.span) }
        for parameter in signed.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            if !out.isEmpty { out.append(UInt8(ascii: "&")) }
            out.append(contentsOf: parameter.name.utf8)
            out.append(UInt8(ascii: "="))
            out.append(contentsOf: parameter.value)
        }
        return out
    }

    private static func append(_ bytes: Span<UInt8>, to out: inout OutputSpan<UInt8>) {
        for index in bytes.indices { out.append(bytes[index]) }
    }

    private static func isSignature(_ name: Span<UInt8>) -> Bool {
        isEqual(name, "sign") || isEqual(name, "sign_type")
    }

    private static func isEqual(_ name: Span<UInt8>, _ word: String) -> Bool {
        guard name.count == word.utf8.count else { return false }
        for (index, byte) in word.utf8.enumerated() where name[index] != byte { return false }
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
