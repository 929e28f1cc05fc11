package import Text

/// The string that Alipay's partner/key interface signs ("参数签名", SDK 3.2 `createLinkstring`): every parameter but
/// `sign`, `sign_type` and those without a value, in byte order of the names, as `name=value` joined by `&`.
///
/// Values are the bytes themselves, in the charset that `_input_charset` names: not percent-encoded, not escaped, not
/// trimmed. `0`, `0.00` and a blank are values.
package enum CanonicalString {
    /// Of a form that came; its fields are in byte order of their names already.
    package static func bytes(of fields: FormFields) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(1024)
        for field in fields where !field.value.isEmpty && !isSignature(field.name) {
            if !out.isEmpty { out.append(UInt8(ascii: "&")) }
            out.append(contentsOf: field.name)
            out.append(UInt8(ascii: "="))
            out.append(contentsOf: field.value)
        }
        return out
    }

    /// Of parameters on their way out.
    package static func bytes(of parameters: [Parameter]) -> [UInt8] {
        var out: [UInt8] = []
        let signed = parameters.filter { !$0.value.isEmpty && !isSignature(Array($0.name.utf8)[...]) }
        for parameter in signed.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            if !out.isEmpty { out.append(UInt8(ascii: "&")) }
            out.append(contentsOf: parameter.name.utf8)
            out.append(UInt8(ascii: "="))
            out.append(contentsOf: parameter.value)
        }
        return out
    }

    private static func isSignature(_ name: ArraySlice<UInt8>) -> Bool {
        name.elementsEqual("sign".utf8) || name.elementsEqual("sign_type".utf8)
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
