import Glibc
import HTTP
import HTTPClient
import Support
import Synchronization
import Testing

/// The settings' egress proxy, against a real one on loopback.
struct ProxyTests {
    /// Opens the tunnel that CONNECT asks for, and keeps the heads of all requests.
    private final class Proxy: Sendable {
        private let list = HeadList()
        let server: RawServer
        var heads: [String] { list.heads.withLock { $0 } }

        init() {
            server = RawServer { [list] peer in
                guard let head = peer.request()?.head else { return }
                list.heads.withLock { $0.append(head) }
                guard let target = Proxy.target(head) else { return _ = peer.write("HTTP/1.1 400 No\r\n\r\n") }
                let reached = peer.tunnel(to: target.address, port: target.port) {
                    peer.write("HTTP/1.1 200 Connection established\r\nX-Proxy: 1\r\n\r\n")
                }
                if !reached { peer.write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nno\n") }
            }
        }

        /// An address and nothing else: this proxy resolves no name.
        private static func target(_ head: String) -> (address: IPAddress, port: UInt16)? {
            let words = head.prefix { $0 != "\r\n" }.split(separator: " ")
            guard words.count == 3, words[0] == "CONNECT", let colon = words[1].lastIndex(of: ":"),
                let port = UInt16(words[1][words[1].index(after: colon)...]),
                let address = IPAddress(words[1][..<colon].filter { $0 != "[" && $0 != "]" })
            else { return nil }
            return (address, port)
        }
    }

    private func client(
        through proxy: String, resolver: any NameResolver = StubResolver([]), trusting file: String? = nil
    ) throws -> HTTPClient {
        var settings = ClientSettings()
        settings.proxy = try EgressProxy(url: proxy)
        settings.caFile = file
        return .forTest(settings, resolver: resolver)
    }

    @Test func `plain http goes through a tunnel to the checked address, and the proxy sees nothing of it`()
        async throws
    {
        let head = Mutex<String?>(nil)
        let server = RawServer { peer in
            while let request = peer.request() {
                head.withLock { $0 = request.head }
                peer.write(ok)
            }
        }
        let proxy = Proxy()
        let client = try client(through: proxy.server.url(), resolver: StubResolver([["127.0.0.1"]]))
        defer { client.shutdown(graceMs: 0) }
        var request = OutboundRequest.get(server.url(host: "shop.test"))
        request.headers.add("webhook-signature", "v1,secret")
        for _ in 0..<3 {
            let response = try await client.send(request).get()
            #expect(response.body == Array("hi".utf8))
            #expect(response.address == "127.0.0.1")
            #expect(response.headers["X-Proxy"] == nil)
        }
        #expect(
            proxy.heads == [
                "CONNECT 127.0.0.1:\(server.port) HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nUser-Agent: payrelay\r\n"
                    + "Proxy-Connection: Keep-Alive\r\n\r\n"
            ])
        let seen = try #require(head.withLock { $0 })
        #expect(seen.hasPrefix("GET / HTTP/1.1\r\nHost: shop.test:\(server.port)\r\n"))
        #expect(seen.contains("\r\nwebhook-signature: v1,secret\r\n"))
        #expect(server.acceptCount == 1)
    }

