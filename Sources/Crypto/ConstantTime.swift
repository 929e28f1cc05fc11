import CCrypto

/// Whether two secrets are the same, in a time that depends on their length alone (CRYPTO_memcmp(3)).
///
/// Unequal lengths are false at once: the length of a tag is no secret.
package func constantTimeEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    guard a.count > 0 else { return true }
    return unsafe a.withUnsafeBytes { a in
        unsafe b.withUnsafeBytes { b in unsafe CRYPTO_memcmp(a.baseAddress, b.baseAddress, a.count) == 0 }
    }
}

/// Whether two secrets are the same, in a time that depends on their length alone (CRYPTO_memcmp(3)).
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    constantTimeEqual(a.span, b.span)
}
