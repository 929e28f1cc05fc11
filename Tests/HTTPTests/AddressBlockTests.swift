import HTTP
import Support
import Testing

struct AddressBlockTests {
    @Test(arguments: [
        // block, first inside, last inside, the neighbours outside
        ("110.75.128.0/19", "110.75.128.0", "110.75.159.255", ["110.75.127.255", "110.75.160.0", "::"]),
        ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", ["9.255.255.255", "11.0.0.0"]),
        ("172.16.0.0/12", "172.16.0.0", "172.31.255.255", ["172.15.255.255", "172.32.0.0"]),
        ("0.0.0.0/0", "0.0.0.0", "255.255.255.255", ["::", "::1", "2001:db8::1"]),
        ("128.0.0.0/1", "128.0.0.0", "255.255.255.255", ["127.255.255.255"]),
        ("203.0.113.6/31", "203.0.113.6", "203.0.113.7", ["203.0.113.5", "203.0.113.8"]),
        ("203.0.113.7/32", "203.0.113.7", "203.0.113.7", ["203.0.113.6", "203.0.113.8"]),
        ("203.0.113.7", "203.0.113.7", "203.0.113.7", ["203.0.113.6", "203.0.113.8"]),
        (
            "2400:b200::/32", "2400:b200::", "2400:b200:ffff:ffff:ffff:ffff:ffff:ffff",
            ["2400:b1ff:ffff::", "2400:b201::"]
        ),
        ("fc00::/7", "fc00::", "fdff:ffff::ffff", ["fbff::", "fe00::"]),
        ("::/0", "::", "ffff::", ["0.0.0.0", "127.0.0.1", "::ffff:1.2.3.4"]),
        ("::1/128", "::1", "::1", ["::", "::2", "127.0.0.1"]),
        ("::1", "::1", "::1", ["::", "::2", "0.0.0.1"]),
        ("2001:db8::8/125", "2001:db8::8", "2001:db8::f", ["2001:db8::7", "2001:db8::10"]),
    ])
    func `a block holds its first and last address and not their neighbours`(
        text: String, first: String, last: String, outside: [String]
    ) throws {
        let block = try #require(AddressBlock(text))
        #expect(try block.contains(#require(IPAddress(first))) && block.contains(#require(IPAddress(last))))
        for other in outside { #expect(try !block.contains(#require(IPAddress(other))), "\(other)") }
        #expect(block.description == (text.contains("/") ? text : "\(text)/\(block.prefixBits)"))
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/ 8",
        "10.0.0.0/8 ",
        "10.0.0.0/8x", "10.0.0.0/255.0.0.0", "10.0.0.0/99999999999999999999", "10.0.0.0/８", "10.0.0.1/8",
        "10.128.0.0/8",
        "203.0.113.7/31", "0.0.0.1/0", "::/129", "2400:b200::1/32", "2400:b200:8000::/32", "::1/127", "fe80::1%1/64",
        "bank",
        "bank/8", "10.0.0/8", "10/8", "*",
    ])
    func `what is not a block is refused`(text: String) {
        #expect(AddressBlock(text) == nil)
    }

    @Test func `an IPv4-mapped peer is in the IPv4 block, whichever way the block is written`() throws {
        let peer = try #require(IPAddress("::ffff:110.75.130.1"))
        let other = try #require(IPAddress("::ffff:110.75.160.1"))
        for text in ["110.75.128.0/19", "::ffff:110.75.128.0/115"] {
            let block = try #require(AddressBlock(text))
            #expect(block.contains(peer) && block.contains(peer.canonical), "\(text)")
            #expect(!block.contains(other) && !block.contains(other.canonical), "\(text)")
        }
        let all = try #require(AddressBlock("::ffff:0:0/96"))
        #expect(all.contains(peer) && all.contains(other.canonical))
        #expect(try !all.contains(#require(IPAddress("::1"))))
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a block holds what has its first bits`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var inside = 0
        for turn in 0..<3_000 {
            let size = turn.isMultiple(of: 2) ? 4 : 16
            let bits = { (bytes: [UInt8]) in bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } } }
            var bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            let other = IPAddress(bytes: bytes)
            // The first address of the block, then perhaps one bit of it turned.
            let prefix = Int.random(in: 0...size * 8, using: &random)
            for bit in prefix..<size * 8 { bytes[bit / 8] &= ~(0x80 >> UInt8(bit % 8)) }
            if Bool.random(using: &random), prefix > 0 {
                let bit = Int.random(in: 0..<prefix, using: &random)
                bytes[bit / 8] ^= 0x80 >> UInt8(bit % 8)
            }
            let block = try #require(AddressBlock("\(IPAddress(bytes: bytes))/\(prefix)"))
            let expected = bits(bytes).prefix(prefix) == bits(other.bytes).prefix(prefix)
            if expected { inside += 1 }
            #expect(block.contains(other) == expected, "\(block) and \(other)")
        }
        #expect((1_000...2_000).contains(inside))
    }
}
