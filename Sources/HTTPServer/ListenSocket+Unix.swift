import CLinux
import Glibc

// A socket that is a file, its owner's alone.
extension ListenSocket {
    private static let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    private static let folderMode: mode_t = 0o700
    private static let fileMode: mode_t = 0o600

    /// Makes the file, and its folder if that is missing. A file that a dead process left is replaced; one that a living
    /// process listens on is not.
    ///
    /// - Throws: code `listen`, as in `listen: unix:run/admin.sock: another process listens there`.
    static func open(unix path: String, backlog: Int32) throws(HTTPServerError) -> ListenSocket {
        guard let address = UnixAddress(path) else {
            let most = ListenPoint.pathBytesMax
            throw refusal(path, "the path of a socket has at most \(most) bytes, and this one \(path.utf8.count)")
        }
        try prepareFolder(of: path)
        try removeStale(path, address)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw refusal(path, SystemError.text(errno)) }
        do throws(HTTPServerError) {
            // Linux gives the file the socket's own mode, less umask(2): there is no moment at which others could connect.
            guard fchmod(descriptor, fileMode) == 0 else { throw refusal(path, SystemError.text(errno)) }
            let bound = unsafe address.withPointer { pointer, count in unsafe bind(descriptor, pointer, count) }
            guard bound == 0 else { throw refusal(path, SystemError.text(errno)) }
            guard let file = SocketFile(path), listen(descriptor, backlog) == 0 else {
                let reason = SystemError.text(errno)
                // What went wrong first is what counts.
                _ = unsafe unlink(path)
                throw refusal(path, reason)
            }
            return ListenSocket(descriptor: descriptor, port: 0, file: file)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    /// Whoever may write to the folder could put a socket of their own in the place of ours.
    private static func prepareFolder(of path: String) throws(HTTPServerError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        if unsafe mkdir(folder, folderMode) == 0 { return }
        guard errno == EEXIST else {
            throw refusal(path, "the folder \(folder) cannot be made: \(SystemError.text(errno))")
        }
        var facts = stat()
        guard unsafe stat(folder, &facts) == 0 else { throw refusal(path, SystemError.text(errno)) }
        let isShared = facts.st_mode & 0o022 != 0 && facts.st_mode & Glibc.S_ISVTX == 0
        guard !isShared else {
            throw refusal(
                path, "other users can write to the folder \(folder); chmod go-w it, or name one that is not there")
        }
    }

    private static func removeStale(_ path: String, _ address: UnixAddress) throws(HTTPServerError) {
        guard let found = SocketFile(path) else {
            guard errno == ENOENT else { throw refusal(path, SystemError.text(errno)) }
            return
        }
        guard found.isSocket else { throw refusal(path, "there is a file that is no socket; move it away") }
        let probe = socket(AF_UNIX, kind, 0)
        guard probe >= 0 else { throw refusal(path, SystemError.text(errno)) }
        defer { Glibc.close(probe) }
        let connected = unsafe address.withPointer { pointer, count in unsafe connect(probe, pointer, count) }
        switch connected == 0 ? 0 : errno {
        // EAGAIN: so many wait there already that there is no room.
        case 0, EAGAIN: throw refusal(path, "another process listens there")
        case ECONNREFUSED: found.remove()
        case ENOENT: break
        case let code: throw refusal(path, SystemError.text(code))
        }
    }

    private static func refusal(_ path: String, _ reason: String) -> HTTPServerError {
        HTTPServerError(code: .listen, message: "listen: unix:\(path): \(reason)")
    }
}

/// A file in the place of a socket, as it was when it was looked at.
struct SocketFile {
    let path: String
    let isSocket: Bool
    private let device: dev_t
    private let inode: ino_t

    /// - Returns: nil if there is none; errno says why.
    init?(_ path: String) {
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0 else { return nil }
        self.path = path
        isSocket = facts.st_mode & Glibc.S_IFMT == Glibc.S_IFSOCK
        (device, inode) = (facts.st_dev, facts.st_ino)
    }

    /// Takes the file away, unless there is another one by now.
    func remove() {
        guard let now = SocketFile(path), now.device == device, now.inode == inode else { return }
        // Whatever it answers, there is nothing more to do about it.
        _ = unsafe unlink(path)
    }
}

/// A path as the system calls want it.
struct UnixAddress {
    private var value = sockaddr_un()

    /// - Returns: nil if it does not fit, or has a NUL in it.
    init?(_ path: String) {
        let bytes = Array(path.utf8)
        guard (1...ListenPoint.pathBytesMax).contains(bytes.count), !bytes.contains(0) else { return nil }
        value.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &value.sun_path) { unsafe $0.copyBytes(from: bytes) }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var value = value
        return unsafe withUnsafePointer(to: &value) { value in
            unsafe value.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe body(pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// Who is at the other end of a Unix domain socket.
enum UnixPeer {
    /// Whether it is this process's own user, or root. The file's mode says so already; this holds if somebody changed it.
    static func isOwnerOrRoot(_ descriptor: Int32) -> Bool {
        var who = shim_ucred()
        var count = socklen_t(MemoryLayout<shim_ucred>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &who, &count) == 0 else { return false }
        return who.uid == geteuid() || who.uid == 0
    }
}
