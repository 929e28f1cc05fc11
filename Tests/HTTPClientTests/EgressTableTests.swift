import Glibc
import HTTP
import HTTPClient
import Support
import Synchronization
import Testing

/// Every special range, in every way in which somebody may name an address of it, against a client that may only go to
/// public ones.
struct EgressTableTests {
    static let ipv4 = AddressClass.specialIPv4.map(\.address)
    static let ipv6 = AddressClass.specialIPv6.map(\.address)
    /// Nobody's since 2006 (RFC 3701), and public by its class: what is refused beside it is refused for the other.
    static let publicIPv6 = "3ffe::1"
    static let publicIPv4 = "1.1.1.1"

    /// How an IPv4 address may be written in a URL's host.
    static func spellings(_ address: IPAddress) -> [String] {
        let bytes = address.bytes.map(UInt32.init)
        let number = bytes.reduce(0) { $0 << 8 | $1 }
        let low24 = number & 0xFF_FFFF
        let low16 = number & 0xFFFF
        let dotted = address.description
        return [
            dotted, "\(number)", "0x\(String(number, radix: 16))", "0X\(String(number, radix: 16, uppercase: true))",
            "0\(String(number, radix: 8))", "\(bytes[0]).\(low24)", "0x\(String(bytes[0], radix: 16)).\(low24)",
            "\(bytes[0]).\(bytes[1]).\(low16)", bytes.map { "0\(String($0, radix: 8))" }.joined(separator: "."),
            bytes.map { "0x\(String($0, radix: 16))" }.joined(separator: "."),
            dotted.utf8.map { "%\(String($0, radix: 16))" }.joined(), "[::ffff:\(dotted)]", "[::\(dotted)]",
            "[::FFFF:\(String(number >> 16, radix: 16)):\(String(low16, radix: 16))]",
            "[0:0:0:0:0:ffff:\(String(number >> 16, radix: 16)):\(String(low16, radix: 16))]",
        ] + carriers(number).map { "[\($0)]" }
    }

    /// IPv6 addresses that a network may turn into this IPv4 address.
    static func carriers(_ number: UInt32) -> [String] {
        let high = String(number >> 16, radix: 16)
        let low = String(number & 0xFFFF, radix: 16)
        return [
            "::ffff:0:\(high):\(low)", "64:ff9b::\(high):\(low)", "64:ff9b:1::\(high):\(low)", "2002:\(high):\(low)::1",
            "2001:0:\(high):\(low)::", "::\(high):\(low)",
        ]
    }

