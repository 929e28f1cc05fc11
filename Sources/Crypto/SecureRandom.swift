import CCrypto

/// Bytes that nobody can guess (RAND_bytes(3)), fit for keys and ids.
package enum SecureRandom {
    /// More than this at once is a bug of the caller's.
    package static let bytesMax = 1 << 20

    /// - Parameter count: 0 to ``bytesMax``.
    package static func bytes(_ count: Int) -> [UInt8] {
        precondition((0...bytesMax).contains(count), "\(count) random bytes asked for")
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let done = unsafe RAND_bytes(buffer.baseAddress, Int32(count))
            precondition(done == 1, "the system gives no random bytes, and without them nothing can be kept secret")
            filled = count
        }
    }
}
