package import HTTP

/// Turns names into addresses.
package protocol NameResolver: Sendable {
    /// Calls `then` exactly once, on any thread, perhaps before it returns; `then` must not block.
    ///
    /// The addresses are all that the name has, or had within the hour, at least one, the best first; the error is
    /// `dns`, or `busy` if nothing was looked up. It comes `timeoutMs` after the call at the latest.
    ///
    /// - Parameter host: a name in lower case, not an address.
    func resolve(
        _ host: String, timeoutMs: Int, then: @escaping @Sendable (Result<[IPAddress], SendError>) -> Void
    )
}
