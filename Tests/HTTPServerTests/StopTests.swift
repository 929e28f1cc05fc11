import Diagnostics
import Dispatch
import HTTP
import HTTPServer
import Support
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5)))
struct StopTests {
    private let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Calls `stop` on a thread of its own and says when it has returned.
    private func stopping(_ server: HTTPServer, graceMs: Int64) -> DispatchSemaphore {
        let done = DispatchSemaphore(value: 0)
        DispatchQueue(label: "stop").async {
            server.stop(graceMs: graceMs)
            done.signal()
        }
        return done
    }

    @Test func `a stop waits for an open exchange, whose answer says that the connection ends`() throws {
        let inbox = Inbox()
        let harness = try Harness { inbox.put($0, $1) }
        let idle = try harness.client()
        let client = try harness.client()
        try client.send(get)
        let (_, reply) = inbox.next()
        let done = stopping(harness.server, graceMs: 5000)
        #expect(idle.isClosed())
        reply.send(.text("just in time"))
        let answer = try client.answer()
        #expect(answer.text == "just in time")
        #expect(answer.value("connection") == "close")
        #expect(client.isClosed())
        done.wait()
        #expect(throws: RawClient.Failure.self) { try harness.client() }
        #expect(harness.metrics.prometheusText().contains("payrelay_http_connections 0\n"))
    }

    @Test func `a stop cuts off what is open when the grace is over, and an answer after that is dropped`() throws {
        let inbox = Inbox()
        let harness = try Harness { inbox.put($0, $1) }
        let clients = try (0..<10).map { _ in try harness.client() }
        for client in clients { try client.send(get) }
        let replies = clients.map { _ in inbox.next().reply }
        let half = try harness.client()
        try half.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx")
        let idle = try harness.client()
        let done = stopping(harness.server, graceMs: 5000)
        #expect(idle.isClosed())
        harness.clock.advance(byMs: 4999)
        replies[0].send(.text("in time"))
        #expect(try clients[0].answer().text == "in time")
        harness.clock.advance(byMs: 1)
        done.wait()
        for client in clients.dropFirst() { #expect(client.isClosed()) }
        #expect(half.isClosed())
        for reply in replies { reply.send(.text("too late")) }
    }

    @Test func `a clock that is set back makes no grace longer`() throws {
        let inbox = Inbox()
        let harness = try Harness { inbox.put($0, $1) }
        let (quick, slow) = (try harness.client(), try harness.client())
        try quick.send(get)
        let (_, inTime) = inbox.next()
        try slow.send(get)
        let (_, tooLate) = inbox.next()
        let idle = try harness.client()
        let done = stopping(harness.server, graceMs: 5000)
        #expect(idle.isClosed())
        harness.clock.setBack(byMs: 28_800_000)
        inTime.send(.text("in time"))
        #expect(try quick.answer().text == "in time")
        harness.clock.advance(byMs: 5000)
        #expect(slow.isClosed())
        tooLate.send(.text("too late"))
        done.wait()
    }

    @Test func `a stop that is asked for after the clock was set back has its whole grace`() throws {
        let inbox = Inbox()
        let harness = try Harness { inbox.put($0, $1) }
        let idle = try harness.client()
        let client = try harness.client()
        try client.send(get)
        let (_, reply) = inbox.next()
        harness.clock.setBack(byMs: 28_800_000)
        let done = stopping(harness.server, graceMs: 5000)
        #expect(idle.isClosed())
        harness.clock.advance(byMs: 4999)
        reply.send(.text("just in time"))
        #expect(try client.answer().text == "just in time")
        done.wait()
    }

    @Test func `a stop without grace returns at once, as often as it is called`() throws {
        let inbox = Inbox()
        let harness = try Harness { inbox.put($0, $1) }
        let client = try harness.client()
        try client.send(get)
        let (_, reply) = inbox.next()
        let second = stopping(harness.server, graceMs: 0)
        harness.server.stop(graceMs: 0)
        second.wait()
        harness.server.stop(graceMs: 0)
        #expect(client.isClosed())
        reply.send(.text("too late"))
    }

    @Test func `answers from other threads race with a stop without harm`() throws {
        for _ in 0..<50 {
            let inbox = Inbox()
            let harness = try Harness { inbox.put($0, $1) }
            let clients = try (0..<8).map { _ in try harness.client() }
            for client in clients { try client.send(get) }
            let replies = clients.map { _ in inbox.next().reply }
            let done = stopping(harness.server, graceMs: 0)
            DispatchQueue.concurrentPerform(iterations: 8) { replies[$0].send(.text("maybe")) }
            done.wait()
            for client in clients {
                let rest = String(decoding: client.rest(), as: UTF8.self)
                #expect(rest.isEmpty || rest.hasSuffix("maybe"))
            }
        }
    }

    @Test func `a server that stops listening serves the connections it has`() throws {
        let harness = try Harness(echo)
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        harness.server.stopListening()
        // Refused as soon as the server's thread has come round; until then accepted.
        while (try? harness.client()) != nil {}
        for _ in 0..<2 {
            try client.send(get)
            #expect(try client.answer().text == "GET /a 0")
        }
    }

    @Test func `a server that never started lets go of its port`() throws {
        let settings = ListenerSettings(address: try ListenAddress("127.0.0.1:0"))
        let make = { (settings: ListenerSettings) throws(HTTPServerError) in
            try HTTPServer(
                settings, handler: ClosureHandler(echo), clock: ManualClock(), metrics: Metrics(), logger: .none,
                makeRequestID: { "req_1" }
            )
        }
        let server = try make(settings)
        let client = try RawClient(port: server.port)
        server.stop(graceMs: 0)
        #expect(client.isClosed())
        var again = settings
        again.point = .tcp(ListenAddress(address: .loopback, port: server.port))
        try make(again).stop(graceMs: 0)
    }

    @Test func `a server that is let go of ends by itself`() throws {
        let client: RawClient
        do {
            let harness = try Harness(echo)
            client = try harness.client()
            try client.send(get)
            _ = try client.answer()
        }
        #expect(client.isClosed())
    }
}
