/// Why a listener cannot be opened.
package struct HTTPServerError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The address is not `host:port`.
        case address
        /// The address cannot be listened on: taken, not ours, not permitted.
        case listen
        /// The certificate and key are not PEM, or do not belong together.
        case tls
        /// The machine has no descriptor or memory left.
        case resources
    }

    package let code: Code
    /// One line for a person, beginning with `listen: `.
    package let message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
