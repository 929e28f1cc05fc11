package import HTTP

/// The limits of one ``HTTPClient``.
package struct ClientSettings: Sendable {
    /// Requests on the wire at once; further ones wait their turn inside their timeout.
    package var connectionsMax = 256
    /// Connections kept open between requests, over all hosts.
    package var idleConnectionsMax = 256
    /// Requests that may wait for a name or for their turn; one more is refused with `connect`, nothing sent.
    package var waitingMax = 10_000
    /// TCP and TLS handshake together, for one address.
    package var connectTimeoutMs = 5_000
    package var resolveTimeoutMs = 5_000
    /// All header lines of an answer together, status lines, trailers and line ends included.
    package var headerBytesMax = 16_384
    package var headerLinesMax = 100
    /// PEM file of the authorities to trust, in place of the system's; nil is the system's.
    package var caFile: String?
    package var userAgent = "payrelay"
    /// Further destinations that a policy without `allowPrivateNetwork` refuses: this API's own public addresses, say.
    package var refusedBlocks: [AddressBlock] = []

    package init() {}
}
