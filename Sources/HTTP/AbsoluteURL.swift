/// Whether text is an absolute http or https URL as we hand it on: ASCII, percent-encoded, nothing that could end a header,
/// an attribute or the authority early (RFC 3986). Sending checks it again with libcurl's own parser.
package enum AbsoluteURL {
    package static func isValid(_ text: String, bytesMax: Int) -> Bool {
        let bytes = text.utf8
        guard bytes.count <= bytesMax, bytes.allSatisfy({ (0x21...0x7E).contains($0) }),
            !bytes.contains(where: { "\"<>\\^`{|}".utf8.contains($0) }), let scheme = scheme(text)
        else { return false }
        let authority = bytes.dropFirst(scheme.count + 3).prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
        return !authority.isEmpty && authority.first != 0x3A && !authority.contains(0x40) && isPortGood(authority)
    }

    /// Nothing after the host, or a colon and at most 5 digits up to 65535; a host with colons in it stands in brackets.
    private static func isPortGood(_ authority: some Collection<UInt8>) -> Bool {
        var rest = Array(authority)[...]
        if rest.first == 0x5B {
            guard let end = rest.firstIndex(of: 0x5D) else { return false }
            rest = rest[(end + 1)...]
        } else {
            rest = rest[(rest.firstIndex(of: 0x3A) ?? rest.endIndex)...]
        }
        guard let colon = rest.popFirst() else { return true }
        guard colon == 0x3A, rest.count <= 5, rest.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        return rest.isEmpty || UInt16(String(decoding: rest, as: UTF8.self)) != nil
    }

    /// `http` or `https`, lower case; nil for anything else.
    package static func scheme(_ text: String) -> String? {
        let start = text.prefix(8).lowercased()
        if start.hasPrefix("https://") { return "https" }
        return start.hasPrefix("http://") ? "http" : nil
    }

    /// The port that the URL names; nil when it names none, or none that is a number.
    package static func port(_ text: String) -> Int? {
        guard let scheme = scheme(text) else { return nil }
        let authority = text.utf8.dropFirst(scheme.count + 3).prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
        guard let colon = authority.lastIndex(of: 0x3A), !authority[colon...].contains(0x5D) else { return nil }
        return Int(String(decoding: authority[authority.index(after: colon)...], as: UTF8.self))
    }

    /// `https://shop.example:8443` of `https://shop.example:8443/hooks?key=…`: as it is written, without user-info; nil if it
    /// is no http or https URL.
    package static func origin(_ text: String) -> String? {
        guard let scheme = scheme(text) else { return nil }
        let authority = text.utf8.dropFirst(scheme.count + 3).prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
        let place = authority.lastIndex(of: 0x40).map { authority[authority.index(after: $0)...] } ?? authority
        return "\(scheme)://\(String(decoding: place, as: UTF8.self))"
    }
}
