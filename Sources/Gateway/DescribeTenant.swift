import Alipay
import Crypto
import Diagnostics
import HTTP
package import Payments
package import Tenants
import Webhooks

/// A tenant as an admin sees it: what its file says, with no secret in it, and how its keys are used.
package struct DescribeTenant: Sendable {
    package struct Description: Sendable {
        package let tenant: Tenant
        package let partner: String
        package let signType: String
        /// In the order of the contract's table.
        package let products: [Product]
        package let endpoints: [Endpoint]
        /// Nil for anywhere.
        package let notifySources: [String]?
        package let allowedSources: [String]?
        package let keys: [Key]
    }

    package struct Endpoint: Sendable, Hashable {
        package let id: String
        /// Scheme, host and port of its URL; the rest may hold a secret.
        package let origin: String
    }

    package struct Key: Sendable, Hashable {
        package enum State: String, Sendable {
            case inForce = "in_force"
            case lapsed
            /// It was used once, and stands in no file any more.
            case notInFile = "not_in_file"
        }

        package let kind: KeyKind
        package let fingerprint: String
        package let state: State
        /// Where it stands in the file, `alipay.keys[0]`; nil for one that is not there.
        package let place: String?
        /// Of an API key: which of the merchant's systems has it.
        package let label: String?
        /// Unix milliseconds.
        package let notAfterMs: Int64?
        package let count: Int
        /// Unix milliseconds; nil for never.
        package let lastUsedAtMs: Int64?
    }

    private let house: House

    package init(_ house: House) { self.house = house }

    /// Nil if no such tenant is served.
    package func run(_ id: String) -> Description? {
        guard let tenant = house.tenants.current.tenant(id) else { return nil }
        let contract = tenant.contract
        return Description(
            tenant: tenant, partner: contract.partner, signType: contract.keys.signType.rawValue,
            products: Product.all.filter(tenant.products.contains),
            endpoints: tenant.endpoints.map { Endpoint(id: $0.id, origin: AbsoluteURL.origin($0.url) ?? "") },
            notifySources: contract.notifySources?.map(\.description),
            allowedSources: tenant.allowedSources?.map(\.description), keys: keys(of: tenant))
    }

    /// Those of the file in its order, then those that were used and are gone, the one used last first.
    private func keys(of tenant: Tenant) -> [Key] {
        let nowMs = house.clock.nowMs
        let inFile = tenant.keys.map { key in
            Key(
                kind: key.kind, fingerprint: key.tag.fingerprint,
                state: key.tag.isInForce(atMs: nowMs) ? .inForce : .lapsed, place: key.place, label: key.label,
                notAfterMs: key.tag.notAfterMs, count: key.tag.use.count, lastUsedAtMs: key.tag.use.lastUsedAtMs)
        }
        let known = Set(inFile.map { KeyName(tenant: tenant.id, kind: $0.kind, fingerprint: $0.fingerprint) })
        let gone = house.keyUses.used(by: tenant.id).filter { !known.contains($0.key) }
            .sorted { ($0.lastUsedAtMs, $0.key.fingerprint) > ($1.lastUsedAtMs, $1.key.fingerprint) }
            .map { record in
                Key(
                    kind: record.key.kind, fingerprint: record.key.fingerprint, state: .notInFile, place: nil,
                    label: nil,
                    notAfterMs: nil, count: record.count, lastUsedAtMs: record.lastUsedAtMs)
            }
        return inFile + gone
    }
}
