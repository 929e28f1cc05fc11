import Text

/// Something that is done to every value where nothing ought to be, or that undoes it.
struct ValueMistake {
    let code: SignatureDiagnosis.Code
    /// Nil where it cannot be done to a value.
    let change: ([UInt8]) -> [UInt8]?

    static var all: [ValueMistake] {
        [
            ValueMistake(code: .gbkSigned) { inGBK($0) },
            ValueMistake(code: .utf8Signed) { inUTF8($0) },
            ValueMistake(code: .utf8Twice) { utf8Undone($0) },
            ValueMistake(code: .blankAsPlus) { $0.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 } },
            ValueMistake(code: .decodedTwice) { percentDecoded($0.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }) },
            ValueMistake(code: .decodedTwice) { percentDecoded($0) },
            ValueMistake(code: .valuesTrimmed) { ASCII.trimmed($0) },
            ValueMistake(code: .lineBreaksLF) { replacing($0, [("\r\n", "\n")]) },
            ValueMistake(code: .lineBreaksCRLF) { replacing($0, [("\r\n", "\r\n"), ("\n", "\r\n")]) },
            ValueMistake(code: .slashesAdded) {
                replacing($0, [("\\", "\\\\"), ("'", "\\'"), ("\"", "\\\""), ("\0", "\\0")])
            },
            ValueMistake(code: .slashesStripped) { slashesStripped($0) },
            ValueMistake(code: .htmlUnescaped) { replacing($0, unescapes) },
        ]
            + apostrophes.map { apostrophe in
                ValueMistake(code: .htmlEscaped) { replacing($0, escapes + [("'", apostrophe)]) }
            }
    }

    // MARK: - Character sets

    private static func inGBK(_ value: [UInt8]) -> [UInt8]? {
        guard !isASCII(value) else { return value }
        return String(validating: value, as: UTF8.self).flatMap { try? GBK.encode($0) }
    }

    private static func inUTF8(_ value: [UInt8]) -> [UInt8]? {
        isASCII(value) ? value : GBK.decode(value).map { Array($0.utf8) }
    }

    /// UTF-8 that was taken for ISO 8859-1 and put into UTF-8 once more, back to what it was.
    private static func utf8Undone(_ value: [UInt8]) -> [UInt8]? {
        guard !isASCII(value) else { return value }
        guard let text = String(validating: value, as: UTF8.self) else { return nil }
        let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
        return bytes.count == text.unicodeScalars.count ? bytes : nil
    }

    private static func isASCII(_ value: [UInt8]) -> Bool { value.allSatisfy { $0 < 0x80 } }

    // MARK: - Escapes

    /// `&apos;` is XML's; PHP's `htmlspecialchars` leaves the apostrophe unless told, Python's writes `&#x27;`.
    private static let apostrophes = ["'", "&#039;", "&#39;", "&#x27;", "&apos;"]
    private static let escapes = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")]
    private static let unescapes =
        escapes.map { ($0.1, $0.0) } + apostrophes.dropFirst().map { ($0, "'") } + [("&#34;", "\""), ("&#x22;", "\"")]

    /// Every `%XX` is a byte, as PHP's `rawurldecode` has it: a `%` that two hexadecimal digits do not follow stays, and
    /// so does `+`.
    static func percentDecoded(_ value: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var index = 0
        while index < value.count {
            let isEscape = value[index] == UInt8(ascii: "%")
            if isEscape, let decoded = PercentCoding.formDecode(value[index...].prefix(3)), decoded.count == 1 {
                out += decoded
                index += 3
            } else {
                out.append(value[index])
                index += 1
            }
        }
        return out
    }

    /// PHP's `stripslashes`: `\\` is a backslash, any other backslash goes, `\0` is a NUL.
    private static func slashesStripped(_ value: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var isEscaped = false
        for byte in value {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
            } else {
                out.append(isEscaped && byte == UInt8(ascii: "0") ? 0 : byte)
                isEscaped = false
            }
        }
        return out
    }

    /// The value with `+` for all blanks, and for each of the first four alone.
    static func blanksAsPlus(_ value: [UInt8]) -> [[UInt8]] {
        let blanks = value.indices.filter { value[$0] == UInt8(ascii: " ") }
        return ([blanks] + blanks.prefix(4).map { [$0] }).map { places in
            var changed = value
            for place in places { changed[place] = UInt8(ascii: "+") }
            return changed
        }
    }

    /// One pass from the left; of the pairs, the first that fits a place counts.
    private static func replacing(_ value: [UInt8], _ pairs: [(String, String)]) -> [UInt8] {
        let pairs = pairs.map { (from: Array($0.0.utf8), to: Array($0.1.utf8)) }
        var out: [UInt8] = []
        out.reserveCapacity(value.count)
        var index = 0
        while index < value.count {
            let fits = pairs.first {
                value[index] == $0.from[0] && ($0.from.count == 1 || value[index...].starts(with: $0.from))
            }
            if let pair = fits {
                out += pair.to
                index += pair.from.count
            } else {
                out.append(value[index])
                index += 1
            }
        }
        return out
    }
}

/// A shared key that was pasted wrongly, at this end or at the other.
struct KeyMistake {
    let code: SignatureDiagnosis.Code
    let change: ([UInt8]) -> [UInt8]

    static var all: [KeyMistake] {
        let paddings = ["\n", "\r\n", " ", "\t"].map { Array($0.utf8) }
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return paddings.map { padding in KeyMistake(code: .keyPadded) { $0 + padding } }
            + (paddings + [byteOrderMark]).map { padding in KeyMistake(code: .keyPadded) { padding + $0 } }
            + [
                KeyMistake(code: .keyUnpadded) { key in
                    ASCII.trimmed(key.starts(with: byteOrderMark) ? Array(key.dropFirst(3)) : key) {
                        ASCII.isBlank($0) || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'")
                    }
                },
                KeyMistake(code: .keyUpperCase) { ASCII.uppercased($0) },
                KeyMistake(code: .keyLowerCase) { ASCII.lowercased($0) },
                KeyMistake(code: .keyMissing) { _ in [] },
            ]
    }
}
