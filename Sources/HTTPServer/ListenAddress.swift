package import HTTP

/// Where a listener listens: `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:0`.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// `0.0.0.0` is every IPv4 address of the machine, `::` every address of it, IPv4 included.
    package let address: IPAddress
    /// 0 lets the system pick a free port.
    package let port: UInt16

    package init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Reads `a.b.c.d:port` or `[IPv6]:port`, the port in decimal without sign.
    ///
    /// - Throws: code `address` for anything else; names are not resolved.
    package init(_ text: String) throws(HTTPServerError) {
        guard let colon = text.lastIndex(of: ":"), let port = ListenAddress.port(text[text.index(after: colon)...]),
            let address = ListenAddress.host(text[..<colon])
        else {
            throw HTTPServerError(
                code: .address,
                message: "listen: \"\(text)\" is not an address and a port; write 127.0.0.1:8080 or [::1]:8080"
            )
        }
        self.init(address: address, port: port)
    }

    package var description: String {
        address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }

    private static func port(_ text: Substring) -> UInt16? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt16(text) : nil
    }

    private static func host(_ text: Substring) -> IPAddress? {
        if text.first == "[", text.last == "]" {
            guard let address = IPAddress(String(text.dropFirst().dropLast())), !address.isIPv4 else { return nil }
            return address
        }
        guard let address = IPAddress(String(text)), address.isIPv4 else { return nil }
        return address
    }
}
