/// The text of one file, to find the place of a byte and the text at a place.
package struct YAMLSource: Sendable {
    /// Without a byte order mark.
    let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        self.bytes = bytes.starts(with: byteOrderMark) ? Array(bytes.dropFirst(3)) : bytes
    }

    func checkUTF8() throws(YAMLError) {
        do { _ = try UTF8Span(validating: bytes.span) } catch {
            throw YAMLError(at: mark(ofByte: error.byteOffsets.lowerBound), "the file is not UTF-8 here")
        }
    }

    /// Where the byte at this offset stands; bytes past the end count as the end.
    func mark(ofByte offset: Int) -> Mark {
        let lines = YAMLLines(self)
        let line = lines.starts.lastIndex { $0 <= offset } ?? 0
        let before = bytes[lines.starts[line]..<max(lines.starts[line], min(offset, bytes.count))]
        return Mark(line: line + 1, column: String(decoding: before, as: UTF8.self).unicodeScalars.count + 1)
    }

    func isTab(at mark: Mark) -> Bool {
        YAMLLines(self).text(ofLine: mark.line)?.unicodeScalars.dropFirst(mark.column - 1).first == "\t"
    }
}

/// The lines of one file. Their ends are libyaml's, so that its line numbers are ours: LF, CR, CR LF, and Unicode's U+0085,
/// U+2028 and U+2029.
package struct YAMLLines: Sendable {
    private let bytes: [UInt8]
    /// The offset of each line's first byte; there is one line at least.
    let starts: [Int]

    package init(_ source: YAMLSource) {
        bytes = source.bytes
        var starts = [0]
        var index = 0
        while index < bytes.count {
            let length = YAMLLines.breakLength(bytes, at: index)
            index += max(length, 1)
            if length > 0 { starts.append(index) }
        }
        self.starts = starts
    }

    /// A line's text without its end, from 1; nil past the last one.
    package func text(ofLine line: Int) -> String? {
        guard starts.indices.contains(line - 1) else { return nil }
        let start = starts[line - 1]
        let next = line < starts.count ? starts[line] : bytes.count
        var end = start
        while end < next, YAMLLines.breakLength(bytes, at: end) == 0 { end += 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// How many bytes the line break has that stands there; 0 where none does.
    private static func breakLength(_ bytes: [UInt8], at index: Int) -> Int {
        func byte(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
        switch bytes[index] {
        case 0x0A: return 1
        case 0x0D: return byte(1) == 0x0A ? 2 : 1
        case 0xC2: return byte(1) == 0x85 ? 2 : 0
        case 0xE2: return byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9) ? 3 : 0
        default: return 0
        }
    }
}
