import Glibc

/// A blocking client that sends exactly the bytes it is told to.
final class RawClient {
    struct Failure: Error, CustomStringConvertible { let description: String }

    struct Answer {
        let status: Int
        /// Names in lower case, in order.
        let fields: [(name: String, value: String)]
        let body: [UInt8]

        func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// A test that waits longer has failed.
    private static let patienceSeconds = 60

    private let descriptor: Int32
    private var isOpen = true
    private var unread: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            isOpen = false
            throw Failure(description: "socket: \(errno)")
        }
        var patience = timeval(tv_sec: RawClient.patienceSeconds, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            let code = errno
            throw Failure(description: "connect: \(code)")
        }
    }

    deinit { if isOpen { close(descriptor) } }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.send(
                    descriptor, bytes.baseAddress.map { unsafe $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "send: \(errno)") }
            sent += count
        }
    }

    /// Hangs up with a reset, as a crashed peer does.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
        isOpen = false
    }

    /// Reads one whole answer.
    ///
    /// - Parameter ofHead: the answer is to HEAD, so no body follows.
    func answer(ofHead: Bool = false) throws -> Answer {
        while true {
            if let end = headEnd() {
                let head = String(decoding: unread[..<end], as: UTF8.self)
                let fields = head.split(separator: "\r\n").dropFirst().map { line in
                    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                    return (name: parts[0].lowercased(), value: String(parts[1].drop { $0 == " " }))
                }
                let status = Int(head.split(separator: " ")[1]) ?? 0
                let hasBody = !ofHead && status >= 200 && status != 204 && status != 304
                let length = hasBody ? fields.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0 : 0
                while unread.count < end + length { try readMore() }
                let body = Array(unread[end..<end + length])
                unread.removeFirst(end + length)
                return Answer(status: status, fields: fields, body: body)
            }
            try readMore()
        }
    }

    /// Whether the server has closed the connection, and sent nothing before.
    func isClosed() -> Bool {
        do {
            try readMore()
            return false
        } catch {
            return !error.description.contains("patience")
        }
    }

    /// Everything until the server closes.
    func rest() -> [UInt8] {
        while true {
            do { try readMore() } catch { return unread }
        }
    }

    private func headEnd() -> Int? {
        guard unread.count >= 4 else { return nil }
        for index in 0...(unread.count - 4) where unread[index] == 13 && unread[index + 1] == 10 {
            if unread[index + 2] == 13, unread[index + 3] == 10 { return index + 4 }
        }
        return nil
    }

    private func readMore() throws(Failure) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count < 0, errno == EAGAIN { throw Failure(description: "out of patience") }
        guard count > 0 else { throw Failure(description: count == 0 ? "closed" : "recv: \(errno)") }
        unread += chunk[..<count]
    }
}
