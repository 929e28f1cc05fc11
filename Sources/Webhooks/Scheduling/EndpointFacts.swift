/// What scheduling needs to know of an endpoint's settings.
package struct EndpointFacts: Sendable, Hashable {
    /// Requests in flight at a time, at most: 1 to 512.
    package let inFlightMax: Int
    /// SHA-256 of the URL, in hex.
    package let urlDigest: String

    package init(inFlightMax: Int, urlDigest: String) {
        self.inFlightMax = inFlightMax
        self.urlDigest = urlDigest
    }
}
