import CCurl
package import HTTP

/// Where a URL leads, read by libcurl's own parser, so that what is checked is what is dialled.
///
/// The parser turns every spelling of an IPv4 address (`2130706433`, `0x7f.1`, `017700000001`, `127.1`) into dotted
/// decimal (libcurl-url(3)).
package struct Destination: Sendable, Hashable {
    package enum Scheme: String, Sendable {
        case http, https
    }

    package static let urlBytesMax = 16_384
    /// RFC 1035 §2.3.4, with the final dot.
    package static let hostBytesMax = 254

    /// The URL as libcurl writes it, without its fragment.
    package let url: String
    package let scheme: Scheme
    /// In lower case, an IPv6 address without brackets.
    package let host: String
    /// 1 to 65 535.
    package let port: UInt16
    /// The address, if the host is one.
    package let literal: IPAddress?
    /// At least `/`, without the query.
    package let path: String

    /// - Throws: `url` for what is not an absolute http or https URL of printable ASCII, or has user-info.
    package init(url: String) throws(SendError) {
        guard url.utf8.count <= Destination.urlBytesMax, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw SendError(code: .url, message: "The URL is too long or holds a character that must be escaped.")
        }
        let parsed = try ParsedURL(url)
        guard let scheme = parsed.part(CURLUPART_SCHEME).flatMap({ Scheme(rawValue: $0.lowercased()) }) else {
            throw SendError(code: .url, message: "The URL's scheme is neither https nor http.")
        }
        guard let host = parsed.part(CURLUPART_HOST)?.lowercased(), parsed.part(CURLUPART_ZONEID) == nil,
            let port = parsed.part(CURLUPART_PORT).flatMap(UInt16.init), port > 0,
            let normalized = parsed.part(CURLUPART_URL)
        else {
            throw SendError(code: .url, message: "The URL has no host and port that can be dialled.")
        }
        self.url = normalized
        self.scheme = scheme
        self.port = port
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        literal = IPAddress(self.host)
        path = parsed.part(CURLUPART_PATH) ?? "/"
        guard literal != nil || Destination.isName(self.host) else {
            throw SendError(code: .url, message: "The URL's host is not a name.")
        }
    }

    private static func isName(_ host: String) -> Bool {
        (1...hostBytesMax).contains(host.utf8.count)
            && host.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
            }
    }
}

/// A URL in libcurl's hands.
@safe private struct ParsedURL: ~Copyable {
    private let handle: OpaquePointer

    init(_ url: String) throws(SendError) {
        guard let handle = unsafe curl_url() else { preconditionFailure("libcurl has memory for a URL") }
        unsafe self.handle = unsafe handle
        let code = unsafe curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_DISALLOW_USER))
        switch code {
        case CURLUE_OK:
            // A fragment is never sent; without one the URL can stand in the request as it is.
            let cleared = unsafe curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0)
            precondition(cleared == CURLUE_OK, "libcurl can drop a fragment")
        case CURLUE_USER_NOT_ALLOWED:
            throw SendError(code: .url, message: "The URL holds a user name or password.")
        default:
            throw SendError(code: .url, message: "The URL cannot be read.")
        }
    }

    deinit { unsafe curl_url_cleanup(handle) }

    /// nil for a part that the URL lacks; the port defaults to the scheme's.
    func part(_ which: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        let flags = which == CURLUPART_PORT ? UInt32(CURLU_DEFAULT_PORT) : 0
        guard unsafe curl_url_get(handle, which, &text, flags) == CURLUE_OK, let text = unsafe text else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}
