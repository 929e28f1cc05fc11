import Glibc

/// Who may read a file, by its mode bits; access control lists are not looked at.
package enum FilePermissions {
    /// Whether every account of the machine may read the file (mode bit 0004).
    ///
    /// A symbolic link is followed, because the target's mode is what guards the bytes that will be read.
    ///
    /// - Returns: nil when nothing can be said: no such file, or a folder above it is closed to us.
    package static func othersCanRead(_ path: String) -> Bool? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        return facts.st_mode & mode_t(S_IROTH) != 0
    }
}
