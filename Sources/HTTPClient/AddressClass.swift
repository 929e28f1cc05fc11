package import HTTP

/// Whether an address belongs to the public internet.
///
/// The special ranges are those of IANA's registries (RFC 6890 and its successors), every range that carries an IPv4
/// address inside an IPv6 one, and the one public address behind which a cloud keeps its metadata.
package enum AddressClass: Hashable, Sendable {
    case `public`
    /// An address of this range; never a destination that a stranger may name.
    case special(AddressBlock)

    /// Classifies the canonical form: `::ffff:127.0.0.1` is what `127.0.0.1` is.
    package init(_ address: IPAddress) {
        let canonical = address.canonical
        let blocks = canonical.isIPv4 ? AddressClass.specialIPv4 : AddressClass.specialIPv6
        self = blocks.first { $0.contains(canonical) }.map(AddressClass.special) ?? .public
    }

    package static let specialIPv4: [AddressBlock] = blocks([
        "0.0.0.0/8",  // this network, RFC 791
        "10.0.0.0/8",  // private, RFC 1918
        "100.64.0.0/10",  // shared with the carrier, RFC 6598
        "127.0.0.0/8",  // loopback, RFC 1122
        "168.63.129.16/32",  // Azure's metadata and wire server
        "169.254.0.0/16",  // link-local and cloud metadata, RFC 3927
        "172.16.0.0/12",  // private, RFC 1918
        "192.0.0.0/24",  // protocol assignments, RFC 6890
        "192.0.2.0/24",  // documentation, RFC 5737
        "192.88.99.0/24",  // 6to4 relays, RFC 7526
        "192.168.0.0/16",  // private, RFC 1918
        "198.18.0.0/15",  // benchmarks, RFC 2544
        "198.51.100.0/24",  // documentation, RFC 5737
        "203.0.113.0/24",  // documentation, RFC 5737
        "224.0.0.0/4",  // multicast, RFC 5771
        "240.0.0.0/4",  // reserved, RFC 1112, and broadcast
    ])

    package static let specialIPv6: [AddressBlock] = blocks([
        "::/128",  // unspecified, RFC 4291
        "::1/128",  // loopback, RFC 4291
        "64:ff9b::/96",  // NAT64: holds an IPv4 address, RFC 6052
        "64:ff9b:1::/48",  // local NAT64, RFC 8215
        "100::/64",  // discard, RFC 6666
        "2001::/23",  // protocol assignments, Teredo 2001::/32 among them, RFC 2928
        "2001:db8::/32",  // documentation, RFC 3849
        "2002::/16",  // 6to4: holds an IPv4 address, RFC 3056
        "3fff::/20",  // documentation, RFC 9637
        "5f00::/16",  // segment routing, RFC 9602
        "fc00::/7",  // unique local, RFC 4193
        "fe80::/10",  // link-local, RFC 4291
        "fec0::/10",  // site-local, RFC 3879
        "ff00::/8",  // multicast, RFC 4291
        // Global unicast is handed out from 2000::/3 alone (RFC 4291 §2.4); the rest, IPv4-compatible and
        // IPv4-translated addresses among it, is nobody's.
        "::/3", "4000::/2", "8000::/1",
    ])

    private static func blocks(_ texts: [String]) -> [AddressBlock] {
        texts.map { text in
            guard let block = AddressBlock(text) else { preconditionFailure("\(text) is written as CIDR") }
            return block
        }
    }
}
