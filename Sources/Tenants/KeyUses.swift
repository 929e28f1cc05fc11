package import Crypto
package import Diagnostics
package import Payments
import Synchronization

/// How often every key of every tenant was used, by its fingerprint: a key that is read again from its file, or comes back
/// into it, goes on counting where it was.
///
/// The keys reach their counters themselves; this keeps them together, for whoever shows them or writes them down.
package final class KeyUses: Sendable {
    private struct Kept {
        let use: KeyUse
        /// How many of its uses the store has.
        var savedCount = 0
    }

    private let kept = Mutex<[KeyName: Kept]>([:])

    package init() {}

    /// The tenant, whose keys are counted here.
    package func counting(_ tenant: Tenant) -> Tenant {
        tenant.counted { kind, fingerprint in
            use(of: KeyName(tenant: tenant.id, kind: kind, fingerprint: fingerprint))
        }
    }

    package func use(of key: KeyName) -> KeyUse {
        kept.withLock { kept in
            if let known = kept[key] { return known.use }
            let use = KeyUse()
            kept[key] = Kept(use: use)
            return use
        }
    }

    /// Adds what earlier processes counted.
    package func restore(_ records: [KeyUseRecord]) {
        for record in records {
            let use = use(of: record.key)
            kept.withLock { kept in
                use.add(count: record.count, lastUsedAtMs: record.lastUsedAtMs)
                kept[record.key]?.savedCount += record.count
            }
        }
    }

    /// Every key that was ever used, of one tenant or of all, in no order.
    package func used(by tenant: String? = nil) -> [KeyUseRecord] {
        kept.withLock { kept in
            kept.compactMap { key, kept in
                guard tenant == nil || tenant == key.tenant, let lastMs = kept.use.lastUsedAtMs else { return nil }
                return KeyUseRecord(key: key, count: kept.use.count, lastUsedAtMs: lastMs)
            }
        }
    }

    /// What the store does not have yet: the uses since they were taken last, of each key that had some. Whoever takes them
    /// writes them down, or gives them back.
    package func takeUnsaved() -> [KeyUseRecord] {
        kept.withLock { kept in
            var records: [KeyUseRecord] = []
            for (key, entry) in kept {
                let count = entry.use.count
                guard count > entry.savedCount, let lastMs = entry.use.lastUsedAtMs else { continue }
                records.append(KeyUseRecord(key: key, count: count - entry.savedCount, lastUsedAtMs: lastMs))
                kept[key]?.savedCount = count
            }
            return records
        }
    }

    /// They could not be written down.
    package func giveBack(_ records: [KeyUseRecord]) {
        kept.withLock { kept in
            for record in records { kept[record.key]?.savedCount -= record.count }
        }
    }

    /// Shows every key that was ever used in the metrics.
    package func show(in metrics: Metrics) {
        metrics.collect(
            "payrelay_key_uses_total", kind: .counter,
            help: "What was signed, verified or opened with a key, by tenant, kind and fingerprint."
        ) { [self] in
            used().map { (KeyUses.labels($0.key), Double($0.count)) }
        }
        metrics.collect(
            "payrelay_key_last_used_timestamp_seconds", kind: .gauge,
            help: "When a key was used last, by tenant, kind and fingerprint."
        ) { [self] in
            used().map { (KeyUses.labels($0.key), Double($0.lastUsedAtMs) / 1000) }
        }
    }

    private static func labels(_ key: KeyName) -> [(String, String)] {
        [("tenant", key.tenant), ("kind", key.kind.rawValue), ("key", key.fingerprint)]
    }
}
