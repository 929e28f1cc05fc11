import HTTP
import Testing

struct HeadersTests {
    @Test func `names compare without case, values come in order`() {
        let headers = Headers([("X-A", "1"), ("Content-Type", "text/plain"), ("x-a", "2"), ("X-a", "")])
        #expect(headers["x-A"] == "1" && headers["CONTENT-TYPE"] == "text/plain" && headers["X-B"] == nil)
        #expect(headers.values("X-A") == ["1", "2", ""] && headers.values("nothing").isEmpty)
        #expect(headers.fields.map(\.name) == ["X-A", "Content-Type", "x-a", "X-a"])
    }

    @Test func `adding keeps what is there, setting takes its place`() {
        var headers = Headers()
        headers.add("Set-Cookie", "a=1")
        headers.add("set-cookie", "b=2")
        headers.add("Server", "x")
        #expect(headers.values("SET-COOKIE") == ["a=1", "b=2"])
        headers.set("SET-COOKIE", "c=3")
        headers.set("Date", "today")
        #expect(headers.fields.map(\.name) == ["Server", "SET-COOKIE", "Date"])
        #expect(headers.values("set-cookie") == ["c=3"] && headers["date"] == "today")
    }

    @Test(arguments: [
        ("", "", true), ("a", "", false), ("Content-Length", "content-length", true), ("AZ", "az", true),
        ("@[", "`{", false),
        ("a_b", "A_B", true), ("é", "É", false), ("é", "e\u{301}", false), ("\u{212A}ey", "Key", false),
        ("\u{212A}", "k", false),
    ])
    func `only A to Z have two cases, and only bytes count`(a: String, b: String, equal: Bool) {
        #expect(Headers.equal(a, b) == equal && Headers.equal(b, a) == equal)
    }

    @Test func `a response of one type says so`() {
        let response = Response(status: 200, contentType: "text/plain", body: Array("success".utf8))
        #expect(response.headers.fields.map { [$0.name, $0.value] } == [["Content-Type", "text/plain"]])
        #expect(response.status == 200 && response.body == Array("success".utf8))
    }
}
