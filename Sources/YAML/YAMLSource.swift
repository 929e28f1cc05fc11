/// The text of one file, to find the place of a byte and the character at a place.
struct YAMLSource {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func checkUTF8() throws(YAMLError) {
        do { _ = try UTF8Span(validating: bytes.span) } catch {
            throw YAMLError(at: mark(ofByte: error.byteOffsets.lowerBound), "the file is not UTF-8 here")
        }
    }

    /// Where the byte at this offset stands; bytes past the end count as the end.
    func mark(ofByte offset: Int) -> Mark {
        let before = bytes.prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = before.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        return Mark(line: line, column: String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1)
    }

    func isTab(at mark: Mark) -> Bool {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard mark.line <= lines.count else { return false }
        let scalars = String(decoding: lines[mark.line - 1], as: UTF8.self).unicodeScalars
        return scalars.dropFirst(mark.column - 1).first == "\t"
    }
}
