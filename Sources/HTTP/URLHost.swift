/// The host of an http or https URL, and what can be said of it without asking a name server.
package struct URLHost: Sendable, Hashable {
    /// In lower case, without port, brackets and a dot at its end; empty if the URL has none.
    package let name: String

    /// - Parameter url: a well-formed one (``AbsoluteURL``).
    package init(of url: String) {
        let authority = (AbsoluteURL.origin(url) ?? "").lowercased().drop { $0 != "/" }.dropFirst(2)
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            name = String(authority[authority.index(after: authority.startIndex)..<end])
        } else {
            let host = authority.prefix { $0 != ":" }
            name = String(host.hasSuffix(".") ? host.dropLast() : host)
        }
    }

    /// What the internet does not route (RFC 1918, 3927, 4193, 4291).
    private static let localBlocks = [
        "0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "::1/128",
        "fc00::/7", "fe80::/10",
    ].compactMap(AddressBlock.init)

    /// Whether it is an address, or a name by its kind, that only this machine or its own network knows. A name that looks
    /// like others may lead to such an address all the same.
    package var isLocal: Bool {
        if let address = IPAddress(name) { return URLHost.localBlocks.contains { $0.contains(address) } }
        return !name.contains(".") || [".localhost", ".local", ".internal", ".lan"].contains(where: name.hasSuffix)
    }

    /// Whether it is a name for manuals, which leads nowhere (RFC 2606, RFC 6761).
    package var isExample: Bool {
        ["example", "invalid", "test", "example.com", "example.org", "example.net"].contains { reserved in
            name == reserved || name.hasSuffix("." + reserved)
        }
    }
}
