package import HTTP

/// A proxy through which every request of a client goes, by a tunnel (CONNECT, RFC 9110 §9.3.6) for http as for https.
///
/// The destination's addresses are resolved and checked here all the same, and the tunnel is asked for the address that
/// passed: the proxy resolves nothing. It is told neither the request nor its headers. It is the admin's own, so that no
/// policy is held against its address.
package struct EgressProxy: Sendable, Hashable {
    /// A name in lower case, or an address without brackets.
    package let host: String
    /// 1 to 65 535.
    package let port: UInt16
    /// The address, if the host is one.
    package let literal: IPAddress?

    /// - Parameter url: `http://proxy.internal:4750`. No user-info: a proxy that wants to know who asks goes by the
    ///   address. No path.
    /// - Throws: `url` for anything else.
    package init(url: String) throws(SendError) {
        let destination = try Destination(url: url)
        // libcurl adds the path's slash.
        guard destination.scheme == .http, destination.path == "/", !url.contains("?"), !url.contains("#") else {
            throw SendError(code: .url, message: "The egress proxy is not written as http://host:port.")
        }
        host = destination.host
        port = destination.port
        literal = destination.literal
    }

    /// As libcurl wants to read it (CURLOPT_PROXY).
    static func url(_ address: IPAddress, port: UInt16) -> String {
        address.isIPv4 ? "http://\(address):\(port)" : "http://[\(address)]:\(port)"
    }
}
