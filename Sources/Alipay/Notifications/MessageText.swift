package import Payments
import Text

/// For people, what is kept of a message that cannot be read as one: it is cut short, or was never whole.
package enum MessageText {
    /// Names and values in the order of the body; what cannot be decoded stays as it came.
    ///
    /// - Parameters:
    ///   - charset: that of the payment it is about; nil if that is not known (see ``DisplayText``).
    ///   - keys: a name or value that has one of them in it is not shown.
    package static func fields(
        _ body: [UInt8], charset: TextCharset?, hiding keys: SigningKeys?
    ) -> [(name: String, value: String)] {
        body.split(separator: UInt8(ascii: "&")).prefix(InboundNotification.fieldsMax).map { segment in
            let nameEnd = segment.firstIndex(of: UInt8(ascii: "=")) ?? segment.endIndex
            func text(_ part: ArraySlice<UInt8>) -> String {
                let bytes = PercentCoding.formDecode(part) ?? Array(part)
                return DisplayText.decode(bytes[...], charset, hiding: keys)
            }
            return (text(segment[..<nameEnd]), text(segment[nameEnd...].dropFirst()))
        }
    }
}
