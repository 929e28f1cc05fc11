package import Alipay
package import HTTP
package import Payments
package import Webhooks

/// One merchant, as its file says; a request keeps the value it began with.
package struct Tenant: Sendable {
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
    package var isDraining = false

    package init(
        id: String, name: String, contract: Contract, products: Set<Product>, apiKeys: [APIKey],
        endpoints: [EndpointSettings], limits: TenantLimits = TenantLimits()
    ) {
        self.id = id
        self.name = name
        self.contract = contract
        self.products = products
        self.apiKeys = apiKeys
        self.endpoints = endpoints
        self.limits = limits
    }

    /// Whether a message for this tenant's notify URL may come from there.
    package func takesNotifications(from peer: IPAddress) -> Bool {
        contract.notifySources?.contains { $0.contains(peer) } ?? true
    }

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

    package init(label: String, digest: [UInt8]) {
        self.label = label
        self.digest = digest
    }
}

/// What a tenant may ask for.
package struct TenantLimits: Sendable, Hashable {
    package static let webhookBacklogDefault = 100_000

    /// Requests to the API per second, and as many at once; nil for no limit.
    package let requestsPerSecond: Int?
    /// Deliveries that may wait at once, of all its endpoints, before that is an alarm; 1,000 to 10,000,000.
    package let webhookBacklog: Int

    package init(requestsPerSecond: Int? = nil, webhookBacklog: Int = TenantLimits.webhookBacklogDefault) {
        self.requestsPerSecond = requestsPerSecond
        self.webhookBacklog = webhookBacklog
    }
}
