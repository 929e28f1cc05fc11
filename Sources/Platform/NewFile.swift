import Glibc

/// Files that this process makes.
package enum NewFile {
    /// Writes a whole file that is not there yet; from its first byte on it is only for whom the mode names.
    ///
    /// - Parameters:
    ///   - path: a symbolic link there is refused, even one that leads nowhere.
    ///   - mode: permission bits, less what umask(2) takes away.
    /// - Throws: when there is something at the path, or it cannot be written whole; then nothing of it is left.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws(NewFileError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(mode))
        guard descriptor >= 0 else { throw NewFileError(path: path, errno: errno) }
        let isWritten = StandardStream(descriptor: descriptor).write(bytes) && fsync(descriptor) == 0
        let writeError = errno
        let isClosed = close(descriptor) == 0
        guard isWritten, isClosed else {
            let cause = isWritten ? errno : writeError
            // The first failure is the one to report.
            _ = unsafe unlink(path)
            throw NewFileError(path: path, errno: cause)
        }
    }
}

/// Why a file could not be made.
package struct NewFileError: Error, CustomStringConvertible {
    package let path: String
    /// The system's number for the cause, errno(3).
    package let errno: Int32

    package var isTaken: Bool { errno == EEXIST }

    package var description: String { "cannot write \(path): \(systemErrorText(errno))" }
}
