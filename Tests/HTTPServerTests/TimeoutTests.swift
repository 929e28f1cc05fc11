import HTTP
import HTTPServer
import Support
import Testing

@Suite(.timeLimit(.minutes(5)))
struct TimeoutTests {
    @Test func `a connection that says nothing is closed when 30 s are over and not before`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let early = try harness.client()
        let late = try harness.client()
        try harness.settle()
        harness.clock.advance(byMs: 29_999)
        try early.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try early.answer().status == 200)
        harness.clock.advance(byMs: 1)
        #expect(late.isClosed())
    }

    @Test func `a head that drips is closed 30 s after the connection opened`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("GET / HTTP/1.1\r\n")
        try harness.settle()
        for index in 0..<29 {
            harness.clock.advance(byMs: 1000)
            try client.send("f\(index): v\r\n")
            try harness.settle()
        }
        harness.clock.advance(byMs: 1000)
        #expect(client.isClosed())
    }

    @Test func `a body that drips is closed 30 s after its head`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try harness.settle()
        harness.clock.advance(byMs: 20_000)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
        try harness.settle()
        harness.clock.advance(byMs: 20_000)
        try client.send("x")
        try harness.settle()
        harness.clock.advance(byMs: 10_000)
        #expect(client.isClosed())
    }

    @Test func `a body that comes in time is served however slow its head was`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try harness.settle()
        harness.clock.advance(byMs: 29_000)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx")
        try harness.settle()
        harness.clock.advance(byMs: 29_999)
        try client.send("y")
        #expect(try client.answer().text == "POST / 2")
    }

    @Test func `an idle connection is closed 30 s after its last answer`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        for _ in 0..<3 {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().status == 200)
            try harness.settle()
            harness.clock.advance(byMs: 29_000)
        }
        harness.clock.advance(byMs: 1000)
        #expect(client.isClosed())
    }

    @Test func `an idle connection from before the clock was set back keeps no later one from its time-out`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let early = try harness.client()
        try harness.settle()
        harness.clock.advance(byMs: 10_000)
        try harness.settle()
        harness.clock.setBack(byMs: 28_800_000)
        let late = try harness.client()
        try harness.settle()
        // It had 20 s left.
        harness.clock.advance(byMs: 20_000)
        #expect(early.isClosed())
        harness.clock.advance(byMs: 9_999)
        try late.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try late.answer().status == 200)
        try harness.settle()
        harness.clock.advance(byMs: 30_000)
        #expect(late.isClosed())
    }

    @Test func `a body that stopped before the clock was set back keeps no later one from its time-out`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
        let early = try harness.client()
        try early.send(post)
        try harness.settle()
        harness.clock.setBack(byMs: 28_800_000)
        try harness.settle()
        harness.clock.advance(byMs: 10_000)
        let late = try harness.client()
        try late.send(post)
        try harness.settle()
        harness.clock.advance(byMs: 20_000)
        #expect(early.isClosed())
        harness.clock.advance(byMs: 10_000)
        #expect(late.isClosed())
    }

    @Test func `a request that is being answered has no deadline`() throws {
        let inbox = Inbox()
        let harness = try Harness { request, reply in
            if request.path == "/late" { inbox.put(request, reply) } else { echo(request, reply) }
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
        let (_, reply) = inbox.next()
        try harness.settle()
        harness.clock.advance(byMs: 3_600_000)
        reply.send(.text("at last"))
        #expect(try client.answer().text == "at last")
    }

    @Test func `an answer that the peer does not take is given up after 60 s`() throws {
        let size = 32 << 20
        let harness = try Harness { request, reply in
            if request.path == "/settle" { return echo(request, reply) }
            reply.send(Response(status: 200, contentType: "text/plain", body: [UInt8](repeating: 1, count: size)))
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try harness.settle()
        harness.clock.advance(byMs: 60_000)
        try harness.settle()
        #expect(client.rest().count < size)
    }
}
