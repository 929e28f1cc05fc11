import CLinux
import CMicrohttpd
import Glibc
import HTTP

/// A bound socket that listens. Whoever opened it closes it.
struct ListenSocket {
    let descriptor: Int32
    /// The port that the system bound; 0 for a socket that is a file.
    let port: UInt16
    /// Nil for TCP.
    let file: SocketFile?

    static func open(_ point: ListenPoint, backlog: Int32) throws(HTTPServerError) -> ListenSocket {
        switch point {
        case .tcp(let address): try open(address, backlog: backlog)
        case .unix(let path): try open(unix: path, backlog: backlog)
        }
    }

    func close() {
        // First the file: whoever finds it finds somebody who listens.
        file?.remove()
        Glibc.close(descriptor)
    }

    /// - Throws: code `listen`, as in `listen: 127.0.0.1:8080: address already in use`.
    static func open(_ address: ListenAddress, backlog: Int32) throws(HTTPServerError) -> ListenSocket {
        let family = address.address.isIPv4 ? AF_INET : AF_INET6
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw error(address) }
        do throws(HTTPServerError) {
            try set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1, address)
            if !address.address.isIPv4 { try set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0, address) }
            let bound = unsafe SocketAddress(address.address, port: address.port).withPointer { pointer, count in
                unsafe bind(descriptor, pointer, count)
            }
            guard bound == 0, listen(descriptor, backlog) == 0 else { throw error(address) }
            guard let port = SocketAddress.ofSocket(descriptor)?.port else { throw error(address) }
            return ListenSocket(descriptor: descriptor, port: port, file: nil)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    private static func set(
        _ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32, _ address: ListenAddress
    ) throws(HTTPServerError) {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe setsockopt(descriptor, level, option, &value, size) == 0 else { throw error(address) }
    }

    /// The error of the call that just failed.
    private static func error(_ address: ListenAddress) -> HTTPServerError {
        HTTPServerError(code: .listen, message: "listen: \(address): \(SystemError.text(errno))")
    }
}

enum SystemError {
    /// `address already in use` for EADDRINUSE.
    static func text(_ code: Int32) -> String {
        guard let text = unsafe strerrordesc_np(code) else { return "error \(code)" }
        let sentence = unsafe String(cString: text)
        return sentence.prefix(1).lowercased() + sentence.dropFirst()
    }
}
