import Diagnostics
import FoundationEssentials
import HTTP
import HTTPServer
import Synchronization
import Testing

/// This project's own server with TLS, which keeps its connections; it answers 200, or when it is told to.
final class KeptTLSServer: Sendable {
    let certificate: TLSCertificate
    private let server: HTTPServer
    private let handler = Handler()
    private let metrics = Metrics()

    init(_ certificate: TLSCertificate) throws {
        self.certificate = certificate
        let files = TLSFiles(
            certificateChain: Array(try Data(contentsOf: URL(filePath: certificate.certificateFile))),
            key: Secret(String(decoding: try Data(contentsOf: URL(filePath: certificate.keyFile)), as: UTF8.self)))
        server = try HTTPServer(
            ListenerSettings(address: ListenAddress("127.0.0.1:0"), tls: files), handler: handler,
            clock: SystemClock(), metrics: metrics, logger: .none, makeRequestID: { "req_0" })
        server.start()
    }

    /// - Parameter host: any name whose address is 127.0.0.1; the certificate is for good.test.
    func url(_ path: String = "/", host: String = "good.test") -> String { "https://\(host):\(server.port)\(path)" }

    var requestCount: Int { handler.count.withLock { $0 } }
    /// Raised for each request to /held.
    var held: Signal { handler.arrived }
    /// Answers all requests to /held so far.
    func release() {
        for reply in handler.held.withLock({ held in
            defer { held = [] }
            return held
        }) { reply.send(Response(status: 200)) }
    }

    func stop() { server.stop(graceMs: 0) }

    private final class Handler: HTTPHandler {
        let count = Mutex(0)
        let held = Mutex<[any Reply]>([])
        let arrived = Signal()

        func handle(_ request: Request, _ reply: any Reply) {
            count.withLock { $0 += 1 }
            guard request.path == "/held" else { return reply.send(Response(status: 200)) }
            held.withLock { $0.append(reply) }
            arrived.raise()
        }
    }
}
