/// Text in a log line. No control character reaches a log, so no line can be forged.
enum LogText {
    /// A JSON string literal (RFC 8259 §7).
    static func quote(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        if isPlain(text.utf8Span.span) {
            out.append(contentsOf: text.utf8)
        } else {
            for scalar in text.unicodeScalars { escape(scalar, to: &out) }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// As it is where nothing in it could be read as the end of it or as a key; quoted otherwise.
    static func quoteIfNeeded(_ text: String, to out: inout [UInt8]) {
        let plain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy { scalar in
                scalar != "\"" && scalar != "=" && !scalar.properties.isWhitespace && !breaksLine(scalar)
            }
        if plain { out.append(contentsOf: text.utf8) } else { quote(text, to: &out) }
    }

    /// Whether it is visible ASCII without what has to be escaped, as nearly all of it is.
    private static func isPlain(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices {
            let byte = bytes[index]
            if byte < 0x20 || byte > 0x7E || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
        }
        return true
    }

    private static func escape(_ scalar: Unicode.Scalar, to out: inout [UInt8]) {
        switch scalar {
        case "\"": out.append(contentsOf: "\\\"".utf8)
        case "\\": out.append(contentsOf: "\\\\".utf8)
        case "\n": out.append(contentsOf: "\\n".utf8)
        case "\r": out.append(contentsOf: "\\r".utf8)
        case "\t": out.append(contentsOf: "\\t".utf8)
        case _ where breaksLine(scalar):
            let hex = String(scalar.value, radix: 16)
            out.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8)
        default: out.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// A control character (C0, DEL, C1), or Unicode's own ends of a line and a paragraph.
    private static func breaksLine(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar == "\u{2028}" || scalar == "\u{2029}"
    }
}
