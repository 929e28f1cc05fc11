import Diagnostics
import HTTP
import HTTPServer
import Support
import Testing

@Suite(.timeLimit(.minutes(5)))
struct LimitTests {
    /// A head of exactly `bytes` bytes.
    private func head(bytes: Int, fields: Int = 2) -> String {
        var head = "GET / HTTP/1.1\r\nHost: a\r\n"
        for index in 0..<(fields - 2) { head += "f\(index): v\r\n" }
        head += "Filler: "
        return head + String(repeating: "x", count: bytes - head.utf8.count - 4) + "\r\n\r\n"
    }

    private func problem(_ answer: RawClient.Answer) -> [String: Bool] {
        [
            "type": answer.value("content-type") == "application/problem+json",
            "code": answer.text.contains("\"code\":\"too_large\""),
            "id": answer.text.contains("\"request_id\":\"\(answer.value("request-id") ?? "none")\""),
        ]
    }

    private let isProblem = ["type": true, "code": true, "id": true]

    @Test func `a body of the limit is served, one byte more is 413 and the connection lives on`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n")
        try client.send([UInt8](repeating: 1, count: 65_536))
        #expect(try client.answer().text == "POST /a 65536")

        try client.send("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n")
        try client.send([UInt8](repeating: 1, count: 65_537))
        let refused = try client.answer()
        #expect(refused.status == 413)
        #expect(problem(refused) == isProblem)
        #expect(
            refused.text == """
                {"type":"https://payrelay.dev/errors/too_large","title":"Too large","status":413,"code":"too_large",\
                "detail":"the body is larger than 65536 bytes","errors":[],"retryable":false,"outcome":"known",\
                "request_id":"req_2"}
                """)

        try client.send("GET /c HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().text == "GET /c 0")
        #expect(harness.metrics.prometheusText().contains("payrelay_http_requests_refused_total{status=\"413\"} 1"))
    }

    @Test func `a chunked body of the limit is served and one byte more is 413`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let head = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let half = "8000\r\n" + String(repeating: "x", count: 32_768) + "\r\n"
        let client = try harness.client()
        try client.send(head + half + half + "0\r\n\r\n")
        #expect(try client.answer().text == "POST /a 65536")
        #expect(client.isClosed())
        let other = try harness.client()
        try other.send(head + half + half + "1;note=x\r\nx\r\n0\r\nTrailer: ignored\r\n\r\n")
        #expect(try other.answer().status == 413)
        #expect(other.isClosed())
    }

    @Test func `a chunked body without end is cut off`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
        #expect(throws: RawClient.Failure.self) { for _ in 0..<1000 { try client.send(chunk) } }
    }

    @Test(arguments: [1_114_112, 1_114_113, 999_999_999_999_999_999])
    func `a body that is announced too large is 413 without a byte of it when the peer asks first`(bytes: Int) throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: \(bytes)\r\nExpect: 100-continue\r\n\r\n")
        let refused = try client.answer()
        #expect(refused.status == 413)
        #expect(refused.value("connection") == "close")
        #expect(client.isClosed())
    }

    @Test func `a body far too large is 413 at once and the connection ends`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1114113\r\n\r\n")
        #expect(try client.answer().status == 413)
        #expect(client.isClosed())
    }

    /// Each field counts for 64 bytes more, and all that for 13,184 at most.
    @Test(arguments: [(8192, 2), (8192, 78), (8128, 79), (6784, 100)])
    func `a head of the limit is served and one byte more is 431`(bytes: Int, fields: Int) throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send(head(bytes: bytes, fields: fields))
        #expect(try client.answer().status == 200)
        try client.send(head(bytes: bytes + 1, fields: fields))
        let refused = try client.answer()
        #expect(refused.status == 431)
        #expect(problem(refused) == isProblem)
        #expect(client.isClosed())
    }

    @Test func `a head of the limit that comes byte by byte is served`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        for byte in head(bytes: 8192, fields: 78).utf8 { try client.send([byte]) }
        #expect(try client.answer().status == 200)
    }

    private enum Parts: CaseIterable {
        /// A hundred small ones.
        case cookies, arguments
        /// One of five kilobytes.
        case largeCookie

        /// Where they stand, how many there are, and what their text takes besides the head's.
        var place: (query: String, cookie: String, count: Int, copied: Int) {
            switch self {
            case .arguments: (String(repeating: "a=b&", count: 99) + "a=b", "", 100, 0)
            case .cookies: ("", String(repeating: "a=b; ", count: 99) + "a=b", 100, 498)
            case .largeCookie: ("", "a=" + String(repeating: "x", count: 4998), 1, 5000)
            }
        }
    }

    @Test(arguments: Parts.allCases)
    private func `cookies and query arguments count as fields do, and cookies twice`(parts: Parts) throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        let (query, cookie, count, copied) = parts.place
        let cookieLine = cookie.isEmpty ? "" : "Cookie: \(cookie)\r\n"
        let fields = cookie.isEmpty ? 2 : 3
        let bytesMax = 13_184 - 64 * (fields + count) - copied
        // It is this that bounds it, and not the length of any head.
        try #require(bytesMax < 8192)
        /// As long as it may be, and `more`.
        func request(_ more: Int) -> String {
            var text = "GET /?\(query) HTTP/1.1\r\nHost: a\r\n\(cookieLine)F: "
            text += String(repeating: "x", count: bytesMax - text.utf8.count - 4)
            return text + String(repeating: "x", count: more) + "\r\n\r\n"
        }
        try client.send(request(0))
        #expect(try client.answer().status == 200)
        try client.send(request(1))
        let refused = try client.answer()
        #expect(refused.status == 431)
        #expect(problem(refused) == isProblem)
    }

    @Test func `a query of more arguments than there is room for is hung up on at once`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("GET /?\(String(repeating: "&", count: 2000)) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.isClosed())
        try harness.settle()
    }

    @Test func `a hundred header fields are served and one more is 431`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send(head(bytes: 3000, fields: 100))
        #expect(try client.answer().status == 200)
        try client.send(head(bytes: 3000, fields: 101))
        let refused = try client.answer()
        #expect(refused.status == 431)
        #expect(problem(refused) == isProblem)
    }

    @Test func `a URI of the limit is served and one byte more is 414`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        let uri = "/" + String(repeating: "x", count: 4095)
        try client.send("GET \(uri) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().text == "GET \(uri) 0")
        try client.send("GET \(uri)x HTTP/1.1\r\nHost: a\r\n\r\n")
        let refused = try client.answer()
        #expect(refused.status == 414)
        #expect(problem(refused) == isProblem)
        #expect(client.isClosed())
    }

    @Test(arguments: [10_000, 14_000, 100_000])
    func `a head of any size beyond the limit is refused and the server lives on`(bytes: Int) throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try? client.send(head(bytes: bytes))
        let answer = String(decoding: client.rest(), as: UTF8.self)
        // Of the largest one the server may leave bytes unread, and then the system may throw the answer away.
        #expect(answer.hasPrefix("HTTP/1.1 431 ") || (bytes == 100_000 && answer.isEmpty))
        try harness.settle()
    }

    @Test func `one more than the limit takes the place of the one that was silent for the longest time`() throws {
        var limits = Limits()
        limits.connectionsMax = 2
        let harness = try Harness(limits: limits, echo)
        defer { harness.server.stop(graceMs: 0) }
        let (silent, first) = (try harness.client(), try harness.client())
        for client in [silent, first] {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().status == 200)
        }
        let second = try harness.client()
        #expect(silent.isClosed())
        for client in [first, second] {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().status == 200)
        }
        #expect(harness.metrics.prometheusText().contains("payrelay_http_connections_refused_total 0"))
    }

    @Test func `nor does half a request keep its place`() throws {
        var limits = Limits()
        limits.connectionsMax = 2
        let harness = try Harness(limits: limits, echo)
        defer { harness.server.stop(graceMs: 0) }
        let (half, idle) = (try harness.client(), try harness.client())
        try half.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        // The head was read, and the body is waited for.
        #expect(try half.answer().status == 100)
        harness.clock.advance(byMs: 1_000)
        try idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try idle.answer().status == 200)
        let third = try harness.client()
        #expect(half.isClosed())
        for client in [idle, third] {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().status == 200)
        }
    }

    @Test func `where no connection is waited for one more than the limit is closed and counted`() throws {
        var limits = Limits()
        limits.connectionsMax = 2
        let inbox = Inbox()
        let harness = try Harness(limits: limits) { request, reply in inbox.put(request, reply) }
        defer { harness.server.stop(graceMs: 0) }
        let (first, second) = (try harness.client(), try harness.client())
        var replies: [any Reply] = []
        for client in [first, second] {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            replies.append(inbox.next().reply)
        }
        #expect(harness.metrics.prometheusText().contains("payrelay_http_connections 2"))
        #expect(try harness.client().isClosed())
        #expect(harness.metrics.prometheusText().contains("payrelay_http_connections_refused_total 1"))

        for reply in replies { reply.send(Response(status: 204)) }
        for client in [first, second] { #expect(try client.answer().status == 204) }
        let third = try harness.client()
        try third.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        inbox.next().reply.send(Response(status: 204))
        #expect(try third.answer().status == 204)
    }
}
