/// One request as a server received it, head and body whole.
package struct Request: Sendable {
    package var method: Method
    /// The path as sent, percent-encoding untouched, without the query: `/v1/payments`.
    package var path: String
    /// The bytes after the first `?`, raw; empty if there is none.
    package var query: [UInt8]
    package var headers: Headers
    /// The raw body; at most the listener's limit.
    package var body: [UInt8]
    /// The peer of the TCP connection, or what a trusted proxy said it was (X-Forwarded-For).
    package var peer: IPAddress
    /// `req_…`, made by the server when the request came; it stands in the answer's `Request-Id`.
    package var id: String

    package init(
        method: Method, path: String, query: [UInt8] = [], headers: Headers = Headers(), body: [UInt8] = [],
        peer: IPAddress = .loopback, id: String = "req_0"
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.peer = peer
        self.id = id
    }
}
