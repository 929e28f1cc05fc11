import Crypto

/// A form read in the plainest way, and what its signature ought to be: a second opinion, apart from the code that is tested.
struct NaiveForm {
    /// In the order of the body; nil if it cannot be trusted to mean one thing.
    let fields: [(name: [UInt8], value: [UInt8])]

    init?(_ body: [UInt8], fieldsMax: Int) {
        var fields: [(name: [UInt8], value: [UInt8])] = []
        for segment in body.split(separator: UInt8(ascii: "&")) {
            let parts = segment.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = NaiveForm.decode(parts[0]), !name.isEmpty, name.allSatisfy(NaiveForm.isNameByte),
                let value = parts.count == 2 ? NaiveForm.decode(parts[1]) : []
            else { return nil }
            fields.append((name, value))
        }
        guard fields.count <= fieldsMax, Set(fields.map(\.name)).count == fields.count else { return nil }
        self.fields = fields
    }

    subscript(name: String) -> [UInt8]? { fields.first { $0.name == Array(name.utf8) }?.value }

    var sorted: [(name: [UInt8], value: [UInt8])] { fields.sorted { $0.name.lexicographicallyPrecedes($1.name) } }

    var string: [UInt8] {
        let signed = sorted.filter {
            !$0.value.isEmpty && !["sign", "sign_type"].map { Array($0.utf8) }.contains($0.name)
        }
        return Array(signed.map { $0.name + [UInt8(ascii: "=")] + $0.value }.joined(separator: [UInt8(ascii: "&")]))
    }

    func isSigned(key: String) -> Bool {
        self["sign_type"] == Array("MD5".utf8)
            && self["sign"] == Array(Hex.encode(MD5.digest(string + Array(key.utf8))).utf8)
    }

    private static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): out.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let value = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self)) else {
                    return nil
                }
                rest = rest.dropFirst(2)
                out += value
            default: out.append(byte)
            }
        }
        return out
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-".utf8).contains(byte)
    }
}
