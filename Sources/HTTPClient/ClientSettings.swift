package import HTTP

/// The limits of one ``HTTPClient``, of all its loops together unless they say otherwise.
package struct ClientSettings: Sendable {
    /// Threads, each with connections of its own; at least 1. An origin (scheme, host, port) always has the same one.
    package var loops = 1
    /// Requests on the wire at once; further ones wait their turn inside their timeout.
    package var connectionsMax = 256
    /// Connections kept open between requests, over all hosts.
    package var idleConnectionsMax = 256
    /// Requests that may wait for a name or for their turn; one more is refused with `connect`, nothing sent.
    package var waitingMax = 10_000
    /// New TLS connections of one loop, whose time the handshakes take: so many at once, and one more each time this
    /// has passed, 250 a second. A request beyond them waits its turn inside its timeout, unless a connection to its
    /// origin is free.
    package var tlsConnectionsBurst = 100
    package var tlsConnectionInterval = Duration.milliseconds(4)
    /// TCP and TLS handshake together, for one address, and the proxy's tunnel with them.
    package var connectTimeoutMs = 5_000
    package var resolveTimeoutMs = 5_000
    /// All header lines of an answer together, status lines, trailers and line ends included.
    package var headerBytesMax = 16_384
    package var headerLinesMax = 100
    /// The names of the answers' headers that callers look at; nil is all. The others count and are dropped.
    package var headersKept: [String]?
    /// PEM file of the authorities to trust, in place of the system's; nil is the system's.
    package var caFile: String?
    package var userAgent = "payrelay"
    /// Through which all requests go; nil is none. The environment has no say either way.
    package var proxy: EgressProxy?
    /// The path of a Unix domain socket that every request goes to, whatever host its URL names; nil is none.
    package var unixSocket: String?
    /// Further destinations that a policy without `allowPrivateNetwork` refuses: this API's own public addresses, say.
    package var refusedBlocks: [AddressBlock] = []

    package init() {}
}
