import Text

/// What the texts of a request may be, beside being JSON.
enum TextRule {
    /// `[A-Za-z0-9_-]{1,64}`: a merchant's own number of a payment or refund.
    static func isReference(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
                    || $0 == 0x2D
            }
    }

    /// Something, without control characters, of at most so many bytes counted as GBK (4 for what GBK lacks).
    static func isPlain(_ text: String, gbkBytesMax: Int) -> Bool {
        !text.isEmpty && text.utf8.count <= 4 * gbkBytesMax && !text.unicodeScalars.contains(where: isControl)
            && GBK.byteCount(ofUTF8: text) <= gbkBytesMax
    }

    /// Visible ASCII, without blanks.
    static func isVisibleASCII(_ text: String, bytes: ClosedRange<Int>) -> Bool {
        bytes.contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Alipay's number of a trade: 16 to 64 digits.
    static func isTradeNo(_ text: String) -> Bool {
        (16...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// C0, DEL, C1, and the separators that end a line.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}
