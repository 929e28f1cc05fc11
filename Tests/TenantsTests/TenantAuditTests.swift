import Diagnostics
import Payments
import Support
import Tenants
import Testing

struct TenantAuditTests {
    private func change(
        _ tenant: String, _ kind: TenantChange.Kind, _ digest: String = "d1", partner: String = "2088"
    ) -> TenantChange {
        TenantChange(tenant: tenant, kind: kind, fileDigest: digest, fields: [], atMs: 1, partner: partner)
    }

    @Test func `a partner that an earlier program did not write down is, once`() {
        func missed(_ latest: TenantChange) -> [TenantChange] {
            TenantAudit.missed(
                [latest], digests: ["ash": "d1"], partners: ["ash": "2088"], broken: [], missing: [], nowMs: 7)
        }
        let found = missed(change("ash", .changed, partner: ""))
        #expect(found.map(\.kind) == [.changed] && found.map(\.partner) == ["2088"])
        #expect(found.flatMap(missed) == [])
    }

    @Test(
        arguments: [
            ("nothing is known", nil, "d1", false, TenantChange.Kind.added),
            ("the same", TenantChange.Kind.changed, "d1", false, nil),
            ("another version", .added, "d2", false, .changed),
            ("it was taken out, and is there again", .removed, "d1", false, .restored),
            ("it was dropped, and is there again", .dropped, "d1", false, .added),
            ("its file is gone", .added, nil, false, .dropped),
            ("it drained, and its file is still gone", .removed, nil, false, .dropped),
            ("it was dropped before", .dropped, nil, false, nil),
            ("its file is broken", .changed, nil, true, nil),
            ("its file is gone, and something is open", .changed, nil, nil, .removed),
            ("it drained, its file is still gone, and something is open", .removed, nil, nil, nil),
        ] as [(String, TenantChange.Kind?, String?, Bool?, TenantChange.Kind?)])
    func `what changed while nobody looked is written down`(
        what: String, before: TenantChange.Kind?, digest: String?, isBroken: Bool?, expected: TenantChange.Kind?
    ) {
        let found = TenantAudit.missed(
            before.map { [change("ash", $0)] } ?? [], digests: digest.map { ["ash": $0] } ?? [:],
            partners: ["ash": "2088"],
            broken: isBroken == true ? ["ash"] : [], missing: isBroken == nil ? ["ash"] : [], nowMs: 7)
        #expect(found.map(\.kind) == [expected].compactMap(\.self))
        #expect(found.allSatisfy { $0.atMs == 7 && $0.tenant == "ash" })
    }

    @Test func `what the store cannot take is written when it can, once and in order`() async throws {
        let store = MemoryStore()
        let clock = ManualClock()
        let audit = TenantAudit(store: store, clock: clock, logger: .none)
        store.failNextWrites(2)
        audit.append([change("ash", .added), change("birch", .added)])
        audit.append([change("ash", .changed, "d2")])
        #expect(try await rows(store) == [])
        clock.advance(byMs: 60_000)
        let kept = [change("ash", .changed, "d2"), change("birch", .added), change("ash", .added)]
        #expect(try await rows(store) == kept)
        clock.advance(byMs: 60_000)
        #expect(try await rows(store) == kept)
    }

    private func rows(_ store: any Store) async throws -> [TenantChange] {
        try await store.read { reader throws(StoreError) in
            try reader.tenantChanges(TenantChangeQuery(limit: 10)).map(\.change)
        }
    }
}
