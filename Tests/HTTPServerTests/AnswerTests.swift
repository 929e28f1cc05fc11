import HTTP
import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(5)))
struct AnswerTests {
    private func answer(_ response: Response) throws -> (RawClient.Answer, log: [String]) {
        let harness = try Harness { _, reply in reply.send(response) }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        return (try client.answer(), harness.log.messages)
    }

    @Test(arguments: [
        ("X-Bad", "a\r\nSet-Cookie: evil=1"), ("X-Bad", "a\nb"), ("X-Bad", "a\rb"), ("X-Bad", "a\u{0}b"),
        ("X-Bad", "\u{7F}"),
        ("X-Bad\r\nSet-Cookie", "evil=1"), ("X-Bad: x", "y"), ("X Bad", "y"), ("", "y"), ("X-Bad", ""),
        ("Content-Length", "1"), ("content-length", "1"), ("Transfer-Encoding", "chunked"), ("Connection", "upgrade"),
        ("Date", "yesterday"), ("request-id", "req_other"),
    ])
    func `a header field that may not go out is dropped and logged, the rest goes out`(
        name: String, value: String
    ) throws {
        var response = Response.text("body")
        response.headers.add(name, value)
        response.headers.add("X-Good", "a: b")
        let (answer, log) = try answer(response)
        #expect(answer.text == "body")
        #expect(
            answer.fields.map(\.name).sorted() == ["content-length", "content-type", "date", "request-id", "x-good"])
        #expect(answer.value("request-id") == "req_1")
        #expect(answer.value("x-good") == "a: b")
        #expect(log == ["header of an answer dropped"])
    }

    @Test func `a name may stand more than once`() throws {
        let headers = Headers([("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        let (answer, log) = try answer(Response(status: 303, headers: headers))
        #expect(answer.fields.filter { $0.name == "set-cookie" }.map(\.value) == ["a=1", "b=2"])
        #expect(answer.value("content-length") == "0")
        #expect(log.isEmpty)
    }

    @Test(arguments: [-1, 0, 100, 199, 600, 1000, Int.max])
    func `a status that is none becomes 500 and is logged`(status: Int) throws {
        let (answer, log) = try answer(Response(status: status))
        #expect(answer.status == 500)
        #expect(log == ["answer cannot be sent"])
    }

    @Test(arguments: [204, 304])
    func `an answer that has no body by its status is sent without`(status: Int) throws {
        let harness = try Harness { request, reply in
            reply.send(.text("body", status: request.path == "/" ? status : 200))
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().status == status)
        #expect(try client.answer().text == "body")
    }

    @Test func `header fields up to the limit go out, more become a 500`() throws {
        let name = "Location"
        let room = 3200 - 512 - name.utf8.count - 4
        let most = String(repeating: "x", count: room)
        let (whole, _) = try answer(Response(status: 303, headers: Headers([(name, most)])))
        #expect(whole.value("location") == most)
        let (refused, log) = try answer(Response(status: 303, headers: Headers([(name, most + "x")])))
        #expect(refused.status == 500)
        #expect(log == ["answer cannot be sent"])
    }

    @Test(arguments: [(8192, 78), (6784, 100)])
    func `header fields of the limit go out in answer to a head of the limit`(bytes: Int, fields: Int) throws {
        let location = String(repeating: "x", count: 3200 - 512 - 12)
        let harness = try Harness { _, reply in
            reply.send(Response(status: 303, headers: Headers([("Location", location)])))
        }
        defer { harness.server.stop(graceMs: 0) }
        let client = try harness.client()
        var head = "GET / HTTP/1.1\r\nHost: a\r\n"
        for index in 0..<(fields - 2) { head += "f\(index): v\r\n" }
        head += "F: "
        try client.send(head + String(repeating: "x", count: bytes - head.utf8.count - 4) + "\r\n\r\n")
        #expect(try client.answer().value("location") == location)
    }
}
