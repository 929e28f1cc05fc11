import Crypto
import Diagnostics
import Payments
import Storage
import Support
import Testing

/// What `payrelay check` says because of what the store knows: of files that a service would not start with as they stand.
struct CheckStoreTests {
    private let shop: Shop

    init() throws { shop = try Shop() }

    /// Writes what a service that has ended left behind.
    private func store(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> Void
    ) async throws {
        try shop.scratch.makeFolder("data")
        let store = try SQLiteStore(
            path: shop.scratch.path("data/payrelay.db"), logger: .none, metrics: Metrics(), clock: SystemClock())
        try await store.write { transaction throws(StoreError) in try body(transaction) }
        await store.close()
    }

    private static func openPayment(_ tenant: String) -> Payment {
        var payment = Payment(
            id: "pay_1", tenant: tenant, merchantReference: "ORDER-1", amountMinor: 1, subject: "x", channel: .web,
            settlement: .instant, createdAtMs: 1, expiresAtMs: 2)
        payment.checkAtMs = 2
        return payment
    }

    private static func change(
        _ tenant: String, _ kind: TenantChange.Kind = .added, digest: String = "d", partner: String = ""
    ) -> TenantChange {
        TenantChange(tenant: tenant, kind: kind, fileDigest: digest, fields: [], atMs: 1, partner: partner)
    }

    @Test func `of two files with one partner the one that was served before is the good one`() async throws {
        let text = try Shop.fixture("shop.yaml")
        try shop.addTenant("a-copy.yaml", text.replacing("5e884898", with: "aaaaaaaa"))
        let alone = shop.check("--lines", "never")
        #expect(alone.out.contains("tenants/shop.yaml:2:19: alipay.partner: tenants/a-copy.yaml has the same partner"))
        let digest = Hex.encode(SHA256.digest(Array(text.utf8)))
        try await store { transaction throws(StoreError) in
            try transaction.insert(Self.change("shop", digest: digest))
        }
        let told = shop.check("--lines", "never")
        #expect(told.out.contains("tenants/a-copy.yaml:2:19: alipay.partner: tenants/shop.yaml has the same partner"))
        #expect(!told.out.contains("tenants/shop.yaml:2:19"))
        #expect(told.status == 1)
    }

    @Test func `a file that is gone while something of its tenant is open is warned of`() async throws {
        try await store { transaction throws(StoreError) in
            for tenant in ["gone", "done", "dropped"] { try transaction.insert(Self.change(tenant)) }
            try transaction.insert(Self.change("dropped", .dropped, digest: ""))
            try transaction.insert(Self.openPayment("gone"))
        }
        let outcome = shop.check("--lines", "never")
        #expect(
            outcome.out == """
                tenants/gone.yaml:1:1: warning: the file is gone while 1 payments, 0 refunds and 0 webhooks of it are open; \
                put it back until they have ended, or give them up with `payrelay tenant drop gone`

                """)
        #expect(outcome.status == 0)
        #expect(shop.check("--strict").status == 1)
    }

    @Test func `another partner than the open payments were made with is an error, and none once they are over`()
        async throws
    {
        try await store { transaction throws(StoreError) in
            try transaction.insert(Self.change("shop", partner: "2088000000000009"))
            try transaction.insert(Self.openPayment("shop"))
        }
        let outcome = shop.check("--lines", "never")
        #expect(
            outcome.out.contains(
                "tenants/shop.yaml:2:19: alipay.partner: payments or refunds of this tenant are open that Alipay knows by partner "
                    + "2088000000000009; a new contract needs a file of its own"))
        #expect(outcome.status == 1)
        try await store { transaction throws(StoreError) in
            guard var payment = try transaction.payment(id: "pay_1", tenant: "shop") else { return }
            payment.status = .expired
            payment.checkAtMs = nil
            try transaction.update(payment)
        }
        #expect(shop.check().status == 0)
    }
}
