import CCrypto

/// An RSA key to sign with, of 1024 to 8192 bits.
package struct RSAPrivateKey: Sendable {
    private let key: RSAKey

    /// - Parameter text: PEM (`PRIVATE KEY` or `RSA PRIVATE KEY`), or the bare base64 of either one's DER; blanks and line
    ///   ends do not matter. A key behind a passphrase is refused.
    package init(text: String) throws(RSAKeyError) {
        defer { forgetErrors() }
        let text = try RSAKeyText(text)
        switch text.label {
        case "PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", nil: break
        case let label?: throw Self.wrongKind("is marked \(label)")
        }
        guard let key = RSAKeyDER.privateKey(text.der) else {
            guard !RSAKeyDER.isEncrypted(text.der) else { throw RSAKeyError.encrypted }
            guard RSAKeyDER.publicKey(text.der) == nil else { throw Self.wrongKind("is a public key") }
            guard !RSAKeyDER.isCertificate(text.der) else { throw Self.wrongKind("is a certificate") }
            throw RSAKeyError(code: .malformed, message: "the key's bytes are not an RSA private key")
        }
        try self.init(RSAKey(key))
    }

    /// Makes a new key; 1024 bits take some 20 ms, 2048 some 100 ms.
    ///
    /// - Parameter bits: 1024 to 8192.
    package static func generate(bits: Int) -> RSAPrivateKey {
        precondition(RSAKey.bitsRange.contains(bits), "a key of \(bits) bits asked for")
        do {
            return try RSAPrivateKey(RSAKey(makeKey(bits: bits)))
        } catch {
            preconditionFailure("libcrypto made an unfit key: \(error)")
        }
    }

    /// Signs once and verifies, so that a key with one wrong digit is refused here and cannot fail later.
    init(_ key: RSAKey) throws(RSAKeyError) {
        let probe = SHA1.digest([])
        guard let signature = key.signSHA1(digest: probe), key.verifySHA1(digest: probe, signature: signature) else {
            throw RSAKeyError(code: .malformed, message: "the private key's parts do not fit together")
        }
        self.key = key
    }

    /// Bits of the modulus.
    package var bits: Int { key.bits }

    /// SHA1withRSA (PKCS#1 v1.5) of the message; 2048 bits take 0.34 ms.
    ///
    /// - Returns: as many bytes as the modulus has, 128 for 1024 bits.
    package func signSHA1(message: [UInt8]) -> [UInt8] {
        guard let signature = key.signSHA1(digest: SHA1.digest(message)) else {
            preconditionFailure("a key that has signed before signs no more, which only a lack of memory can cause")
        }
        return signature
    }

    /// The half that others verify with.
    package var publicKey: RSAPublicKey { RSAPublicKey(key) }

    /// PEM of the public half, which `RSAPublicKey(text:)` reads back.
    package var publicKeyText: String { publicKey.text }

    /// PEM of the private key itself (PKCS#8, not encrypted), which ``init(text:)`` reads back. Handle it as a secret.
    package var privateKeyText: String {
        RSAKeyText.pem(label: "PRIVATE KEY", der: RSAKeyDER.encodePrivate(key.key))
    }

    private static func makeKey(bits: Int) -> EVPKey {
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "RSA", nil) else {
            preconditionFailure("this machine's libcrypto has no RSA; PayRelay needs OpenSSL's default provider")
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        precondition(unsafe EVP_PKEY_keygen_init(context) == 1, "EVP_PKEY_keygen_init failed")
        let sized = unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits))
        precondition(sized == 1, "EVP_PKEY_CTX_set_rsa_keygen_bits(\(bits)) failed")
        var pointer: OpaquePointer?
        guard unsafe EVP_PKEY_generate(context, &pointer) == 1, let pointer = unsafe pointer else {
            preconditionFailure("EVP_PKEY_generate failed, which only a lack of memory or of random bytes can cause")
        }
        return unsafe EVPKey(owning: pointer)
    }

    private static func wrongKind(_ what: String) -> RSAKeyError {
        RSAKeyError(code: .wrongKind, message: "a private key is needed, and this \(what)")
    }
}
