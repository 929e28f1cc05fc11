import Crypto
import Diagnostics
import Payments
import Storage
import Support
import Testing

/// `payrelay check` warns of a key that is taken out while it still comes with notifications or requests.
struct UsedKeyTests {
    private let shop: Shop
    private let nowMs = SystemClock().nowMs
    private let hourMs: Int64 = 3_600_000

    /// Of another key than the file's.
    private let old = KeyFingerprint.of(Array("an-older-key".utf8))

    init() throws { shop = try Shop() }

    private func use(_ kind: KeyKind, _ fingerprint: String, hoursAgo: Int64 = 1, count: Int = 4) -> KeyUseRecord {
        KeyUseRecord(
            key: KeyName(tenant: "shop", kind: kind, fingerprint: fingerprint), count: count,
            lastUsedAtMs: nowMs - hoursAgo * hourMs)
    }

    private func shown(_ use: KeyUseRecord) -> String { RFC3339.text(unixMs: use.lastUsedAtMs) }

    /// Writes what a service that has ended left behind.
    private func store(_ uses: [KeyUseRecord], _ changes: [TenantChange] = []) async throws {
        try shop.scratch.makeFolder("data")
        let store = try SQLiteStore(
            path: shop.scratch.path("data/payrelay.db"), logger: .none,
            metrics: Metrics(), clock: SystemClock())
        try await store.write { transaction throws(StoreError) in
            try transaction.add(uses)
            for change in changes { try transaction.insert(change) }
        }
        await store.close()
    }

    @Test func `of each key that is gone and was used lately, at the list where it stood`() async throws {
        let uses = [use(.alipayKey, old, hoursAgo: 24), use(.apiKey, old, hoursAgo: 6 * 24, count: 1)]
        try await store(uses)
        let outcome = shop.check("--lines", "never")
        #expect(
            outcome.out == """
                tenants/shop.yaml:2:45: warning: alipay.keys: the key \(old) is not here any more and was used 4 times, \
                last at \(shown(uses[0])); what comes with it is refused. Keep it until `payrelay tenant show shop` tells of no \
                more uses
                tenants/shop.yaml:4:11: warning: api_keys: the key \(old) is not here any more and was used once, last at \
                \(shown(uses[1])); what comes with it is refused. Keep it until `payrelay tenant show shop` tells of no more uses

                """)
        #expect(outcome.status == 0)
        #expect(shop.check("--strict").status == 1)
    }

    @Test func `not of keys that are there, that nobody uses any more, that sign, or of other tenants`() async throws {
        let key = KeyFingerprint.of(Array("hush-32-characters-long-hush-hus".utf8))
        let elsewhere = KeyName(tenant: "other", kind: .apiKey, fingerprint: old)
        try await store([
            use(.alipayKey, key), use(.alipayKey, old, hoursAgo: 26), use(.apiKey, old, hoursAgo: 8 * 24),
            use(.webhookSecret, old),
            KeyUseRecord(key: elsewhere, count: 1, lastUsedAtMs: nowMs),
        ])
        #expect(shop.check("--strict").status == 0)
    }

    @Test func `of a key that is used and ends within a week`() async throws {
        let key = KeyFingerprint.of(Array("hush-32-characters-long-hush-hus".utf8))
        let use = use(.alipayKey, key)
        try await store([use])
        for (hours, isTold) in [(24, true), (8 * 24, false)] as [(Int64, Bool)] {
            let end = RFC3339.text(unixMs: (nowMs + hours * hourMs) / 1000 * 1000)
            try shop.addTenant(
                "shop.yaml",
                try Shop.fixture("shop.yaml").replacing(
                    "[file:secrets/shop.key]",
                    with:
                        "[{value: file:secrets/shop.key, not_after: \(end)}, \(end.filter(\.isNumber))0123456789abcde]"
                ))
            #expect(
                shop.check("--lines", "never").out
                    == (isTold
                        ? """
                        tenants/shop.yaml:2:46: warning: alipay.keys[0]: it ends \(end) and was used 4 times, last at \
                        \(shown(use)); what comes with it then is refused

                        """ : ""))
        }
    }

    @Test func `not once the file without it is in force`() async throws {
        let digest = Hex.encode(SHA256.digest(Array(try Shop.fixture("shop.yaml").utf8)))
        func change(_ digest: String, hoursAgo: Int64) -> TenantChange {
            TenantChange(
                tenant: "shop", kind: .changed, fileDigest: digest, fields: [], atMs: nowMs - hoursAgo * hourMs)
        }
        // It was used after this version came into force: what the file names is another now.
        try await store([use(.alipayKey, old, hoursAgo: 2)], [change(digest, hoursAgo: 3)])
        #expect(shop.check("--strict").status == 1)
        try await store([], [change(digest, hoursAgo: 2)])
        #expect(shop.check("--strict").status == 0)
        try await store([], [change("other", hoursAgo: 1)])
        #expect(shop.check("--strict").status == 1)
    }
}
