import HTTP
import HTTPClient
import Support
import Synchronization
import Testing

struct ShutdownTests {
    /// Raises `reached` for each request and answers when the client gives up.
    private func silent(_ reached: Signal) -> RawServer {
        RawServer { peer in
            _ = peer.request()
            reached.raise()
            peer.waitForClose()
        }
    }

    @Test func `what is in flight when the grace is over is canceled`() async {
        let reached = Signal()
        let server = silent(reached)
        let client = HTTPClient.forTest(resolver: DeafResolver())
        let outcomes = Mutex<[SendError.Code?]>([])
        let take: @Sendable (Result<OutboundResponse, SendError>) -> Void = { outcome in
            outcomes.withLock { $0.append(outcome.code) }
        }
        for _ in 0..<5 { client.send(.get(server.url()), then: take) }
        for _ in 0..<5 { client.send(.get("http://shop.test/"), then: take) }
        await reached.wait(count: 5)
        client.shutdown(graceMs: 50)
        #expect(outcomes.withLock { $0 } == Array(repeating: .canceled, count: 10))
    }

    @Test func `what is in flight may finish within the grace`() {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest()
        let statuses = Mutex<[Int?]>([])
        for _ in 0..<20 {
            client.send(.get(server.url())) { outcome in statuses.withLock { $0.append(outcome.response?.status) } }
        }
        client.shutdown(graceMs: 10_000)
        #expect(statuses.withLock { $0 } == Array(repeating: 200, count: 20))
    }

    @Test func `after shutdown a request is canceled at once`() async {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest()
        client.shutdown(graceMs: 0)
        #expect(await client.send(.get(server.url())).code == .canceled)
        #expect(server.acceptCount == 0)
    }

    @Test func `during the grace a new request is canceled while the old one goes on`() async {
        let reached = Signal()
        let server = silent(reached)
        let client = HTTPClient.forTest()
        async let old = client.send(.get(server.url(), timeoutMs: 500))
        await reached.wait()
        async let stopped: Void = Task.detached { client.shutdown(graceMs: 10_000) }.value
        var new: SendError.Code?
        // The stop reaches the loop at some moment; until then a new request is like the old.
        repeat { new = await client.send(.get(server.url(), timeoutMs: 5)).code } while new == .timeout
        #expect(new == .canceled)
        #expect(await old.code == .timeout)
        await stopped
    }

    @Test func `a second shutdown returns when the first has`() async {
        let client = HTTPClient.forTest()
        client.shutdown(graceMs: 1_000)
        client.shutdown(graceMs: 0)
        #expect(await client.send(.get("http://127.0.0.1/")).code == .canceled)
    }

    @Test func `a client that is dropped cancels what it had in flight`() async {
        let reached = Signal()
        let server = silent(reached)
        let done = Signal()
        let codes = Mutex<[SendError.Code?]>([])
        do {
            let client = HTTPClient.forTest()
            client.send(.get(server.url())) { outcome in
                codes.withLock { $0.append(outcome.code) }
                done.raise()
            }
            await reached.wait()
        }
        await done.wait()
        #expect(codes.withLock { $0 } == [.canceled])
    }
}
