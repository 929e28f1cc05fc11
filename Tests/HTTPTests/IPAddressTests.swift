import Glibc
import HTTP
import Support
import Testing

/// Ours against glibc's inet_pton and inet_ntop.
struct IPAddressTests {
    /// inet_pton(3); nil where it refuses.
    private func reference(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
        return unsafe inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }

    /// inet_ntop(3).
    private func referenceText(_ bytes: [UInt8]) throws -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        let end = unsafe inet_ntop(family, bytes, &text, socklen_t(text.count))
        try unsafe #require(end != nil)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test(arguments: [
        // IPv4
        "0.0.0.0", "127.0.0.1", "255.255.255.255", "203.0.113.7", "256.0.0.1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3",
        "1..2.3", "01.2.3.4", "1.2.3.04", "00.0.0.0", "1.2.3.4 ", " 1.2.3.4", "+1.2.3.4", "-1.2.3.4", "0x1.2.3.4",
        "1.2.3.1000", "1.2.3.4a", "1,2,3,4", "16909060", "１.2.3.4", "1.2.3.４", "", ".", "...",
        // IPv6
        "::", "::1", "1::", "2001:db8::1", "2001:DB8::A", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
        "1::3:4:5:6:7:8", "1::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7:8", ":1:2:3:4:5:6:7", ":", ":::", "::::", ":1", "1:",
        "1:::2", "1::2::3", "::1::", "12345::", "::00001", "0000::0000", "g::", "::g", "+1::", "::-1", "1 ::",
        "fe80::1%eth0",
        "[::1]", "::1/64", "0:0:0:0:0:0:0:0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "1:2::7:8", "é::", "::１",
        // Both
        "::1.2.3.4", "::ffff:1.2.3.4", "::FFFF:255.255.255.255", "64:ff9b::192.0.2.33", "1:2:3:4:5:6:1.2.3.4",
        "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4", "1.2.3.4::", "::1.2.3.4:5", "1.2.3.4:5::", "::1.2.3",
        "::1.2.3.4.5",
        "::1.2.3.256", "::01.2.3.4", "::.1.2.3", "::1.2.3.4::", "1::1.2.3.4", "::1:2:3:4:5:6:1.2.3.4",
        "::1:2:3:4:5:1.2.3.4",
        "1.2.3.4:", ":1.2.3.4", "::ffff:1.2.3.4 ", "::ffff:0x1.2.3.4",
    ])
    func `a text is an address exactly where inet_pton says so, and the same one`(text: String) {
        #expect(IPAddress(text)?.bytes == reference(text))
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `so it is with texts made at random of what addresses are made of`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "0", "1", "9", "25", "255", "256", "01", "a", "F", "ffff", "12345", ":", "::", ":", ".", ".", "g", "-", " ",
            "%",
        ]
        var addresses = 0
        for _ in 0..<6_000 {
            let text: String
            switch Int.random(in: 0..<4, using: &random) {
            case 0: text = (0..<Int.random(in: 1...15, using: &random)).map { _ in random.pick(pieces) }.joined()
            case 1:
                text = (0..<Int.random(in: 3...5, using: &random)).map { _ in
                    random.pick(["0", "7", "255", "256", "00"])
                }.joined(separator: ".")
            case 2:
                text = (0..<Int.random(in: 6...9, using: &random)).map { _ in
                    random.pick(["0", "db8", "FFFF", "", "1.2.3.4"])
                }.joined(separator: ":")
            default:
                let groups = { (count: Int) in
                    (0..<count).map { _ in random.pick(["0", "1", "abcd"]) }.joined(separator: ":")
                }
                text =
                    groups(Int.random(in: 0...7, using: &random)) + "::" + groups(Int.random(in: 0...7, using: &random))
            }
            let expected = reference(text)
            if expected != nil { addresses += 1 }
            #expect(IPAddress(text)?.bytes == expected, "\(text)")
        }
        #expect((500...5_500).contains(addresses))
    }

    @Test(arguments: [4, 5, 6] as [UInt64])
    func `an address is written as inet_ntop writes it, and read back`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for turn in 0..<2_000 {
            let four = turn.isMultiple(of: 4)
            var bytes = (0..<(four ? 4 : 16)).map { _ in UInt8.random(in: 0...255, using: &random) }
            // Zero groups are what matters in IPv6.
            for group in 0..<8 where !four && Int.random(in: 0..<3, using: &random) > 0 {
                bytes[group * 2] = 0
                bytes[group * 2 + 1] = UInt8.random(in: 0...1, using: &random) * UInt8.random(in: 0...1, using: &random)
            }
            let address = IPAddress(bytes: bytes)
            #expect(IPAddress(address.description) == address)
            // ::a.b.c.d, "IPv4-compatible", is deprecated (RFC 4291 §2.5.5.1): inet_ntop still writes it so, ours does not.
            guard four || bytes[..<12].contains(where: { $0 != 0 }) else { continue }
            #expect(try address.description == referenceText(bytes))
        }
    }

    @Test(arguments: [
        ("0:0:0:0:0:0:0:0", "::"), ("0:0:0:0:0:0:0:1", "::1"), ("1:0:0:0:0:0:0:0", "1::"),
        ("2001:0DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
        ("0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"),
        ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"), ("0:0:3:4:5:6:0:0", "::3:4:5:6:0:0"), ("00AB::", "ab::"),
        ("::102:304", "::102:304"), ("::ffff:102:304", "::ffff:1.2.3.4"), ("::ffff:0:0", "::ffff:0.0.0.0"),
        ("::fffe:102:304", "::fffe:102:304"), ("255.0.10.1", "255.0.10.1"),
    ])
    func `an address is written in the one form of RFC 5952`(text: String, written: String) throws {
        #expect(try #require(IPAddress(text)).description == written)
    }

    @Test func `an IPv4-mapped address is its IPv4 address in canonical form only`() throws {
        let mapped = try #require(IPAddress("::ffff:203.0.113.7"))
        let plain = try #require(IPAddress("203.0.113.7"))
        #expect(mapped != plain && mapped.canonical == plain && !mapped.isIPv4 && plain.isIPv4)
        for text in [
            "203.0.113.7", "::1", "::203.0.113.7", "::fffe:203.0.113.7", "1::ffff:203.0.113.7", "64:ff9b::203.0.113.7",
        ] {
            let address = try #require(IPAddress(text))
            #expect(address.canonical == address)
        }
        #expect(IPAddress.loopback.description == "127.0.0.1")
    }
}
