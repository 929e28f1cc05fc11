import Glibc
import HTTP
import HTTPClient
import Support
import Testing

struct FailureTests {
    private let secret = "/notify?sign=SECRET"

    @Test func `a refused connection is connect, names the address and not the query`() async throws {
        // It listens on 127.0.0.1 alone, so that its port is taken and yet refused at 127.0.0.2.
        let server = RawServer { _ in }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let outcome = await client.send(.get(server.url(secret, host: "127.0.0.2")))
        guard case .failure(let error) = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(error.code == .connect)
        #expect(error.message == "127.0.0.2 could not be connected to: connection refused.")
        #expect(error.address == "127.0.0.2")
        #expect(error.duration > .zero)
    }

    @Test func `without a file descriptor for a connection nothing begins, which is busy`() async {
        await #expect(processExitsWith: .success) {
            let client = HTTPClient.forTest()
            // Whatever it opens for itself is open after a first request.
            _ = await client.send(.get("http://127.0.0.1:1/"))
            var limit = rlimit()
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            precondition(unsafe getrlimit(resource, &limit) == 0)
            let before = limit.rlim_cur
            limit.rlim_cur = 0
            precondition(unsafe setrlimit(resource, &limit) == 0)
            let code = await client.send(.get("http://127.0.0.1:1/")).code
            limit.rlim_cur = before
            precondition(unsafe setrlimit(resource, &limit) == 0)
            client.shutdown(graceMs: 0)
            precondition(code == .busy)
        }
    }

    @Test func `a name without address is dns`() async {
        let client = HTTPClient.forTest(resolver: StubResolver([]))
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("http://shop.test/")).code == .dns)
    }

    @Test func `a resolver that never answers is dns when time is up`() async {
        let client = HTTPClient.forTest(resolver: DeafResolver())
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("http://shop.test/", timeoutMs: 50)).code == .dns)
    }

    @Test func `a hanging lookup delays nobody else`() async throws {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest(resolver: DeafResolver())
        defer { client.shutdown(graceMs: 0) }
        async let slow = client.send(.get("http://shop.test/", timeoutMs: 400))
        #expect(try await client.send(.get(server.url(), timeoutMs: 10_000)).get().status == 200)
        #expect(await slow.code == .dns)
    }

    @Test(arguments: ["ftp://127.0.0.1/", "http://user:password@127.0.0.1/", "nothing"])
    func `a URL that cannot be used is url`(url: String) async {
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(url)).code == .url)
    }

    @Test func `plain http is url where only https is allowed`() async {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let policy = EgressPolicy(allowHTTP: false, allowPrivateNetwork: true)
        #expect(await client.send(.get(server.url(), policy: policy)).code == .url)
        #expect(server.acceptCount == 0)
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"])
    func `a connection that ends before the answer does is reset`(answer: String) async throws {
        let server = RawServer { peer in
            _ = peer.request()
            peer.write(answer)
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let outcome = await client.send(.get(server.url(secret)))
        guard case .failure(let error) = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(error.code == .reset)
        #expect(!error.message.contains("SECRET"))
    }

    @Test func `a connection that is reset in the middle of a body is reset`() async {
        let server = RawServer { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
            peer.reset()
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(server.url())).code == .reset)
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"])
    func `an answer that does not come to its end is a timeout`(answer: String) async {
        let server = RawServer { peer in
            _ = peer.request()
            peer.write(answer)
            peer.waitForClose()
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let outcome = await client.send(.get(server.url(secret), timeoutMs: 200))
        guard case .failure(let error) = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(error.code == .timeout)
        #expect(error.message == "127.0.0.1 did not answer in time.")
        #expect(error.address == "127.0.0.1")
    }

    @Test func `a request that does not get its turn in time says that this process is busy`() async {
        let reached = Signal()
        let server = RawServer { peer in
            _ = peer.request()
            reached.raise()
            peer.waitForClose()
        }
        var settings = ClientSettings()
        settings.connectionsMax = 1
        let client = HTTPClient.forTest(settings)
        defer { client.shutdown(graceMs: 0) }
        async let first = client.send(.get(server.url(), timeoutMs: 30_000))
        await reached.wait()
        let second = await client.send(.get(server.url(), timeoutMs: 50))
        guard case .failure(let error) = second else { return #expect(Bool(false), "\(second)") }
        #expect(error.code == .busy)
        #expect(error.message.hasSuffix("nothing was sent."))
        client.shutdown(graceMs: 0)
        #expect(await first.code == .canceled)
    }

    @Test func `when too many wait, one more is refused as connect and nothing is sent`() async {
        let reached = Signal()
        let server = RawServer { peer in
            _ = peer.request()
            reached.raise()
            peer.waitForClose()
        }
        var settings = ClientSettings()
        settings.connectionsMax = 1
        settings.waitingMax = 1
        let client = HTTPClient.forTest(settings)
        defer { client.shutdown(graceMs: 0) }
        async let first = client.send(.get(server.url()))
        await reached.wait()
        let done = Signal()
        client.send(.get(server.url())) { _ in done.raise() }
        #expect(await client.send(.get(server.url())).code == .connect)
        client.shutdown(graceMs: 0)
        await done.wait()
        #expect(await first.code == .canceled)
        #expect(server.acceptCount == 1)
    }
}
