/// What gets into a key or a number on its way from a page, a mail or a spreadsheet into a file.
package enum PasteFlaw: Sendable, Hashable, CaseIterable {
    /// Two bytes a character, as Windows' Notepad saves "Unicode".
    case utf16
    case byteOrderMark
    /// Characters without width: U+200B and its kind, soft hyphens, marks of the direction of writing.
    case zeroWidth
    /// The full-width forms of a Chinese keyboard: `２０８８`, `＋`, the blank U+3000.
    case fullWidth
    /// Of any kind, at its ends, and what stands behind them in a program: `'…',`.
    case quotes
    /// A backslash and an n where a line ends, as in a variable of the environment or in JSON.
    case escapedLineBreaks
    /// `—` in the place of `--`, as word processors write it.
    case longDashes
    /// `%2B`, `%2F` and `%3D`.
    case percentEncoding
    /// U+00A0 and its kind, which web pages have between words.
    case noBreakSpaces
    case lineBreaks
    /// Spaces and tabs of every kind.
    case blanks

    /// For a text in which blanks and line breaks have no meaning and are not allowed either.
    package static let ofOneWord = allCases.filter { $0 != .noBreakSpaces }
    /// For a text that may have blanks and line breaks in it.
    package static let ofText = allCases.filter { $0 != .lineBreaks && $0 != .blanks }

    /// To stand after "it has".
    package var words: String {
        switch self {
        case .utf16: "two bytes for each character (UTF-16)"
        case .byteOrderMark: "a byte order mark at its beginning"
        case .zeroWidth: "characters in it that do not show (zero width)"
        case .fullWidth: "full-width characters in it"
        case .quotes: "quotation marks or a comma at its ends"
        case .escapedLineBreaks: "\\n in it, as two characters, where a line should end"
        case .longDashes: "long dashes in the place of --"
        case .percentEncoding: "percent-encoding in it (%2B, %2F, %3D)"
        case .noBreakSpaces: "no-break spaces in it"
        case .lineBreaks: "line breaks in it"
        case .blanks: "blanks in it"
        }
    }

    /// Takes out what there is of them.
    ///
    /// - Returns: nil if there is nothing.
    package static func cleaned(_ bytes: [UInt8], of flaws: [PasteFlaw]) -> PastedText? {
        var text = bytes
        var found: [PasteFlaw] = []
        for flaw in flaws {
            let without = flaw.removed(from: text)
            guard without != text else { continue }
            text = without
            found.append(flaw)
        }
        return found.isEmpty ? nil : PastedText(bytes: text, flaws: found)
    }

    private func removed(from bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .utf16: PasteFlaw.fromUTF16(bytes) ?? bytes
        case .byteOrderMark: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        case .zeroWidth: PasteFlaw.mapped(bytes) { PasteFlaw.hasNoWidth($0) ? nil : $0 }
        case .fullWidth: PasteFlaw.mapped(bytes, PasteFlaw.halfWidth)
        case .quotes: PasteFlaw.trimmed(bytes)
        case .escapedLineBreaks:
            bytes.replacing("\\r\\n".utf8, with: "\n".utf8).replacing("\\n".utf8, with: "\n".utf8)
        case .longDashes: PasteFlaw.withoutLongDashes(bytes)
        case .percentEncoding: PasteFlaw.percentDecoded(bytes)
        case .noBreakSpaces: PasteFlaw.mapped(bytes) { $0.isASCII || !PasteFlaw.isBlank($0) ? $0 : " " }
        case .lineBreaks: bytes.filter { $0 != 0x0A && $0 != 0x0D }
        case .blanks: PasteFlaw.mapped(bytes) { PasteFlaw.isBlank($0) ? nil : $0 }
        }
    }

    /// What is no UTF-8 stays as it is.
    private static func mapped(_ bytes: [UInt8], _ body: (Unicode.Scalar) -> Unicode.Scalar?) -> [UInt8] {
        guard let text = String(validating: bytes, as: UTF8.self) else { return bytes }
        var out = String.UnicodeScalarView()
        out.append(contentsOf: text.unicodeScalars.compactMap(body))
        return Array(String(out).utf8)
    }

    private static func fromUTF16(_ bytes: [UInt8]) -> [UInt8]? {
        let isLittle = bytes.starts(with: [0xFF, 0xFE])
        guard isLittle || bytes.starts(with: [0xFE, 0xFF]) else { return nil }
        // Whoever read the file may have dropped a line feed at its end, which is half of a character in one order.
        var body = Array(bytes.dropFirst(2))
        if !body.count.isMultiple(of: 2) { body.append(isLittle ? 0 : 0x0A) }
        let units = stride(from: 0, to: body.count, by: 2).map { index -> UInt16 in
            let (first, second) = (UInt16(body[index]), UInt16(body[index + 1]))
            return isLittle ? second << 8 | first : first << 8 | second
        }
        return Array(String(decoding: units.filter { $0 != 0 }, as: UTF16.self).utf8)
    }

    private static func hasNoWidth(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .format }

    private static func halfWidth(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x3000: " "
        case 0xFF01...0xFF5E: Unicode.Scalar(UInt8(scalar.value - 0xFEE0))
        default: scalar
        }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\t" || scalar.properties.generalCategory == .spaceSeparator
    }

    /// Only where there is a quotation mark at all: a comma alone may belong to it.
    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        guard let text = String(validating: bytes, as: UTF8.self) else { return bytes }
        let scalars = text.unicodeScalars
        let marks = "\"'`“”‘’„«»「」『』".unicodeScalars
        let isEnd = { (scalar: Unicode.Scalar) in marks.contains(scalar) || ",; \n\r\t".unicodeScalars.contains(scalar)
        }
        guard let first = scalars.first, let last = scalars.last(where: { !",; \n\r\t".unicodeScalars.contains($0) }),
            marks.contains(first) || marks.contains(last)
        else { return bytes }
        let head = scalars.drop(while: isEnd)
        guard let end = head.lastIndex(where: { !isEnd($0) }) else { return [] }
        return Array(String(head[...end]).utf8)
    }

    private static func withoutLongDashes(_ bytes: [UInt8]) -> [UInt8] {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains(where: { "–—―−".contains($0) }), text.contains("BEGIN") || text.contains("END") else {
            return bytes
        }
        // However many dashes of whatever length became of five: a line of a PEM begins and ends with five.
        let lines = text.split(whereSeparator: \.isNewline).map { line -> Substring in
            let words = line.drop { isDash($0) }
            guard let end = words.lastIndex(where: { !isDash($0) }), words.contains("BEGIN") || words.contains("END")
            else { return line }
            return "-----\(words[...end])-----"
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    private static func isDash(_ character: Character) -> Bool { "-–—―−".contains(character) }

    private static func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
        var out = bytes
        for (code, byte) in [("%2B", "+"), ("%2F", "/"), ("%3D", "="), ("%0A", "\n"), ("%0D", ""), ("%20", " ")] {
            out = out.replacing(code.utf8, with: byte.utf8).replacing(code.lowercased().utf8, with: byte.utf8)
        }
        return out
    }
}

/// A text without what was pasted along with it.
package struct PastedText: Sendable {
    package let bytes: [UInt8]
    /// What was taken out; at least one.
    package let flaws: [PasteFlaw]

    /// `quotation marks at its ends and blanks in it`
    package var words: String { PastedText.words(flaws) }

    package static func words(_ flaws: [PasteFlaw]) -> String {
        let words = flaws.map(\.words)
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
