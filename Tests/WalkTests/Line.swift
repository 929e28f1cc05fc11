import App
import Diagnostics
import HTTP
import HTTPServer
import Payments
import Simulator
import Synchronization

/// The line between the gateway and the simulated Alipay: it hears every call, and loses or keeps back what a test wants.
final class Line: HTTPHandler {
    enum Trouble: Sendable, Hashable {
        /// The call does not arrive, and nothing comes back.
        case callLost
        /// It arrives; what comes back is lost.
        case answerLost
        /// It does not arrive before ``release()``, and then it is lost.
        case callKept
        /// It arrives; what comes back is kept until ``release()``.
        case answerKept
    }

    struct Call: Sendable {
        let service: String
        let fields: [String: String]
        let atMs: Int64
    }

    private struct State {
        var calls: [Call] = []
        var troubles: [String: [Trouble]] = [:]
        var kept: [(reply: any Reply, response: Response)] = []
        var simulator: AlipaySimulator?
    }

    /// The services that are called, as the calls come.
    let arrivals: AsyncStream<String>
    private let announce: AsyncStream<String>.Continuation
    private let clock: any Clock
    private let state = Mutex(State())
    private let server = Mutex<HTTPServer?>(nil)

    /// More than the gateway reads of any answer of Alipay's: for it that is no answer, and at once.
    private static let lost = Response(
        status: 200, contentType: "text/plain", body: Array(repeating: 0x20, count: 1 << 20))

    init(clock: any Clock) {
        self.clock = clock
        (arrivals, announce) = AsyncStream.makeStream()
    }

    /// Listens on a free port, and answers the URL of the gateway.
    func start() throws -> String {
        let identifiers = IdentifierSource()
        let clock = SystemClock()
        let server = try HTTPServer(
            ListenerSettings(address: try ListenAddress("127.0.0.1:0"), limits: AlipaySimulator.listenerLimits),
            handler: self, clock: clock, metrics: Metrics(), logger: .none,
            makeRequestID: { identifiers.make(.request, nowMs: clock.nowMs) })
        server.start()
        self.server.withLock { $0 = server }
        return "http://127.0.0.1:\(server.port)/gateway.do"
    }

    func stop() {
        release()
        server.withLock { $0 }?.stop(graceMs: 1000)
    }

    func connect(to simulator: AlipaySimulator) { state.withLock { $0.simulator = simulator } }

    /// What the next calls of that service suffer, one each.
    func trouble(_ service: String, _ troubles: Trouble...) {
        state.withLock { $0.troubles[service, default: []] += troubles }
    }

    func trouble(_ service: String, _ trouble: Trouble, times: Int) {
        state.withLock { $0.troubles[service, default: []] += Array(repeating: trouble, count: times) }
    }

    /// Whatever is still to come is called off.
    func mend() { state.withLock { $0.troubles = [:] } }

    /// The calls of that service so far.
    func calls(_ service: String) -> [Call] { state.withLock { $0.calls.filter { $0.service == service } } }

    /// How many peers are kept waiting.
    var waiting: Int { state.withLock { $0.kept.count } }

    /// Sends what was kept back; a call that was kept is lost.
    func release() {
        let kept = state.withLock { state in
            defer { state.kept = [] }
            return state.kept
        }
        for (reply, response) in kept { reply.send(response) }
    }

    func handle(_ request: Request, _ reply: any Reply) {
        let text = [request.query, request.body].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "&")
        let fields = URLParts("?" + text).fields
        let service = fields["service"] ?? ""
        let (simulator, trouble) = state.withLock { state in
            state.calls.append(Call(service: service, fields: fields, atMs: clock.nowMs))
            let rest = state.troubles[service, default: []]
            state.troubles[service] = Array(rest.dropFirst())
            if rest.first == .callKept { state.kept.append((reply, Line.lost)) }
            return (state.simulator, rest.first)
        }
        switch trouble {
        case .callLost: reply.send(Line.lost)
        case .callKept: break
        case .answerLost: simulator?.handle(request, Answer { _ in reply.send(Line.lost) })
        case .answerKept:
            simulator?.handle(
                request, Answer { [self] response in state.withLock { $0.kept.append((reply, response)) } })
        case nil:
            guard let simulator else { return reply.send(Response(status: 503)) }
            simulator.handle(request, reply)
        }
        announce.yield(service)
    }

    private struct Answer: Reply {
        let body: @Sendable (Response) -> Void

        init(_ body: @escaping @Sendable (Response) -> Void) { self.body = body }

        func send(_ response: Response) { body(response) }
    }
}

extension World {
    /// Runs `body` on a gateway whose calls to Alipay go over a line.
    static func onLine(
        _ options: Options = Options(), clock: any Clock = SystemClock(),
        _ body: (World, Service, Line) async throws -> Void
    ) async throws {
        let line = Line(clock: clock)
        defer { line.stop() }
        var options = options
        options.gatewayURL = try line.start()
        try await run(options, clock: clock) { world, service in
            line.connect(to: world.alipay.simulator)
            try await body(world, service, line)
        }
    }
}
