import Alipay
import Crypto
import Diagnostics
import Payments
import Settings
import Tenants

/// Keys that were used lately, and that the files no longer have or will not have for long.
///
/// A key that still comes with notifications or requests is taken out too early: what comes with it is refused. Of webhook secrets
/// nothing can be said, since those in force sign every webhook, whether or not the merchant looks.
struct UsedKeys {
    /// Alipay repeats a message for 25 hours.
    private static let alipayUsedWithinMs: Int64 = 25 * 3_600_000
    /// Some of a merchant's jobs run once a week.
    private static let callerUsedWithinMs: Int64 = 7 * 86_400_000
    /// As soon as an end is so near, it shows.
    private static let endsWithinMs: Int64 = 7 * 86_400_000
    /// A request that was there when a key went out of force still ends with it.
    private static let lateMs: Int64 = 60_000

    private let usesByTenant: [String: [KeyUseRecord]]
    private let latestByTenant: [String: TenantChange]
    private let nowMs: Int64

    init(_ reader: any StoreReader, nowMs: Int64) throws(StoreError) {
        var uses: [String: [KeyUseRecord]] = [:]
        var last: KeyName?
        while true {
            let page = try reader.keyUses(after: last, limit: UsedKeys.pageMax)
            for record in page where UsedKeys.tells(record, nowMs) {
                uses[record.key.tenant, default: []].append(record)
            }
            guard page.count == UsedKeys.pageMax, let end = page.last else { break }
            last = end.key
        }
        usesByTenant = uses
        latestByTenant = Dictionary(try reader.latestTenantChanges().map { ($0.tenant, $0) }) { first, _ in first }
        self.nowMs = nowMs
    }

    private static let pageMax = 1000

    /// Whether it was used so lately that it may be used again.
    private static func tells(_ record: KeyUseRecord, _ nowMs: Int64) -> Bool {
        let agoMs = nowMs - record.lastUsedAtMs
        return switch record.key.kind {
        case .alipayKey: agoMs <= alipayUsedWithinMs
        case .apiKey: agoMs <= callerUsedWithinMs
        case .webhookSecret: false
        }
    }

    /// A warning for each, at the list that the key is missing from, or at the key.
    ///
    /// - Parameters:
    ///   - tenants: as the files say.
    ///   - folder: the folder's name in problems.
    ///   - texts: of the files, by the name that problems give them.
    func warnings(of tenants: TenantSnapshot, in folder: String, texts: [String: SourceText]) -> [Problem] {
        usesByTenant.keys.sorted().flatMap { id -> [Problem] in
            let file = "\(folder)/\(TenantFolder.fileName(of: id))"
            guard let tenant = tenants.tenant(id), let text = texts[file] else { return [] }
            return (usesByTenant[id] ?? []).compactMap { use in
                let key = tenant.keys.first {
                    $0.kind == use.key.kind && $0.tag.fingerprint == use.key.fingerprint
                }
                let told = key.map { ending($0, use) } ?? missing(use, tenant, tenants.version(of: id)?.fileDigest)
                return told.map { text.position(of: $0.path, in: file).problem($0.message, severity: .warning) }
            }
        }
    }

    private struct Told {
        let path: String
        let message: String
    }

    private func ending(_ key: TenantKey, _ use: KeyUseRecord) -> Told? {
        // Of one that has ended nothing can be done any more.
        guard let endMs = key.tag.notAfterMs, (1...UsedKeys.endsWithinMs).contains(endMs - nowMs) else { return nil }
        return Told(
            path: key.place,
            message:
                "it ends \(RFC3339.text(unixMs: endMs)) and \(UsedKeys.shown(use)); what comes with it then is refused")
    }

    private func missing(_ use: KeyUseRecord, _ tenant: Tenant, _ fileDigest: String?) -> Told? {
        // Once the file is in force without it, it is gone, and a late warning helps nobody.
        if let latest = latestByTenant[tenant.id], latest.fileDigest == fileDigest,
            use.lastUsedAtMs <= latest.atMs + UsedKeys.lateMs
        {
            return nil
        }
        let place = UsedKeys.list(use.key.kind, tenant)
        return Told(
            path: place.path,
            message:
                "the key \(use.key.fingerprint) is not here any more and \(UsedKeys.shown(use)); what comes with it is "
                + "refused. Keep it until `payrelay tenant show \(tenant.id)` tells of no more uses\(place.besides)")
    }

    /// Where a key of that kind would stand, and what else may have become of it.
    private static func list(_ kind: KeyKind, _ tenant: Tenant) -> (path: String, besides: String) {
        switch (kind, tenant.contract.keys.signType) {
        case (.apiKey, _): ("api_keys", "")
        case (_, .md5): ("alipay.keys", "")
        case (_, .rsa):
            ("alipay.alipay_public_keys", ", unless it was the private key, which has one successor at once")
        }
    }

    /// `was used 4 times, last at 2026-11-30T10:00:00Z`
    private static func shown(_ use: KeyUseRecord) -> String {
        let times = use.count == 1 ? "once" : "\(use.count) times"
        return "was used \(times), last at \(RFC3339.text(unixMs: use.lastUsedAtMs))"
    }
}
