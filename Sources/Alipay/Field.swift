import Payments
import Text

/// The values of one message by name: a form's, or a signed answer's.
protocol FieldValues {
    subscript(name: String) -> ArraySlice<UInt8>? { get }
    /// What the message says of its charset; nil where it says nothing.
    var charset: TextCharset? { get }
}

extension FormFields: FieldValues {
    /// A notification does not name its charset, which is that of the request it is about.
    var charset: TextCharset? { nil }
}

extension AnswerFields: FieldValues {}

/// A field that we decide on cannot be read.
package struct Unreadable: Error, Sendable, Hashable {
    package let field: String
}

/// Values that we decide on: printable ASCII of at most 256 bytes, or unreadable; one without bytes is absent.
enum Field {
    private static let bytesMax = 256

    static func text(_ name: String, _ fields: some FieldValues) throws(Unreadable) -> String? {
        guard let value = fields[name], !value.isEmpty else { return nil }
        guard value.count <= bytesMax, value.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Unreadable(field: name)
        }
        return String(decoding: value, as: UTF8.self)
    }

    static func fen(_ name: String, _ fields: some FieldValues) throws(Unreadable) -> Int64? {
        guard let value = fields[name], !value.isEmpty else { return nil }
        guard let fen = Yuan.fen(value) else { throw Unreadable(field: name) }
        return fen
    }

    static func time(_ name: String, _ fields: some FieldValues) throws(Unreadable) -> Int64? {
        guard let text = try text(name, fields) else { return nil }
        guard let ms = BeijingTime.unixMs(text) else { throw Unreadable(field: name) }
        return ms
    }

    /// Who paid, as Alipay shows it: display text, which never refuses a message.
    static func buyer(_ fields: some FieldValues) -> String? {
        display("buyer_email", fields) ?? display("buyer_id", fields)
    }

    private static func display(_ name: String, _ fields: some FieldValues) -> String? {
        guard let value = fields[name], !value.isEmpty, value.count <= bytesMax else { return nil }
        let text = DisplayText.decode(value, fields.charset)
        // The general category Cc, to which Unicode adds no more: asking for it is a search in a table for each scalar.
        let hasControls = text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
        let isLegible = text.unicodeScalars.contains { $0 != "\u{FFFD}" }
        return isLegible && !hasControls ? text : nil
    }
}
