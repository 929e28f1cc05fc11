import Payments
import Testing

struct TenantChangeContractTests {
    private static let first = TenantChange(
        tenant: "ash", kind: .added, fileDigest: "d1", fields: ["alipay.keys[0]", "name"], atMs: 1000)
    private static let second = TenantChange(tenant: "birch", kind: .added, fileDigest: "d2", fields: [], atMs: 2000)
    private static let third = TenantChange(tenant: "ash", kind: .removed, fileDigest: "", fields: [], atMs: 3000)

    private func insert(_ store: any Store) async throws(StoreError) {
        try await store.write { transaction throws(StoreError) in
            for change in [Self.first, Self.second, Self.third] { try transaction.insert(change) }
        }
    }

    private func changes(
        _ store: any Store, _ query: TenantChangeQuery
    ) async throws(StoreError) -> [NumberedTenantChange] {
        try await store.read { reader throws(StoreError) in try reader.tenantChanges(query) }
    }

    @Test(arguments: Engine.allAndMemory)
    func `what was applied comes back newest first, of all tenants or of one, page by page`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            #expect(try await changes(store, TenantChangeQuery(limit: 10)) == [])
            try await insert(store)
            let all = try await changes(store, TenantChangeQuery(limit: 10))
            #expect(all.map(\.change) == [Self.third, Self.second, Self.first])
            #expect(
                try await changes(store, TenantChangeQuery(tenant: "ash", limit: 10)).map(\.change) == [
                    Self.third, Self.first,
                ])
            #expect(try await changes(store, TenantChangeQuery(tenant: "elm", limit: 10)) == [])
            let page = try await changes(store, TenantChangeQuery(limit: 2))
            #expect(page.map(\.change) == [Self.third, Self.second])
            let rest = try await changes(store, TenantChangeQuery(before: page.last?.number, limit: 2))
            #expect(rest.map(\.change) == [Self.first])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `the newest of each tenant is found`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await insert(store)
            let latest = try await store.read { reader throws(StoreError) in try reader.latestTenantChanges() }
            #expect(latest == [Self.third, Self.second])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `what a tenant has open is counted, and nobody else's`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            var open = Payment.sample("pay_1")
            open.checkAtMs = 5000
            let foreign = Payment.sample("pay_2", tenant: "rival")
            try await store.insert(open, foreign, .sample("pay_3"))
            try await store.insertEvents(.sample("evt_1", payment: "pay_1"), endpoints: ["default", "erp"])
            #expect(try await work(store, "shop") == OpenWork(payments: 1, refunds: 0, deliveries: 2))
            #expect(try await work(store, "rival") == OpenWork(payments: 0, refunds: 0, deliveries: 0))
            // Money in escrow that nobody can ask about, and what is counted by its time as well.
            var held = Payment.sample("pay_4", tenant: "rival")
            held.status = .held
            var asked = Payment.sample("pay_5", tenant: "rival")
            asked.status = .shipped
            asked.checkAtMs = 5000
            var over = Payment.sample("pay_6", tenant: "rival")
            over.status = .succeeded
            try await store.insert(held, asked, over)
            #expect(try await work(store, "rival") == OpenWork(payments: 2, refunds: 0, deliveries: 0))
        }
    }

    private func work(_ store: any Store, _ tenant: String) async throws(StoreError) -> OpenWork {
        try await store.read { reader throws(StoreError) in try reader.openWork(tenant: tenant) }
    }
}
