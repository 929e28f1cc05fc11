import HTTP
import Testing

struct AbsoluteURLTests {
    @Test(arguments: [
        "https://pay.example", "http://127.0.0.1:0/", "HTTPS://pay.example/a?b=%20#c", "https://[::1]:8080/",
        "https://[2001:db8::1]", "https://pay.example:65535/x", "https://pay.example:/x", "https://pay.example:443?x",
    ])
    func `an absolute http or https URL is good`(text: String) {
        #expect(AbsoluteURL.isValid(text, bytesMax: 100))
    }

    @Test(arguments: [
        "", "pay.example", "//pay.example", "ftp://pay.example", "https:/pay.example", "https://", "https:///x",
        "https://:443/", "https://user@pay.example", "https://user:word@pay.example/", "https://pay.example/a b",
        "https://pay.example/<x>", "https://pay.example/\"", "https://pay.example\\x", "https://书店.example",
        "https://pay.example/\n", "https://pay.example:http/", "https://pay.example:65536/", "https://pay.example:-1/",
        "https://pay.example:+1", "https://pay.example:000443", "https://2001:db8::1/", "https://[::1",
        "https://[::1]x:1",
        "javascript:alert(1)",
    ])
    func `anything else is not`(text: String) {
        #expect(!AbsoluteURL.isValid(text, bytesMax: 100))
    }

    @Test func `the limit counts bytes`() {
        #expect(AbsoluteURL.isValid("https://pay.example", bytesMax: 19))
        #expect(!AbsoluteURL.isValid("https://pay.example", bytesMax: 18))
    }

    @Test(
        arguments: [
            ("https://pay.example", nil), ("https://pay.example:8443/x:9", 8443), ("http://[::1]:80", 80),
            ("http://[::1]/", nil),
            ("https://pay.example:/", nil), ("https://pay.example?a:1", nil),
        ] as [(String, Int?)])
    func `the port is the one that the URL names`(text: String, port: Int?) {
        #expect(AbsoluteURL.port(text) == port)
    }

    @Test(
        arguments: [
            ("https://pay.example", "https://pay.example"), ("https://pay.example/", "https://pay.example"),
            ("https://pay.example:8443/x?token=1", "https://pay.example:8443"),
            ("HTTPS://Pay.example?token=1", "https://Pay.example"), ("http://[::1]:80#x", "http://[::1]:80"),
            ("https://user:word@pay.example/x@y", "https://pay.example"), ("ftp://pay.example", nil), ("", nil),
        ] as [(String, String?)])
    func `the origin is what stands before the path, without anybody's name`(text: String, origin: String?) {
        #expect(AbsoluteURL.origin(text) == origin)
    }
}
