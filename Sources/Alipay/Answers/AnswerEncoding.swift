import Payments
import Text

/// The encoding of an XML answer: its signature is over the bytes that its text has in it.
enum AnswerEncoding {
    case utf8
    /// GB2312 and GB18030 as well; what differs there ends in a wrong signature, never in a right one.
    case gbk

    private static let declarationBytesMax = 200

    /// What the document's XML declaration says (XML 1.0 §4.3.3), UTF-8 if it says nothing. The reader has refused all
    /// encodings but these.
    init(of document: [UInt8]) {
        let name = AnswerEncoding.declaredName(document[...]).map { String(decoding: $0, as: UTF8.self).lowercased() }
        self = name?.hasPrefix("gb") == true ? .gbk : .utf8
    }

    var charset: TextCharset {
        switch self {
        case .utf8: .utf8
        case .gbk: .gbk
        }
    }

    /// Nil where the encoding lacks a character; it came as a character reference then.
    func bytes(of text: String) -> [UInt8]? {
        switch self {
        case .utf8: Array(text.utf8)
        case .gbk: try? GBK.encode(text)
        }
    }

    private static func declaredName(_ document: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let start = document.starts(with: [0xEF, 0xBB, 0xBF]) ? document.dropFirst(3) : document
        guard start.starts(with: "<?xml".utf8),
            let end = start.prefix(declarationBytesMax).firstRange(of: Array("?>".utf8))
        else {
            return nil
        }
        let declaration = start[..<end.lowerBound]
        guard let key = declaration.firstRange(of: Array("encoding".utf8)) else { return nil }
        let value = declaration[key.upperBound...].drop { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }
        guard let quote = value.first else { return nil }
        return value.dropFirst().prefix { $0 != quote }
    }
}
