/// A key as people write it: PEM, or the base64 of its DER alone, which is how Alipay's console shows keys.
///
/// Blanks and line ends inside the base64 are dropped, because YAML folds lines and consoles wrap them.
struct RSAKeyText {
    /// A key of 8192 bits takes about 6,400 characters as PEM.
    static let bytesMax = 16_384

    /// What stood after BEGIN, nil for bare base64.
    let label: String?
    let der: [UInt8]

    init(_ text: String) throws(RSAKeyError) {
        guard text.utf8.count <= Self.bytesMax else {
            throw RSAKeyError(code: .tooLong, message: "the key is longer than \(Self.bytesMax) bytes")
        }
        let bytes = Self.trimmed(Array(text.utf8)[...])
        guard !bytes.isEmpty else { throw RSAKeyError(code: .empty, message: "the key is empty") }
        let (label, body) = try Self.split(bytes)
        guard let der = Base64.decode(body.filter { !Self.isBlank($0) }) else {
            throw RSAKeyError(code: .notText, message: "the key is neither PEM nor base64")
        }
        self.label = label
        self.der = der
    }

    /// PEM of some bytes, 64 characters a line (RFC 7468 §2).
    static func pem(label: String, der: [UInt8]) -> String {
        let body = Array(Base64.encode(der).utf8)
        let lines = stride(from: 0, to: body.count, by: 64).map { start in
            String(decoding: body[start..<min(start + 64, body.count)], as: UTF8.self)
        }
        return "-----BEGIN \(label)-----\n" + lines.joined(separator: "\n") + "\n-----END \(label)-----\n"
    }

    /// RFC 7468 §2, with blanks of any kind in place of its line ends.
    private static func split(_ bytes: ArraySlice<UInt8>) throws(RSAKeyError) -> (String?, ArraySlice<UInt8>) {
        let begin = Array("-----BEGIN ".utf8)
        guard bytes.starts(with: begin) else { return (nil, bytes) }
        let rest = bytes.dropFirst(begin.count)
        // Only what looks like a label may get into a message.
        guard let dashes = rest.firstRange(of: Array("-----".utf8)), rest[..<dashes.lowerBound].allSatisfy(isLabel)
        else {
            throw RSAKeyError(code: .notText, message: "the key's BEGIN line is not of the form -----BEGIN … KEY-----")
        }
        let label = String(decoding: rest[..<dashes.lowerBound], as: UTF8.self)
        let end = Array("-----END \(label)-----".utf8)
        let body = rest[dashes.upperBound...]
        guard body.count >= end.count, body.suffix(end.count).elementsEqual(end) else {
            throw RSAKeyError(
                code: .notText, message: "the key does not end in the END line that belongs to its BEGIN line")
        }
        // RFC 1421 headers; only keys behind a passphrase still have them ("Proc-Type: 4,ENCRYPTED").
        guard !body.contains(UInt8(ascii: ":")) else { throw RSAKeyError.encrypted }
        return (label, body.dropLast(end.count))
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let start = bytes.drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return [] }
        return start[...last]
    }

    private static func isLabel(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x41...0x5A).contains(byte)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }
}
