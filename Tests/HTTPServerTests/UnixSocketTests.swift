import Diagnostics
import Foundation
import HTTP
import HTTPClient
import HTTPServer
import Support
import Testing

/// A listener that is a file: its owner's alone, and there for as long as somebody listens.
@Suite(.timeLimit(.minutes(5)))
struct UnixSocketTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func open(
        _ path: String, _ handle: @escaping @Sendable (Request, any Reply) -> Void = echo
    )
        throws(HTTPServerError) -> HTTPServer
    {
        try HTTPServer(
            ListenerSettings(socketPath: path), handler: ClosureHandler(handle), clock: ManualClock(),
            metrics: Metrics(), logger: .none, makeRequestID: { "req_1" })
    }

    private func start(
        _ path: String, _ handle: @escaping @Sendable (Request, any Reply) -> Void = echo
    )
        throws(HTTPServerError) -> HTTPServer
    {
        let server = try open(path, handle)
        server.start()
        return server
    }

    private func refusal(_ path: String) -> HTTPServerError? {
        #expect(throws: HTTPServerError.self) { _ = try open(path) }
    }

    private func client(_ path: String) -> HTTPClient {
        var settings = ClientSettings()
        settings.unixSocket = path
        return HTTPClient(settings: settings, logger: .none, metrics: Metrics(), name: "test")
    }

    private func get(
        _ client: HTTPClient, _ url: String, body: [UInt8] = []
    ) async -> Result<OutboundResponse, SendError> {
        await client.send(
            OutboundRequest(
                method: body.isEmpty ? .get : .post, url: url, body: body, policy: .trusted, timeout: .seconds(60),
                bodyLimit: .refuse(bytesMax: 1 << 20)))
    }

    private func text(_ path: String, _ name: String = "/a") async throws -> String {
        let client = client(path)
        defer { client.shutdown(graceMs: 0) }
        return String(decoding: try await get(client, "http://localhost\(name)").get().body, as: UTF8.self)
    }

    /// A file that a process left which is dead now.
    private func leaveStale(_ path: String) throws {
        _ = try open(path)
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func `requests are served, on a connection that is kept, whatever host they name`() async throws {
        let path = scratch.path("run/admin.sock")
        let server = try start(path)
        defer { server.stop(graceMs: 0) }
        #expect(server.port == 0)
        let client = client(path)
        defer { client.shutdown(graceMs: 0) }
        let first = try await get(client, "http://localhost/a?b=c").get()
        #expect(first.status == 200 && String(decoding: first.body, as: UTF8.self) == "GET /a 0")
        // No name is looked up, and nothing else is dialled.
        let second = try await get(client, "http://no-such-host.invalid/x").get()
        #expect(String(decoding: second.body, as: UTF8.self) == "GET /x 0")
        let large = try await get(client, "http://localhost/y", body: Array(repeating: 0x61, count: 60_000)).get()
        #expect(String(decoding: large.body, as: UTF8.self) == "POST /y 60000")
    }

    @Test func `the file is its owner's alone, and so is the folder that is made for it`() throws {
        let server = try start(scratch.path("run/admin.sock"))
        defer { server.stop(graceMs: 0) }
        #expect(try scratch.mode("run/admin.sock") == 0o600)
        #expect(try scratch.mode("run") == 0o700)
    }

    @Test func `the file is gone once the server has stopped, started or not`() throws {
        let path = scratch.path("admin.sock")
        let server = try start(path)
        server.stop(graceMs: 0)
        #expect(!scratch.exists("admin.sock"))
        try open(path).stop(graceMs: 0)
        #expect(!scratch.exists("admin.sock"))
    }

    @Test func `what a dead process left is replaced`() async throws {
        let path = scratch.path("admin.sock")
        try leaveStale(path)
        let server = try start(path)
        defer { server.stop(graceMs: 0) }
        #expect(try await text(path) == "GET /a 0")
    }

    @Test func `where another process listens nothing is taken away`() async throws {
        let path = scratch.path("admin.sock")
        let server = try start(path)
        defer { server.stop(graceMs: 0) }
        let error = refusal(path)
        #expect(error?.code == .listen)
        #expect(error?.message == "listen: unix:\(path): another process listens there")
        #expect(try await text(path) == "GET /a 0")
    }

    @Test func `a server does not take away the file of the one after it`() async throws {
        let path = scratch.path("admin.sock")
        let first = try start(path)
        try FileManager.default.removeItem(atPath: path)
        let second = try start(path)
        defer { second.stop(graceMs: 0) }
        first.stop(graceMs: 0)
        #expect(try await text(path) == "GET /a 0")
    }

    @Test func `a file that is no socket stays as it is`() throws {
        try scratch.write("admin.sock", "notes")
        let path = scratch.path("admin.sock")
        #expect(
            refusal(path)?.message == "listen: unix:\(path): there is a file that is no socket; move it away")
        #expect(try scratch.text("admin.sock") == "notes")
    }

    @Test func `a link to a socket is not followed`() throws {
        let server = try start(scratch.path("real.sock"))
        defer { server.stop(graceMs: 0) }
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path("admin.sock"), withDestinationPath: scratch.path("real.sock"))
        #expect(
            refusal(scratch.path("admin.sock"))?.message.hasSuffix("there is a file that is no socket; move it away")
                == true)
        #expect(scratch.exists("real.sock"))
    }

    @Test func `a path of 107 bytes is good, and one more is not`() async throws {
        let room = 107 - scratch.path("").utf8.count
        let longest = scratch.path(String(repeating: "a", count: room))
        let server = try start(longest)
        defer { server.stop(graceMs: 0) }
        #expect(try await text(longest) == "GET /a 0")
        let tooLong = longest + "a"
        #expect(
            refusal(tooLong)?.message
                == "listen: unix:\(tooLong): the path of a socket has at most 107 bytes, and this one 108")
    }

    @Test func `a folder that others can write to is refused`() throws {
        try scratch.makeFolder("open")
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: scratch.path("open"))
        let path = scratch.path("open/admin.sock")
        #expect(
            refusal(path)?.message
                == "listen: unix:\(path): other users can write to the folder \(scratch.path("open")); chmod go-w it, or name one that is not there"
        )
        // As /tmp is: nobody can take away what is another's.
        try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: scratch.path("open"))
        try open(path).stop(graceMs: 0)
    }

    @Test func `a folder whose own folder is missing is not made`() throws {
        let path = scratch.path("no/run/admin.sock")
        #expect(
            refusal(path)?.message
                == "listen: unix:\(path): the folder \(scratch.path("no/run")) cannot be made: no such file or directory"
        )
    }

    @Test func `a socket that is not there, or that nobody listens on, is said to be so`() async throws {
        let client = client(scratch.path("admin.sock"))
        defer { client.shutdown(graceMs: 0) }
        guard case .failure(let missing) = await get(client, "http://localhost/") else {
            Issue.record("something answered")
            return
        }
        #expect(missing.code == .connect)
        #expect(missing.message == "localhost could not be connected to: there is no such socket.")
        try leaveStale(scratch.path("admin.sock"))
        guard case .failure(let dead) = await get(client, "http://localhost/") else {
            Issue.record("something answered")
            return
        }
        #expect(dead.message == "localhost could not be connected to: connection refused.")
    }
}
