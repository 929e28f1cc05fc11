import Payments
import Settings

/// The tenants that are served: what they claim, and the snapshot of them. A change costs what it changes, however many
/// there are.
struct TenantsInForce: Sendable {
    /// What all of them claim; nothing is claimed twice.
    private(set) var claims = ClaimRegister()
    /// With what was told of files last.
    private(set) var snapshot = TenantSnapshot([])
    private var versions: [String: FileVersion] = [:]
    private var draining: Set<String> = []

    /// The version by which the tenant is served; of one that is draining the last that there was.
    subscript(id: String) -> FileVersion? { versions[id] }

    func isDraining(_ id: String) -> Bool { draining.contains(id) }

    /// Whether the tenant is served by what the version says.
    func isServed(by version: FileVersion) -> Bool {
        versions[version.id].map { $0.saysTheSame(as: version) && !isDraining(version.id) } ?? false
    }

    /// Puts the versions in force, as far as they can be, all at once: what one of them claims may be what another one had
    /// before, so all that they had goes first.
    mutating func serve(_ new: [FileVersion], appliedAtMs: Int64) {
        let usable = new.filter { $0.file.tenant != nil }
        for version in usable { drop(version.id) }
        for version in usable {
            guard let tenant = version.file.tenant else { continue }
            versions[version.id] = version
            claims.enter(version.file.claims)
            snapshot.put(tenant, version: TenantVersion(fileDigest: version.digest, appliedAtMs: appliedAtMs))
        }
    }

    mutating func drain(_ id: String) {
        guard let version = versions[id], let tenant = snapshot.tenant(id) else { return }
        draining.insert(id)
        claims.leave(version.file.claims)
        claims.enter(version.file.claims, isDraining: true)
        snapshot.put(tenant.draining(true), version: snapshot.version(of: id))
    }

    mutating func drop(_ id: String) {
        snapshot.remove(id)
        guard let version = versions.removeValue(forKey: id) else { return }
        draining.remove(id)
        claims.leave(version.file.claims)
    }

    /// Of these tenants something is open, and there is no file.
    mutating func note(missing ids: Set<String>) { snapshot.note(missing: ids) }

    /// How the files stand now.
    ///
    /// - Parameters:
    ///   - unusable: the files that cannot be used as they are.
    ///   - problems: by tenant.
    ///   - ofFolder: of no tenant's file.
    mutating func note(unusable: [FileVersion], problems: [String: [Problem]], ofFolder: [Problem]) {
        snapshot.note(
            unusable: Dictionary(unusable.map { ($0.id, $0.file.claims.keyDigests) }) { first, _ in first },
            problems: problems, ofFolder: ofFolder)
    }

    /// The partner of the version that is in force, by tenant.
    var partners: [String: String] { versions.mapValues(\.partner) }

    /// The digest of the version that is in force, by tenant; of those that are draining none.
    var digests: [String: String] {
        versions.filter { !isDraining($0.key) }.mapValues(\.digest)
    }
}
