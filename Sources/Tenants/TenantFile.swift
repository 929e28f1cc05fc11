import Alipay
import Crypto
import Payments
import Settings
import Webhooks

/// One file of the tenants folder.
enum TenantFile {
    static let apiKeysMax = 20
    static let requestsPerSecondMax = 100_000

    /// What a good file gives: the tenant, and what other files must not give as well.
    struct Parsed {
        let tenant: Tenant
        let partnerPosition: SettingsPosition
        /// In the order of the tenant's keys.
        let keyPositions: [SettingsPosition]
        let secrets: [SettingsSecret]
    }

    static func read(_ root: SettingsReader, id: String) -> Parsed? {
        let name = root.string("name")
        let contract = root.section("alipay", ContractSettings.read)
        let products = root.required("products").flatMap(readProducts)
        let keys = root.required("api_keys")?.list(count: 1...apiKeysMax)?.map(readKey)
        let endpoints = EndpointSettings.read(root)
        let limits = root.optionalSection("limits") { section in
            TenantLimits(requestsPerSecond: section.optional("requests_per_second")?.int(in: 1...requestsPerSecondMax))
        }
        guard let name, let contract, let products, let keys, let endpoints, !keys.contains(where: { $0 == nil }) else { return nil }
        let found = keys.compactMap { $0 }
        let tenant = Tenant(
            id: id, name: name, contract: contract.contract, products: products, apiKeys: found.map(\.key),
            endpoints: endpoints.endpoints, limits: limits ?? TenantLimits()
        )
        return Parsed(
            tenant: tenant, partnerPosition: contract.partnerPosition, keyPositions: found.map(\.position),
            secrets: contract.secrets + endpoints.secrets
        )
    }

    private static func readProducts(_ value: SettingsValue) -> Set<Product>? {
        let names = Product.all.map(\.description)
        guard let entries = value.list(count: 1...names.count) else { return nil }
        var products: Set<Product> = []
        for entry in entries {
            guard let name = entry.choice(among: names), let product = Product(name) else { continue }
            if product == Product(channel: .web, settlement: .instant) {
                products.insert(product)
            } else {
                entry.notYet("this version sells web/instant")
            }
        }
        return products
    }

    private static func readKey(_ value: SettingsValue) -> (key: APIKey, position: SettingsPosition)? {
        value.section { section in
            let label = section.string("label")
            guard let sha256 = section.required("sha256"), let text = sha256.string() else { return nil }
            guard let digest = Hex.decode(text), digest.count == 32, text == text.lowercased() else {
                sha256.problem("it must be the lower-case hex SHA-256 of the whole key, 64 digits; `payrelay apikey new` prints one")
                return nil
            }
            guard let label else { return nil }
            return (APIKey(label: label, digest: digest), sha256.position)
        }
    }
}
