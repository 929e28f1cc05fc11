import HTTP

/// Whose address a request comes from when proxies stand in front.
enum ForwardedFor {
    /// Walks `X-Forwarded-For` from its right end, where the nearest proxy wrote, to the first address that is not a trusted
    /// proxy. Everything left of that is what a stranger claimed.
    ///
    /// - Parameters:
    ///   - lines: every line of the header, in order.
    ///   - socket: the peer of the connection, itself a trusted proxy; the answer if the walk meets no address there.
    static func peer(lines: [String], socket: IPAddress, trusted: [AddressBlock]) -> IPAddress {
        var furthest = socket
        for line in lines.reversed() {
            for entry in line.utf8.split(separator: 0x2C, omittingEmptySubsequences: false).reversed() {
                guard let address = IPAddress(trimmed(entry))?.canonical else { return socket }
                if !trusted.contains(where: { $0.contains(address) }) { return address }
                furthest = address
            }
        }
        return furthest
    }

    private static func trimmed(_ entry: Substring.UTF8View) -> String {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let head = entry.drop(while: isSpace)
        let count = head.reversed().drop(while: isSpace).count
        return String(Substring(head.prefix(count)))
    }
}
