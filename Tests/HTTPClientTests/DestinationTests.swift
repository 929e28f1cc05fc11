import HTTP
import HTTPClient
import Testing

struct DestinationTests {
    @Test(arguments: [
        ("http://127.0.0.1/", "127.0.0.1"), ("http://2130706433/", "127.0.0.1"), ("http://0x7f000001/", "127.0.0.1"),
        ("http://0x7f.1/", "127.0.0.1"), ("http://017700000001/", "127.0.0.1"), ("http://127.1/", "127.0.0.1"),
        ("http://0177.0.0.1/", "127.0.0.1"), ("http://0/", "0.0.0.0"), ("http://%31%32%37.0.0.1/", "127.0.0.1"),
        ("http:/127.0.0.1/", "127.0.0.1"), ("http:///127.0.0.1/", "127.0.0.1"), ("http://[::1]/", "::1"),
        ("http://[0:0:0:0:0:0:0:1]/", "::1"), ("http://[::ffff:127.0.0.1]/", "::ffff:7f00:1"),
        ("http://[::FFFF:7F00:1]/", "::ffff:7f00:1"), ("http://0xA9FEA9FE/", "169.254.169.254"),
    ])
    func `an address is recognized in every spelling that libcurl understands`(url: String, address: String) throws {
        #expect(try Destination(url: url).literal == IPAddress(address))
    }

    @Test func `host, port and scheme are read, the fragment is dropped`() throws {
        let destination = try Destination(url: "https://Shop.Example:8443/hook?a=b%20c#there")
        #expect(destination.scheme == .https)
        #expect(destination.host == "shop.example")
        #expect(destination.port == 8443)
        #expect(destination.literal == nil)
        #expect(destination.url == "https://Shop.Example:8443/hook?a=b%20c")
    }

    @Test func `the port defaults to the scheme's`() throws {
        #expect(try Destination(url: "https://shop.example").port == 443)
        #expect(try Destination(url: "http://shop.example").port == 80)
    }

    @Test(arguments: [
        "", "shop.example/hook", "//shop.example/", "ftp://shop.example/", "file:///etc/passwd",
        "gopher://shop.example/",
        "https://user@shop.example/", "https://user:password@shop.example/", "https://@shop.example/",
        "https://shop.example\\@internal/", "https://shop.example:0/", "https://shop.example:65536/",
        "https://shop.example:80:81/", "https://[fe80::1%25eth0]/", "https://shop.example/a b",
        "https://shop.example/\r\nHost: internal", "https://shop\u{0}.example/", "https://sh%00p.example/",
        "https://caf\u{e9}.example/", "https://\u{2460}\u{2461}\u{2466}.0.0.1/", "https://shop,example/",
        "https://[::1/",
    ])
    func `what is no plain absolute http or https URL is refused`(url: String) {
        let error = #expect(throws: SendError.self) { try Destination(url: url) }
        #expect(error?.code == .url)
    }

    @Test func `the length of a URL is limited`() {
        let start = "https://shop.example/"
        let path = String(repeating: "x", count: Destination.urlBytesMax - start.utf8.count)
        #expect(throws: Never.self) { try Destination(url: start + path) }
        #expect(throws: SendError.self) { try Destination(url: start + path + "x") }
    }
}
