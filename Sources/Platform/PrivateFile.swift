import Glibc

/// Files that are their owner's alone.
package enum PrivateFile {
    /// Makes an empty file of mode 0600; leaves one that is there as it is.
    ///
    /// - Returns: why there is none now, in the system's words; nil if there is one.
    package static func make(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return errno == EEXIST ? nil : systemErrorText(errno) }
        // Nothing was written through it, so what close(2) says changes nothing.
        _ = close(descriptor)
        return nil
    }
}
