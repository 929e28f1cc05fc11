/// What requests must have in common to share a connection (RFC 6454 §4).
struct Origin: Hashable {
    let scheme: Destination.Scheme
    let host: String
    let port: UInt16

    /// One of `count` loops, the same one each time: a connection serves only the loop that opened it.
    ///
    /// FNV-1a, 64 bits (draft-eastlake-fnv): what strangers could make collide by choosing names costs them a loop that
    /// others use as well, and no more.
    func loop(of count: Int) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in host.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for byte in [UInt8(port >> 8), UInt8(port & 0xFF), scheme == .https ? 1 : 0] {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        // The low bits of FNV alone depend on the low bits of the bytes.
        return Int((hash ^ (hash >> 32)) % UInt64(count))
    }
}

extension Destination {
    var origin: Origin { Origin(scheme: scheme, host: host, port: port) }
}
