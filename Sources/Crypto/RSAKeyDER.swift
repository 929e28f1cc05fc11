import CCrypto

/// One EVP_PKEY of any algorithm, freed once.
///
/// A key is never changed once it is made, and EVP_PKEY(7) lets threads share such a key.
@safe
final class EVPKey: @unchecked Sendable {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }
    deinit { unsafe EVP_PKEY_free(pointer) }

    /// Whether it is of that algorithm, by libcrypto's name of it.
    func isA(_ name: String) -> Bool { unsafe EVP_PKEY_is_a(pointer, name) == 1 }
}

/// The binary encodings that keys come in. A decoder takes all of its input or none: bytes left over are a refusal.
enum RSAKeyDER {
    /// SubjectPublicKeyInfo (RFC 5280 §4.1) of any algorithm, or RSAPublicKey (RFC 8017 §A.1.1).
    static func publicKey(_ der: [UInt8]) -> EVPKey? { subjectPublicKeyInfo(der) ?? pkcs1Public(der) }

    static func subjectPublicKeyInfo(_ der: [UInt8]) -> EVPKey? {
        unsafe whole(der) { unsafe d2i_PUBKEY(nil, $0, $1) }
    }

    static func pkcs1Public(_ der: [UInt8]) -> EVPKey? {
        unsafe whole(der) { unsafe d2i_PublicKey(EVP_PKEY_RSA, nil, $0, $1) }
    }

    /// PrivateKeyInfo (PKCS#8, RFC 5208 §5) of any algorithm, or RSAPrivateKey (PKCS#1, RFC 8017 §A.1.2).
    static func privateKey(_ der: [UInt8]) -> EVPKey? { pkcs8(der) ?? bare(der, .rsa) }

    static func pkcs8(_ der: [UInt8]) -> EVPKey? {
        unsafe whole(der) { cursor, count in
            guard let info = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, cursor, count) else { return nil }
            defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
            return unsafe EVP_PKCS82PKEY(info)
        }
    }

    /// A private key in its algorithm's own form: RSAPrivateKey, or what `openssl dsaparam` and `openssl ecparam` write.
    static func bare(_ der: [UInt8], _ algorithm: KeyIdentity.Algorithm) -> EVPKey? {
        // What is encrypted must not get further: libcrypto would ask for the passphrase on the terminal.
        guard !isEncrypted(der) else { return nil }
        let type =
            switch algorithm {
            case .rsa: EVP_PKEY_RSA
            case .dsa: EVP_PKEY_DSA
            case .elliptic: EVP_PKEY_EC
            case .other: EVP_PKEY_NONE
            }
        return unsafe whole(der) { unsafe d2i_PrivateKey(type, nil, $0, $1) }
    }

    /// The key that an X.509 certificate (RFC 5280 §4.1) is about.
    static func certified(_ der: [UInt8]) -> EVPKey? {
        unsafe whole(der) { cursor, count in
            guard let certificate = unsafe d2i_X509(nil, cursor, count) else { return nil }
            defer { unsafe X509_free(certificate) }
            return unsafe X509_get_pubkey(certificate)
        }
    }

    /// The key that a certificate is asked for (PKCS#10, RFC 2986 §4).
    static func requested(_ der: [UInt8]) -> EVPKey? {
        unsafe whole(der) { cursor, count in
            guard let request = unsafe d2i_X509_REQ(nil, cursor, count) else { return nil }
            defer { unsafe X509_REQ_free(request) }
            return unsafe X509_REQ_get_pubkey(request)
        }
    }

    /// Whether it is a key store behind a passphrase (PKCS#12, RFC 7292 §4).
    static func isKeyStore(_ der: [UInt8]) -> Bool {
        unsafe der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            guard let store = unsafe d2i_PKCS12(nil, &cursor, buffer.count) else { return false }
            unsafe PKCS12_free(store)
            return true
        }
    }

    /// Whether it is EncryptedPrivateKeyInfo (PKCS#8, RFC 5208 §6).
    static func isEncrypted(_ der: [UInt8]) -> Bool {
        unsafe der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            guard let sealed = unsafe d2i_X509_SIG(nil, &cursor, buffer.count) else { return false }
            unsafe X509_SIG_free(sealed)
            return true
        }
    }

    /// Whether it is an X.509 certificate (RFC 5280 §4.1).
    static func isCertificate(_ der: [UInt8]) -> Bool {
        unsafe der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            guard let certificate = unsafe d2i_X509(nil, &cursor, buffer.count) else { return false }
            unsafe X509_free(certificate)
            return true
        }
    }

    /// SubjectPublicKeyInfo.
    static func encodePublic(_ key: EVPKey) -> [UInt8] {
        unsafe whole { unsafe i2d_PUBKEY(key.pointer, $0) }
    }

    /// PrivateKeyInfo, not encrypted.
    static func encodePrivate(_ key: EVPKey) -> [UInt8] {
        guard let info = unsafe EVP_PKEY2PKCS8(key.pointer) else {
            preconditionFailure("EVP_PKEY2PKCS8: out of memory")
        }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
        return unsafe whole { unsafe i2d_PKCS8_PRIV_KEY_INFO(info, $0) }
    }

    /// d2i_X509(3): a decoder moves the cursor behind what it has read.
    private static func whole(
        _ der: [UInt8], _ decode: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> OpaquePointer?
    ) -> EVPKey? {
        unsafe der.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress, !buffer.isEmpty else { return nil }
            var cursor: UnsafePointer<UInt8>? = unsafe start
            guard let pointer = unsafe decode(&cursor, buffer.count) else { return nil }
            let key = unsafe EVPKey(owning: pointer)
            return unsafe cursor == start + buffer.count ? key : nil
        }
    }

    /// i2d_X509(3): an encoder without output tells the length, and one with output moves the cursor behind it.
    private static func whole(_ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32) -> [UInt8] {
        let count = Int(encode(nil))
        precondition(count > 0, "libcrypto cannot encode a key that it has made or read itself")
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var cursor = buffer.baseAddress
            filled = Int(unsafe encode(&cursor))
            precondition(filled == count, "libcrypto encoded a key to \(filled) bytes, not \(count)")
        }
    }
}
