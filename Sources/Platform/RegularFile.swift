import Glibc

/// Reading small regular files, links followed.
package enum RegularFile {
    /// Why there is nothing to read.
    package enum Fault: Error, Hashable, Sendable {
        case missing
        /// A link whose target is not there, or that leads back to itself.
        case brokenLink
        case noPermission
        case folder
        /// A pipe, a socket or a device: reading one may never end.
        case notRegular
        case tooLarge
        case unreadable
    }

    /// The whole file of at most so many bytes.
    package static func read(_ path: String, bytesMax: Int) throws(Fault) -> [UInt8] {
        // Without O_NONBLOCK a pipe would be waited for until somebody writes to it.
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fault(errno, path) }
        defer { close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { throw .unreadable }
        switch facts.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .folder
        default: throw .notRegular
        }
        guard facts.st_size <= bytesMax else { throw .tooLarge }
        // One byte more tells whether it has grown since.
        var bytes = [UInt8](repeating: 0, count: min(Int(facts.st_size), bytesMax) + 1)
        var count = 0
        while true {
            if count == bytes.count {
                guard count <= bytesMax else { throw .tooLarge }
                bytes.append(contentsOf: repeatElement(0, count: min(count, bytesMax + 1 - count)))
            }
            let got = unsafe bytes.withUnsafeMutableBytes { room in
                unsafe Glibc.read(descriptor, room.baseAddress?.advanced(by: count), room.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .unreadable }
            if got == 0 { break }
            count += got
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    private static func fault(_ error: Int32, _ path: String) -> Fault {
        switch error {
        case ENOENT: PathKind.isLink(path) ? .brokenLink : .missing
        case ELOOP: .brokenLink
        case EACCES, EPERM: .noPermission
        case ENXIO: .notRegular
        default: .unreadable
        }
    }
}
