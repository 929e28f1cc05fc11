import Alipay
package import Crypto
package import Payments
import Webhooks

/// One key of a tenant, with where it stands in its file.
package struct TenantKey: Sendable, Hashable {
    package let kind: KeyKind
    /// `alipay.keys[0]`, `api_keys[1]`, `webhook.secrets[0]`.
    package let place: String
    /// Of an API key.
    package let label: String?
    package let tag: KeyTag
}

extension Tenant {
    /// Every key of the tenant: the contract's, the API's, the webhooks', each in the order of the file.
    package var keys: [TenantKey] {
        let alipay = contract.keys.entries.map {
            TenantKey(kind: .alipayKey, place: "alipay.\($0.place)", label: nil, tag: $0.tag)
        }
        let api = apiKeys.enumerated().map {
            TenantKey(kind: .apiKey, place: "api_keys[\($0)]", label: $1.label, tag: $1.tag)
        }
        // `webhook:` is one without a choice of its id.
        let isOne = endpoints.count == 1 && endpoints[0].id == EndpointSettings.defaultID
        let webhooks = endpoints.enumerated().flatMap { index, endpoint in
            let place = isOne ? "webhook" : "webhooks[\(index)]"
            return endpoint.secrets.enumerated().map {
                TenantKey(kind: .webhookSecret, place: "\(place).secrets[\($0)]", label: nil, tag: $1.tag)
            }
        }
        return alipay + api + webhooks
    }

    /// The same tenant, whose keys' uses are counted where `use` says.
    func counted(_ use: (KeyKind, String) -> KeyUse) -> Tenant {
        Tenant(
            id: id, name: name, contract: contract.counted { use(.alipayKey, $0) }, products: products,
            apiKeys: apiKeys.map { $0.counted(in: use(.apiKey, $0.tag.fingerprint)) },
            endpoints: endpoints.map { endpoint in endpoint.counted { use(.webhookSecret, $0) } }, limits: limits,
            allowedSources: allowedSources, isDraining: isDraining)
    }
}
