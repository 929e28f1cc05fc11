import Glibc

/// What tells one version of a file from another without reading it (stat(2), links followed).
///
/// A file that is written in place changes its times; one that is renamed over, and one that a link now leads to, is another
/// inode as well.
package struct FileSignature: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    package let sizeBytes: Int64
    private let modifiedNs: Int64
    /// Of content, mode or owner; nothing but the kernel sets it.
    private let changedNs: Int64

    /// Nil when nothing is there, or a folder above it is closed to us.
    package init?(of path: String) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        device = UInt64(facts.st_dev)
        inode = UInt64(facts.st_ino)
        sizeBytes = Int64(facts.st_size)
        modifiedNs = FileSignature.ns(facts.st_mtim)
        changedNs = FileSignature.ns(facts.st_ctim)
    }

    private static func ns(_ time: timespec) -> Int64 { Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec) }
}

/// What stands at a path itself, links not followed.
package enum PathKind {
    package static func isLink(_ path: String) -> Bool {
        var facts = stat()
        return unsafe lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFLNK
    }

    package static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    /// The folder's real place, with every link on the way followed (realpath(3)); nil when nothing is there.
    package static func resolved(_ path: String) -> String? {
        guard let found = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(found) }
        return unsafe String(cString: found)
    }
}
