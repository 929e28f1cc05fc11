import Diagnostics
import HTTP
import HTTPServer
import Payments
import Synchronization

/// `gateway.do` as a test wants it: counts who asks what, and answers or keeps them waiting.
final class FakeAlipay: HTTPHandler {
    private struct State {
        var asked: [String: Int] = [:]
        var answers: [String: String] = [:]
        var waiting: [any Reply] = []
    }

    private let state = Mutex(State())
    /// The services that were asked for, as they come.
    let arrivals: AsyncStream<String>
    private let announce: AsyncStream<String>.Continuation
    private let server = Mutex<HTTPServer?>(nil)

    init() { (arrivals, announce) = AsyncStream.makeStream() }

    /// Listens on a free port, and answers the URL of the gateway.
    func start() throws -> String {
        let identifiers = IdentifierSource()
        let clock = SystemClock()
        let server = try HTTPServer(
            ListenerSettings(address: try ListenAddress("127.0.0.1:0")), handler: self, clock: clock,
            metrics: Metrics(),
            logger: .none, makeRequestID: { identifiers.make(.request, nowMs: clock.nowMs) })
        server.start()
        self.server.withLock { $0 = server }
        return "http://127.0.0.1:\(server.port)/gateway.do"
    }

    func stop() {
        release(with: "")
        server.withLock { $0 }?.stop(graceMs: 1000)
    }

    /// How often that service was asked for.
    func asked(_ service: String) -> Int { state.withLock { $0.asked[service, default: 0] } }

    /// From now on; a service without an answer keeps its callers waiting.
    func answer(_ service: String, _ text: String) { state.withLock { $0.answers[service] = text } }

    /// Answers everybody who waits.
    func release(with text: String) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for reply in waiting { reply.send(FakeAlipay.response(text)) }
    }

    func handle(_ request: Request, _ reply: any Reply) {
        let service = URLParts("?" + String(decoding: request.query, as: UTF8.self)).fields["service"] ?? ""
        let answer: String? = state.withLock { state in
            state.asked[service, default: 0] += 1
            if let answer = state.answers[service] { return answer }
            state.waiting.append(reply)
            return nil
        }
        announce.yield(service)
        if let answer { reply.send(FakeAlipay.response(answer)) }
    }

    private static func response(_ text: String) -> Response {
        Response(status: 200, contentType: "text/plain", body: Array(text.utf8))
    }
}
