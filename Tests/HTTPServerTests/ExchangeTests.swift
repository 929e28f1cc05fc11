import Diagnostics
import Dispatch
import HTTP
import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ExchangeTests {
    private let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func `an answer carries the request's id, a date and a length`() throws {
        let harness = try Harness { request, reply in reply.send(.text(request.id)) }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send(get)
        let answer = try client.answer()
        #expect(answer.text == "req_1")
        #expect(answer.value("request-id") == "req_1")
        #expect(answer.value("content-length") == "5")
        #expect(answer.value("content-type") == "text/plain")
        #expect(answer.value("date")?.hasSuffix(" GMT") == true)
        #expect(answer.value("connection") == nil)
    }

    @Test func `a connection serves one request after another`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        for index in 0..<100 {
            try client.send("POST /\(index) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            #expect(try client.answer().text == "POST /\(index) 3")
        }
    }

    @Test func `requests sent in one go are answered in order`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        let post = { (index: Int) in "POST /\(index) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" }
        try client.send((0..<200).map(post).joined())
        for index in 0..<200 { #expect(try client.answer().text == "POST /\(index) 3") }
    }

    @Test func `requests sent in one go wait for each other's late answers`() throws {
        let inbox = Inbox()
        let harness = try Harness { inbox.put($0, $1) }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        for path in ["/1", "/2"] {
            let (request, reply) = inbox.next()
            #expect(request.path == path)
            #expect(inbox.requests.isEmpty)
            reply.send(.text(path))
            #expect(try client.answer().text == path)
        }
    }

    @Test func `an old client without keep-alive gets its answer and the end`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("GET /old HTTP/1.0\r\n\r\n")
        #expect(try client.answer().text == "GET /old 0")
        #expect(client.isClosed())
    }

    @Test func `HEAD gets the head of GET's answer and no body`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get)
        let head = try client.answer(ofHead: true)
        #expect(head.value("content-length") == "9")
        #expect(try client.answer().text == "GET /a 0")
    }

    @Test func `a chunked body arrives whole whatever its pieces`() throws {
        let inbox = Inbox()
        let harness = try Harness { request, reply in
            inbox.put(request, reply)
            echo(request, reply)
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        let chunks = "3\r\nabc\r\n0A\r\ndefghijklm\r\n1;x=\"y\"\r\nn\r\n0\r\nTrailer: x\r\n\r\n"
        for byte in ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n" + chunks).utf8 {
            try client.send([byte])
        }
        #expect(try client.answer().status == 200)
        #expect(String(decoding: inbox.next().request.body, as: UTF8.self) == "abcdefghijklmn")
    }

    @Test func `a peer that asks before it sends its body is told to go on`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.answer().status == 100)
        try client.send("abc")
        #expect(try client.answer().text == "POST /a 3")
    }

    @Test func `a late answer arrives from whichever thread gives it`() throws {
        let inbox = Inbox()
        let harness = try Harness { inbox.put($0, $1) }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        for index in 0..<50 {
            try client.send(get)
            let (_, reply) = inbox.next()
            DispatchQueue.global().async { reply.send(.text("late \(index)")) }
            #expect(try client.answer().text == "late \(index)")
        }
    }

    @Test func `the first of many answers counts, early or late`() throws {
        let inbox = Inbox()
        let harness = try Harness { request, reply in
            if request.path == "/early" {
                reply.send(.text("first"))
                reply.send(.text("second"))
            }
            inbox.put(request, reply)
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("GET /early HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().text == "first")
        inbox.next().reply.send(.text("third"))

        try client.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
        let (_, reply) = inbox.next()
        DispatchQueue.concurrentPerform(iterations: 8) { _ in reply.send(.text("one of eight")) }
        #expect(try client.answer().text == "one of eight")

        try client.send("GET /early HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().text == "first")
    }

    @Test func `an answer given while the handler returns is given once`() throws {
        let harness = try Harness { request, reply in
            DispatchQueue.global().async { reply.send(.text(request.path)) }
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        for index in 0..<2000 {
            try client.send("GET /\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().text == "/\(index)")
        }
    }

    @Test func `a reply that is forgotten is a 500`() throws {
        let harness = try Harness { request, reply in
            if request.path == "/later" { DispatchQueue.global().async { _ = reply } }
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        for path in ["/now", "/later"] {
            try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 500)
            #expect(answer.text.contains("\"outcome\":\"unknown\""))
        }
    }

    @Test func `a peer that hangs up while it waits leaves nothing behind`() throws {
        let inbox = Inbox()
        let harness = try Harness { request, reply in
            if request.path == "/settle" { echo(request, reply) } else { inbox.put(request, reply) }
        }
        defer { harness.server.stop(graceMs: 0) }
        var replies: [any Reply] = []
        for index in 0..<20 {
            let client = try harness.client()
            try client.send(get)
            replies.append(inbox.next().reply)
            if index % 2 == 0 { client.reset() }
        }
        for reply in replies { reply.send(.text("too late")) }
        // The server learns of each end when the system says so; every turn it makes is a chance.
        let witness = try harness.client()
        var turns = 0
        while !harness.metrics.prometheusText().contains("payrelay_http_connections 1\n"), turns < 10_000 {
            turns += 1
            try witness.send("GET /settle HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try witness.answer().status == 200)
        }
        #expect(turns < 10_000)
    }

    @Test(arguments: [128, 256, 300])
    func `each of many connections that are ready at once gets its own answer`(count: Int) throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let clients = try (0..<count).map { _ in try harness.client() }
        for round in 0..<3 {
            for (index, client) in clients.enumerated() {
                try client.send("POST /\(round)/\(index) HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")
            }
            for client in clients { try client.send("x") }
            for (index, client) in clients.enumerated() {
                #expect(try client.answer().text == "POST /\(round)/\(index) 1")
            }
        }
    }

    @Test(arguments: [128, 256, 300])
    func `each of many connections that wait at once gets its own late answer`(count: Int) throws {
        let inbox = Inbox()
        let harness = try Harness { inbox.put($0, $1) }
        defer { harness.server.stop(graceMs: 0) }
        let clients = try (0..<count).map { _ in try harness.client() }
        for round in 0..<3 {
            for (index, client) in clients.enumerated() {
                try client.send("GET /\(round)/\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
            }
            let waiting = (0..<count).map { _ in inbox.next() }
            DispatchQueue.concurrentPerform(iterations: count) {
                waiting[$0].reply.send(.text(waiting[$0].request.path))
            }
            for (index, client) in clients.enumerated() { #expect(try client.answer().text == "/\(round)/\(index)") }
        }
    }

    @Test func `a large answer arrives whole`() throws {
        let body = (0..<8_000_000).map { UInt8(truncatingIfNeeded: $0) }
        let harness = try Harness { _, reply in
            reply.send(Response(status: 200, contentType: "application/octet-stream", body: body))
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send(get)
        #expect(try client.answer().body == body)
    }
}
