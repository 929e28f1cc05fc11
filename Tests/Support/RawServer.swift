import Glibc
package import HTTP
import Platform
import Synchronization

/// A TCP server on loopback, port 0; each connection runs `script` on a thread of its own.
package final class RawServer: Sendable {
    package let port: UInt16
    private let core: Core

    /// - Parameters:
    ///   - loopback: `.loopback` or `::1`.
    ///   - port: 0, or that of a server at another address.
    package init(on loopback: IPAddress = .loopback, port: UInt16 = 0, _ script: @escaping @Sendable (Peer) -> Void) {
        let listener = RawServer.listen(on: loopback, port: port)
        let core = Core(listener: listener.socket)
        self.core = core
        self.port = listener.port
        core.accepting.withLock { $0 = OwnThread.start(name: "raw-accept") { core.accept(script) } }
    }

    /// Ends every connection and thread.
    deinit { core.stop() }

    package func url(_ path: String = "/", host: String = "127.0.0.1") -> String { "http://\(host):\(port)\(path)" }

    package var acceptCount: Int { core.connections.withLock { $0.count } }

    /// A connection as the server sees it.
    package struct Peer: Sendable {
        fileprivate let socket: Int32
        /// 0 for the first connection.
        package let number: Int

        /// One request with its body; nil when the client closed.
        package func request() -> (head: String, body: [UInt8])? {
            var bytes: [UInt8] = []
            var wanted: Int?
            while true {
                if wanted == nil, let end = Peer.headEnd(bytes) {
                    wanted = end + Peer.contentLength(String(decoding: bytes[..<end], as: UTF8.self))
                }
                if let wanted, bytes.count >= wanted, let end = Peer.headEnd(bytes) {
                    return (String(decoding: bytes[..<end], as: UTF8.self), Array(bytes[end...]))
                }
                let more = read()
                guard !more.isEmpty else { return nil }
                bytes += more
            }
        }

        /// - Returns: false once the client no longer reads.
        @discardableResult
        package func write(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = unsafe bytes.withUnsafeBytes { buffer in
                    unsafe send(socket, buffer.baseAddress! + sent, buffer.count - sent, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        @discardableResult
        package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

        /// Answers every request of the connection with the same bytes.
        package func answerAll(_ text: String) {
            while request() != nil { write(text) }
        }

        /// Returns when the client has closed.
        package func waitForClose() {
            while !read().isEmpty {}
        }

        /// A little time, for a peer that is slow on purpose.
        ///
        /// - Returns: false once the client has closed.
        package func pause(ms: Int32) -> Bool {
            var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            return unsafe poll(&entry, 1, ms) == 0
        }

        /// Takes some of what the client sent.
        package func take(_ count: Int) -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: count)
            let taken = unsafe recv(socket, &buffer, count, 0)
            return taken > 0 ? Array(buffer[..<taken]) : []
        }

        /// Joins the connection to another server's until either ends.
        ///
        /// - Returns: false if that server cannot be reached.
        package func tunnel(to address: IPAddress, port: UInt16, opened: () -> Void) -> Bool {
            let other = Glibc.socket(address.isIPv4 ? AF_INET : AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(other) }
            guard unsafe RawServer.withSocketAddress(address, port: port, { unsafe connect(other, $0, $1) }) == 0 else {
                return false
            }
            opened()
            while Peer.pump(socket, other) {}
            return true
        }

        /// Carries over what is there, one way or the other; false when one of them has closed.
        private static func pump(_ one: Int32, _ two: Int32) -> Bool {
            var entries = [one, two].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard unsafe poll(&entries, 2, -1) > 0 else { return false }
            for (entry, target) in zip(entries, [two, one]) where entry.revents != 0 {
                let source = Peer(socket: entry.fd, number: 0)
                let bytes = source.take(65_536)
                guard !bytes.isEmpty, Peer(socket: target, number: 0).write(bytes) else { return false }
            }
            return true
        }

        /// Ends the connection with RST in place of FIN.
        package func reset() {
            var linger = linger(l_onoff: 1, l_linger: 0)
            let code = unsafe setsockopt(
                socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
            precondition(code == 0, "lingering can be turned off")
        }

        private func read() -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe recv(socket, &buffer, buffer.count, 0)
            return count > 0 ? Array(buffer[..<count]) : []
        }

        private static func headEnd(_ bytes: [UInt8]) -> Int? {
            guard bytes.count >= 4 else { return nil }
            return (4...bytes.count).first { bytes[($0 - 4)..<$0].elementsEqual([13, 10, 13, 10]) }
        }

        private static func contentLength(_ head: String) -> Int {
            for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length: ") {
                return Int(line.dropFirst("content-length: ".count)) ?? 0
            }
            return 0
        }
    }

    private final class Core: Sendable {
        struct Connection {
            let socket: Int32
            var isOpen = true
        }

        let listener: Int32
        let accepting = Mutex<OwnThread?>(nil)
        let connections = Mutex<[Connection]>([])
        private let serving = Mutex<[OwnThread]>([])

        init(listener: Int32) { self.listener = listener }

        func accept(_ script: @escaping @Sendable (Peer) -> Void) {
            while true {
                let socket = Glibc.accept(listener, nil, nil)
                guard socket >= 0 else { return }
                let number = connections.withLock { connections in
                    connections.append(Connection(socket: socket))
                    return connections.count - 1
                }
                let thread = OwnThread.start(name: "raw-\(number)") {
                    script(Peer(socket: socket, number: number))
                    self.connections.withLock { $0[number].isOpen = false }
                    close(socket)
                }
                serving.withLock { $0.append(thread) }
            }
        }

        func stop() {
            shutdown(listener, Int32(SHUT_RDWR))
            accepting.withLock { $0?.join() }
            connections.withLock { connections in
                for connection in connections where connection.isOpen { shutdown(connection.socket, Int32(SHUT_RDWR)) }
            }
            for thread in serving.withLock({ $0 }) { thread.join() }
            close(listener)
        }
    }

    private static func listen(on loopback: IPAddress, port: UInt16) -> (socket: Int32, port: UInt16) {
        let family = loopback.isIPv4 ? AF_INET : AF_INET6
        let listener = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let port = unsafe withSocketAddress(loopback, port: port) { address, length in
            var length = length
            let bound = unsafe bind(listener, address, length)
            let listening = Glibc.listen(listener, 1024)
            let named = unsafe getsockname(listener, address, &length)
            precondition(bound == 0 && listening == 0 && named == 0, "a server can listen on \(loopback)")
            return unsafe UInt16(bigEndian: UnsafeRawPointer(address).load(fromByteOffset: 2, as: UInt16.self))
        }
        return (listener, port)
    }

    fileprivate static func withSocketAddress<Value>(
        _ address: IPAddress, port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var storage = sockaddr_storage()
        storage.ss_family = sa_family_t(address.isIPv4 ? AF_INET : AF_INET6)
        let length = address.isIPv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        return unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            unsafe bytes[(address.isIPv4 ? 4 : 8)...].copyBytes(from: address.bytes)
            return unsafe body(bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(length))
        }
    }
}
