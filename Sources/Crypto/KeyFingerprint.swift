/// What a key is called where it must not show itself: the first 12 hexadecimal digits of SHA-256 over its bytes.
///
/// Two keys of one service share a name by chance once in 2^48; nobody guesses from it a key that is worth the word.
package enum KeyFingerprint {
    private static let bytesShown = 6

    /// Of a key that is text: Alipay's MD5 key, byte for byte.
    package static func of(_ bytes: [UInt8]) -> String {
        Hex.encode(Array(SHA256.digest(bytes).prefix(bytesShown)))
    }
}

extension RSAPublicKey {
    /// Over the DER of its SubjectPublicKeyInfo, so that it is the same in whatever form the key was given.
    package var fingerprint: String { KeyFingerprint.of(der) }
}
