import CCrypto

/// An RSA key of either half and the two operations of SHA1withRSA over it.
///
/// These are RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) over a DigestInfo written here, so that no security level or
/// distribution's policy about SHA-1 in libcrypto applies. Every call has a context of its own.
struct RSAKey: Sendable {
    /// Alipay's own keys have 1024 bits; above 8192, one forged notification would cost milliseconds.
    static let bitsRange = 1024...8192

    /// RFC 8017 §9.2 note 1: the DER of a DigestInfo up to the 20 bytes of SHA-1.
    private static let sha1Prefix: [UInt8] = [
        0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14,
    ]

    let key: EVPKey
    /// Bits of the modulus.
    let bits: Int
    private var signatureBytes: Int { (bits + 7) / 8 }

    init(_ key: EVPKey) throws(RSAKeyError) {
        guard key.isA("RSA") else {
            throw RSAKeyError(code: .notRSA, message: "the key is not an RSA key")
        }
        bits = RSAKey.bits(of: key)
        guard Self.bitsRange.contains(bits) else {
            let range = "\(Self.bitsRange.lowerBound) to \(Self.bitsRange.upperBound)"
            throw RSAKeyError(code: .size, message: "the key has \(bits) bits; \(range) are allowed")
        }
        self.key = key
    }

    static func bits(of key: EVPKey) -> Int { Int(unsafe EVP_PKEY_get_bits(key.pointer)) }

    /// Whether `signature` is the one of that digest; false for any digest that has not 20 bytes.
    func verifySHA1(digest: [UInt8], signature: [UInt8]) -> Bool {
        // libcrypto would take a signature without its leading zeros, RFC 8017 §8.2.2 does not.
        guard digest.count == Algorithm.sha1.digestBytes, signature.count == signatureBytes else { return false }
        let context = unsafe makeContext()
        defer { unsafe EVP_PKEY_CTX_free(context) }
        precondition(unsafe EVP_PKEY_verify_init(context) == 1, "EVP_PKEY_verify_init failed")
        unsafe usePKCS1Padding(context)
        let signed = Self.sha1Prefix + digest
        let result = unsafe signature.withUnsafeBufferPointer { signature in
            unsafe signed.withUnsafeBufferPointer { signed in
                unsafe EVP_PKEY_verify(
                    context, signature.baseAddress, signature.count, signed.baseAddress, signed.count)
            }
        }
        if result != 1 { forgetErrors() }
        return result == 1
    }

    /// - Parameter digest: 20 bytes.
    /// - Returns: as many bytes as the modulus has; nil for a public key, or when a private key's parts do not fit together.
    func signSHA1(digest: [UInt8]) -> [UInt8]? {
        precondition(digest.count == Algorithm.sha1.digestBytes, "a SHA-1 digest has 20 bytes")
        let context = unsafe makeContext()
        defer { unsafe EVP_PKEY_CTX_free(context) }
        precondition(unsafe EVP_PKEY_sign_init(context) == 1, "EVP_PKEY_sign_init failed")
        unsafe usePKCS1Padding(context)
        let signed = Self.sha1Prefix + digest
        var signature = [UInt8](repeating: 0, count: signatureBytes)
        var count = signature.count
        let result = unsafe signed.withUnsafeBufferPointer { signed in
            unsafe signature.withUnsafeMutableBufferPointer { signature in
                unsafe EVP_PKEY_sign(context, signature.baseAddress, &count, signed.baseAddress, signed.count)
            }
        }
        if result != 1 { forgetErrors() }
        return result == 1 && count == signature.count ? signature : nil
    }

    private func makeContext() -> OpaquePointer {
        guard let context = unsafe EVP_PKEY_CTX_new(key.pointer, nil) else {
            preconditionFailure("EVP_PKEY_CTX_new: out of memory")
        }
        return unsafe context
    }

    private func usePKCS1Padding(_ context: OpaquePointer) {
        let done = unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING)
        precondition(done == 1, "libcrypto refuses PKCS#1 v1.5 padding")
    }
}

/// Empties this thread's error queue: what a refused key leaves there would be blamed on the thread's next TLS call.
func forgetErrors() {
    ERR_clear_error()
}
