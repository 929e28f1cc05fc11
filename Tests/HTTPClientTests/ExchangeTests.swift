import Diagnostics
import HTTP
import HTTPClient
import Support
import Synchronization
import Testing

struct ExchangeTests {
    @Test func `an answer arrives whole, with its address and without a claim to TLS`() async throws {
        let server = RawServer { peer in
            peer.answerAll("HTTP/1.1 201 Created\r\nX-One:  a \r\nx-one: b\r\nEmpty:\r\nContent-Length: 5\r\n\r\nhello")
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.get(server.url())).get()
        #expect(response.status == 201)
        #expect(response.headers.values("X-One") == ["a", "b"])
        #expect(response.headers["empty"] == "")
        #expect(response.body == Array("hello".utf8))
        #expect(!response.truncated)
        #expect(response.address == "127.0.0.1")
        #expect(!response.verifiedTLS)
        #expect(response.duration > .zero)
    }

    @Test func `a POST goes out as it was given, with nothing of libcurl's own accord`() async throws {
        let seen = Mutex<(head: String, body: [UInt8])?>(nil)
        let server = RawServer { peer in
            let request = peer.request()
            seen.withLock { $0 = request }
            peer.write(ok)
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let request = OutboundRequest(
            method: .post, url: server.url("/pay?a=1"), headers: Headers([("X-Mark", "1;2"), ("X-Empty", "")]),
            body: Array("{}".utf8), policy: .trusted, timeout: .seconds(10), bodyLimit: .refuse(bytesMax: 100))
        _ = try await client.send(request).get()
        let sent = try #require(seen.withLock { $0 })
        #expect(
            sent.head == "POST /pay?a=1 HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nUser-Agent: payrelay\r\n"
                + "Accept: */*\r\nX-Mark: 1;2\r\nX-Empty:\r\nContent-Length: 2\r\n\r\n")
        #expect(sent.body == Array("{}".utf8))
    }

    @Test(arguments: [
        (Method.get, [UInt8](), "GET"), (.head, [], "HEAD"), (.post, [], "POST"), (.put, [1, 2], "PUT"),
        (.put, [], "PUT"),
        (.delete, [], "DELETE"), (.delete, [1], "DELETE"), (Method(rawValue: "PATCH"), [1, 2, 3], "PATCH"),
    ])
    func `each method is sent by its name, with its body`(method: Method, body: [UInt8], name: String) async throws {
        let server = RawServer { peer in
            guard let request = peer.request() else { return }
            let method = request.head.prefix { $0 != " " }
            let length = request.head.contains("Content-Length: \(body.count)\r\n")
            let answer = method == "HEAD" ? "" : "\(method) \(request.body) \(length)"
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(answer.utf8.count)\r\n\r\n\(answer)")
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        var request = OutboundRequest.get(server.url())
        request.method = method
        request.body = body
        let response = try await client.send(request).get()
        let hasLength = !body.isEmpty || method == .post || method == .put
        #expect(response.body == (method == .head ? [] : Array("\(name) \(body) \(hasLength)".utf8)))
    }

    @Test func `a handle that carried a POST carries a clean GET next`() async throws {
        let heads = Mutex<[String]>([])
        let server = RawServer { peer in
            while let request = peer.request() {
                heads.withLock { $0.append(request.head) }
                peer.write(ok)
            }
        }
        var settings = ClientSettings()
        settings.connectionsMax = 1
        let client = HTTPClient.forTest(settings)
        defer { client.shutdown(graceMs: 0) }
        var post = OutboundRequest.get(server.url())
        post.method = .post
        post.headers.add("X-Secret", "1")
        post.body = Array("body".utf8)
        _ = try await client.send(post).get()
        var head = OutboundRequest.get(server.url())
        head.method = .head
        _ = try await client.send(head).get()
        let response = try await client.send(.get(server.url())).get()
        #expect(response.body == Array("hi".utf8))
        let last = heads.withLock { $0.last }
        #expect(
            last == "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nUser-Agent: payrelay\r\nAccept: */*\r\n\r\n")
    }

