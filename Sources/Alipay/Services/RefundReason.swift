import Payments
import Text

/// The merchant's reason for a refund, as Alipay can take it.
enum RefundReason {
    static let bytesMax = 256

    /// Control characters and `separators` become blanks, and what is over 256 bytes in the charset is cut off; nil if nothing
    /// is left but blanks.
    static func text(_ given: String?, _ charset: TextCharset, separators: [Unicode.Scalar] = []) -> String? {
        var kept = String.UnicodeScalarView()
        var bytes = 0
        for scalar in (given ?? "").unicodeScalars {
            let sent = isControl(scalar) || separators.contains(scalar) ? " " : scalar
            bytes += byteCount(of: sent, charset)
            guard bytes <= bytesMax else { break }
            kept.append(sent)
        }
        return kept.contains { $0 != " " } ? String(kept) : nil
    }

    /// Four for one that GBK lacks, though a single `?` is sent for it.
    private static func byteCount(of scalar: Unicode.Scalar, _ charset: TextCharset) -> Int {
        switch charset {
        case .utf8: UTF8.width(scalar)
        case .gbk: GBK.byteCount(ofUTF8: String(scalar))
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
