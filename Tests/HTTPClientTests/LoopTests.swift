import Diagnostics
import Dispatch
import HTTP
import HTTPClient
import Support
import Synchronization
import Testing

/// A client with several loops behaves as one.
struct LoopTests {
    private func client(connectionsMax: Int = 256, idle: Int = 256, metrics: Metrics = Metrics()) -> HTTPClient {
        var settings = ClientSettings()
        settings.loops = 4
        settings.connectionsMax = connectionsMax
        settings.idleConnectionsMax = idle
        return .forTest(settings, metrics: metrics)
    }

    /// Raises `reached` for each request and answers once told to.
    private func holding(_ reached: Signal, until gate: Gate) -> RawServer {
        RawServer { peer in
            while peer.request() != nil {
                reached.raise()
                gate.pass()
                peer.write(ok)
            }
        }
    }

    @Test func `an origin's requests share a connection, whichever loop they go through`() async {
        let servers = (0..<16).map { _ in RawServer { $0.answerAll(ok) } }
        let metrics = Metrics()
        let client = client(metrics: metrics)
        defer { client.shutdown(graceMs: 0) }
        for _ in 0..<5 {
            for server in servers { #expect(await client.send(.get(server.url())).response?.status == 200) }
        }
        #expect(servers.map(\.acceptCount) == Array(repeating: 1, count: 16))
        let text = metrics.prometheusText()
        #expect(text.contains("payrelay_outbound_connections_total{client=\"test\",use=\"new\"} 16\n"))
        #expect(text.contains("payrelay_outbound_connections_total{client=\"test\",use=\"reused\"} 64\n"))
        #expect(text.contains("payrelay_outbound_connections{client=\"test\"} 16\n"))
        #expect(text.contains("payrelay_outbound_requests_total{client=\"test\",outcome=\"2xx\"} 80\n"))
        #expect(text.contains("payrelay_outbound_in_flight{client=\"test\"} 0\n"))
    }

    @Test func `all loops together have no more requests on the wire than the client may`() async {
        let reached = Signal()
        let gate = Gate()
        let servers = (0..<16).map { _ in holding(reached, until: gate) }
        let client = client(connectionsMax: 3)
        defer { client.shutdown(graceMs: 0) }
        let done = Signal()
        for server in servers { client.send(.get(server.url())) { if $0.response?.status == 200 { done.raise() } } }
        await reached.wait(count: 3)
        let spare = RawServer { $0.answerAll(ok) }
        let late = await client.send(.get(spare.url(), timeoutMs: 50))
        guard case .failure(let error) = late else { return #expect(Bool(false), "\(late)") }
        #expect(error.code == .busy)
        #expect(error.message == "The request did not get its turn in time; nothing was sent.")
        #expect(spare.acceptCount == 0)
        #expect(servers.map(\.acceptCount).reduce(0, +) == 3)
        gate.open()
        // Each loop's requests have their turn, whichever loop's leave the wire.
        await done.wait(count: 16)
        #expect(servers.map(\.acceptCount) == Array(repeating: 1, count: 16))
    }

    @Test func `a loop that is never out of requests leaves turns to the others`() async {
        let servers = (0..<16).map { _ in RawServer { $0.answerAll(ok) } }
        let client = client(connectionsMax: 1)
        defer { client.shutdown(graceMs: 0) }
        let stop = Mutex(false)
        let done = Signal()
        @Sendable func keepBusy() {
            client.send(.get(servers[0].url())) { _ in stop.withLock { $0 } ? done.raise() : keepBusy() }
        }
        for _ in 0..<10 { keepBusy() }
        for server in servers { #expect(await client.send(.get(server.url())).response?.status == 200) }
        stop.withLock { $0 = true }
        await done.wait(count: 10)
    }

    @Test func `all loops together keep no more idle connections than the client may`() async {
        let servers = (0..<16).map { _ in RawServer { $0.answerAll(ok) } }
        let client = client(connectionsMax: 4, idle: 4)
        defer { client.shutdown(graceMs: 0) }
        for _ in 0..<2 {
            for server in servers { #expect(await client.send(.get(server.url())).response?.status == 200) }
        }
        #expect(servers.prefix(8).map(\.acceptCount) == Array(repeating: 1, count: 8))
        #expect(servers.suffix(8).map(\.acceptCount) == Array(repeating: 2, count: 8))
    }

    @Test func `shutdown ends every loop, with an outcome for what each had in flight`() async {
        let reached = Signal()
        let servers = (0..<16).map { _ in
            RawServer { peer in
                _ = peer.request()
                reached.raise()
                peer.waitForClose()
            }
        }
        let client = client()
        let codes = Mutex<[SendError.Code?]>([])
        for server in servers {
            client.send(.get(server.url())) { outcome in codes.withLock { $0.append(outcome.code) } }
        }
        await reached.wait(count: 16)
        client.shutdown(graceMs: 0)
        #expect(codes.withLock { $0 } == Array(repeating: .canceled, count: 16))
        for server in servers { #expect(await client.send(.get(server.url())).code == .canceled) }
    }

    @Test func `what is in flight in any loop may finish within the grace`() {
        let servers = (0..<16).map { _ in RawServer { $0.answerAll(ok) } }
        defer { withExtendedLifetime(servers) {} }
        let client = client(connectionsMax: 2)
        let statuses = Mutex<[Int?]>([])
        for server in servers + servers {
            client.send(.get(server.url())) { outcome in statuses.withLock { $0.append(outcome.response?.status) } }
        }
        client.shutdown(graceMs: 30_000)
        #expect(statuses.withLock { $0 } == Array(repeating: 200, count: 32))
    }
}

/// Holds threads until it is opened.
final class Gate: Sendable {
    private let isOpen = Mutex(false)
    private let lock = DispatchSemaphore(value: 0)

    func pass() {
        if isOpen.withLock({ $0 }) { return }
        lock.wait()
        lock.signal()
    }

    func open() {
        isOpen.withLock { $0 = true }
        lock.signal()
    }
}
