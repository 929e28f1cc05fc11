/// What scheduling needs to know of an endpoint's settings.
package struct EndpointFacts: Sendable, Hashable {
    /// Requests in flight at a time, at most: 1 to 512.
    package let inFlightMax: Int
    /// SHA-256 of the URL, in hex.
    package let urlDigest: String
    /// Whether one of its secrets is in force.
    package let canSign: Bool

    package init(inFlightMax: Int, urlDigest: String, canSign: Bool = true) {
        self.inFlightMax = inFlightMax
        self.urlDigest = urlDigest
        self.canSign = canSign
    }
}
