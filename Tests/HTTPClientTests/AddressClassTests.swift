import HTTP
import HTTPClient
import Testing

struct AddressClassTests {
    /// First and last address of a range, and the neighbours outside it that are public (nil: another range's).
    struct Row: Sendable, CustomTestStringConvertible {
        let range: String, before: String?, first: String, last: String, after: String?
        var testDescription: String { range }
    }

    static let ipv4: [Row] = [
        Row(range: "0.0.0.0/8", before: nil, first: "0.0.0.0", last: "0.255.255.255", after: "1.0.0.0"),
        Row(range: "10.0.0.0/8", before: "9.255.255.255", first: "10.0.0.0", last: "10.255.255.255", after: "11.0.0.0"),
        Row(
            range: "100.64.0.0/10", before: "100.63.255.255", first: "100.64.0.0", last: "100.127.255.255",
            after: "100.128.0.0"),
        Row(
            range: "127.0.0.0/8", before: "126.255.255.255", first: "127.0.0.0", last: "127.255.255.255",
            after: "128.0.0.0"),
        Row(
            range: "168.63.129.16/32", before: "168.63.129.15", first: "168.63.129.16", last: "168.63.129.16",
            after: "168.63.129.17"),
        Row(
            range: "169.254.0.0/16", before: "169.253.255.255", first: "169.254.0.0", last: "169.254.255.255",
            after: "169.255.0.0"),
        Row(
            range: "172.16.0.0/12", before: "172.15.255.255", first: "172.16.0.0", last: "172.31.255.255",
            after: "172.32.0.0"),
        Row(
            range: "192.0.0.0/24", before: "191.255.255.255", first: "192.0.0.0", last: "192.0.0.255",
            after: "192.0.1.0"),
        Row(range: "192.0.2.0/24", before: "192.0.1.255", first: "192.0.2.0", last: "192.0.2.255", after: "192.0.3.0"),
        Row(
            range: "192.88.99.0/24", before: "192.88.98.255", first: "192.88.99.0", last: "192.88.99.255",
            after: "192.88.100.0"),
        Row(
            range: "192.168.0.0/16", before: "192.167.255.255", first: "192.168.0.0", last: "192.168.255.255",
            after: "192.169.0.0"),
        Row(
            range: "198.18.0.0/15", before: "198.17.255.255", first: "198.18.0.0", last: "198.19.255.255",
            after: "198.20.0.0"),
        Row(
            range: "198.51.100.0/24", before: "198.51.99.255", first: "198.51.100.0", last: "198.51.100.255",
            after: "198.51.101.0"),
        Row(
            range: "203.0.113.0/24", before: "203.0.112.255", first: "203.0.113.0", last: "203.0.113.255",
            after: "203.0.114.0"),
        Row(range: "224.0.0.0/4", before: "223.255.255.255", first: "224.0.0.0", last: "239.255.255.255", after: nil),
        Row(range: "240.0.0.0/4", before: nil, first: "240.0.0.0", last: "255.255.255.255", after: nil),
    ]

    static let ipv6: [Row] = [
        Row(range: "::/128", before: nil, first: "::", last: "::", after: nil),
        Row(range: "::1/128", before: nil, first: "::1", last: "::1", after: nil),
        Row(range: "64:ff9b::/96", before: nil, first: "64:ff9b::", last: "64:ff9b::ffff:ffff", after: nil),
        Row(
            range: "64:ff9b:1::/48", before: nil, first: "64:ff9b:1::", last: "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
            after: nil),
        Row(range: "100::/64", before: nil, first: "100::", last: "100::ffff:ffff:ffff:ffff", after: nil),
        Row(
            range: "2001::/23", before: "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", first: "2001::",
            last: "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", after: "2001:200::"),
        Row(
            range: "2001:db8::/32", before: "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", first: "2001:db8::",
            last: "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", after: "2001:db9::"),
        Row(
            range: "2002::/16", before: "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", first: "2002::",
            last: "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", after: "2003::"),
        Row(
            range: "3fff::/20", before: "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", first: "3fff::",
            last: "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", after: "3fff:1000::"),
        Row(
            range: "5f00::/16", before: nil, first: "5f00::", last: "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            after: nil),
        Row(
            range: "fc00::/7", before: nil, first: "fc00::", last: "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", after: nil
        ),
        Row(
            range: "fe80::/10", before: nil, first: "fe80::", last: "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            after: nil),
        Row(
            range: "fec0::/10", before: nil, first: "fec0::", last: "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            after: nil),
        Row(
            range: "ff00::/8", before: nil, first: "ff00::", last: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", after: nil
        ),
        Row(range: "::/3", before: nil, first: "::2", last: "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", after: "2000::"),
        Row(
            range: "4000::/2", before: "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", first: "4000::",
            last: "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", after: nil),
        Row(
            range: "8000::/1", before: nil, first: "8000::", last: "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", after: nil
        ),
    ]

    @Test(arguments: ipv4 + ipv6)
    func `a range is special from its first address to its last, and its public neighbours are not`(row: Row) throws {
        let special = AddressClass.special(try #require(AddressBlock(row.range)))
        #expect(AddressClass(try #require(IPAddress(row.first))) == special)
        #expect(AddressClass(try #require(IPAddress(row.last))) == special)
        for neighbour in [row.before, row.after].compactMap({ $0 }) {
            #expect(AddressClass(try #require(IPAddress(neighbour))) == .public, "\(neighbour)")
        }
    }

    @Test func `every range of the code has its row here`() {
        #expect(AddressClass.specialIPv4.map(\.description) == Self.ipv4.map(\.range))
        #expect(AddressClass.specialIPv6.map(\.description) == Self.ipv6.map(\.range))
    }

    @Test(arguments: ipv4)
    func `an IPv4 address mapped into IPv6 is what it is as IPv4`(row: Row) throws {
        let special = AddressClass.special(try #require(AddressBlock(row.range)))
        #expect(AddressClass(try #require(IPAddress("::ffff:\(row.first)"))) == special)
        #expect(AddressClass(try #require(IPAddress("::ffff:\(row.last)"))) == special)
        for neighbour in [row.before, row.after].compactMap({ $0 }) {
            #expect(AddressClass(try #require(IPAddress("::ffff:\(neighbour)"))) == .public, "\(neighbour)")
        }
    }

    @Test(arguments: [
        "::127.0.0.1",  // IPv4-compatible
        "::ffff:0:127.0.0.1",  // IPv4-translated
        "64:ff9b::7f00:1",  // NAT64
        "2002:7f00:1::1",  // 6to4
        "2001:0:7f00:1::",  // Teredo
    ])
    func `loopback inside an IPv6 address is special in every notation`(text: String) throws {
        #expect(AddressClass(try #require(IPAddress(text))) != .public)
    }

    @Test(arguments: ["1.1.1.1", "8.8.8.8", "110.75.143.1", "2400:3200::1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
    func `addresses of public servers are public`(text: String) throws {
        #expect(AddressClass(try #require(IPAddress(text))) == .public)
    }
}
