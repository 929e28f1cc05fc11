import Glibc

/// Who may read a file, by its mode bits; access control lists are not looked at.
///
/// A symbolic link is followed, because the target's mode is what guards the bytes that will be read. Nil when nothing can be
/// said: no such file, or a folder above it is closed to us.
package enum FilePermissions {
    /// Whether every account of the machine may read the file (mode bit 0004).
    package static func othersCanRead(_ path: String) -> Bool? { mode(path).map { $0 & mode_t(S_IROTH) != 0 } }

    /// Whether its owner alone may do anything with it.
    package static func isOwnersAlone(_ path: String) -> Bool? {
        mode(path).map { $0 & mode_t(S_IRWXG | S_IRWXO) == 0 }
    }

    private static func mode(_ path: String) -> mode_t? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        return facts.st_mode
    }
}
