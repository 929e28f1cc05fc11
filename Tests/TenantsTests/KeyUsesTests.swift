import Alipay
import Crypto
import Diagnostics
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// How often every key was used, over reloads of its file and restarts of the process.
struct KeyUsesTests {
    private static let text = Array("a=1".utf8)

    private func shop(_ uses: KeyUses, clock: ManualClock = ManualClock(), md5: String = "one") -> Tenant {
        uses.counting(
            Tenant(
                id: "shop", name: "Shop",
                contract: Contract(
                    partner: "2088101122136241", keys: SigningKeys(md5: [Secret(md5)], clock: clock),
                    gatewayURL: "https://mapi.alipay.com/gateway.do"),
                products: [], apiKeys: [APIKey(label: "backend", digest: SHA256.digest(Array("sk".utf8)))],
                endpoints: [
                    EndpointSettings(url: "https://a.example/", secrets: [WebhookSecret(bytes: Array(0..<32))]),
                    EndpointSettings(
                        id: "erp", url: "https://b.example/",
                        secrets: [WebhookSecret(bytes: Array(0..<32)), WebhookSecret(bytes: Array(32..<64))]),
                ]))
    }

    private func counts(_ tenant: Tenant) -> [Int] { tenant.keys.map(\.tag.use.count) }

    @Test func `every key of a tenant is named by where it stands`() {
        let keys = shop(KeyUses()).keys
        #expect(
            keys.map(\.place) == [
                "alipay.keys[0]", "api_keys[0]", "webhooks[0].secrets[0]", "webhooks[1].secrets[0]",
                "webhooks[1].secrets[1]",
            ])
        #expect(keys.map(\.kind) == [.alipayKey, .apiKey, .webhookSecret, .webhookSecret, .webhookSecret])
        #expect(keys.map(\.label) == [nil, "backend", nil, nil, nil])
    }

    @Test func `a tenant that is read again goes on counting, and one secret of two endpoints is one key`() {
        let uses = KeyUses()
        let before = shop(uses)
        _ = before.contract.keys.sign(Self.text)
        before.endpoints[0].secrets[0].tag.use.note(atMs: 5)
        let after = shop(uses)
        _ = after.contract.keys.sign(Self.text)
        #expect(counts(after) == [2, 0, 1, 1, 0])
        #expect(counts(shop(KeyUses())) == [0, 0, 0, 0, 0])
    }

    @Test func `a key that is in no file any more is still known, and counts on when it comes back`() {
        let uses = KeyUses()
        _ = shop(uses).contract.keys.sign(Self.text)
        _ = shop(uses, md5: "two").contract.keys.sign(Self.text)
        let prints = Set(uses.used(by: "shop").map(\.key.fingerprint))
        #expect(prints == [KeyFingerprint.of(Array("one".utf8)), KeyFingerprint.of(Array("two".utf8))])
        #expect(counts(shop(uses))[0] == 1)
        #expect(uses.used(by: "other").isEmpty)
    }

    @Test func `what is taken to be kept is taken once, and given back if it could not be`() {
        let uses = KeyUses()
        let tenant = shop(uses)
        _ = tenant.contract.keys.sign(Self.text)
        _ = tenant.contract.keys.sign(Self.text)
        let taken = uses.takeUnsaved()
        #expect(taken.map(\.count) == [2])
        #expect(uses.takeUnsaved().isEmpty)
        _ = tenant.contract.keys.sign(Self.text)
        uses.giveBack(taken)
        #expect(uses.takeUnsaved().map(\.count) == [3])
    }

    @Test func `uses are kept every minute and at the end, and the next process goes on from them`() async throws {
        let (store, clock) = (MemoryStore(), ManualClock())
        let uses = KeyUses()
        let keeper = KeyUseKeeper(uses, store: store, clock: clock, logger: .none)
        let tenant = shop(uses, clock: clock)
        keeper.start {}
        _ = tenant.contract.keys.sign(Self.text)
        clock.advance(byMs: 59_999)
        #expect(try await kept(store) == [])
        clock.advance(byMs: 1)
        #expect(try await kept(store) == [1])
        // A minute without a use writes nothing.
        store.failNextWrites(1)
        clock.advance(byMs: 60_000)
        _ = tenant.contract.keys.sign(Self.text)
        clock.advance(byMs: 60_000)
        #expect(try await kept(store) == [1])
        clock.advance(byMs: 60_000)
        #expect(try await kept(store) == [2])
        _ = tenant.contract.keys.sign(Self.text)
        let lastMs = clock.nowMs
        keeper.stop {}
        #expect(try await kept(store) == [3])
        #expect(clock.scheduledCount == 0)

        let again = KeyUses()
        let restarted = shop(again, clock: clock)
        _ = restarted.contract.keys.sign(Self.text)
        let next = KeyUseKeeper(again, store: store, clock: clock, logger: .none)
        next.start {}
        #expect(again.used(by: "shop").map(\.count) == [4])
        #expect(again.used(by: "shop").map(\.lastUsedAtMs) == [lastMs])
        next.stop {}
        #expect(try await kept(store) == [4])
    }

    @Test func `more keys than a page has are all read`() async throws {
        let (store, clock) = (MemoryStore(), ManualClock())
        let records = (0..<2_500).map { number in
            KeyUseRecord(
                key: KeyName(tenant: "t\(number)", kind: .apiKey, fingerprint: "aa"), count: 1, lastUsedAtMs: 7)
        }
        try await store.write { transaction throws(StoreError) in try transaction.add(records) }
        let uses = KeyUses()
        KeyUseKeeper(uses, store: store, clock: clock, logger: .none).start {}
        #expect(uses.used().count == 2_500)
        #expect(uses.takeUnsaved().isEmpty)
    }

    @Test func `the metrics name each key that was used, and when`() {
        let (uses, metrics, clock) = (KeyUses(), Metrics(), ManualClock())
        uses.show(in: metrics)
        let tenant = shop(uses, clock: clock)
        _ = tenant.contract.keys.sign(Self.text)
        _ = tenant.contract.keys.sign(Self.text)
        let key = KeyFingerprint.of(Array("one".utf8))
        let labels = "{tenant=\"shop\",kind=\"alipay_key\",key=\"\(key)\"}"
        let text = metrics.prometheusText()
        #expect(text.contains("# TYPE payrelay_key_uses_total counter\npayrelay_key_uses_total\(labels) 2\n"))
        #expect(
            text.contains(
                "# TYPE payrelay_key_last_used_timestamp_seconds gauge\n"
                    + "payrelay_key_last_used_timestamp_seconds\(labels) 1767323045\n"))
    }

    private func kept(_ store: any Store) async throws(StoreError) -> [Int] {
        try await store.read { reader throws(StoreError) in try reader.keyUses(after: nil, limit: 10).map(\.count) }
    }
}
