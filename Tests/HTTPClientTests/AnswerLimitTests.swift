import HTTP
import HTTPClient
import Support
import Testing

struct AnswerLimitTests {
    /// Answers with `length` bytes, with or without saying so beforehand.
    private func server(length: Int, chunked: Bool = false) -> RawServer {
        RawServer { peer in
            while peer.request() != nil {
                let body = String(repeating: "x", count: length)
                if chunked {
                    peer.write(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(String(length, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
                    )
                } else {
                    peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n\(body)")
                }
            }
        }
    }

    /// Never stops to answer.
    private func endless() -> RawServer {
        RawServer { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\n\r\n")
            while peer.write([UInt8](repeating: 0x78, count: 65_536)) {}
        }
    }

    @Test(arguments: [false, true])
    func `a body at the limit is whole`(chunked: Bool) async throws {
        let server = server(length: 1000, chunked: chunked)
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.get(server.url(), limit: .refuse(bytesMax: 1000))).get()
        #expect(response.body.count == 1000)
        #expect(!response.truncated)
    }

    @Test(arguments: [false, true])
    func `a body one past the limit is too large`(chunked: Bool) async {
        let server = server(length: 1001, chunked: chunked)
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(server.url(), limit: .refuse(bytesMax: 1000))).code == .tooLarge)
    }

    @Test func `an endless body is too large`() async {
        let server = endless()
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(server.url(), limit: .refuse(bytesMax: 1_000_000))).code == .tooLarge)
    }

    @Test(arguments: [
        (99, 99, false), (100, 100, false), (101, 100, true), (1000, 100, true), (1001, 100, true), (50_000, 100, true),
    ])
    func `a body beyond what is kept is cut, whether or not it is read to its end`(
        length: Int, kept: Int, truncated: Bool
    ) async throws {
        let server = server(length: length)
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.get(server.url(), limit: .truncate(bytesKept: 100, bytesMax: 1000))).get()
        #expect(response.status == 200)
        #expect(response.body.count == kept)
        #expect(response.truncated == truncated)
    }

    @Test func `a connection lives on when the body ends at the limit and is closed when it goes on`() async throws {
        let small = server(length: 1000)
        let large = server(length: 1001)
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        for _ in 0..<2 {
            _ = try await client.send(.get(small.url(), limit: .truncate(bytesKept: 100, bytesMax: 1000))).get()
            _ = try await client.send(.get(large.url(), limit: .truncate(bytesKept: 100, bytesMax: 1000))).get()
        }
        #expect(small.acceptCount == 1)
        #expect(large.acceptCount == 2)
    }

    @Test func `an endless body that may be cut counts by its status`() async throws {
        let server = endless()
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.get(server.url(), limit: .truncate(bytesKept: 4, bytesMax: 65_536))).get()
        #expect(response.body == Array("xxxx".utf8))
        #expect(response.truncated)
    }

    /// An answer whose header lines, status line and line ends included, are `bytes` long.
    private func answer(headerBytes bytes: Int) -> String {
        let rest = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \r\n\r\n"
        return
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \(String(repeating: "x", count: bytes - rest.utf8.count))\r\n\r\n"
    }

    @Test(arguments: [(16_384, nil), (16_385, SendError.Code.malformed), (65_536, .malformed), (300_000, .malformed)])
    func `headers are read up to 16 KiB`(bytes: Int, code: SendError.Code?) async {
        let server = RawServer { $0.answerAll(self.answer(headerBytes: bytes)) }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(server.url())).code == code)
    }

    @Test(arguments: [(100, nil), (101, SendError.Code.malformed)])
    func `headers are read up to 100 lines`(lines: Int, code: SendError.Code?) async {
        let server = RawServer { peer in
            let more = (1..<lines).map { "X-\($0): 1\r\n" }.joined()
            peer.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\(more)\r\n")
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(server.url())).code == code)
    }

    @Test func `interim answers without end are malformed`() async {
        let server = RawServer { peer in
            guard peer.request() != nil else { return }
            while peer.write("HTTP/1.1 100 Continue\r\n\r\n") {}
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(server.url())).code == .malformed)
    }

    @Test func `trailers without end are malformed`() async {
        let server = RawServer { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
            while peer.write("X-Trailer: 1\r\n") {}
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(server.url())).code == .malformed)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n", "hello\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
    ])
    func `what is not HTTP is malformed`(answer: String) async {
        let server = RawServer { peer in
            _ = peer.request()
            peer.write(answer)
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        #expect(await client.send(.get(server.url())).code == .malformed)
    }
}
