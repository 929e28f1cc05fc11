import Diagnostics
import HTTP
import HTTPClient
import Support
import Synchronization
import Testing

/// Receivers that mean harm, or are broken as if they did, over real sockets: each has its outcome, delays nobody else,
/// and leaves a client behind that goes on.
struct HostileReceiverTests {
    struct Receiver: Sendable, CustomTestStringConvertible {
        let name: String
        /// nil for an answer that counts, with `status`.
        let code: SendError.Code?
        var status: Int?
        /// Longer where the outcome does not come from the clock.
        var timeoutMs = 60_000
        let script: @Sendable (RawServer.Peer) -> Void
        var testDescription: String { name }

        /// Answers the first request with these bytes and closes.
        static func answers(
            _ name: String, _ code: SendError.Code?, status: Int? = nil, _ bytes: String
        ) -> Receiver {
            Receiver(name: name, code: code, status: status) { peer in
                _ = peer.request()
                peer.write(bytes)
            }
        }

        /// Writes these bytes and then nothing more.
        static func hangs(_ name: String, after bytes: String) -> Receiver {
            Receiver(name: name, code: .timeout, timeoutMs: 150) { peer in
                _ = peer.request()
                peer.write(bytes)
                peer.waitForClose()
            }
        }

        /// Writes these bytes, and then the others again and again until the client has enough.
        static func endless(
            _ name: String, _ code: SendError.Code?, status: Int? = nil, _ start: String, then bytes: String
        ) -> Receiver {
            Receiver(name: name, code: code, status: status) { peer in
                _ = peer.request()
                peer.write(start)
                while peer.write(bytes) {}
            }
        }

        /// Writes these bytes, and then one more each 10 ms, for as long as the client waits.
        static func drips(_ name: String, after bytes: String, _ byte: String) -> Receiver {
            Receiver(name: name, code: .timeout, timeoutMs: 150) { peer in
                _ = peer.request()
                peer.write(bytes)
                while peer.pause(ms: 10), peer.write(byte) {}
            }
        }
    }

    static let ok200 = "HTTP/1.1 200 OK\r\n"
    static let x64K = String(repeating: "x", count: 65_536)

