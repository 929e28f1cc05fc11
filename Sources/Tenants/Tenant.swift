package import Alipay
package import Crypto
package import HTTP
package import Payments
package import Webhooks

/// One merchant, as its file says; a request keeps the one it began with.
///
/// It never changes: a class, because every step of a request hands it on, from thread to thread.
package final class Tenant: Sendable {
    /// The file's name: `[a-z0-9][a-z0-9-]{1,38}`.
    package let id: String
    /// For people.
    package let name: String
    package let contract: Contract
    /// What its contract sells.
    package let products: Set<Product>
    package let apiKeys: [APIKey]
    /// At least one.
    package let endpoints: [EndpointSettings]
    package let limits: TenantLimits
    /// Whether its file is gone: it makes no new payments, and what is open goes on until it has ended.
    package let isDraining: Bool
    /// Where the API may be called from; nil for anywhere.
    package let allowedSources: [AddressBlock]?

    package init(
        id: String, name: String, contract: Contract, products: Set<Product>, apiKeys: [APIKey],
        endpoints: [EndpointSettings], limits: TenantLimits = TenantLimits(), allowedSources: [AddressBlock]? = nil,
        isDraining: Bool = false
    ) {
        self.id = id
        self.name = name
        self.contract = contract
        self.products = products
        self.apiKeys = apiKeys
        self.endpoints = endpoints
        self.limits = limits
        self.allowedSources = allowedSources
        self.isDraining = isDraining
    }

    /// The same tenant, whose file is gone or has come back.
    package func draining(_ isDraining: Bool) -> Tenant {
        Tenant(
            id: id, name: name, contract: contract, products: products, apiKeys: apiKeys, endpoints: endpoints,
            limits: limits, allowedSources: allowedSources, isDraining: isDraining)
    }

    /// Whether the API may be called from there.
    package func takesRequests(from peer: IPAddress) -> Bool {
        allowedSources?.contains { $0.contains(peer) } ?? true
    }

    /// Whether a message for this tenant's notify URL may come from there.
    package func takesNotifications(from peer: IPAddress) -> Bool {
        contract.notifySources?.contains { $0.contains(peer) } ?? true
    }

    /// Whether a key is in force to sign requests to Alipay with.
    package var canSign: Bool { contract.keys.canSign }

    /// What a new payment's requests are written in.
    package func charset(of channel: Channel) -> TextCharset { contract.charset(of: channel) }

    /// Alipay's number of the contract, 16 digits.
    package var partner: String { contract.partner }

    /// In the order of the file.
    package var endpointIDs: [String] { endpoints.map(\.id) }

    package func endpoint(_ id: String) -> EndpointSettings? { endpoints.first { $0.id == id } }
}

/// A key of the merchants' API, known only by its digest.
package struct APIKey: Sendable, Hashable {
    /// For people: which of the merchant's systems has it.
    package let label: String
    /// SHA-256 of the whole key text, 32 bytes.
    package let digest: [UInt8]
    package let tag: KeyTag

    /// - Parameter notAfterMs: from then on it opens nothing.
    package init(label: String, digest: [UInt8], notAfterMs: Int64? = nil) {
        self.init(label: label, digest: digest, tag: KeyTag(KeyFingerprint.ofDigest(digest), notAfterMs: notAfterMs))
    }

    private init(label: String, digest: [UInt8], tag: KeyTag) {
        self.label = label
        self.digest = digest
        self.tag = tag
    }

    /// The same key, whose uses are counted there.
    func counted(in use: KeyUse) -> APIKey { APIKey(label: label, digest: digest, tag: tag.counted(in: use)) }
}
