/// What a key is called where it must not show itself: the first 12 hexadecimal digits of SHA-256 over its bytes.
///
/// Two keys of one service share a name by chance once in 2^48; nobody guesses from it a key that is worth the word.
package enum KeyFingerprint {
    private static let bytesShown = 6

    /// Of a key's bytes: the text of Alipay's MD5 key, a webhook secret once it is decoded.
    package static func of(_ bytes: [UInt8]) -> String { ofDigest(SHA256.digest(bytes)) }

    /// Of a key of which only the SHA-256 is known, 32 bytes.
    package static func ofDigest(_ digest: [UInt8]) -> String { Hex.encode(Array(digest.prefix(bytesShown))) }
}

extension RSAPublicKey {
    /// Over the DER of its SubjectPublicKeyInfo, so that it is the same in whatever form the key was given.
    package var fingerprint: String { KeyFingerprint.of(der) }
}