    @Test func `a large body arrives in full`() async throws {
        let body = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let received = Mutex<[UInt8]>([])
        let server = RawServer { peer in
            let request = peer.request()
            received.withLock { $0 = request?.body ?? [] }
            peer.write(ok)
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        var request = OutboundRequest.get(server.url())
        request.method = .post
        request.body = body
        _ = try await client.send(request).get()
        #expect(received.withLock { $0 } == body)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect is an answer and is not followed`(status: Int) async throws {
        let target = RawServer { $0.answerAll(ok) }
        let server = RawServer { peer in
            peer.answerAll("HTTP/1.1 \(status) Moved\r\nLocation: \(target.url())\r\nContent-Length: 0\r\n\r\n")
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.get(server.url())).get()
        #expect(response.status == status)
        #expect(response.headers["Location"] == target.url())
        #expect(target.acceptCount == 0)
    }

    @Test func `interim answers and trailers leave no trace`() async throws {
        let server = RawServer { peer in
            peer.answerAll(
                "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late: 1\r\nTransfer-Encoding: chunked\r\n"
                    + "\r\n2\r\nhi\r\n0\r\nX-Trailer: 1\r\n\r\n")
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.get(server.url())).get()
        #expect(response.headers.fields.map(\.name) == ["X-Late", "Transfer-Encoding"])
        #expect(response.body == Array("hi".utf8))
    }

    @Test func `cookies are neither kept nor sent`() async throws {
        let heads = Mutex<[String]>([])
        let server = RawServer { peer in
            while let request = peer.request() {
                heads.withLock { $0.append(request.head) }
                peer.write("HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
            }
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        for _ in 0..<2 { _ = try await client.send(.get(server.url())).get() }
        #expect(heads.withLock { $0.count } == 2)
        #expect(heads.withLock { $0.allSatisfy { !$0.lowercased().contains("cookie") } })
    }

    @Test func `compression is not asked for, and a compressed body is left as it came`() async throws {
        let heads = Mutex<[String]>([])
        let server = RawServer { peer in
            while let request = peer.request() {
                heads.withLock { $0.append(request.head) }
                peer.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")
            }
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.get(server.url())).get()
        #expect(response.body == Array("abc".utf8))
        #expect(heads.withLock { $0.allSatisfy { !$0.lowercased().contains("accept-encoding") } })
    }

    @Test(arguments: [
        ("X-A\r\nX-B", "1"), ("X A", "1"), ("X-A:", "1"), ("", "1"), ("X-\u{e9}", "1"), ("X-A", "1\r\nX-B: 2"),
        ("X-A", "1\n2"),
        ("X-A", "1\r2"), ("X-A", "1\u{0}2"), ("X-A", "1\u{7f}"), ("Host", "internal"), ("content-length", "0"),
        ("Transfer-Encoding", "chunked"), ("Connection", "close"), ("Expect", "100-continue"), ("Upgrade", "h2c"),
    ])
    func `a header that would split or reroute the request is refused and nothing is sent`(
        name: String, value: String
    ) async {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        var request = OutboundRequest.get(server.url())
        request.headers.add(name, value)
        #expect(await client.send(request).code == .malformed)
        #expect(server.acceptCount == 0)
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nX: y\r\n\r\nGET", "", "GE T"])
    func `a method that is no token is refused and nothing is sent`(method: String) async {
        let server = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        var request = OutboundRequest.get(server.url())
        request.method = Method(rawValue: method)
        #expect(await client.send(request).code == .malformed)
        #expect(server.acceptCount == 0)
    }

    @Test func `the caller's content type and user agent replace the defaults`() async throws {
        let seen = Mutex<String?>(nil)
        let server = RawServer { peer in
            let request = peer.request()
            seen.withLock { $0 = request?.head }
            peer.write(ok)
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        var request = OutboundRequest.get(server.url())
        request.method = .post
        request.headers = Headers([("content-type", "application/json"), ("User-Agent", "shop/1")])
        _ = try await client.send(request).get()
        let head = try #require(seen.withLock { $0 })
        #expect(head.contains("\r\ncontent-type: application/json\r\n"))
        #expect(head.contains("\r\nUser-Agent: shop/1\r\n"))
        #expect(!head.contains("payrelay") && !head.contains("urlencoded"))
    }

    @Test func `of an answer's headers those are kept that the settings name, in any case`() async throws {
        let server = RawServer { peer in
            peer.answerAll(
                "HTTP/1.1 503 No\r\nDate: x\r\nRe: x\r\nRETRY-after: 7 \r\nX: retry-after\r\nContent-Length: 0\r\n\r\n")
        }
        var settings = ClientSettings()
        settings.headersKept = ["Retry-After"]
        let client = HTTPClient.forTest(settings)
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.get(server.url())).get()
        #expect(response.headers == Headers([("RETRY-after", "7")]))
    }

    @Test func `a line that is no header is malformed, whichever headers are kept`() async {
        let server = RawServer { $0.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nno colon\r\n\r\n") }
        var settings = ClientSettings()
        settings.headersKept = []
        let client = HTTPClient.forTest(settings)
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(server.url())).code == .malformed)
    }

    @Test func `outcomes are counted by client and kind`() async throws {
        let server = RawServer { peer in
            while let request = peer.request() {
                peer.write(request.head.hasPrefix("GET /no") ? "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n" : ok)
            }
        }
        let metrics = Metrics()
        let client = HTTPClient.forTest(metrics: metrics)
        defer { client.shutdown(graceMs: 0) }
        _ = await client.send(.get(server.url()))
        _ = await client.send(.get(server.url("/no")))
        _ = await client.send(.get("ftp://shop.example/"))
        let text = metrics.prometheusText()
        #expect(text.contains("payrelay_outbound_requests_total{client=\"test\",outcome=\"2xx\"} 1\n"))
        #expect(text.contains("payrelay_outbound_requests_total{client=\"test\",outcome=\"4xx\"} 1\n"))
        #expect(text.contains("payrelay_outbound_requests_total{client=\"test\",outcome=\"url\"} 1\n"))
        #expect(text.contains("payrelay_outbound_in_flight{client=\"test\"} 0\n"))
    }
}
