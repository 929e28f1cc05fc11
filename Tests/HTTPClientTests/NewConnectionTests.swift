import Diagnostics
import HTTP
import HTTPClient
import Support
import Testing

/// How many TLS connections are opened, and who waits for them.
struct NewConnectionTests {
    /// A client that may open `burst` TLS connections, and no other before an hour has passed.
    private func client(_ certificate: TLSCertificate, burst: Int, metrics: Metrics = Metrics()) -> HTTPClient {
        var settings = ClientSettings()
        settings.caFile = certificate.certificateFile
        settings.tlsConnectionsBurst = burst
        settings.tlsConnectionInterval = .seconds(3600)
        return .forTest(settings, resolver: StubResolver([["127.0.0.1"]]), metrics: metrics)
    }

    /// One certificate, and servers that use it.
    private func servers(_ count: Int) throws -> (certificate: TLSCertificate, servers: [KeptTLSServer]) {
        let certificate = try TLSCertificate()
        return (certificate, try (0..<count).map { _ in try KeptTLSServer(certificate) })
    }

    @Test func `without leave to open a connection a request waits, and nothing is sent`() async throws {
        let (certificate, servers) = try servers(2)
        defer { servers.forEach { $0.stop() } }
        defer { certificate.remove() }
        let metrics = Metrics()
        let client = client(certificate, burst: 1, metrics: metrics)
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(servers[0].url())).response?.status == 200)
        let late = await client.send(.get(servers[1].url(), timeoutMs: 50))
        guard case .failure(let error) = late else { return #expect(Bool(false), "\(late)") }
        #expect(error.code == .busy)
        #expect(error.message == "The request did not get its turn in time; nothing was sent.")
        #expect(servers[1].requestCount == 0)
        let text = metrics.prometheusText()
        #expect(text.contains("payrelay_outbound_connections_total{client=\"test\",use=\"delayed\"} 1\n"))
        #expect(text.contains("payrelay_outbound_connections_total{client=\"test\",use=\"new\"} 1\n"))
    }

    @Test func `a request whose origin has an idle connection does not wait, nor does plain http`() async throws {
        let (certificate, servers) = try servers(2)
        defer { servers.forEach { $0.stop() } }
        defer { certificate.remove() }
        let plain = RawServer { $0.answerAll(ok) }
        let client = client(certificate, burst: 1)
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(servers[0].url())).response?.status == 200)
        let done = Signal()
        client.send(.get(servers[1].url())) { _ in done.raise() }
        for _ in 0..<3 {
            #expect(await client.send(.get(servers[0].url())).response?.status == 200)
            #expect(await client.send(.get(plain.url())).response?.status == 200)
        }
        #expect(servers[1].requestCount == 0)
        client.shutdown(graceMs: 0)
        await done.wait()
    }

    @Test func `who waits for leave takes the connection of his origin that comes free`() async throws {
        let (certificate, servers) = try servers(1)
        defer { servers.forEach { $0.stop() } }
        defer { certificate.remove() }
        let metrics = Metrics()
        let client = client(certificate, burst: 1, metrics: metrics)
        defer { client.shutdown(graceMs: 0) }
        async let first = client.send(.get(servers[0].url("/held")))
        await servers[0].held.wait()
        let done = Signal()
        for _ in 0..<5 { client.send(.get(servers[0].url())) { if $0.response?.status == 200 { done.raise() } } }
        servers[0].release()
        #expect(await first.response?.status == 200)
        await done.wait(count: 5)
        let text = metrics.prometheusText()
        #expect(text.contains("payrelay_outbound_connections_total{client=\"test\",use=\"new\"} 1\n"))
        #expect(text.contains("payrelay_outbound_connections_total{client=\"test\",use=\"reused\"} 5\n"))
    }

    @Test func `who waits for leave has it when it is due`() async throws {
        let (certificate, servers) = try servers(3)
        defer { servers.forEach { $0.stop() } }
        defer { certificate.remove() }
        var settings = ClientSettings()
        settings.caFile = certificate.certificateFile
        settings.tlsConnectionsBurst = 1
        settings.tlsConnectionInterval = .milliseconds(50)
        let client = HTTPClient.forTest(settings, resolver: StubResolver([["127.0.0.1"]]))
        defer { client.shutdown(graceMs: 0) }
        let done = Signal()
        for server in servers { client.send(.get(server.url())) { if $0.response?.status == 200 { done.raise() } } }
        await done.wait(count: 3)
        #expect(servers.map(\.requestCount) == [1, 1, 1])
    }

    @Test func `a connection that failed has cost its token`()
        async throws
    {
        let (certificate, servers) = try servers(1)
        defer { servers.forEach { $0.stop() } }
        defer { certificate.remove() }
        // Refused while it is opened: TLS for another name.
        let client = client(certificate, burst: 2)
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(servers[0].url(host: "other.test"))).code == .tls)
        #expect(await client.send(.get(servers[0].url())).response?.status == 200)
        #expect(await client.send(.get(servers[0].url(host: "third.test"), timeoutMs: 50)).code == .busy)
        #expect(await client.send(.get(servers[0].url())).response?.status == 200)
    }

    @Test func `one HTTP/2 connection carries many requests, and none of them waits`() async throws {
        let server = try HTTP2Server()
        defer { server.stop() }
        let metrics = Metrics()
        let client = client(server.certificate, burst: 1, metrics: metrics)
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(server.url())).response?.status == 200)
        server.hold()
        let done = Signal()
        for _ in 0..<50 { client.send(.get(server.url())) { if $0.response?.status == 200 { done.raise() } } }
        // All of them are on the wire before the first has its answer.
        await server.arrived.wait(count: 51)
        server.release()
        await done.wait(count: 50)
        let text = metrics.prometheusText()
        #expect(text.contains("payrelay_outbound_connections_total{client=\"test\",use=\"new\"} 1\n"))
        #expect(text.contains("payrelay_outbound_connections_total{client=\"test\",use=\"reused\"} 50\n"))
        #expect(text.contains("payrelay_outbound_connections_total{client=\"test\",use=\"delayed\"} 0\n"))
    }
}
