import Diagnostics
import HTTP
import HTTPServer
import JSON
import Payments
import Settings
import Support
import Synchronization
import Webhooks

/// A merchant's backend with as many endpoints as a test needs, each a path, that answers each of them as it is told.
final class Receiver: HTTPHandler {
    /// One request, as it came.
    struct Message: Sendable {
        let path: String
        let headers: Headers
        let body: [UInt8]
        let json: JSONValue
        let atMs: Int64

        var id: String { headers[StandardWebhooks.idHeader] ?? "" }
        var type: String { json["type"]?.text ?? "" }
        var sequence: Int64 { json["sequence"]?.int64 ?? -1 }
        /// The payment that it is about, by its reference.
        var reference: String { json["data"]?["merchant_reference"]?.text ?? "" }
        var timestamp: Int64 { Int64(headers[StandardWebhooks.timestampHeader] ?? "") ?? -1 }
    }

    private struct State {
        var messages: [Message] = []
        var next: [String: [Int]] = [:]
        var always: [String: Int] = [:]
    }

    static let path = "/hook"
    /// What a refusal says.
    static let refusal = "not today"

    private let clock: any Clock
    private let state = Mutex(State())
    private let server = Mutex<HTTPServer?>(nil)
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    /// Listens on a free port; its connections live by the system's time, whatever the clock of the messages.
    init(clock: any Clock) throws {
        self.clock = clock
        (bell, ring) = AsyncStream.makeStream()
        let identifiers = IdentifierSource()
        let system = SystemClock()
        let server = try HTTPServer(
            ListenerSettings(address: try ListenAddress("127.0.0.1:0"), limits: Limits()), handler: self,
            clock: system, metrics: Metrics(), logger: .none,
            makeRequestID: { identifiers.make(.request, nowMs: system.nowMs) })
        server.start()
        self.server.withLock { $0 = server }
    }

    func stop() { server.withLock { $0 }?.stop(graceMs: 1000) }

    var port: UInt16 { server.withLock { $0?.port ?? 0 } }

    func url(_ path: String = Receiver.path) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// The statuses of the next answers at that path, one each.
    func answer(_ statuses: Int..., at path: String = Receiver.path) {
        state.withLock { $0.next[path, default: []] += statuses }
    }

    /// The status of every answer at that path from now on, where no other is told; 200 before.
    func always(_ status: Int, at path: String = Receiver.path) {
        state.withLock { $0.always[path] = status }
    }

    /// What came to that path so far, in its order.
    func messages(at path: String = Receiver.path) -> [Message] {
        state.withLock { $0.messages.filter { $0.path == path } }
    }

    /// Returns when so many messages have come to that path; for one caller at a time.
    func arrive(_ count: Int, at path: String = Receiver.path) async throws -> [Message] {
        var rings = bell.makeAsyncIterator()
        while messages(at: path).count < count {
            guard await rings.next() != nil else { throw CancellationError() }
        }
        return messages(at: path)
    }

    func handle(_ request: Request, _ reply: any Reply) {
        let message = Message(
            path: request.path, headers: request.headers, body: request.body,
            json: (try? JSONReader.read(request.body)) ?? .null, atMs: clock.nowMs)
        let status = state.withLock { state in
            state.messages.append(message)
            var rest = state.next[request.path, default: []]
            defer { state.next[request.path] = rest }
            return rest.isEmpty ? state.always[request.path] ?? 200 : rest.removeFirst()
        }
        let text = status == 200 ? "taken" : Receiver.refusal
        reply.send(Response(status: status, contentType: "text/plain", body: Array(text.utf8)))
        ring.yield()
    }
}
