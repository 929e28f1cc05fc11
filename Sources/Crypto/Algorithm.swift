import CCrypto

/// A digest of libcrypto, fetched once per process: looking one up by name costs as much as hashing a kilobyte.
///
/// EVP_MD_fetch(3): a fetched EVP_MD is constant and reference-counted, and may be used on every thread; these are never
/// freed, because they live as long as the process.
@safe
struct Algorithm: @unchecked Sendable {
    let handle: OpaquePointer
    let digestBytes: Int

    static let md5 = Algorithm("MD5", digestBytes: 16)
    static let sha1 = Algorithm("SHA1", digestBytes: 20)
    static let sha256 = Algorithm("SHA256", digestBytes: 32)

    private init(_ name: String, digestBytes: Int) {
        guard let handle = unsafe EVP_MD_fetch(nil, name, nil) else {
            preconditionFailure("this machine's libcrypto has no \(name); PayRelay needs OpenSSL's default provider")
        }
        unsafe self.handle = handle
        self.digestBytes = digestBytes
    }

    /// The digest of `bytes`, in one go.
    func digest(_ bytes: [UInt8]) -> [UInt8] {
        unsafe bytes.withUnsafeBytes { input in
            unsafe [UInt8](unsafeUninitializedCapacity: digestBytes) { output, count in
                let done = unsafe EVP_Digest(input.baseAddress, input.count, output.baseAddress, nil, handle, nil)
                precondition(done == 1, "EVP_Digest failed, which only a lack of memory can cause")
                count = digestBytes
            }
        }
    }
}

/// MD5 (RFC 1321), 16 bytes; only where Alipay's protocol asks for it.
package enum MD5 {
    package static func digest(_ bytes: [UInt8]) -> [UInt8] { Algorithm.md5.digest(bytes) }
}

/// SHA-1 (FIPS 180-4), 20 bytes; only where Alipay's protocol asks for it.
package enum SHA1 {
    package static func digest(_ bytes: [UInt8]) -> [UInt8] { Algorithm.sha1.digest(bytes) }
}

/// SHA-256 (FIPS 180-4), 32 bytes.
package enum SHA256 {
    package static func digest(_ bytes: [UInt8]) -> [UInt8] { Algorithm.sha256.digest(bytes) }
}
