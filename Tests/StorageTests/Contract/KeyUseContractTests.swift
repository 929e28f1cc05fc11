import Payments
import Testing

struct KeyUseContractTests {
    private func record(
        _ tenant: String, _ kind: KeyKind, _ fingerprint: String, _ count: Int, _ lastMs: Int64
    ) -> KeyUseRecord {
        KeyUseRecord(
            key: KeyName(tenant: tenant, kind: kind, fingerprint: fingerprint), count: count, lastUsedAtMs: lastMs)
    }

    @Test(arguments: Engine.allAndMemory)
    func `uses add up, the later time stays, and pages follow each other in order`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await add(
                store,
                [
                    record("shop", .webhookSecret, "bb", 1, 10), record("shop", .alipayKey, "aa", 2, 20),
                    record("bar", .apiKey, "cc", 3, 30), record("shop", .apiKey, "aa", 4, 40),
                ])
            try await add(store, [record("shop", .alipayKey, "aa", 5, 15), record("bar", .apiKey, "cc", 1, 31)])
            let all = [
                record("bar", .apiKey, "cc", 4, 31), record("shop", .alipayKey, "aa", 7, 20),
                record("shop", .apiKey, "aa", 4, 40), record("shop", .webhookSecret, "bb", 1, 10),
            ]
            #expect(try await page(store, after: nil, 10) == all)
            #expect(try await page(store, after: nil, 3) == Array(all[..<3]))
            #expect(try await page(store, after: all[2].key, 3) == [all[3]])
            #expect(try await page(store, after: all[3].key, 3) == [])
        }
    }

    private func add(_ store: any Store, _ records: [KeyUseRecord]) async throws(StoreError) {
        try await store.write { transaction throws(StoreError) in try transaction.add(records) }
    }

    private func page(_ store: any Store, after key: KeyName?, _ limit: Int) async throws(StoreError) -> [KeyUseRecord]
    {
        try await store.read { reader throws(StoreError) in try reader.keyUses(after: key, limit: limit) }
    }
}
