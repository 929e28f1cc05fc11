/// An RSA key to verify with, of 1024 to 8192 bits.
package struct RSAPublicKey: Sendable {
    private let key: RSAKey

    /// - Parameter text: PEM (`PUBLIC KEY` or `RSA PUBLIC KEY`), or the bare base64 of either one's DER, as Alipay's
    ///   console shows it; blanks and line ends do not matter.
    package init(text: String) throws(RSAKeyError) {
        defer { forgetErrors() }
        let text = try RSAKeyText(text)
        switch text.label {
        case "PUBLIC KEY", "RSA PUBLIC KEY", nil: break
        case let label?: throw Self.wrongKind("is marked \(label)")
        }
        guard let key = RSAKeyDER.publicKey(text.der) else {
            guard RSAKeyDER.privateKey(text.der) == nil else { throw Self.wrongKind("is a private key") }
            guard !RSAKeyDER.isEncrypted(text.der) else { throw Self.wrongKind("is an encrypted private key") }
            guard !RSAKeyDER.isCertificate(text.der) else { throw Self.wrongKind("is a certificate") }
            throw RSAKeyError(code: .malformed, message: "the key's bytes are not an RSA public key")
        }
        self.key = try RSAKey(key)
    }

    init(_ key: RSAKey) {
        self.key = key
    }

    /// Bits of the modulus.
    package var bits: Int { key.bits }

    /// Whether `signature` is SHA1withRSA (PKCS#1 v1.5) of the message; false for a signature of any wrong length.
    package func verifySHA1(message: [UInt8], signature: [UInt8]) -> Bool {
        verifySHA1(digest: SHA1.digest(message), signature: signature)
    }

    /// The same for a message known by its SHA-1 digest; false unless that has 20 bytes.
    package func verifySHA1(digest: [UInt8], signature: [UInt8]) -> Bool {
        key.verifySHA1(digest: digest, signature: signature)
    }

    /// PEM of the SubjectPublicKeyInfo, which ``init(text:)`` reads back.
    package var text: String {
        RSAKeyText.pem(label: "PUBLIC KEY", der: RSAKeyDER.encodePublic(key.key))
    }

    /// DER of the SubjectPublicKeyInfo.
    package var der: [UInt8] { RSAKeyDER.encodePublic(key.key) }

    private static func wrongKind(_ what: String) -> RSAKeyError {
        RSAKeyError(code: .wrongKind, message: "a public key is needed, and this \(what)")
    }
}
