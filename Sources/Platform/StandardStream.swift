import Glibc

/// Standard output or standard error, written without buffering.
///
/// A call writes its bytes in order; two threads that write at once must share a lock, or a long line may be split.
package struct StandardStream: Sendable {
    package static let out = StandardStream(descriptor: STDOUT_FILENO)
    package static let error = StandardStream(descriptor: STDERR_FILENO)

    /// How long one full pipe may hold up a call.
    private static let stallMsMax: Int32 = 10_000

    private let descriptor: Int32

    /// - Parameter descriptor: an open file descriptor, which stays the caller's to close.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Whether a person may be reading (isatty(3)).
    package var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Writes all the bytes, over as many calls of write(2) as it takes.
    ///
    /// - Returns: false when the rest could not be written: the reader is gone, the disk is full, or a non-blocking
    ///   reader took nothing for 10 s. There is nowhere left to complain, so a caller may well ignore it.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count >= 0 {
                    written += count
                } else if errno == EAGAIN {
                    guard waitUntilWritable() else { return false }
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }

    private func waitUntilWritable() -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let ready = unsafe poll(&wanted, 1, Self.stallMsMax)
        return ready > 0 || (ready < 0 && errno == EINTR)
    }
}
