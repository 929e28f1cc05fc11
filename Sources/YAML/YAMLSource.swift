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
        var line = 1
        var start = 0
        while let end = endOfLine(from: start), end.next <= offset { (line, start) = (line + 1, end.next) }
        let before = bytes[min(start, bytes.count)..<max(start, min(offset, bytes.count))]
        return Mark(line: line, column: String(decoding: before, as: UTF8.self).unicodeScalars.count + 1)
    }

    /// A line's text without its end; nil past the last one.
    package func text(ofLine line: Int) -> String? {
        var start = 0
        for _ in 1..<max(line, 1) {
            guard let end = endOfLine(from: start) else { return nil }
            start = end.next
        }
        return String(decoding: bytes[start..<(endOfLine(from: start)?.text ?? bytes.count)], as: UTF8.self)
    }

    func isTab(at mark: Mark) -> Bool {
        text(ofLine: mark.line)?.unicodeScalars.dropFirst(mark.column - 1).first == "\t"
    }

    /// Where the text of the line that begins at an offset ends, and where the next line begins; nil for the last line. The
    /// line breaks are libyaml's, so that its line numbers are ours: LF, CR, CR LF, and Unicode's U+0085, U+2028 and U+2029.
    private func endOfLine(from start: Int) -> (text: Int, next: Int)? {
        for index in start..<max(start, bytes.count) {
            switch bytes[index] {
            case 0x0A: return (index, index + 1)
            case 0x0D: return (index, index + (byte(index + 1) == 0x0A ? 2 : 1))
            case 0xC2 where byte(index + 1) == 0x85: return (index, index + 2)
            case 0xE2 where byte(index + 1) == 0x80 && (byte(index + 2) == 0xA8 || byte(index + 2) == 0xA9):
                return (index, index + 3)
            default: continue
            }
        }
        return nil
    }

    private func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }
}
