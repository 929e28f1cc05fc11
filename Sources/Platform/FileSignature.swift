import Glibc

/// What tells one version of a file from another without reading it (stat(2), links followed).
///
/// A file that is written in place changes its times; one that is renamed over, and one that a link now leads to, is another
/// inode as well.
package struct FileSignature: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    package let sizeBytes: Int64
    private let modified: Moment
    /// Of content, mode or owner; nothing but the kernel sets it.
    private let changed: Moment

    /// As the file system has it; in nanoseconds alone the year 2300 would be too large a number.
    private struct Moment: Hashable, Sendable {
        let seconds: Int
        let nanoseconds: Int

        init(_ time: timespec) { (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec) }
    }

    /// Nil when nothing is there, or a folder above it is closed to us.
    package init?(of path: String) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        device = UInt64(facts.st_dev)
        inode = UInt64(facts.st_ino)
        sizeBytes = Int64(facts.st_size)
        modified = Moment(facts.st_mtim)
        changed = Moment(facts.st_ctim)
    }
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
