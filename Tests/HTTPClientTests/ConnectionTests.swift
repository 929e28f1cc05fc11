import Diagnostics
import HTTP
import HTTPClient
import Support
import Synchronization
import Testing

struct ConnectionTests {
    @Test func `requests one after another share a connection`() async throws {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        for _ in 0..<20 { _ = try await client.send(.get(server.url())).get() }
        #expect(server.acceptCount == 1)
    }

    @Test func `a host is kept to the address it was reached at while it has it`() async throws {
        let server = RawServer { $0.answerAll(ok) }
        let resolver = StubResolver([
            ["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"], ["127.0.0.2", "127.0.0.1"],
        ])
        let client = HTTPClient.forTest(resolver: resolver)
        defer { client.shutdown(graceMs: 0) }
        for _ in 0..<3 {
            let response = try await client.send(.get(server.url(host: "shop.test"))).get()
            #expect(response.address == "127.0.0.1")
        }
        #expect(server.acceptCount == 1)
        #expect(resolver.hosts == ["shop.test", "shop.test", "shop.test"])
    }

    @Test func `the next address is tried when one cannot be connected to`() async throws {
        let server = RawServer { $0.answerAll(ok) }
        // The server listens on 127.0.0.1 alone.
        let client = HTTPClient.forTest(resolver: StubResolver([["127.0.0.2", "127.0.0.3", "127.0.0.1"]]))
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.get(server.url(host: "shop.test"))).get()
        #expect(response.address == "127.0.0.1")
        #expect(server.acceptCount == 1)
    }

    @Test func `no other address is tried once a request was sent`() async {
        let server = RawServer { _ = $0.request() }
        let client = HTTPClient.forTest(resolver: StubResolver([["127.0.0.1", "127.0.0.2"]]))
        defer { client.shutdown(graceMs: 0) }
        let outcome = await client.send(.get(server.url(host: "shop.test")))
        #expect(outcome.code == .reset)
        #expect(server.acceptCount == 1)
    }

    @Test func `the name stays in the Host header when the address is pinned`() async throws {
        let head = Mutex<String?>(nil)
        let server = RawServer { peer in
            let request = peer.request()
            head.withLock { $0 = request?.head }
            peer.write(ok)
        }
        let client = HTTPClient.forTest(resolver: StubResolver([["127.0.0.1"]]))
        defer { client.shutdown(graceMs: 0) }
        _ = try await client.send(.get(server.url(host: "shop.test"))).get()
        #expect(head.withLock { $0 }?.contains("\r\nHost: shop.test:\(server.port)\r\n") == true)
    }

    @Test func `IPv6 is dialled as a literal and as a resolved address`() async throws {
        let server = RawServer(on: IPAddress("::1")!) { $0.answerAll(ok) }
        let client = HTTPClient.forTest(resolver: StubResolver([["::1"]]))
        defer { client.shutdown(graceMs: 0) }
        for host in ["[::1]", "shop.test"] {
            let response = try await client.send(.get(server.url(host: host))).get()
            #expect(response.address == "::1")
        }
        #expect(server.acceptCount == 2)
    }

    @Test func `a connection that the server closed meanwhile costs no request`() async throws {
        let server = RawServer { peer in
            guard peer.request() != nil else { return }
            peer.write(ok)
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        for _ in 0..<10 { #expect(try await client.send(.get(server.url())).get().status == 200) }
        #expect(server.acceptCount == 10)
    }

    @Test func `a connection for which there is no room is closed after its request`() async throws {
        let servers = (0..<3).map { _ in RawServer { $0.answerAll(ok) } }
        var settings = ClientSettings()
        settings.connectionsMax = 1
        settings.idleConnectionsMax = 1
        let client = HTTPClient.forTest(settings)
        defer { client.shutdown(graceMs: 0) }
        for _ in 0..<3 {
            for server in servers { _ = try await client.send(.get(server.url())).get() }
        }
        #expect(servers.map(\.acceptCount) == [1, 1, 3])
    }

    @Test func `200 requests at once all have their answer`() async {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let statuses = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<200 { group.addTask { await client.send(.get(server.url())).response?.status } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 200))
    }

    @Test func `sockets whose numbers come again are waited for anew`() async {
        let server = RawServer { peer in
            guard peer.request() != nil else { return }
            peer.write(ok)
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        for _ in 0..<5 {
            let statuses = await withTaskGroup(of: Int?.self) { group in
                for _ in 0..<40 { group.addTask { await client.send(.get(server.url())).response?.status } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 200, count: 40))
        }
        #expect(server.acceptCount == 200)
    }

    /// libcurl does not say so of a socket that was still connecting.
    @Test func `what never became a connection counts as closed, and its number can come again`() async {
        let metrics = Metrics()
        let client = HTTPClient.forTest(metrics: metrics)
        defer { client.shutdown(graceMs: 0) }
        // One is not there, one does not answer, one hangs up instead of a handshake, the last never begins one.
        let (gone, full) = (RawServer { _ in }.port, FullServer())
        let (rude, mute) = (RawServer { _ in }, RawServer { _ = $0.request() })
        let good = RawServer { $0.answerAll(ok) }
        for _ in 0..<5 {
            #expect(await client.send(.get("http://127.0.0.1:\(gone)/")).code == .connect)
            #expect(await client.send(.get("http://127.0.0.1:\(full.port)/", timeoutMs: 50)).code == .timeout)
            #expect(await client.send(.get("https://127.0.0.1:\(rude.port)/")).response == nil)
            #expect(await client.send(.get("https://127.0.0.1:\(mute.port)/", timeoutMs: 50)).code == .timeout)
            #expect(await client.send(.get(good.url())).response?.status == 200)
        }
        #expect(good.acceptCount == 1)
        #expect(metrics.prometheusText().contains("payrelay_outbound_connections{client=\"test\"} 1\n"))
    }

    @Test func `requests to a server that hangs leave the others alone`() async {
        let good = RawServer { $0.answerAll(ok) }
        // The second one never comes.
        let hanging = RawServer { peer in _ = peer.request() != nil && peer.request() != nil }
        let client = HTTPClient.forTest()
        let arrived = Signal()
        for _ in 0..<100 { client.send(.get(hanging.url())) { _ in arrived.raise() } }
        for _ in 0..<100 { #expect(await client.send(.get(good.url())).response?.status == 200) }
        #expect(good.acceptCount == 1)
        client.shutdown(graceMs: 0)
        await arrived.wait(count: 100)
    }

    @Test func `more requests than connections wait their turn`() async {
        let server = RawServer { $0.answerAll(ok) }
        var settings = ClientSettings()
        settings.connectionsMax = 3
        let client = HTTPClient.forTest(settings)
        defer { client.shutdown(graceMs: 0) }
        let done = Signal()
        let good = Mutex(0)
        for _ in 0..<200 {
            client.send(.get(server.url())) { outcome in
                if outcome.response?.status == 200 { good.withLock { $0 += 1 } }
                done.raise()
            }
        }
        await done.wait(count: 200)
        #expect(good.withLock { $0 } == 200)
        #expect(server.acceptCount <= 3)
    }

    @Test func `an outcome's closure may send again`() async {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let done = Signal()
        client.send(.get(server.url())) { _ in
            client.send(.get(server.url())) { _ in done.raise() }
        }
        await done.wait()
        #expect(server.acceptCount == 1)
    }
}
