import Diagnostics
import HTTP
import HTTPClient
import Synchronization

let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

extension HTTPClient {
    static func forTest(
        _ settings: ClientSettings = ClientSettings(), resolver: any NameResolver = StubResolver([]),
        metrics: Metrics = Metrics()
    ) -> HTTPClient {
        HTTPClient(settings: settings, resolver: resolver, logger: .none, metrics: metrics, name: "test")
    }
}

extension OutboundRequest {
    static func get(
        _ url: String, policy: EgressPolicy = .trusted, timeoutMs: Int = 120_000,
        limit: BodyLimit = .refuse(bytesMax: 65_536)
    ) -> OutboundRequest {
        OutboundRequest(url: url, policy: policy, timeout: .milliseconds(timeoutMs), bodyLimit: limit)
    }
}

extension EgressPolicy {
    static let publicOnly = EgressPolicy(allowHTTP: true, allowPrivateNetwork: false)
}

extension Result where Success == OutboundResponse, Failure == SendError {
    var code: SendError.Code? {
        if case .failure(let error) = self { error.code } else { nil }
    }
    var response: OutboundResponse? { try? get() }
}

/// Answers each lookup with the next of its lists, and again with the last; `dns` for none.
final class StubResolver: NameResolver {
    private let answers: Mutex<[[IPAddress]]>
    private let asked = Mutex<[String]>([])

    init(_ answers: [[String]]) {
        self.answers = Mutex(answers.map { $0.map { IPAddress($0)! } })
    }

    var hosts: [String] { asked.withLock { $0 } }

    func resolve(
        _ host: String, timeoutMs: Int, then: @escaping @Sendable (Result<[IPAddress], SendError>) -> Void
    ) {
        asked.withLock { $0.append(host) }
        let answer = answers.withLock { answers in answers.count > 1 ? answers.removeFirst() : answers.first }
        then(answer.map { .success($0) } ?? .failure(SendError(code: .dns, message: "The name has no address.")))
    }
}

/// Answers each name with its addresses, or its next ones; `dns` for others.
final class TableResolver: NameResolver {
    private let names: [String: StubResolver]

    init(_ names: [String: [[String]]]) { self.names = names.mapValues { StubResolver($0) } }

    func resolve(
        _ host: String, timeoutMs: Int, then: @escaping @Sendable (Result<[IPAddress], SendError>) -> Void
    ) {
        (names[host] ?? StubResolver([])).resolve(host, timeoutMs: timeoutMs, then: then)
    }
}

/// Never answers.
struct DeafResolver: NameResolver {
    func resolve(
        _ host: String, timeoutMs: Int, then: @escaping @Sendable (Result<[IPAddress], SendError>) -> Void
    ) {}
}
