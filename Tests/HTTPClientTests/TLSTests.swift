import HTTP
import HTTPClient
import Support
import Testing

struct TLSTests {
    private func client(trusting file: String? = nil) -> HTTPClient {
        var settings = ClientSettings()
        settings.caFile = file
        return .forTest(settings, resolver: StubResolver([["127.0.0.1"]]))
    }

    @Test func `a certificate that is trusted through the CA file is accepted and said to be verified`() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        let client = client(trusting: server.certificateFile)
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.get("https://good.test:\(server.port)/")).get()
        #expect(response.status == 200)
        #expect(response.verifiedTLS)
        #expect(response.address == "127.0.0.1")
    }

    @Test func `a self-signed certificate is tls`() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        let client = client()
        defer { client.shutdown(graceMs: 0) }
        let outcome = await client.send(.get("https://good.test:\(server.port)/"))
        guard case .failure(let error) = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(error.code == .tls)
        #expect(error.message == "TLS with good.test failed: SSL certificate problem: self-signed certificate")
    }

    @Test func `a certificate for another name is tls`() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        let client = client(trusting: server.certificateFile)
        defer { client.shutdown(graceMs: 0) }
        let outcome = await client.send(.get("https://other.test:\(server.port)/"))
        #expect(outcome.code == .tls)
    }

    @Test func `an expired certificate is tls`() async throws {
        let server = try TLSServer(days: -1)
        defer { server.stop() }
        let client = client(trusting: server.certificateFile)
        defer { client.shutdown(graceMs: 0) }
        let outcome = await client.send(.get("https://good.test:\(server.port)/"))
        guard case .failure(let error) = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(error.code == .tls)
        #expect(error.message == "TLS with good.test failed: SSL certificate problem: certificate has expired")
    }

    @Test func `a server that speaks no more than TLS 1.1 is tls`() async throws {
        let server = try TLSServer(options: ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])
        defer { server.stop() }
        let client = client(trusting: server.certificateFile)
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("https://good.test:\(server.port)/")).code == .tls)
    }

    @Test func `TLS 1.2 is enough`() async throws {
        let server = try TLSServer(options: ["-tls1_2"])
        defer { server.stop() }
        let client = client(trusting: server.certificateFile)
        defer { client.shutdown(graceMs: 0) }
        #expect(try await client.send(.get("https://good.test:\(server.port)/")).get().verifiedTLS)
    }

    @Test func `a server that speaks nothing but TLS 1.3 is spoken to`() async throws {
        let server = try TLSServer(options: ["-tls1_3"])
        defer { server.stop() }
        let client = client(trusting: server.certificateFile)
        defer { client.shutdown(graceMs: 0) }
        #expect(try await client.send(.get("https://good.test:\(server.port)/")).get().verifiedTLS)
    }

    @Test func `a server that speaks no TLS is tls`() async {
        let server = RawServer { peer in
            peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            peer.waitForClose()
        }
        let client = client()
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("https://good.test:\(server.port)/")).code == .tls)
    }

    @Test func `a server that closes during the handshake is tls`() async {
        let server = RawServer { _ in }
        let client = client()
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get("https://good.test:\(server.port)/")).code == .tls)
    }

    @Test func `a handshake that stalls is a timeout`() async {
        let server = RawServer { $0.waitForClose() }
        let client = client()
        defer { client.shutdown(graceMs: 0) }
        let outcome = await client.send(.get("https://good.test:\(server.port)/", timeoutMs: 200))
        guard case .failure(let error) = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(error.code == .timeout)
        #expect(error.message == "good.test could not be connected to in time.")
    }
}
