import Crypto

/// Why a text that should be an RSA key can be read in no way.
enum BrokenKeyText {
    /// To stand after "it". Nothing of the text is shown.
    ///
    /// - Parameters:
    ///   - text: what is left without blanks and what else may have been pasted along.
    ///   - given: as it stands.
    static func reason(_ text: [UInt8], given: [UInt8]) -> String {
        guard !text.isEmpty else { return "is empty" }
        let words = String(decoding: given, as: UTF8.self)
        let hasBegin = words.contains("-----BEGIN")
        if hasBegin != words.contains("-----END") {
            return hasBegin
                ? "has a BEGIN line and no END line: its end is missing"
                : "has an END line and no BEGIN line: its beginning is missing"
        }
        let lines = words.split(whereSeparator: \.isNewline).filter { !$0.contains("-----") }
        let body = lines.flatMap { $0.utf8.filter { $0 > 0x20 } }
        if let other = otherBase64(body, lines) { return other }
        guard body.allSatisfy(isBase64) else { return "is neither PEM nor base64" }
        guard body.count.isMultiple(of: 4) else {
            return "is base64 of \(body.count) characters, and that is not a multiple of 4: some are missing"
        }
        guard let der = Base64.decode(body), der.count > 3, der[0] == 0x30 else {
            return "is base64, but there is no key in it"
        }
        return cut(der) ?? "is base64, but the key in it is damaged"
    }

    /// The first bytes of DER announce how many follow.
    private static func cut(_ der: [UInt8]) -> String? {
        let announced: Int
        switch der[1] {
        case 0x81: announced = 3 + Int(der[2])
        case 0x82: announced = 4 + Int(der[2]) << 8 + Int(der[3])
        default: return nil
        }
        guard der.count != announced else { return nil }
        return der.count < announced
            ? "was cut: its beginning announces \(announced) bytes, and \(der.count) are there"
            : "has \(der.count - announced) bytes behind its end"
    }

    private static func otherBase64(_ body: [UInt8], _ lines: [Substring]) -> String? {
        let standard = body.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        if standard != body, KeyIdentity(of: padded(standard)) != nil {
            return "is url-safe base64: + is written as - in it, and / as _"
        }
        let plus = lines.flatMap { $0.utf8.map { $0 == 0x20 ? UInt8(ascii: "+") : $0 } }
        if plus != body, KeyIdentity(of: plus) != nil {
            return "has blanks where + belongs, as when a key goes through a form or a URL"
        }
        return nil
    }

    private static func padded(_ text: [UInt8]) -> [UInt8] {
        text + Array(repeating: UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        MD5KeyText.isAlphanumeric(byte) || "+/=".utf8.contains(byte)
    }
}
