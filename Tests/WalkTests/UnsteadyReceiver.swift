import Diagnostics
import HTTP
import HTTPServer
import Payments
import Support
import Synchronization
import Webhooks

/// A merchant's server on a bad day: it answers late, answers nothing, fails, and closes all its connections; it writes down
/// what came, and what it took.
final class UnsteadyReceiver: HTTPHandler {
    enum Entry: Sendable {
        case came(endpoint: String, event: String, body: [UInt8])
        /// A 2xx is about to go out.
        case taken(endpoint: String, event: String)
    }

    private struct State {
        var random: SeededGenerator
        var isQuiet = false
        var entries: [Entry] = []
        var cameCount = 0
        var takenCount = 0
        var refusedCount = 0
        /// Left without an answer until the connections are closed.
        var hanging: [any Reply] = []
        var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?
        var server: HTTPServer?
    }

    private static let lateMsMax: Int64 = 120
    private static let busy = Response(status: 503, headers: Headers([("Retry-After", "1")]))

    let port: UInt16
    private let secret: WebhookSecret
    private let clock = SystemClock()
    private let state: Mutex<State>

    init(secret: WebhookSecret, seed: UInt64) throws {
        self.secret = secret
        state = Mutex(State(random: SeededGenerator(seed: seed)))
        port = try FreePort.find()
        try start()
    }

    func url(_ endpoint: String) -> String { "http://127.0.0.1:\(port)/\(endpoint)" }

    var entries: [Entry] { state.withLock { $0.entries } }
    var takenCount: Int { state.withLock { $0.takenCount } }
    /// How many had no good signature.
    var refusedCount: Int { state.withLock { $0.refusedCount } }

    /// Returns when that many more have come.
    func come(_ count: Int) async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiting = ($0.cameCount + count, continuation) }
        }
    }

    /// Closes every connection, under whatever is going over it, and is there again at once.
    func hangUp() throws {
        stop()
        try start()
    }

    /// Takes everything at once from now on.
    func calmDown() throws {
        state.withLock { $0.isQuiet = true }
        try hangUp()
    }

    func stop() {
        let (server, hanging) = state.withLock { state in
            defer { (state.server, state.hanging) = (nil, []) }
            return (state.server, state.hanging)
        }
        server?.stop(graceMs: 0)
        withExtendedLifetime(hanging) {}
    }

    func handle(_ request: Request, _ reply: any Reply) {
        typealias Next = (answer: () -> Void, continuation: CheckedContinuation<Void, Never>?)
        let (answer, continuation) = state.withLock { state -> Next in
            let answer = take(request, reply, &state)
            guard let waiting = state.waiting, state.cameCount >= waiting.count else { return (answer, nil) }
            state.waiting = nil
            return (answer, waiting.continuation)
        }
        answer()
        continuation?.resume()
    }

    /// - Returns: what gives the answer.
    private func take(_ request: Request, _ reply: any Reply, _ state: inout State) -> () -> Void {
        let endpoint = String(request.path.dropFirst())
        let isGood: Void? = try? StandardWebhooks.verify(
            request.headers, body: request.body, secrets: [secret], nowSeconds: clock.nowMs / 1000)
        guard isGood != nil, let event = request.headers[StandardWebhooks.idHeader] else {
            state.refusedCount += 1
            return { reply.send(Response(status: 400)) }
        }
        state.cameCount += 1
        state.entries.append(.came(endpoint: endpoint, event: event, body: request.body))
        let accept: @Sendable () -> Void = { [self] in
            self.state.withLock { state in
                state.takenCount += 1
                state.entries.append(.taken(endpoint: endpoint, event: event))
            }
            reply.send(Response(status: 200, contentType: "text/plain", body: Array("taken\n".utf8)))
        }
        if state.isQuiet { return accept }
        switch Int.random(in: 0..<100, using: &state.random) {
        case 0..<62: return accept
        case 62..<86:
            let delayMs = Int64.random(in: 1...UnsteadyReceiver.lateMsMax, using: &state.random)
            return { [clock] in _ = clock.schedule(atMs: clock.nowMs + delayMs, accept) }
        case 86..<94: return { reply.send(Response(status: 500)) }
        case 94..<97: return { reply.send(UnsteadyReceiver.busy) }
        default:
            state.hanging.append(reply)
            return {}
        }
    }

    private func start() throws {
        let identifiers = IdentifierSource()
        let clock = clock
        let server = try HTTPServer(
            ListenerSettings(address: try ListenAddress("127.0.0.1:\(port)")), handler: self, clock: clock,
            metrics: Metrics(), logger: .none, makeRequestID: { identifiers.make(.request, nowMs: clock.nowMs) })
        server.start()
        state.withLock { $0.server = server }
    }
}
