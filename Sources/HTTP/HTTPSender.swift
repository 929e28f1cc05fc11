/// Sends requests to other servers.
package protocol HTTPSender: Sendable {
    /// Sends `request` and calls `then` exactly once, on a thread of the sender; `then` must not block.
    func send(
        _ request: OutboundRequest,
        then: @escaping @Sendable (Result<OutboundResponse, SendError>) -> Void
    )
}

extension HTTPSender {
    package func send(_ request: OutboundRequest) async -> Result<OutboundResponse, SendError> {
        await withCheckedContinuation { continuation in
            send(request) { continuation.resume(returning: $0) }
        }
    }
}

/// Which destinations a request may go to.
package struct EgressPolicy: Sendable, Hashable {
    /// Whether plain http is allowed besides https.
    package var allowHTTP: Bool
    /// Whether private, loopback, link-local and other special addresses are allowed (RFC 6890).
    package var allowPrivateNetwork: Bool

    package init(allowHTTP: Bool, allowPrivateNetwork: Bool) {
        self.allowHTTP = allowHTTP
        self.allowPrivateNetwork = allowPrivateNetwork
    }

    /// For what strangers name: https to public addresses.
    package static let publicHTTPS = EgressPolicy(allowHTTP: false, allowPrivateNetwork: false)
    /// For what the admin of this installation names.
    package static let trusted = EgressPolicy(allowHTTP: true, allowPrivateNetwork: true)
}

/// One request to somebody else's server.
package struct OutboundRequest: Sendable {
    package var method: Method
    /// Absolute http or https URL, already percent-encoded.
    package var url: String
    package var headers: Headers
    package var body: [UInt8]
    package var policy: EgressPolicy
    /// From the call to the last byte of the answer, name resolution and queueing inside the sender included.
    package var timeout: Duration
    package var bodyLimit: BodyLimit

    /// What becomes of an answer's body.
    package enum BodyLimit: Sendable, Hashable {
        /// A larger body is the error `tooLarge`.
        case refuse(bytesMax: Int)
        /// The first `bytesKept` are kept; reading stops, and the answer counts by its status, at `bytesMax`.
        case truncate(bytesKept: Int, bytesMax: Int)
    }

    package init(
        method: Method = .get, url: String, headers: Headers = Headers(), body: [UInt8] = [],
        policy: EgressPolicy, timeout: Duration, bodyLimit: BodyLimit
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.policy = policy
        self.timeout = timeout
        self.bodyLimit = bodyLimit
    }
}

/// An answer of somebody else's server.
package struct OutboundResponse: Sendable {
    package var status: Int
    package var headers: Headers
    package var body: [UInt8]
    /// Whether `body` is only the first part of what came.
    package var truncated: Bool
    /// The address that the connection went to, `203.0.113.7` or `2001:db8::1`.
    package var address: String
    /// Whether the answer came over TLS whose certificate was verified.
    package var verifiedTLS: Bool
    package var duration: Duration

    package init(
        status: Int, headers: Headers = Headers(), body: [UInt8] = [], truncated: Bool = false, address: String = "",
        verifiedTLS: Bool = false, duration: Duration = .zero
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.truncated = truncated
        self.address = address
        self.verifiedTLS = verifiedTLS
        self.duration = duration
    }
}

/// Why there is no answer.
package struct SendError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The URL cannot be read, or its scheme is not allowed.
        case url
        /// The name did not resolve.
        case dns
        /// An address of the destination is not allowed by the policy; nothing was sent.
        case refusedDestination = "refused_destination"
        /// No TCP connection.
        case connect
        /// TLS failed, or the certificate is not valid for the name.
        case tls
        /// Too slow, at any stage: the peer may have acted on the request.
        case timeout
        /// The connection broke after it stood: the peer may have acted on the request.
        case reset
        /// The body is larger than the limit.
        case tooLarge = "too_large"
        /// The answer is not HTTP, or its headers are too many or too large.
        case malformed
        /// This process is shutting down; nothing is known about the peer.
        case canceled
        /// Nothing was begun, because this process has too much to do; it says nothing about the peer.
        case busy
    }

    package let code: Code
    /// One sentence for a person; no secret, no body.
    package let message: String
    /// The address tried last, if it came to that.
    package let address: String?
    package let duration: Duration

    package init(code: Code, message: String, address: String? = nil, duration: Duration = .zero) {
        self.code = code
        self.message = message
        self.address = address
        self.duration = duration
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