    private func expectRefused(_ client: HTTPClient, _ url: String) async {
        let outcome = await client.send(.get(url, policy: .publicOnly, timeoutMs: 2_000))
        guard case .failure(let error) = outcome else { return #expect(Bool(false), "\(url): \(outcome)") }
        #expect(error.code == .refusedDestination, "\(url)")
        #expect(error.message == "The destination is not allowed." && error.address == nil, "\(url)")
    }

    @Test(arguments: ipv4)
    func `a special IPv4 address is refused in every spelling of a literal`(address: IPAddress) async {
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        for host in Self.spellings(address) { await expectRefused(client, "http://\(host)/") }
    }

    @Test(arguments: ipv6)
    func `a special IPv6 address is refused as a literal, short and long`(address: IPAddress) async {
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let long = stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(address.bytes[$0]) << 8 | UInt16(address.bytes[$0 + 1]), radix: 16, uppercase: true) }
            .joined(separator: ":")
        for host in ["[\(address)]", "[\(long)]"] { await expectRefused(client, "http://\(host)/") }
    }

    @Test(arguments: ipv4 + ipv6)
    func `a name with a special address is refused, alone and among public ones in any order`(
        address: IPAddress
    ) async {
        var records = [address.description]
        if address.isIPv4 {
            let number = address.bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            records += ["::ffff:\(address)"] + Self.carriers(number)
        }
        let answers = records.flatMap { record in
            [
                [record], [record, Self.publicIPv4], [Self.publicIPv4, record], [Self.publicIPv6, record],
                [Self.publicIPv4, record, Self.publicIPv6], Array(repeating: Self.publicIPv4, count: 30) + [record],
            ]
        }
        let client = HTTPClient.forTest(resolver: StubResolver(answers))
        defer { client.shutdown(graceMs: 0) }
        for _ in answers { await expectRefused(client, "http://shop.test/") }
    }

    @Test(arguments: ipv4 + ipv6)
    func `a name that turns to a special address after it was public is refused then`(address: IPAddress) async {
        let resolver = StubResolver([[Self.publicIPv6], [address.description]])
        let client = HTTPClient.forTest(resolver: resolver)
        defer { client.shutdown(graceMs: 0) }
        let first = await client.send(.get("http://shop.test:9/", policy: .publicOnly, timeoutMs: 20))
        #expect(first.code == .connect || first.code == .timeout)
        await expectRefused(client, "http://shop.test:9/")
    }

    @Test func `what passed the check is what is dialled: one look-up for each request, and no other`() async {
        let server = RawServer { $0.answerAll(ok) }
        // Whoever looked a second time would find loopback.
        let resolver = StubResolver([[Self.publicIPv6], ["127.0.0.1"]])
        let client = HTTPClient.forTest(resolver: resolver)
        defer { client.shutdown(graceMs: 0) }
        let outcome = await client.send(.get(server.url(host: "localhost"), policy: .publicOnly, timeoutMs: 100))
        #expect(outcome.code == .connect || outcome.code == .timeout)
        #expect(resolver.hosts == ["localhost"])
        #expect(server.acceptCount == 0)
    }

    @Test func `no redirect leads to a special address, however it is spelt`() async throws {
        let target = RawServer { $0.answerAll(ok) }
        let locations = Self.spellings(.loopback).map { target.url(host: $0) } + ["//127.0.0.1:\(target.port)/", "/x"]
        for status in [301, 302, 303, 307, 308] {
            let rest = Mutex(locations)
            let server = RawServer { peer in
                while peer.request() != nil {
                    let location = rest.withLock { $0.removeFirst() }
                    peer.write("HTTP/1.1 \(status) Go\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n")
                }
            }
            let client = HTTPClient.forTest()
            defer { client.shutdown(graceMs: 0) }
            for location in locations {
                let response = try await client.send(.get(server.url())).get()
                #expect(response.status == status)
                #expect(response.headers["Location"] == location)
            }
        }
        #expect(target.acceptCount == 0)
    }

    @Test func `an environment with proxies does not carry a request to a special address`() async {
        await #expect(processExitsWith: .success) {
            let proxy = RawServer { $0.answerAll(ok) }
            for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
                let code = unsafe setenv(name, proxy.url(), 1)
                precondition(code == 0)
            }
            let client = HTTPClient.forTest()
            for address in EgressTableTests.ipv4 {
                for host in EgressTableTests.spellings(address) {
                    let code = await client.send(.get("http://\(host)/", policy: .publicOnly)).code
                    precondition(code == .refusedDestination, host)
                }
            }
            client.shutdown(graceMs: 0)
            precondition(proxy.acceptCount == 0)
        }
    }

    @Test func `an idle connection to a special address serves no request that may not go there`() async throws {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest(resolver: StubResolver([["127.0.0.1"]]))
        defer { client.shutdown(graceMs: 0) }
        // Each of these leaves a connection behind: the names and spellings are one host each to libcurl.
        for host in ["127.0.0.1", "2130706433", "shop.test", "SHOP.test"] {
            #expect(await client.send(.get(server.url(host: host))).response?.status == 200)
        }
        let before = server.acceptCount
        for host in Self.spellings(.loopback) + ["shop.test", "SHOP.test"] {
            await expectRefused(client, server.url(host: host))
        }
        #expect(server.acceptCount == before)
    }

    @Test func `a connection is used again only for the address it went to`() async throws {
        // One port on two addresses: libcurl could take one connection for the other by host and port.
        let one = RawServer { $0.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none") }
        let two = RawServer(on: IPAddress("127.0.0.2")!, port: one.port) { peer in
            peer.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo")
        }
        let resolver = StubResolver([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"], ["127.0.0.2"]])
        let client = HTTPClient.forTest(resolver: resolver)
        defer { client.shutdown(graceMs: 0) }
        var bodies: [String] = []
        for _ in 0..<4 {
            let response = try await client.send(.get(one.url(host: "shop.test"))).get()
            bodies.append(String(decoding: response.body, as: UTF8.self) + " " + response.address)
        }
        #expect(bodies == ["one 127.0.0.1", "two 127.0.0.2", "one 127.0.0.1", "two 127.0.0.2"])
        #expect(one.acceptCount == 1)
        #expect(two.acceptCount == 1)
    }
}