    @Test func `TLS is spoken through the tunnel with the name that the URL has`() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        let proxy = Proxy()
        let client = try client(
            through: proxy.server.url(), resolver: StubResolver([["127.0.0.1"]]), trusting: server.certificateFile)
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.get("https://good.test:\(server.port)/")).get()
        #expect(response.verifiedTLS)
        #expect(await client.send(.get("https://other.test:\(server.port)/")).code == .tls)
        #expect(proxy.heads.allSatisfy { $0.hasPrefix("CONNECT 127.0.0.1:\(server.port) ") })
    }

    @Test func `the name goes into the TLS greeting inside the tunnel`() async throws {
        let greeting = Mutex<[UInt8]>([])
        let server = RawServer { peer in
            let bytes = peer.take(4096)
            greeting.withLock { $0 = bytes }
        }
        let proxy = Proxy()
        let client = try client(through: proxy.server.url(), resolver: StubResolver([["127.0.0.1"]]))
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("https://shop.test:\(server.port)/")).code == .tls)
        #expect(String(decoding: greeting.withLock { $0 }, as: UTF8.self).contains("shop.test"))
    }

    @Test func `an IPv6 destination is asked for in brackets`() async throws {
        let server = RawServer(on: IPAddress("::1")!) { $0.answerAll(ok) }
        let proxy = Proxy()
        let client = try client(through: proxy.server.url(), resolver: StubResolver([["::1"]]))
        defer { client.shutdown(graceMs: 0) }
        for host in ["[::1]", "shop.test"] {
            #expect(try await client.send(.get(server.url(host: host))).get().address == "::1")
        }
        #expect(proxy.heads.allSatisfy { $0.hasPrefix("CONNECT [::1]:\(server.port) ") })
    }

    @Test(arguments: [
        ["127.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["::ffff:169.254.169.254"], ["64:ff9b::7f00:1"],
    ])
    func `a destination that is not allowed is refused before the proxy hears of it`(addresses: [String]) async throws {
        let proxy = Proxy()
        let client = try client(through: proxy.server.url(), resolver: StubResolver([addresses]))
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("http://shop.test/", policy: .publicOnly)).code == .refusedDestination)
        #expect(await client.send(.get("http://127.1/", policy: .publicOnly)).code == .refusedDestination)
        #expect(proxy.server.acceptCount == 0)
    }

    @Test func `a name that moved has a tunnel of its own to its new address`() async throws {
        let server = RawServer { $0.answerAll(ok) }
        let proxy = Proxy()
        // The server listens on 127.0.0.1 alone.
        let resolver = StubResolver([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"]])
        let client = try client(through: proxy.server.url(), resolver: resolver)
        defer { client.shutdown(graceMs: 0) }
        let url = server.url(host: "shop.test")
        #expect(await client.send(.get(url)).response?.address == "127.0.0.1")
        // The idle tunnel to the old address does not serve.
        #expect(await client.send(.get(url)).code == .connect)
        #expect(await client.send(.get(url)).response?.address == "127.0.0.1")
        let targets = proxy.heads.map { $0.split(separator: " ")[1] }
        #expect(targets == ["127.0.0.1:\(server.port)", "127.0.0.2:\(server.port)"])
    }

    @Test func `the next address is tried when the proxy does not reach one`() async throws {
        let server = RawServer { $0.answerAll(ok) }
        let proxy = Proxy()
        let client = try client(through: proxy.server.url(), resolver: StubResolver([["127.0.0.2", "127.0.0.1"]]))
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.get(server.url(host: "shop.test"))).get()
        #expect(response.address == "127.0.0.1")
        #expect(proxy.server.acceptCount == 2)
    }

    @Test(arguments: [403, 407, 502])
    func `a proxy that opens no tunnel is connect, and says so`(status: Int) async throws {
        let proxy = RawServer { $0.answerAll("HTTP/1.1 \(status) No\r\nContent-Length: 2\r\n\r\nno") }
        let client = try client(through: proxy.url())
        defer { client.shutdown(graceMs: 0) }
        for url in ["https://1.1.1.1/", "http://1.1.1.1/"] {
            let outcome = await client.send(.get(url, policy: .publicOnly))
            guard case .failure(let error) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(error.code == .connect)
            #expect(error.message == "The egress proxy did not open the way to 1.1.1.1: it answered \(status).")
        }
    }

    @Test func `a proxy that does not listen is connect`() async throws {
        // It listens on 127.0.0.1 alone, so that its port is taken and yet refused at 127.0.0.2.
        let other = RawServer { _ in }
        let client = try client(through: other.url(host: "127.0.0.2"))
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("https://1.1.1.1/", policy: .publicOnly)).code == .connect)
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n\r\n"])
    func `a proxy that stalls is a timeout`(answer: String) async throws {
        let proxy = RawServer { peer in
            _ = peer.request()
            peer.write(answer)
            peer.waitForClose()
        }
        let client = try client(through: proxy.url())
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("https://1.1.1.1/", policy: .publicOnly, timeoutMs: 200)).code == .timeout)
    }

    @Test func `the proxy's name is resolved here, after the destination has passed`() async throws {
        let server = RawServer { $0.answerAll(ok) }
        let proxy = Proxy()
        let names = TableResolver(["shop.test": [["127.0.0.1"]], "proxy.test": [["127.0.0.1"]]])
        let client = try client(through: proxy.server.url(host: "proxy.test"), resolver: names)
        defer { client.shutdown(graceMs: 0) }
        for _ in 0..<2 { #expect(await client.send(.get(server.url(host: "shop.test"))).response?.status == 200) }
        #expect(proxy.server.acceptCount == 1)
    }

    @Test func `a proxy whose name has no address is connect`() async throws {
        let client = try client(through: "http://proxy.test:3128")
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("https://1.1.1.1/", policy: .publicOnly)).code == .connect)
    }

    @Test func `a proxy whose lookup did not begin is busy`() async throws {
        let client = try client(through: "http://proxy.test:3128", resolver: BusyResolver())
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("https://1.1.1.1/", policy: .publicOnly)).code == .busy)
    }

    @Test func `a proxy whose name is not resolved in time is connect`() async throws {
        let client = try client(through: "http://proxy.test:3128", resolver: DeafResolver())
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("https://1.1.1.1/", policy: .publicOnly, timeoutMs: 50)).code == .connect)
    }

    @Test func `the environment does not talk a request past the proxy`() async {
        await #expect(processExitsWith: .success) {
            let server = RawServer { $0.answerAll(ok) }
            let proxy = RawServer { $0.answerAll("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n") }
            for name in ["no_proxy", "NO_PROXY"] {
                let code = unsafe setenv(name, "*", 1)
                precondition(code == 0)
            }
            var settings = ClientSettings()
            settings.proxy = try EgressProxy(url: proxy.url())
            let client = HTTPClient.forTest(settings)
            let outcome = await client.send(.get(server.url()))
            client.shutdown(graceMs: 0)
            precondition(outcome.code == .connect && server.acceptCount == 0 && proxy.acceptCount == 1)
        }
    }

    @Test(
        arguments: [
            ("http://proxy.internal:4750", "proxy.internal", 4750), ("http://10.0.0.7:3128/", "10.0.0.7", 3128),
            ("http://[fd00::7]:3128", "fd00::7", 3128), ("http://proxy.internal", "proxy.internal", 80),
        ] as [(String, String, UInt16)])
    func `a proxy is written as a URL`(url: String, host: String, port: UInt16) throws {
        let proxy = try EgressProxy(url: url)
        #expect(proxy.host == host)
        #expect(proxy.port == port)
        #expect(proxy.literal == IPAddress(host))
    }

    @Test(arguments: [
        "", "proxy.internal:4750", "https://proxy.internal:4750", "socks5://proxy.internal:1080",
        "http://user:secret@proxy.internal:4750", "http://proxy.internal:4750/path", "http://proxy.internal:4750/?a=b",
        "http://proxy.internal:4750/#a", "http://proxy.internal:0",
    ])
    func `what is no plain http proxy is refused`(url: String) {
        let error = #expect(throws: SendError.self) { try EgressProxy(url: url) }
        #expect(error?.code == .url)
    }
}

/// Has too much to do to look anything up.
private struct BusyResolver: NameResolver {
    func resolve(
        _ host: String, timeoutMs: Int, then: @escaping @Sendable (Result<[IPAddress], SendError>) -> Void
    ) { then(.failure(SendError(code: .busy, message: "The lookup did not begin."))) }
}

/// What a server's threads write down.
private final class HeadList: Sendable {
    let heads = Mutex<[String]>([])
}
