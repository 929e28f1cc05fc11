/// What bytes are that were given as a key, whichever key was wanted: for telling people what they pasted.
///
/// Nothing is repaired: what ``RSAPrivateKey/init(text:)`` and ``RSAPublicKey/init(text:)`` would not read has no identity
/// here either, but for kinds of keys that they refuse by name.
package struct KeyIdentity: Sendable {
    package enum Wrapping: Sendable, Hashable {
        /// BEGIN and END lines around base64.
        case pem
        /// The base64 alone.
        case base64
        /// DER, as it comes out of a Java or Windows tool.
        case binary
    }

    package enum Structure: Sendable, Hashable, CaseIterable {
        /// RSAPrivateKey (RFC 8017).
        case pkcs1Private
        /// PrivateKeyInfo (RFC 5208) of any algorithm.
        case pkcs8
        /// A private key behind a passphrase, in either form.
        case encrypted
        /// The private key of an algorithm that is not RSA, in that algorithm's own form.
        case otherPrivate
        case subjectPublicKeyInfo
        /// RSAPublicKey (RFC 8017).
        case pkcs1Public
        case certificate
        case certificateRequest
        /// PKCS#12: `.pfx`, `.p12`.
        case keyStore
    }

    package enum Algorithm: String, Sendable, CaseIterable {
        case rsa = "RSA"
        case dsa = "DSA"
        case elliptic = "EC"
        case other
    }

    package let wrapping: Wrapping
    package let structure: Structure
    /// Nil where it is behind a passphrase.
    package let algorithm: Algorithm?
    /// Of an RSA key's modulus.
    package let bits: Int?
    /// The key itself, or the half that others verify with; nil for what is no RSA key of a size that is taken.
    package let publicKey: RSAPublicKey?
    /// Nil unless it signs what its public half verifies.
    package let privateKey: RSAPrivateKey?

    package var isPrivate: Bool {
        switch structure {
        case .pkcs1Private, .pkcs8, .encrypted, .otherPrivate, .keyStore: true
        case .subjectPublicKeyInfo, .pkcs1Public, .certificate, .certificateRequest: false
        }
    }

    /// Nil for what is no key in any form known here.
    package init?(of bytes: [UInt8]) {
        defer { forgetErrors() }
        guard let (wrapping, contents) = KeyIdentity.unwrap(bytes) else { return nil }
        guard case .der(let der) = contents else {
            self.init(wrapping, .encrypted, nil)
            return
        }
        if let key = RSAKeyDER.pkcs8(der) {
            self.init(wrapping, .pkcs8, key)
        } else if let key = RSAKeyDER.subjectPublicKeyInfo(der) {
            self.init(wrapping, .subjectPublicKeyInfo, key)
        } else if let key = RSAKeyDER.bare(der, .rsa) {
            self.init(wrapping, .pkcs1Private, key)
        } else if let key = RSAKeyDER.pkcs1Public(der) {
            self.init(wrapping, .pkcs1Public, key)
        } else if let key = RSAKeyDER.certified(der) {
            self.init(wrapping, .certificate, key)
        } else if let key = RSAKeyDER.requested(der) {
            self.init(wrapping, .certificateRequest, key)
        } else if let key = RSAKeyDER.bare(der, .dsa) ?? RSAKeyDER.bare(der, .elliptic) {
            self.init(wrapping, .otherPrivate, key)
        } else if RSAKeyDER.isEncrypted(der) {
            self.init(wrapping, .encrypted, nil)
        } else if RSAKeyDER.isKeyStore(der) {
            self.init(wrapping, .keyStore, nil)
        } else {
            return nil
        }
    }

    /// Of a key that has been read.
    package init(_ key: RSAPrivateKey) {
        (wrapping, structure, algorithm) = (.pem, .pkcs8, .rsa)
        (bits, publicKey, privateKey) = (key.bits, key.publicKey, key)
    }

    /// Of a key that has been read.
    package init(_ key: RSAPublicKey) {
        (wrapping, structure, algorithm) = (.pem, .subjectPublicKeyInfo, .rsa)
        (bits, publicKey, privateKey) = (key.bits, key, nil)
    }

    private init(_ wrapping: Wrapping, _ structure: Structure, _ key: EVPKey?) {
        self.wrapping = wrapping
        self.structure = structure
        algorithm = key.map(KeyIdentity.algorithm)
        bits = algorithm == .rsa ? key.map(RSAKey.bits) : nil
        let rsa = key.flatMap { key in try? RSAKey(key) }
        publicKey = rsa.map(RSAPublicKey.init)
        let holdsPrivate = structure == .pkcs1Private || structure == .pkcs8
        privateKey = holdsPrivate ? rsa.flatMap { rsa in try? RSAPrivateKey(rsa) } : nil
    }

    private enum Contents {
        case der([UInt8])
        /// A PEM with headers of RFC 1421, which only keys behind a passphrase have.
        case encrypted
    }

    private static func unwrap(_ bytes: [UInt8]) -> (Wrapping, Contents)? {
        // A SEQUENCE longer than 127 bytes; no text has bytes above 0x7F that are not UTF-8.
        if bytes.starts(with: [0x30, 0x81]) || bytes.starts(with: [0x30, 0x82]) { return (.binary, .der(bytes)) }
        do {
            let text = try RSAKeyText(String(decoding: bytes, as: UTF8.self))
            return (text.label == nil ? .base64 : .pem, .der(text.der))
        } catch {
            return error.code == .encrypted ? (.pem, .encrypted) : nil
        }
    }

    private static func algorithm(of key: EVPKey) -> Algorithm {
        if key.isA("RSA") { return .rsa }
        if key.isA("DSA") { return .dsa }
        return key.isA("EC") ? .elliptic : .other
    }
}
