import Glibc
import HTTP
import HTTPClient
import Support
import Testing

struct EgressTests {
    @Test(arguments: [
        "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "127.1", "0177.0.0.1", "%31%32%37.0.0.1",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0", "0.0.0.0", "127.1.2.3",
    ])
    func `loopback is refused in every spelling, and nothing arrives`(host: String) async {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let outcome = await client.send(.get(server.url(host: host), policy: .publicOnly))
        #expect(outcome.code == .refusedDestination)
        #expect(server.acceptCount == 0)
    }

    @Test(arguments: [
        "http://[::1]:80/", "http://[::]:80/", "http://[fd00::1]/", "http://[fe80::1]/", "http://169.254.169.254/",
    ])
    func `other special addresses are refused`(url: String) async {
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(url, policy: .publicOnly)).code == .refusedDestination)
    }

    @Test func `a name whose address is private is refused in words that keep the address`() async throws {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest(resolver: StubResolver([["127.0.0.1"]]))
        defer { client.shutdown(graceMs: 0) }
        let outcome = await client.send(.get(server.url(host: "shop.test"), policy: .publicOnly))
        guard case .failure(let error) = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(error.code == .refusedDestination)
        #expect(error.message == "The destination is not allowed.")
        #expect(error.address == nil)
        #expect(server.acceptCount == 0)
    }

    @Test(arguments: [["1.1.1.1", "127.0.0.1"], ["127.0.0.1", "1.1.1.1"], ["2606:4700::1111", "::ffff:10.0.0.1"]])
    func `one private address among public ones refuses the name`(addresses: [String]) async {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest(resolver: StubResolver([addresses]))
        defer { client.shutdown(graceMs: 0) }
        let outcome = await client.send(.get(server.url(host: "shop.test"), policy: .publicOnly))
        #expect(outcome.code == .refusedDestination)
        #expect(server.acceptCount == 0)
    }

    @Test func `a private address behind more public ones than are tried refuses the name`() async {
        let addresses = (1...20).map { "1.1.1.\($0)" } + ["10.0.0.1"]
        let client = HTTPClient.forTest(resolver: StubResolver([addresses]))
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("http://shop.test/", policy: .publicOnly)).code == .refusedDestination)
    }

    @Test func `a name that turns to loopback after it was public never reaches it`() async {
        let server = RawServer { $0.answerAll(ok) }
        // 3ffe::/16 is public by its class and nobody's since 2006 (RFC 3701).
        let client = HTTPClient.forTest(resolver: StubResolver([["3ffe::1"], ["127.0.0.1"]]))
        defer { client.shutdown(graceMs: 0) }
        let url = server.url(host: "shop.test")
        let first = await client.send(.get(url, policy: .publicOnly, timeoutMs: 200))
        #expect(first.code == .connect || first.code == .timeout)
        let second = await client.send(.get(url, policy: .publicOnly, timeoutMs: 200))
        #expect(second.code == .refusedDestination)
        #expect(server.acceptCount == 0)
    }

    @Test func `an idle connection to loopback does not serve a name that is now public`() async throws {
        let requests = Signal()
        let server = RawServer { peer in
            while peer.request() != nil {
                requests.raise()
                peer.write(ok)
            }
        }
        let client = HTTPClient.forTest(resolver: StubResolver([["127.0.0.1"], ["3ffe::1"]]))
        defer { client.shutdown(graceMs: 0) }
        let url = server.url(host: "shop.test")
        #expect(try await client.send(.get(url)).get().address == "127.0.0.1")
        let second = await client.send(.get(url, policy: .publicOnly, timeoutMs: 200))
        #expect(second.code == .connect || second.code == .timeout)
        #expect(server.acceptCount == 1)
    }

    @Test func `an idle connection does not spare a strict request its check`() async throws {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest(resolver: StubResolver([["127.0.0.1"]]))
        defer { client.shutdown(graceMs: 0) }
        let url = server.url(host: "shop.test")
        _ = try await client.send(.get(url)).get()
        #expect(await client.send(.get(url, policy: .publicOnly)).code == .refusedDestination)
    }

    @Test func `blocks of the settings are refused like special addresses`() async {
        var settings = ClientSettings()
        settings.refusedBlocks = [AddressBlock("1.1.1.0/24")!]
        let client = HTTPClient.forTest(settings)
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("http://1.1.1.1/", policy: .publicOnly)).code == .refusedDestination)
    }

    @Test func `the environment's proxies are ignored`() async {
        await #expect(processExitsWith: .success) {
            let proxy = RawServer { $0.answerAll("HTTP/1.1 200 OK\r\nX-Proxy: 1\r\nContent-Length: 0\r\n\r\n") }
            let server = RawServer { $0.answerAll(ok) }
            for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
                let code = unsafe setenv(name, proxy.url(), 1)
                precondition(code == 0)
            }
            let client = HTTPClient.forTest(resolver: StubResolver([["127.0.0.1"]]))
            let outcomes = [
                await client.send(.get(server.url())), await client.send(.get(server.url(host: "shop.test"))),
            ]
            client.shutdown(graceMs: 0)
            precondition(outcomes.allSatisfy { $0.response?.headers["X-Proxy"] == nil && $0.response?.status == 200 })
            precondition(proxy.acceptCount == 0 && server.acceptCount == 2)
        }
    }
}
