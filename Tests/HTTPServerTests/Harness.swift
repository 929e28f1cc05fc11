import Diagnostics
import Dispatch
import HTTP
import HTTPServer
import Support
import Synchronization

/// A server on a free port of 127.0.0.1 with a clock of its own.
struct Harness {
    let server: HTTPServer
    let clock = ManualClock()
    let metrics = Metrics()
    let log = LogLines()

    init(
        limits: Limits = Limits(), trustedProxies: [String] = [], tls: TLSFiles? = nil,
        _ handle: @escaping @Sendable (Request, any Reply) -> Void
    ) throws {
        let settings = ListenerSettings(
            address: try ListenAddress("127.0.0.1:0"), limits: limits,
            trustedProxies: trustedProxies.compactMap { AddressBlock($0) }, tls: tls
        )
        let count = Atomic<Int>(0)
        server = try HTTPServer(
            settings, handler: ClosureHandler(handle), clock: clock, metrics: metrics, logger: Logger(sink: log),
            makeRequestID: { "req_\(count.wrappingAdd(1, ordering: .relaxed).newValue)" }
        )
        server.start()
    }

    func client() throws -> RawClient { try RawClient(port: server.port) }

    /// Sends a request over a connection of its own and waits for the answer: whatever the server's thread had at hand before
    /// is done by then.
    func settle() throws {
        let client = try client()
        try client.send("GET /settle HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try client.answer()
    }
}

struct ClosureHandler: HTTPHandler {
    let body: @Sendable (Request, any Reply) -> Void
    init(_ body: @escaping @Sendable (Request, any Reply) -> Void) { self.body = body }
    func handle(_ request: Request, _ reply: any Reply) { body(request, reply) }
}

/// What a handler was given, for the test to look at and answer when it likes.
final class Inbox: Sendable {
    private let entries = Mutex<[(request: Request, reply: any Reply)]>([])
    private let arrivals = DispatchSemaphore(value: 0)

    func put(_ request: Request, _ reply: any Reply) {
        entries.withLock { $0.append((request, reply)) }
        arrivals.signal()
    }

    /// Waits for the next request and takes it out.
    func next() -> (request: Request, reply: any Reply) {
        arrivals.wait()
        return entries.withLock { $0.removeFirst() }
    }

    var requests: [Request] { entries.withLock { $0.map(\.request) } }
}

final class LogLines: LogSink {
    let level = Logger.Level.debug
    private let lines = Mutex<[LogLine]>([])
    func write(_ line: LogLine) { lines.withLock { $0.append(line) } }
    var messages: [String] { lines.withLock { $0.map(\.message) } }
}

extension Response {
    static func text(_ text: String, status: Int = 200) -> Response {
        Response(status: status, contentType: "text/plain", body: Array(text.utf8))
    }
}

/// Answers at once with the path and the number of bytes of the body.
@Sendable func echo(_ request: Request, _ reply: any Reply) {
    reply.send(.text("\(request.method.rawValue) \(request.path) \(request.body.count)"))
}
