import Glibc

/// What an editor or a mounted volume does to files, a system call each; whether it was done.
package enum RawFiles {
    package static func rename(_ from: String, over path: String) -> Bool { unsafe Glibc.rename(from, path) == 0 }
    package static func link(_ path: String, to target: String) -> Bool { unsafe symlink(target, path) == 0 }
    package static func remove(_ path: String) -> Bool { unsafe unlink(path) == 0 }
    package static func removeFolder(_ path: String) -> Bool { unsafe rmdir(path) == 0 }
    package static func setMode(_ path: String, _ mode: UInt32) -> Bool { unsafe chmod(path, mode) == 0 }
    /// The time of its last change, seconds since 1970.
    package static func setModified(_ path: String, seconds: Int) -> Bool {
        let times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        return unsafe utimensat(AT_FDCWD, path, times, 0) == 0
    }
}
