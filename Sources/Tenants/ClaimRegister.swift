import Settings

/// Which file has which partner, private key and API key: one that two tenants share would let one forge the other.
struct ClaimRegister {
    fileprivate struct Holder {
        let position: SettingsPosition
        let isDraining: Bool
    }

    private var partners: [String: Holder] = [:]
    private var publicKeys: [String: Holder] = [:]
    private var keys: [String: Holder] = [:]

    /// What of these claims others hold: a problem each, at this file's place, that names the file that came first. A version
    /// of the same file is no clash.
    func clashes(_ claims: TenantFile.Claims) -> [Problem] {
        var found: [Problem] = []
        if let partner = claims.partner, let other = ClaimRegister.other(partner, in: partners) {
            found.append(other.problem(partner, "partner", "each tenant needs a contract of its own"))
        }
        if let key = claims.publicKey, let other = ClaimRegister.other(key, in: publicKeys) {
            found.append(other.problem(key, "private key", "each tenant needs a key pair of its own"))
        }
        for key in claims.keys {
            guard let other = ClaimRegister.other(key, in: keys) else { continue }
            found.append(other.problem(key, "API key", "make another with `payrelay apikey new`"))
        }
        return found
    }

    /// Notes the claims, those of others left as they are.
    ///
    /// - Parameter isDraining: whether the file is gone and these are the claims of the tenant that it left behind.
    mutating func enter(_ claims: TenantFile.Claims, isDraining: Bool = false) {
        if let partner = claims.partner { ClaimRegister.enter(partner, isDraining, in: &partners) }
        if let key = claims.publicKey { ClaimRegister.enter(key, isDraining, in: &publicKeys) }
        for key in claims.keys { ClaimRegister.enter(key, isDraining, in: &keys) }
    }

    /// Forgets the claims, as far as they are that file's.
    mutating func leave(_ claims: TenantFile.Claims) {
        if let partner = claims.partner { ClaimRegister.leave(partner, in: &partners) }
        if let key = claims.publicKey { ClaimRegister.leave(key, in: &publicKeys) }
        for key in claims.keys { ClaimRegister.leave(key, in: &keys) }
    }

    private static func leave(_ claim: TenantFile.Claim, in holders: inout [String: Holder]) {
        if holders[claim.text]?.position.file == claim.position.file { holders[claim.text] = nil }
    }

    private static func other(_ claim: TenantFile.Claim, in holders: [String: Holder]) -> Holder? {
        holders[claim.text].flatMap { $0.position.file == claim.position.file ? nil : $0 }
    }

    private static func enter(_ claim: TenantFile.Claim, _ isDraining: Bool, in holders: inout [String: Holder]) {
        if holders[claim.text] == nil {
            holders[claim.text] = Holder(position: claim.position, isDraining: isDraining)
        }
    }
}

extension ClaimRegister.Holder {
    fileprivate func problem(_ claim: TenantFile.Claim, _ what: String, _ cure: String) -> Problem {
        guard isDraining else { return claim.position.problem("\(position.file) has the same \(what); \(cure)") }
        return claim.position.problem(
            "\(position.file), whose file is gone and whose payments are not over, has the same \(what); "
                + "`payrelay tenant drop \(id)` ends it")
    }

    /// `tenants/bookshop.yaml` is bookshop's.
    private var id: String {
        let file = position.file
        let name = file[(file.lastIndex(of: "/").map { file.index(after: $0) } ?? file.startIndex)...]
        return TenantFolder.id(of: String(name))
    }
}
