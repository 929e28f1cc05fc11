package import Diagnostics
package import HTTP

/// What one listener obeys.
package struct ListenerSettings: Sendable {
    package var point: ListenPoint
    package var limits: Limits
    /// Peers whose `X-Forwarded-For` counts.
    package var trustedProxies: [AddressBlock]
    /// Nil is plain HTTP.
    package var tls: TLSFiles?

    package init(
        address: ListenAddress, limits: Limits = Limits(), trustedProxies: [AddressBlock] = [], tls: TLSFiles? = nil
    ) {
        point = .tcp(address)
        self.limits = limits
        self.trustedProxies = trustedProxies
        self.tls = tls
    }

    /// Plain HTTP over a Unix domain socket.
    package init(socketPath: String, limits: Limits = Limits()) {
        point = .unix(path: socketPath)
        self.limits = limits
        trustedProxies = []
    }
}

/// The contents of a certificate file and of its key file, as PEM.
package struct TLSFiles: Sendable, Hashable {
    /// The server's certificate first, then its chain.
    package var certificateChain: [UInt8]
    /// The private key, not encrypted.
    package var key: Secret

    package init(certificateChain: [UInt8], key: Secret) {
        self.certificateChain = certificateChain
        self.key = key
    }
}

/// What a listener accepts. A request at a limit is served, one past it is not.
package struct Limits: Sendable, Hashable {
    /// Request line, header fields and the empty line after them; beyond it 431.
    package var headBytesMax = 8192
    /// Header fields; beyond it 431.
    package var headFieldsMax = 100
    /// The head, its cookies once more, and ``headPartBytes`` for each header field, cookie and query argument; beyond it 431.
    package var headMemoryBytesMax = 13_184
    /// Path and query; beyond it 414.
    package var uriBytesMax = 4096
    /// Beyond it 413.
    package var bodyBytesMax = 65_536
    /// The head of an answer; a larger one is a mistake of ours and becomes a 500.
    package var answerHeadBytesMax = 3200
    /// Open connections; one more takes the place of the one that has been waited for the longest, for a request or the rest of
    /// one, and is closed as soon as it is accepted where none is.
    package var connectionsMax = 10_000
    /// For a whole head, from the opening of the connection or the end of the last answer; so also how long a connection
    /// may idle. TLS handshakes count. Beyond it the connection is closed.
    package var headTimeoutMs: Int64 = 30_000
    /// For a whole body, from the end of its head. Beyond it the connection is closed.
    package var bodyTimeoutMs: Int64 = 30_000
    /// For the peer to take a whole answer. Beyond it the connection is closed.
    package var sendTimeoutMs: Int64 = 60_000

    package init() {}

    /// How much of a body that is too large is read and thrown away, beyond `bodyBytesMax`, so that the peer sees its 413
    /// rather than a broken connection; a peer that sends still more is cut off.
    static let discardedBytesMax = 1 << 20
    /// Connections beyond `connectionsMax` that have been hung up on and are not closed yet.
    static let closingMax = 256
    /// The part of a body that is given room before any of it has come.
    static let bodyBytesReserved = 4096
    /// Connections that the system completes before we accept them.
    static let backlog: Int32 = 4096

    /// What libmicrohttpd remembers a header field, a query argument or a cookie with (struct MHD_HTTP_Header).
    static let headPartBytes = 64

    /// libmicrohttpd's pool for one connection, 16 KiB with the defaults, in which it keeps the head as it came, its parts, and
    /// the head of the answer. It is cleared after each request, so that all of it is resident for as long as a connection
    /// lives.
    var connectionMemoryBytes: Int { headMemoryBytesMax + answerHeadBytesMax }
}
