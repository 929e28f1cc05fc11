import Crypto
package import Diagnostics
package import Settings

/// Which version of a tenant's file is in force.
package struct TenantVersion: Sendable, Hashable {
    /// SHA-256 of the file's bytes, in hex.
    package let fileDigest: String
    /// Unix milliseconds.
    package let appliedAtMs: Int64

    package init(fileDigest: String, appliedAtMs: Int64) {
        self.fileDigest = fileDigest
        self.appliedAtMs = appliedAtMs
    }
}

/// All tenants at one moment. It never changes; a new one takes its place.
package struct TenantSnapshot: Sendable {
    /// How a tenant stands.
    package enum Standing: String, Sendable, CaseIterable {
        /// By its file as it is.
        case serving
        /// By the last good version of its file, which is broken now.
        case stale
        /// By the last version of a file that is gone, until what is open has ended.
        case draining
        /// Not at all: its file is broken, and no good version of it is known.
        case broken
        /// Not at all: its file was gone when the service started, and something is open of it.
        case missing
    }

    private var byID: [String: Tenant] = [:]
    private var byKeyDigest: [[UInt8]: String] = [:]
    /// The tenants of files that could not be used and of which no good version is known, by id.
    package private(set) var broken: Set<String>
    /// The tenants that are served by the last good version of a file that is broken now.
    package private(set) var stale: Set<String> = []
    /// The tenants whose files were gone when the service started, and of which something is open, by id.
    package private(set) var missing: Set<String> = []
    /// API keys that stand in files of broken tenants.
    private var brokenKeys: Set<[UInt8]> = []
    private var versions: [String: TenantVersion] = [:]
    /// What is wrong with the files as they are now, warnings too; sorted.
    package private(set) var problems: [Problem] = []
    private var problemsByID: [String: [Problem]] = [:]

    package init(_ tenants: [Tenant], broken: Set<String> = [], missing: Set<String> = []) {
        self.broken = broken
        for tenant in tenants where byID[tenant.id] == nil { put(tenant) }
        note(missing: missing)
    }

    // MARK: - The next one

    /// With this version of the tenant in force; nil for one that nobody wrote down.
    mutating func put(_ tenant: Tenant, version: TenantVersion? = nil) {
        remove(tenant.id)
        missing.remove(tenant.id)
        byID[tenant.id] = tenant
        versions[tenant.id] = version
        for key in tenant.apiKeys where byKeyDigest[key.digest] == nil { byKeyDigest[key.digest] = tenant.id }
    }

    mutating func note(missing ids: Set<String>) { missing = ids.filter { byID[$0] == nil } }

    mutating func remove(_ id: String) {
        missing.remove(id)
        guard let tenant = byID.removeValue(forKey: id) else { return }
        versions[id] = nil
        for key in tenant.apiKeys where byKeyDigest[key.digest] == id { byKeyDigest[key.digest] = nil }
    }

    /// With these files as they are now: the problems of each tenant's, and those of the folder besides.
    ///
    /// - Parameters:
    ///   - unusable: of the files that cannot be used as they are, by tenant: the API keys in them, as SHA-256.
    mutating func note(unusable: [String: [[UInt8]]], problems byID: [String: [Problem]], ofFolder: [Problem]) {
        stale = Set(unusable.keys.filter { self.byID[$0] != nil })
        broken = Set(unusable.keys).subtracting(stale)
        brokenKeys = Set(broken.flatMap { unusable[$0] ?? [] })
        problemsByID = byID
        problems = (ofFolder + byID.values.joined()).sorted()
    }

    // MARK: - What it holds

    /// Those that are served, by id.
    package var all: [Tenant] { byID.values.sorted { $0.id < $1.id } }
    package var count: Int { byID.count }
    /// Of all tenants, served or not.
    package var ids: [String] { Set(byID.keys).union(broken).union(missing).sorted() }
    package var draining: Set<String> { Set(byID.values.filter(\.isDraining).map(\.id)) }

    package func tenant(_ id: String) -> Tenant? { byID[id] }

    /// The tenant whose key has this digest, compared in constant time once it is found.
    package func tenant(keyDigest: [UInt8]) -> (tenant: Tenant, key: APIKey)? {
        guard let id = byKeyDigest[keyDigest], let tenant = byID[id],
            let key = tenant.apiKeys.first(where: { constantTimeEqual($0.digest, keyDigest) })
        else { return nil }
        return (tenant, key)
    }

    /// Whether the key stands in the file of a tenant that is down because of that file.
    package func isOfBrokenTenant(keyDigest: [UInt8]) -> Bool { brokenKeys.contains(keyDigest) }

    /// Whether there is such a tenant, and it is not served for now.
    package func isDown(_ id: String) -> Bool { broken.contains(id) || missing.contains(id) }

    /// Nil if there is no such tenant.
    package func standing(of id: String) -> Standing? {
        if broken.contains(id) { return .broken }
        if missing.contains(id) { return .missing }
        guard let tenant = byID[id] else { return nil }
        return tenant.isDraining ? .draining : stale.contains(id) ? .stale : .serving
    }

    package func version(of id: String) -> TenantVersion? { versions[id] }

    /// What the doctor finds in the version that is in force, which is well-formed and may be wrong all the same.
    package func findings(of id: String) -> [Finding] { byID[id].map(TenantDoctor.examine) ?? [] }

    /// What is wrong with the tenant's file as it is now.
    package func problems(of id: String) -> [Problem] { problemsByID[id] ?? [] }
}
