import CCrypto

/// MD5 of one message, piece by piece: what verifying a notification costs most.
@safe
package struct MD5Hasher: ~Copyable {
    private let context: OpaquePointer

    package init() {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("EVP_MD_CTX_new: out of memory") }
        unsafe self.context = context
        check(unsafe EVP_DigestInit_ex2(context, Algorithm.md5.handle, nil), "EVP_DigestInit_ex2")
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Adds bytes to the message so far.
    package mutating func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { buffer in
            check(unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count), "EVP_DigestUpdate")
        }
    }

    /// Adds bytes to the message so far.
    package mutating func update(_ bytes: [UInt8]) {
        update(bytes.span)
    }

    /// The digest of everything that was added.
    package consuming func finish() -> [16 of UInt8] {
        var digest = [16 of UInt8](repeating: 0)
        var span = digest.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { buffer in
            check(unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, nil), "EVP_DigestFinal_ex")
        }
        return digest
    }

    private func check(_ code: Int32, _ call: StaticString) {
        precondition(code == 1, "\(call) failed, which only a lack of memory can cause")
    }
}

// There is one owner, the context is reached only through its mutating methods, and libcrypto ties it to no thread.
extension MD5Hasher: @unchecked Sendable {}
