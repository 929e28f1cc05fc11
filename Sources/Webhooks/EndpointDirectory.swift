package import Payments

/// The endpoints in force, as the tenants' files say at this moment.
package protocol EndpointDirectory: Sendable {
    /// Nil if the tenant or its endpoint is not there. Must not block.
    func endpoint(_ key: EndpointKey) -> EndpointSettings?
}
