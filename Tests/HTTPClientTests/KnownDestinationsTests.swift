import HTTP
import HTTPClient
import Testing

struct KnownDestinationsTests {
    private let known = KnownDestinations()

    @Test func `what is remembered is what the URL says`() throws {
        for url in ["https://shop.example/hook", "http://2130706433:8080/", "https://Shop.Example/a?b=c#d"] {
            for _ in 0..<2 { #expect(try known.destination(of: url) == Destination(url: url)) }
        }
    }

    @Test func `a URL with a query is not kept, nor is one that is refused`() throws {
        _ = try known.destination(of: "https://shop.example/?order=1")
        for _ in 0..<2 {
            #expect(throws: SendError.self) { try known.destination(of: "ftp://shop.example/") }
        }
        #expect(known.count == 0)
    }

    @Test func `a URL that only looks like a remembered one is read by itself`() throws {
        _ = try known.destination(of: "https://K.example/")
        #expect("https://K.example/" == "https://\u{212A}.example/")
        #expect(throws: SendError.self) { try known.destination(of: "https://\u{212A}.example/") }
    }

    @Test func `so many are kept and no more`() throws {
        for number in 0...KnownDestinations.countMax { _ = try known.destination(of: "https://shop.example/\(number)") }
        #expect(known.count == KnownDestinations.countMax)
    }
}
