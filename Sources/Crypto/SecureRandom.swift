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

/// Numbers that nobody can guess, made some dozens at a time: a call of the system for each costs more than an id does.
package struct SecureRandomGenerator: RandomNumberGenerator, Sendable {
    /// Those that are left.
    private var numbers: [UInt64] = []

    private static let stock = 64

    package init() {}

    package mutating func next() -> UInt64 {
        if let number = numbers.popLast() { return number }
        let bytes = SecureRandom.bytes(SecureRandomGenerator.stock * 8)
        for start in stride(from: 0, to: bytes.count, by: 8) {
            numbers.append(bytes[start..<(start + 8)].reduce(0) { $0 << 8 | UInt64($1) })
        }
        return numbers.removeLast()
    }
}
