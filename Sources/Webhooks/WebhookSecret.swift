package import Crypto
package import Diagnostics

/// A symmetric secret of Standard Webhooks 1.0.0, shared with one endpoint: 24 to 64 random bytes, written `whsec_` and
/// their base64.
package struct WebhookSecret: Sendable, Hashable {
    package static let prefix = "whsec_"
    package static let bytesMin = 24
    package static let bytesMax = 64
    /// What `generate` makes: as many as the digest has.
    private static let bytesGenerated = 32
    /// Longer text is no secret, whatever it holds.
    private static let textBytesMax = 256

    /// The decoded bytes, which are the key.
    package let bytes: Secret
    /// The same, ready to sign.
    package let key: HMACSHA256Key
    package let tag: KeyTag

    /// - Precondition: 24 to 64 bytes.
    package init(bytes: [UInt8]) {
        precondition(
            (WebhookSecret.bytesMin...WebhookSecret.bytesMax).contains(bytes.count),
            "a webhook secret has 24 to 64 bytes")
        self.bytes = Secret(bytes)
        key = HMACSHA256Key(bytes)
        tag = KeyTag(KeyFingerprint.of(bytes))
    }

    /// Reads `whsec_…`.
    package init(_ text: Secret) throws(WebhookSecretError) {
        self.init(bytes: try WebhookSecret.decode(text.reveal()))
    }

    private init(_ secret: WebhookSecret, _ tag: KeyTag) {
        bytes = secret.bytes
        key = secret.key
        self.tag = tag
    }

    /// The same secret, with which nothing is signed from then on.
    package func lapsing(atMs notAfterMs: Int64?) -> WebhookSecret {
        WebhookSecret(self, KeyTag(tag.fingerprint, notAfterMs: notAfterMs, use: tag.use))
    }

    /// The same secret, whose uses are counted there.
    func counted(in use: KeyUse) -> WebhookSecret { WebhookSecret(self, tag.counted(in: use)) }

    package static func generate() -> WebhookSecret {
        WebhookSecret(bytes: SecureRandom.bytes(bytesGenerated))
    }

    /// `whsec_…`, for the one who is to have it.
    package func revealText() -> String {
        WebhookSecret.prefix + Base64.encode(bytes.reveal())
    }

    package static func == (a: WebhookSecret, b: WebhookSecret) -> Bool { a.bytes == b.bytes && a.tag == b.tag }
    package func hash(into hasher: inout Hasher) { hasher.combine(tag) }

    private static func decode(_ text: [UInt8]) throws(WebhookSecretError) -> [UInt8] {
        guard !text.isEmpty else { throw WebhookSecretError(.empty) }
        guard text.count <= textBytesMax else { throw WebhookSecretError(.tooLong) }
        guard !text.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { throw WebhookSecretError(.blank) }
        let prefix = Array(prefix.utf8)
        if text.starts(with: Array("v1,".utf8)) { throw WebhookSecretError(.versionPrefix) }
        if text.starts(with: Array("whsk_".utf8)) || text.starts(with: Array("whpk_".utf8)) {
            throw WebhookSecretError(.asymmetric)
        }
        guard text.starts(with: prefix) else { throw WebhookSecretError(.noPrefix) }
        let encoded = Array(text.dropFirst(prefix.count))
        if encoded.contains(UInt8(ascii: "-")) || encoded.contains(UInt8(ascii: "_")) {
            throw WebhookSecretError(.urlSafe)
        }
        guard encoded.count.isMultiple(of: 4) else { throw WebhookSecretError(.padding) }
        guard let bytes = Base64.decode(String(decoding: encoded, as: UTF8.self)) else {
            throw WebhookSecretError(.base64)
        }
        guard bytes.count >= bytesMin else { throw WebhookSecretError(.tooShort) }
        guard bytes.count <= bytesMax else { throw WebhookSecretError(.tooLong) }
        return bytes
    }
}

/// Why a text is no webhook secret. The message says what to do and shows nothing of the text.
package struct WebhookSecretError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, CaseIterable {
        case empty
        /// A space or a control character.
        case blank
        /// `v1,whsec_…`: the form of a signature's entry.
        case versionPrefix
        /// `whsk_…` or `whpk_…`: the keys of the asymmetric scheme.
        case asymmetric
        case noPrefix
        /// `-` or `_`: RFC 4648 §5 rather than §4.
        case urlSafe
        /// Not a multiple of four characters.
        case padding
        case base64
        case tooShort
        case tooLong
    }

    package let code: Code

    init(_ code: Code) { self.code = code }

    /// One sentence, to stand after the place of the secret.
    package var description: String {
        switch code {
        case .empty: "the secret is empty; `payrelay secret new` makes one"
        case .blank: "the secret contains a blank or a control character; it is whsec_ and base64, in one piece"
        case .versionPrefix: "the secret begins with \"v1,\", as signatures do; leave that out, it begins with whsec_"
        case .asymmetric: "the secret is a key of the asymmetric scheme (v1a); only whsec_ secrets (v1) are used here"
        case .noPrefix: "the secret does not begin with whsec_; `payrelay secret new` makes one that does"
        case .urlSafe: "the secret is url-safe base64; write + for - and / for _"
        case .padding: "the secret's base64 is cut: after whsec_ its length must be a multiple of 4, with = at the end"
        case .base64: "the secret is not base64 after whsec_"
        case .tooShort: "the secret is too short: 24 to 64 bytes are needed, that is 32 to 88 characters after whsec_"
        case .tooLong: "the secret is too long: at most 64 bytes, that is 88 characters after whsec_"
        }
    }
}
