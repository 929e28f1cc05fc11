import Glibc

/// The right to be the only one, for as long as this object lives: an exclusive flock(2) on a file of its own.
///
/// The kernel lets go of it when the process ends, however it ends. The file stays behind; it means nothing by itself.
package final class FileLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock or fails at once.
    ///
    /// - Parameter path: created with mode 0600 if missing; a symbolic link there is refused.
    /// - Throws: ``FileLockError/Code/held`` when another holder, in this process or another, has it.
    package init(path: String) throws(FileLockError) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileLockError(code: .cannotOpen, path: path, errno: errno) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let cause = errno
            guard cause != EINTR else { continue }
            // Nothing was written through it, so what close(2) says changes nothing.
            _ = close(descriptor)
            throw FileLockError(code: cause == EWOULDBLOCK ? .held : .cannotLock, path: path, errno: cause)
        }
        self.descriptor = descriptor
    }

    deinit {
        // Releases the lock as well; Linux closes the descriptor even when it reports an error.
        _ = close(descriptor)
    }
}

/// Why a ``FileLock`` could not be taken.
package struct FileLockError: Error, CustomStringConvertible {
    package enum Code: Sendable {
        /// Somebody else holds it.
        case held
        /// open(2) failed: no such folder, no permission, a symbolic link.
        case cannotOpen
        /// The file system does not do flock(2), or has no lock left.
        case cannotLock
    }

    package let code: Code
    package let path: String
    /// The system's number for the cause, errno(3).
    package let errno: Int32

    package var description: String {
        switch code {
        case .held: "\(path) is locked: another process is using it"
        case .cannotOpen: "\(path) cannot be opened for locking: \(reason)"
        case .cannotLock: "\(path) cannot be locked: \(reason)"
        }
    }

    private var reason: String { systemErrorText(errno) }
}
