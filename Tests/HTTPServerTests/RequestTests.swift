import HTTP
import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(5)))
struct RequestTests {
    /// What the handler is given for these bytes.
    private func request(_ text: String, trustedProxies: [String] = []) throws -> Request {
        let inbox = Inbox()
        let harness = try Harness(trustedProxies: trustedProxies) { request, reply in
            inbox.put(request, reply)
            echo(request, reply)
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send(text)
        let status = try client.answer().status
        try #require(status == 200)
        return inbox.next().request
    }

    @Test(arguments: [
        ("/a", "/a", ""), ("/a?", "/a", ""), ("/a?b", "/a", "b"), ("/a?b=1&c=%2B+&&=", "/a", "b=1&c=%2B+&&="),
        ("/a%2Fb%00%zz?x=%00%zz", "/a%2Fb%00%zz", "x=%00%zz"), ("/a??b?c", "/a", "?b?c"),
        ("/a+b/../c//d", "/a+b/../c//d", ""),
        ("/?\u{E4}=\u{4E2D}", "/", "\u{E4}=\u{4E2D}"), ("/a#b", "/a#b", ""), ("http://pay.example/a?b", "/a", "b"),
        ("https://pay.example:8080/a", "/a", ""),
    ])
    func `path and query arrive as they were sent`(uri: String, path: String, query: String) throws {
        let request = try request("GET \(uri) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(request.path == path)
        #expect(request.query == Array(query.utf8))
    }

    @Test func `a query of 150 arguments arrives as it was sent`() throws {
        let query = (0..<150).map { "a=\($0 % 10)" }.joined(separator: "&")
        #expect(try request("GET /?\(query) HTTP/1.1\r\nHost: a\r\n\r\n").query == Array(query.utf8))
    }

    @Test func `header fields arrive in order, without the spaces around their values`() throws {
        let request = try request("GET / HTTP/1.1\r\nHost: a\r\nX-A:  b c \t\r\nx-a:\r\nX-B: d: e,f\r\nX-C:\tg\r\n\r\n")
        #expect(request.headers.fields.map(\.name) == ["Host", "X-A", "x-a", "X-B", "X-C"])
        #expect(request.headers.fields.map(\.value) == ["a", "b c", "", "d: e,f", "g"])
    }

    @Test func `any method is handed on as sent`() throws {
        #expect(try request("PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n").method == Method(rawValue: "PROPFIND"))
        #expect(try request("get / HTTP/1.1\r\nHost: a\r\n\r\n").method == Method(rawValue: "get"))
    }

    @Test func `a body is handed on byte for byte`() throws {
        #expect(
            try request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\na\u{0}%41+").body
                == Array("a\u{0}%41+".utf8))
    }

    @Test func `empty lines before a request are skipped`() throws {
        #expect(try request("\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n").path == "/a")
    }

    @Test(arguments: [
        // Nobody is trusted: the header is hearsay.
        (trusted: [String](), lines: ["203.0.113.7"], peer: "127.0.0.1"),
        (trusted: ["10.0.0.0/8"], lines: ["203.0.113.7"], peer: "127.0.0.1"),
        (trusted: ["127.0.0.1/32"], lines: [], peer: "127.0.0.1"),
        (trusted: ["127.0.0.1/32"], lines: ["203.0.113.7"], peer: "203.0.113.7"),
        (trusted: ["127.0.0.0/8"], lines: ["198.51.100.9, 203.0.113.7"], peer: "203.0.113.7"),
        (trusted: ["127.0.0.1", "10.0.0.0/8"], lines: ["198.51.100.9,203.0.113.7 ,\t10.1.2.3"], peer: "203.0.113.7"),
        (
            trusted: ["127.0.0.1", "10.0.0.0/8"], lines: ["198.51.100.9, 203.0.113.7", "10.1.2.3", "10.9.9.9"],
            peer: "203.0.113.7"
        ),
        (
            trusted: ["127.0.0.1", "10.0.0.0/8"], lines: ["203.0.113.7", "10.1.2.3, 198.51.100.9"], peer: "198.51.100.9"
        ),
        (trusted: ["127.0.0.1", "10.0.0.0/8"], lines: ["10.1.2.3, 10.9.9.9"], peer: "10.1.2.3"),
        (trusted: ["127.0.0.1", "2001:db8::/32"], lines: ["2400:b200::1, 2001:db8::5"], peer: "2400:b200::1"),
        (trusted: ["127.0.0.1"], lines: ["::ffff:203.0.113.7"], peer: "203.0.113.7"),
        (trusted: ["127.0.0.1"], lines: ["203.0.113.7, unknown"], peer: "127.0.0.1"),
        (trusted: ["127.0.0.1"], lines: ["garbage, 203.0.113.7"], peer: "203.0.113.7"),
        (trusted: ["127.0.0.1"], lines: ["203.0.113.7,"], peer: "127.0.0.1"),
        (trusted: ["127.0.0.1"], lines: ["203.0.113.7:1234"], peer: "127.0.0.1"),
        (trusted: ["127.0.0.1"], lines: [""], peer: "127.0.0.1"),
    ])
    func `the peer is the last address that no trusted proxy stands for`(
        trusted: [String], lines: [String], peer: String
    ) throws {
        let fields = lines.map { "X-Forwarded-For: \($0)\r\n" }.joined()
        let request = try request("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n", trustedProxies: trusted)
        #expect(request.peer.description == peer)
    }
}
