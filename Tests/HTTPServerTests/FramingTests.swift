import HTTP
import HTTPServer
import Testing

/// Requests that two servers in a row could understand differently.
@Suite(.timeLimit(.minutes(5)))
struct FramingTests {
    static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

    /// A request's bytes, shown without its line ends.
    struct Text: CustomTestStringConvertible, ExpressibleByStringLiteral, Sendable {
        let bytes: String
        init(stringLiteral value: String) { bytes = value }
        var testDescription: String { bytes.debugDescription }
    }

    static let malformed: [Text] = [
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 39\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 39\r\nContent-Length: 39\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 39, 39\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +39\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x27\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 39 \r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 39\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length\t: 39\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length\u{0}: 39\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nX: y\u{0}\r\nContent-Length: 39\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nX: y\u{0}Content-Length: 39\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nX: y\rContent-Length: 39\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n folded: z\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tContent-Length: 39\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 39\r\n\r\n",
        "POST / HTTP/1.1\r\n Host: a\r\nContent-Length: 39\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nno colon here\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n: no name\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\n: no name\r\nContent-Length: 39\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\n:\r\nContent-Length: 39\r\n\r\n",
        "POST / HTTP/1.1\r\n: no name\r\nHost: a\r\nContent-Length: 39\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX y: z\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX(y): z\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \u{1}\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a\u{0}b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\u{E4} HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1x\r\nHost: a\r\n\r\n",
        "GET / http/1.1\r\nHost: a\r\n\r\n",
        "GET /\r\nHost: a\r\n\r\n",
    ]

    @Test(arguments: malformed)
    func `a malformed request is refused and nothing behind it is a request`(text: Text) throws {
        let inbox = Inbox()
        let harness = try Harness { request, reply in
            if request.path != "/settle" { inbox.put(request, reply) }
            echo(request, reply)
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send(text.bytes + FramingTests.smuggled)
        let answer = String(decoding: client.rest(), as: UTF8.self)
        #expect(!answer.isEmpty)
        // To a malformed Content-Length libmicrohttpd itself answers, and says so twice.
        #expect(answer.split(separator: "HTTP/1.1 ").allSatisfy { $0.hasPrefix("400 ") }, "\(answer)")
        #expect(inbox.requests.isEmpty)
        try harness.settle()
    }

    @Test(arguments: ["HTTP/0.9", "HTTP/2.0", "HTTP/9.9"])
    func `another major version is refused`(version: String) throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("GET / \(version)\r\nHost: a\r\n\r\n")
        #expect(String(decoding: client.rest(), as: UTF8.self).hasPrefix("HTTP/1.1 505 "))
    }

    @Test(arguments: [
        "3\nabc\n0\n\n", "3;\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n: no name\r\n",
        "3\r\nabc\r\n0\r\nX: y\r\n: no name\r\n",
        "3\r\nabc\r\n0\r\n:\r\n", "3\r\nabc\r\n0\r\nX: y\n\n", "3\r\nabc\r\n0\r\nX: y\r\n folded\r\n\r\n",
        "3\r\nabc\r\n0\r\n\r\n",
    ])
    func `nothing behind a chunked body is a request`(chunks: Text) throws {
        let inbox = Inbox()
        let harness = try Harness { request, reply in
            if request.path != "/settle" { inbox.put(request, reply) }
            echo(request, reply)
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks.bytes + FramingTests.smuggled)
        let answer = String(decoding: client.rest(), as: UTF8.self)
        #expect(answer.split(separator: "HTTP/1.1 ").count <= 1, "\(answer)")
        #expect(inbox.requests.allSatisfy { $0.path == "/" && $0.body == Array("abc".utf8) })
        try harness.settle()
    }

    @Test(arguments: [
        "zz\r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "-1\r\n\r\n", "\r\n\r\n", "fffffffffffffffff\r\nabc",
        "3 \r\nabc\r\n0\r\n\r\n", "0x3\r\nabc\r\n0\r\n\r\n",
    ])
    func `a malformed chunk ends the connection without a request`(chunks: Text) throws {
        let inbox = Inbox()
        let harness = try Harness { request, reply in
            if request.path != "/settle" { inbox.put(request, reply) }
            echo(request, reply)
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks.bytes + FramingTests.smuggled)
        let answer = String(decoding: client.rest(), as: UTF8.self)
        #expect(!answer.contains(" 200 "), "\(answer)")
        #expect(inbox.requests.isEmpty)
        try harness.settle()
    }
}
