import Alipay
import Crypto
import Payments
import Settings
import Webhooks

/// One file of the tenants folder.
struct TenantFile: Sendable {
    static let apiKeysMax = 20
    static let allowedSourcesRange = 1...100

    /// The file's name without its ending, whether or not it can be a tenant's id.
    let id: String
    /// Nil if anything in the file is wrong.
    var tenant: Tenant?
    /// What no other file may have as well; as far as it could be read, whatever else is wrong.
    var claims = Claims()

    struct Claims: Sendable {
        var partner: Claim?
        /// The public half of the key that signs, with RSA.
        var publicKey: Claim?
        /// Of the API keys: the digests in hex.
        var keys: [Claim] = []

        var keyDigests: [[UInt8]] { keys.compactMap { Hex.decode($0.text) } }
    }

    struct Claim: Sendable {
        let text: String
        let position: SettingsPosition
    }

    init(id: String) { self.id = id }

    /// Reads the file's root; every problem is reported, and there is a tenant if none is an error.
    mutating func read(_ root: SettingsReader) -> Tenant? {
        root.explain(TenantFile.about)
        claims.partner = root.look(at: ["alipay", "partner"]).map { Claim(text: $0.text, position: $0.position) }
        let name = root.string("name")
        let contract = root.section("alipay", ContractSettings.read)
        if let contract, let key = contract.contract.keys.ownPublicKey, let position = contract.privateKeyPosition {
            claims.publicKey = Claim(text: key.text, position: position)
        }
        let products = root.required("products").flatMap(TenantFile.readProducts)
        let keys = readKeys(root)
        let endpoints = EndpointSettings.read(root)?.endpoints
        if endpoints?.isEmpty == true { _ = root.required("webhook") }
        let limits = root.optionalSection("limits") { section in
            section.explain(TenantFile.aboutLimits)
            return TenantLimits.read(section)
        }
        let sources = root.optional("allowed_sources").map {
            $0.addressBlocks(count: TenantFile.allowedSourcesRange, example: "203.0.113.0/24")
        }
        guard let name, let contract, let products, let keys, let endpoints else { return nil }
        return Tenant(
            id: id, name: name, contract: contract.contract, products: products, apiKeys: keys, endpoints: endpoints,
            limits: limits ?? TenantLimits(), allowedSources: sources ?? nil
        )
    }

    private static func readProducts(_ value: SettingsValue) -> Set<Product>? {
        let names = Product.all.map(\.description)
        guard let entries = value.list(count: 1...names.count) else { return nil }
        var products: Set<Product> = []
        for entry in entries {
            guard let name = entry.choice(among: names), let product = Product(name) else { continue }
            products.insert(product)
        }
        return products
    }

    private mutating func readKeys(_ root: SettingsReader) -> [APIKey]? {
        guard let list = root.required("api_keys"), let entries = list.list(count: 1...TenantFile.apiKeysMax) else {
            return nil
        }
        let keys = entries.map { entry in entry.section { readKey($0) } }
        list.warnIfLapsed(keys.map { $0?.tag.notAfterMs })
        return keys.contains { $0 == nil } ? nil : keys.compactMap { $0 }
    }

    private mutating func readKey(_ section: SettingsReader) -> APIKey? {
        section.explain(TenantFile.aboutKeys)
        let label = section.string("label")
        let notAfterMs = section.notAfter()
        guard let sha256 = section.required("sha256"), let text = sha256.string() else { return nil }
        guard let digest = Hex.decode(text), digest.count == 32, text == text.lowercased() else {
            sha256.problem(
                "it must be the lower-case hex SHA-256 of the whole key, 64 digits; `payrelay apikey new` prints one"
            )
            return nil
        }
        if claims.keys.contains(where: { $0.text == text }) {
            sha256.problem("this file has the same API key already; take one of the two out")
        }
        claims.keys.append(Claim(text: text, position: sha256.position))
        return label.map { APIKey(label: $0, digest: digest, notAfterMs: notAfterMs) }
    }
}
