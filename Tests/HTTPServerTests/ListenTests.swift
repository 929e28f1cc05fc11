import Diagnostics
import HTTP
import HTTPServer
import Support
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ListenTests {
    @Test(arguments: ["127.0.0.1:8080", "0.0.0.0:0", "[::1]:65535", "[::]:1"])
    func `an address is read and written the same`(text: String) throws {
        #expect(try ListenAddress(text).description == text)
    }

    @Test(arguments: [
        "", ":", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 1",
        "localhost:8080", "::1:8080", "[::1]", "[127.0.0.1]:80", "[::1:80", "127.0.0.1:80:80", "127.0.0.1:\u{0661}",
    ])
    func `an address that is none is an error that shows how to write one`(text: String) {
        let error = #expect(throws: HTTPServerError.self) { try ListenAddress(text) }
        #expect(error?.code == .address)
        #expect(
            error?.message == "listen: \"\(text)\" is not an address and a port; write 127.0.0.1:8080 or [::1]:8080")
    }

    private func server(_ address: ListenAddress, tls: TLSFiles? = nil) throws(HTTPServerError) -> HTTPServer {
        try HTTPServer(
            ListenerSettings(address: address, tls: tls), handler: ClosureHandler(echo), clock: ManualClock(),
            metrics: Metrics(), logger: .none, makeRequestID: { "req_1" }
        )
    }

    @Test func `a port that is taken is an error that names it`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let address = ListenAddress(address: .loopback, port: harness.server.port)
        let error = #expect(throws: HTTPServerError.self) { _ = try server(address) }
        #expect(error?.code == .listen)
        #expect(error?.message == "listen: 127.0.0.1:\(address.port): address already in use")
    }

    @Test func `an address of another machine is an error`() throws {
        let error = #expect(throws: HTTPServerError.self) { _ = try server(ListenAddress("192.0.2.1:0")) }
        #expect(error?.message == "listen: 192.0.2.1:0: cannot assign requested address")
    }

    @Test func `a key that is no key is an error and frees the port`() throws {
        let files = TLSFiles(certificateChain: Array("no certificate".utf8), key: Secret("no key"))
        let error = #expect(throws: HTTPServerError.self) { _ = try server(ListenAddress("127.0.0.1:0"), tls: files) }
        #expect(error?.code == .tls)
        #expect(
            error?.message
                == "listen: 127.0.0.1:0: tls.certificate and tls.key do not belong together, or are no PEM, or the key "
                + "has a passphrase")
    }
}
