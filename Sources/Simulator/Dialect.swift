import Text

/// How a message is written: the charset of its text and the kind of its signature.
///
/// Answers follow their request; notifications and returns follow the last request for the trade.
package struct Dialect: Sendable, Hashable {
    package enum Charset: String, Sendable, Hashable {
        case utf8 = "utf-8"
        /// `gb2312` is taken for it too.
        case gbk = "GBK"
    }

    package var charset: Charset
    package var signType: SimulatorAccount.SignType

    package init(charset: Charset = .utf8, signType: SimulatorAccount.SignType = .md5) {
        self.charset = charset
        self.signType = signType
    }
}

extension Dialect.Charset {
    /// What `_input_charset` names, in any case; without it everything is GBK. Nil for a word that Alipay does not know.
    init?(parameter: String?) {
        switch parameter?.lowercased() ?? "" {
        case "utf-8": self = .utf8
        case "", "gbk", "gb2312": self = .gbk
        default: return nil
        }
    }

    /// What the GBK of a message lacks, because another request wrote it in UTF-8, is a question mark.
    package func encode(_ text: String) -> [UInt8] {
        switch self {
        case .utf8: Array(text.utf8)
        case .gbk:
            text.utf8.allSatisfy { $0 < 0x80 }
                ? Array(text.utf8)
                : text.unicodeScalars.flatMap { (try? GBK.encode(String($0))) ?? [UInt8(ascii: "?")] }
        }
    }

    /// - Returns: nil if the bytes are not of this charset.
    package func decode(_ bytes: [UInt8]) -> String? {
        switch self {
        case .utf8: String(validating: bytes, as: UTF8.self)
        case .gbk: GBK.decode(bytes)
        }
    }
}

extension Fields {
    /// The fields with each value in UTF-8.
    func decoded(from charset: Dialect.Charset) throws(GatewayError) -> Fields {
        var decoded = Fields()
        for field in list {
            guard let text = charset.decode(field.value) else {
                throw GatewayError(.illegalEncoding, "\(field.name) is not \(charset.rawValue)")
            }
            decoded.set(field.name, text)
        }
        return decoded
    }

    /// Fields of UTF-8 with each value in the charset of a message.
    package func encoded(in charset: Dialect.Charset) -> Fields {
        guard charset != .utf8 else { return self }
        var encoded = Fields()
        for field in list {
            encoded.set(field.name, bytes: charset.encode(String(decoding: field.value, as: UTF8.self)))
        }
        return encoded
    }
}
