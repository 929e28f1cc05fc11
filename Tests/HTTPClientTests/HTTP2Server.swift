import Glibc
import Platform
import Synchronization
import Testing

/// `openssl s_server` with ALPN h2, behind which a few frames of HTTP/2 (RFC 9113) are spoken: every request is answered
/// with 200 and no body, from `release` on.
///
/// `s_server` serves one connection after another: a client that opens a second one beside the first waits for ever.
final class HTTP2Server: Sendable {
    let port: UInt16
    let certificate: TLSCertificate
    /// Raised for each request that came.
    let arrived = Signal()
    private let process: pid_t
    private let input: Int32
    private let output: Int32
    private let thread = Mutex<OwnThread?>(nil)
    /// The streams that wait for their answer, and whether answers are held back.
    private let streams = Mutex<(waiting: [[UInt8]], held: Bool)>(([], false))

    private enum Frame {
        static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        static let headBytes = 9
        static let headers: UInt8 = 1
        static let settings: UInt8 = 4
        static let ping: UInt8 = 6
        static let acknowledge: UInt8 = 1
        static let endStreamAndHeaders: UInt8 = 5
        /// `:status: 200` in HPACK's static table (RFC 7541 appendix A).
        static let status200: UInt8 = 0x88
    }

    init() throws {
        certificate = try TLSCertificate()
        let output = try OpenSSL.makePipe()
        let input = try OpenSSL.makePipe()
        process = try OpenSSL.start(
            [
                "s_server", "-accept", "127.0.0.1:0", "-alpn", "h2", "-ign_eof", "-cert", certificate.certificateFile,
                "-key", certificate.keyFile,
            ], input: input.readEnd, output: output.writeEnd)
        close(output.writeEnd)
        close(input.readEnd)
        (self.input, self.output) = (input.writeEnd, output.readEnd)
        port = try OpenSSL.port(from: output.readEnd)
        thread.withLock { $0 = OwnThread.start(name: "http2") { [self] in serve() } }
    }

    func url(_ path: String = "/") -> String { "https://good.test:\(port)\(path)" }

    /// From here on answers wait for `release`.
    func hold() { streams.withLock { $0.held = true } }

    func release() {
        let waiting = streams.withLock { streams in
            defer { streams = ([], false) }
            return streams.waiting
        }
        for stream in waiting { answer(stream) }
    }

    func stop() {
        OpenSSL.stop(process)
        thread.withLock { $0 }?.join()
        close(input)
        close(output)
        certificate.remove()
    }

    private func serve() {
        guard skipPreface() else { return }
        // Our settings come first, whatever the client sends (RFC 9113 §3.4).
        write(Frame.settings, 0, [0, 0, 0, 0], [])
        while let head = read(Frame.headBytes) {
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard let payload = read(length) else { return }
            let (kind, flags, stream) = (head[3], head[4], Array(head[5...]))
            switch kind {
            case Frame.settings where flags & Frame.acknowledge == 0:
                write(Frame.settings, Frame.acknowledge, [0, 0, 0, 0], [])
            case Frame.ping where flags & Frame.acknowledge == 0:
                write(Frame.ping, Frame.acknowledge, [0, 0, 0, 0], payload)
            case Frame.headers:
                let held = streams.withLock { streams in
                    if streams.held { streams.waiting.append(stream) }
                    return streams.held
                }
                if !held { answer(stream) }
                arrived.raise()
            default: break
            }
        }
    }

    private func answer(_ stream: [UInt8]) {
        write(Frame.headers, Frame.endStreamAndHeaders, stream, [Frame.status200])
    }

    /// Passes over what `s_server` tells of the handshake.
    private func skipPreface() -> Bool {
        var seen: [UInt8] = []
        while !seen.elementsEqual(Frame.preface) {
            guard let byte = read(1) else { return false }
            seen = (seen + byte).suffix(Frame.preface.count)
        }
        return true
    }

    private func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            let more = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(output, buffer.baseAddress! + have, count - have)
            }
            guard more > 0 else { return nil }
            have += more
        }
        return bytes
    }

    /// One frame in one write, which a pipe keeps together; its first byte, 0, is none of `s_server`'s commands.
    private func write(_ kind: UInt8, _ flags: UInt8, _ stream: [UInt8], _ payload: [UInt8]) {
        let frame = [0, 0, UInt8(payload.count), kind, flags] + stream + payload
        let count = unsafe Glibc.write(input, frame, frame.count)
        precondition(count == frame.count, "a pipe takes a small write whole")
    }
}
