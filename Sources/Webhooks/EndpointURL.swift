import HTTP

/// The rules for a webhook's URL, over its bytes (RFC 3986), so that no two parsers can read it differently.
enum EndpointURL {
    static let bytesMax = 2048
    /// Where webhooks go without a word about ports in the file; plain http's only where that is allowed.
    private static let portsHTTPS: Set = [443, 8443]
    private static let portsHTTP: Set = [80, 8080]

    /// What is wrong with it, in words to stand after the setting's path and without the URL itself; nil if nothing is.
    ///
    /// - Parameter ports: those allowed beside the usual ones; nil for any.
    static func problem(_ url: String, allowHTTP: Bool, ports: Set<Int>?) -> String? {
        let bytes = Array(url.utf8)
        guard bytes.count <= bytesMax else {
            return "the URL has \(bytes.count) bytes; at most \(bytesMax) are allowed"
        }
        guard bytes.allSatisfy(isURLByte) else {
            return "the URL has a blank or another character that URLs do not have; percent-encode it, in a host name "
                + "use punycode"
        }
        let rest: Substring
        let scheme = url.prefix { $0 != ":" }.lowercased()
        switch scheme {
        case "https" where url.dropFirst(5).hasPrefix("://"): rest = url.dropFirst(8)
        case "http" where url.dropFirst(4).hasPrefix("://"):
            guard allowHTTP else {
                return "http is not allowed; use https, or allow_http: true on an intranet or for tests"
            }
            rest = url.dropFirst(7)
        default: return "expected an absolute URL that begins with https://"
        }
        if rest.contains("#") { return "the URL has a fragment (#…), which is never sent; leave it out" }
        guard isPercentEncoded(Array(rest.utf8)) else {
            return "a % in the URL is not followed by two hexadecimal digits; write %25 for the character itself"
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        if authority.contains("@") {
            return "the URL has a user name or password (…@); put a token into the path instead"
        }
        return authorityProblem(authority) { port in portProblem(port, allowHTTP: allowHTTP, ports: ports) }
    }

    /// A service that happens to listen somewhere inside must not be told of payments by a slip of the pen.
    private static func portProblem(_ port: Int, allowHTTP: Bool, ports: Set<Int>?) -> String? {
        guard let ports, !ports.union(portsHTTPS).union(allowHTTP ? portsHTTP : []).contains(port) else { return nil }
        let usual = allowHTTP ? "443, 8443, 80 or 8080" : "443 or 8443"
        return "webhooks do not go to port \(port) unasked; use \(usual), or add allow_ports: [\(port)] if it is meant"
    }

    private static func authorityProblem(_ authority: Substring, portProblem: (Int) -> String?) -> String? {
        let host: Substring
        let port: Substring
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<end]
            port = authority[authority.index(after: end)...]
            guard let address = IPAddress(String(host)), !address.isIPv4 else {
                return "the URL's host is no IPv6 address"
            }
        } else {
            host = authority.prefix { $0 != ":" }
            port = authority[host.endIndex...]
            guard isHost(host) else {
                return host.isEmpty ? "the URL has no host" : "the URL's host is not a name or address"
            }
        }
        if port.isEmpty { return nil }
        guard port.hasPrefix(":"), port.utf8.count <= 6, port.dropFirst().utf8.allSatisfy(isDigit),
            let number = Int(port.dropFirst()), (1...65_535).contains(number)
        else { return "the URL's port is not a number from 1 to 65535" }
        return portProblem(number)
    }

    /// Letters, digits, `-` and `_` in parts of 1 to 63 with dots between them, 253 bytes in all; one dot may end it.
    private static func isHost(_ host: Substring) -> Bool {
        let name = host.hasSuffix(".") ? host.dropLast() : host
        guard (1...253).contains(name.utf8.count) else { return false }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            (1...63).contains(part.utf8.count)
                && part.utf8.allSatisfy { isDigit($0) || isLetter($0) || $0 == 0x2D || $0 == 0x5F }
        }
    }

    private static func isPercentEncoded(_ bytes: [UInt8]) -> Bool {
        bytes.indices.allSatisfy { index in
            guard bytes[index] == 0x25 else { return true }
            return index + 2 < bytes.count && isHex(bytes[index + 1]) && isHex(bytes[index + 2])
        }
    }

    /// ASCII that RFC 3986 lets stand in a URL.
    private static func isURLByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || Array("-._~:/?#[]@!$&'()*+,;=%".utf8).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }
}
