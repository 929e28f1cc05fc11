/// Reads Alipay's XML answers with libxml2's SAX interface.
///
/// A DOCTYPE ends the reading before its first declaration, so there are no entities but the five predefined ones and
/// character references, nothing is fetched, and nothing is expanded. No XInclude. Errors are values; libxml2 prints
/// nothing.
package enum XMLReader {
    /// 256 KiB; a page of a thousand trades is the longest answer known.
    package static let bytesMax = 256 * 1024
    /// The root element is depth 1.
    package static let depthMax = 16
    /// What a document may declare; without a declaration it is UTF-8.
    static let encodings: Set<String> = ["utf-8", "utf8", "gbk", "gb2312", "gb18030", "us-ascii"]

    /// The document's root element, its text in UTF-8 whatever the document's encoding.
    package static func read(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
        guard bytes.count <= bytesMax else {
            throw XMLError(code: .tooLarge, line: 0, message: "the document is longer than \(bytesMax) bytes")
        }
        guard looksLikeOneBytePerCharacter(bytes) else {
            throw XMLError(code: .encoding, line: 1, message: "the document does not begin with < in UTF-8 or GBK")
        }
        let parser = try XMLParser()
        return try parser.parse(bytes)
    }

    /// Keeps UTF-16, UTF-32 and EBCDIC, which libxml2 would detect by their first bytes, away from it.
    private static func looksLikeOneBytePerCharacter(_ bytes: [UInt8]) -> Bool {
        let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let content = bytes[start...].drop { blanks.contains($0) }
        return content.first == UInt8(ascii: "<") && !content.prefix(4).contains(0)
    }
}
