import Settings

/// Which file has which partner, private key and API key: one that two tenants share would let one forge the other.
struct ClaimRegister {
    private var partners: [String: SettingsPosition] = [:]
    private var publicKeys: [String: SettingsPosition] = [:]
    private var keys: [String: SettingsPosition] = [:]

    /// Whether nobody before this file claims what it claims. Every clash is a problem, at this file's place, and names the
    /// file that came first.
    mutating func enter(_ claims: TenantFile.Claims, _ problems: ProblemList) -> Bool {
        var isAlone = true
        if let partner = claims.partner, let other = ClaimRegister.enter(partner, in: &partners) {
            let text = "\(other.file) has the same partner; each tenant needs a contract of its own"
            problems.add(partner.position.problem(text))
            isAlone = false
        }
        if let key = claims.publicKey, let other = ClaimRegister.enter(key, in: &publicKeys) {
            let text = "\(other.file) has the same private key; each tenant needs a key pair of its own"
            problems.add(key.position.problem(text))
            isAlone = false
        }
        for key in claims.keys {
            guard let other = ClaimRegister.enter(key, in: &keys), other.file != key.position.file else { continue }
            let text = "\(other.file) has the same API key; make another with `payrelay apikey new`"
            problems.add(key.position.problem(text))
            isAlone = false
        }
        return isAlone
    }

    /// Where the same claim stands already; the first one stays.
    private static func enter(
        _ claim: TenantFile.Claim, in claims: inout [String: SettingsPosition]
    ) -> SettingsPosition? {
        if let other = claims[claim.text] { return other }
        claims[claim.text] = claim.position
        return nil
    }
}