    static let receivers: [Receiver] = [
        .hangs("silence", after: ""),
        .hangs("half a status line", after: "HTTP/1."),
        .hangs("half a head", after: ok200 + "X-A: 1\r\n"),
        .hangs("a head without its body", after: ok200 + "Content-Length: 10\r\n\r\n"),
        .hangs("half a body", after: ok200 + "Content-Length: 10\r\n\r\nhello"),
        .hangs("half a chunk", after: ok200 + "Transfer-Encoding: chunked\r\n\r\nff\r\nhello"),
        .hangs("100 Continue and silence", after: "HTTP/1.1 100 Continue\r\n\r\n"),
        .drips("a body of one byte now and then", after: ok200 + "Content-Length: 100000\r\n\r\n", "x"),
        .drips("a header of one byte now and then", after: ok200 + "X-A: ", "x"),
        .drips("chunks of one byte now and then", after: ok200 + "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
        .endless("a body without end", nil, status: 200, ok200 + "\r\n", then: x64K),
        .endless(
            "chunks without end", nil, status: 200, ok200 + "Transfer-Encoding: chunked\r\n\r\n",
            then: "10000\r\n\(x64K)\r\n"),
        .endless("a header line without end", .malformed, ok200 + "X-A: ", then: x64K),
        .endless("header lines without end", .malformed, ok200, then: "X-A: 1\r\n"),
        .endless("folded header lines without end", .malformed, ok200 + "X-A: 1\r\n", then: " more\r\n"),
        .endless("interim answers without end", .malformed, "", then: "HTTP/1.1 100 Continue\r\n\r\n"),
        .endless("early hints without end", .malformed, "", then: "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
        .endless(
            "trailers without end", .malformed, ok200 + "Transfer-Encoding: chunked\r\n\r\n0\r\n", then: "X-A: 1\r\n"),
        .endless(
            "a chunk size without end", .reset, ok200 + "Transfer-Encoding: chunked\r\n\r\n", then: "11111111"),
        .answers("no answer", .reset, ""),
        .answers("half a status line, closed", .reset, "HTTP/1."),
        .answers("half a head, closed", .reset, ok200 + "Content-Length: 0\r\n"),
        .answers("half a body, closed", .reset, ok200 + "Content-Length: 10\r\n\r\nhello"),
        .answers("half a chunk, closed", .reset, ok200 + "Transfer-Encoding: chunked\r\n\r\nff\r\nhello"),
        Receiver(name: "reset before the answer", code: .reset) { peer in
            _ = peer.request()
            peer.reset()
        },
        Receiver(name: "reset in the body", code: .reset) { peer in
            _ = peer.request()
            peer.write(ok200 + "Content-Length: 10\r\n\r\nhello")
            peer.reset()
        },
        Receiver(name: "closed while the request was written", code: .reset) { _ = $0.take(1) },
        .answers("garbage", .malformed, "\u{1}\u{2}\u{3}\u{0}\u{7f} garbage\r\n\r\n"),
        .answers("HTTP/0.9", .malformed, "<html>hello</html>\r\n"),
        .answers("a status that is no number", .malformed, "HTTP/1.1 abc OK\r\n\r\n"),
        .answers("status 999", .malformed, "HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n"),
        .answers("status 1000", .malformed, "HTTP/1.1 1000 OK\r\nContent-Length: 0\r\n\r\n"),
        .answers("HTTP/3 in plain text", .malformed, "HTTP/3 200 OK\r\n\r\n"),
        .answers("another protocol", .malformed, "SSH-2.0-OpenSSH_9.2\r\n"),
        .answers("switching protocols unasked", .reset, "HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\nPRI"),
        .answers("a header without a colon", .malformed, ok200 + "hello\r\nContent-Length: 0\r\n\r\n"),
        .answers("a zero byte in a header", .malformed, ok200 + "X-A: 1\u{0}2\r\nContent-Length: 0\r\n\r\n"),
        .answers("a negative length", .malformed, ok200 + "Content-Length: -1\r\n\r\nhello"),
        .answers("a chunk size that is no number", .reset, ok200 + "Transfer-Encoding: chunked\r\n\r\nhello\r\n"),
        .answers(
            "a chunk size beyond 64 bits", .reset,
            ok200 + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n"),
        .answers("100 Continue unasked", nil, status: 200, "HTTP/1.1 100 Continue\r\n\r\n" + ok),
        .answers(
            "a redirect to this machine", nil, status: 302,
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"),
        .answers(
            "a demand for a password", nil, status: 401,
            "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"),
        .answers("a length beyond the body", nil, status: 204, "HTTP/1.1 204 No\r\nContent-Length: 1000000\r\n\r\n"),
    ]

    @Test(arguments: receivers)
    func `has its outcome, and the client serves others meanwhile and afterwards`(receiver: Receiver) async {
        let hostile = RawServer(receiver.script)
        let good = RawServer { $0.answerAll(ok) }
        let metrics = Metrics()
        let client = HTTPClient.forTest(metrics: metrics)
        defer { client.shutdown(graceMs: 0) }
        async let meanwhile = client.send(.webhook(good.url(), timeoutMs: 60_000))
        let outcome = await client.send(.webhook(hostile.url(), timeoutMs: receiver.timeoutMs))
        #expect(outcome.code == receiver.code, "\(outcome)")
        #expect(outcome.response?.status == receiver.status, "\(outcome)")
        #expect((outcome.response?.body.count ?? 0) <= 4096)
        #expect(await meanwhile.response?.status == 200)
        #expect(await client.send(.webhook(good.url(), timeoutMs: 60_000)).response?.status == 200)
        // The good connection did not suffer, and no request was repeated.
        #expect(good.acceptCount == 1)
        #expect(hostile.acceptCount == 1)
        client.shutdown(graceMs: 0)
        #expect(metrics.prometheusText().contains("payrelay_outbound_connections{client=\"test\"} 0\n"))
    }

    @Test func `of an answer of 100 MB no more is read than its limit and what lies in sockets`() async throws {
        let sent = Mutex((bytes: 0, whole: false))
        let total = 100_000_000
        let server = RawServer { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let block = [UInt8](repeating: 0x78, count: 100_000)
            for _ in 0..<(total / block.count) {
                guard peer.write(block) else { return }
                sent.withLock { $0.bytes += block.count }
            }
            sent.withLock { $0.whole = true }
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.webhook(server.url(), timeoutMs: 60_000)).get()
        #expect(response.status == 200)
        #expect(response.truncated)
        #expect(response.body.count == 4096)
        client.shutdown(graceMs: 0)
        #expect(!sent.withLock { $0.whole })
        // What Linux lets lie in the two sockets of a connection by default (tcp_rmem 6 MB, tcp_wmem 4 MB), and some.
        #expect(sent.withLock { $0.bytes } < 20_000_000)
    }

    @Test func `a body that is compressed is not inflated`() async throws {
        let bomb = GzipBomb.bytes
        let server = RawServer { peer in
            while peer.request() != nil {
                peer.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bomb.count)\r\n\r\n")
                peer.write(bomb)
            }
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        for _ in 0..<2 {
            let response = try await client.send(.get(server.url())).get()
            #expect(response.body == bomb)
        }
    }

    @Test func `a transfer that is compressed unasked is cut where its inflated bytes reach the limit`() async throws {
        // libcurl takes this encoding whether or not it was asked for (RFC 9112 §7.4 says TE must ask).
        let bomb = GzipBomb.bytes
        let server = RawServer { peer in
            while peer.request() != nil {
                peer.write(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n\(String(bomb.count, radix: 16))\r\n")
                peer.write(bomb)
                peer.write("\r\n0\r\n\r\n")
            }
        }
        let good = RawServer { $0.answerAll(ok) }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let response = try await client.send(.webhook(server.url(), timeoutMs: 60_000)).get()
        #expect(response.truncated)
        #expect(response.body == Array(repeating: 0, count: 4096))
        #expect(await client.send(.get(server.url())).code == .tooLarge)
        #expect(await client.send(.get(good.url())).response?.status == 200)
    }

    // MARK: TLS

    enum Handshake: String, CaseIterable {
        case selfSigned, expired, otherName, tls11, noTLS, closes, stalls
    }

    @Test(arguments: Handshake.allCases)
    func `a handshake that cannot be trusted has its outcome, and the client serves others`(
        handshake: Handshake
    ) async throws {
        let server: TLSServer? =
            switch handshake {
            case .selfSigned, .otherName: try TLSServer()
            case .expired: try TLSServer(days: -1)
            case .tls11: try TLSServer(options: ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])
            case .noTLS, .closes, .stalls: nil
            }
        defer { server?.stop() }
        let raw = RawServer { peer in
            switch handshake {
            case .noTLS: peer.write(ok)
            case .stalls: peer.waitForClose()
            default: break
            }
        }
        let good = RawServer { $0.answerAll(ok) }
        var settings = ClientSettings()
        settings.caFile = handshake == .selfSigned ? nil : server?.certificateFile
        let client = HTTPClient.forTest(settings, resolver: StubResolver([["127.0.0.1"]]))
        defer { client.shutdown(graceMs: 0) }
        let host = handshake == .otherName ? "other.test" : "good.test"
        let timeoutMs = handshake == .stalls ? 150 : 60_000
        async let meanwhile = client.send(.webhook(good.url(), timeoutMs: 60_000))
        let outcome = await client.send(
            .webhook("https://\(host):\(server?.port ?? raw.port)/", timeoutMs: timeoutMs))
        #expect(outcome.code == (handshake == .stalls ? .timeout : .tls), "\(outcome)")
        #expect(await meanwhile.response?.status == 200)
        #expect(await client.send(.webhook(good.url(), timeoutMs: 60_000)).response?.status == 200)
        #expect(good.acceptCount == 1)
    }

    // MARK: Kept connections

    @Test func `a kept connection that was closed is replaced: one answer, and the server saw each request once`() async
    {
        let seen = Mutex<[String]>([])
        let server = RawServer { peer in
            guard let request = peer.request() else { return }
            seen.withLock { $0.append(String(decoding: request.body, as: UTF8.self)) }
            peer.write(ok)
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        for number in 0..<10 {
            let outcome = await client.send(.webhook(server.url(), body: "\(number)", timeoutMs: 60_000))
            #expect(outcome.response?.status == 200)
        }
        #expect(seen.withLock { $0 } == (0..<10).map { "\($0)" })
        #expect(server.acceptCount == 10)
    }

    @Test(arguments: [true, false])
    func `a kept connection that is closed while the request is written costs no attempt`(byReset: Bool) async {
        let whole = Mutex<[String]>([])
        let server = RawServer { peer in
            guard let request = peer.request() else { return }
            whole.withLock { $0.append(String(decoding: request.body, as: UTF8.self)) }
            peer.write(ok)
            guard peer.number == 0 else { return peer.waitForClose() }
            // The second request begins to come: closing with bytes unread sends RST, closing after them FIN.
            _ = peer.take(byReset ? 1 : 65_536)
        }
        let client = HTTPClient.forTest()
        defer { client.shutdown(graceMs: 0) }
        let answers = Mutex(0)
        for body in ["one", "two"] {
            let done = Signal()
            client.send(.webhook(server.url(), body: body, timeoutMs: 60_000)) { outcome in
                #expect(outcome.response?.status == 200)
                answers.withLock { $0 += 1 }
                done.raise()
            }
            await done.wait()
        }
        #expect(answers.withLock { $0 } == 2)
        // The first connection's server saw the second request begin and did nothing about it.
        #expect(whole.withLock { $0 } == ["one", "two"])
        #expect(server.acceptCount == 2)
    }
}

extension OutboundRequest {
    /// As webhooks are sent: the start of the answer is kept, and it is cut at 64 KB.
    fileprivate static func webhook(_ url: String, body: String = "{}", timeoutMs: Int) -> OutboundRequest {
        OutboundRequest(
            method: .post, url: url, headers: Headers([("Content-Type", "application/json")]), body: Array(body.utf8),
            policy: .trusted, timeout: .milliseconds(timeoutMs),
            bodyLimit: .truncate(bytesKept: 4096, bytesMax: 65_536))
    }
}

/// 5 MB of zeros in 32 KB: gzip (RFC 1952) with the one block that RFC 1951 §3.2.6 needs no table for.
private enum GzipBomb {
    static let bytes: [UInt8] = {
        var bits: [Bool] = [true, true, false]  // The last block; fixed codes, the low bit first.
        bits += code(0b0011_0000, 8)  // The byte 0.
        for _ in 0..<20_000 {
            bits += code(0b1100_0101, 8)  // Repeat 258 bytes …
            bits += code(0, 5)  // … from 1 byte back.
        }
        bits += code(0, 7)  // The end.
        var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
        for start in stride(from: 0, to: bits.count, by: 8) {
            let byte = bits[start..<min(start + 8, bits.count)].enumerated()
            bytes.append(byte.reduce(0) { $0 | ($1.element ? 1 << UInt8($1.offset) : 0) })
        }
        return bytes
    }()

    /// Huffman codes stand with their high bit first.
    private static func code(_ value: Int, _ length: Int) -> [Bool] {
        (0..<length).reversed().map { value >> $0 & 1 == 1 }
    }
}
