import Payments
import Testing

struct PaymentContractTests {
    @Test(arguments: Engine.all)
    func `a payment comes back as it was put in, Unicode and NUL bytes included`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.full, .sample("pay_plain"))
            #expect(try await store.payment("pay_full") == .full)
            #expect(try await store.payment("pay_plain") == .sample("pay_plain"))
            // == on strings takes canonical equals for the same; the bytes say more.
            let keys = try await store.payment("pay_full")?.metadata.map { Array($0.key.utf8) }
            #expect(keys == Payment.full.metadata.map { Array($0.key.utf8) })
        }
    }

    @Test(arguments: Engine.all)
    func `the ends of Int64 come back`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            var payment = Payment(
                id: "pay_1", tenant: "shop", merchantReference: "r", amountMinor: .max, subject: "", channel: .web,
                settlement: .instant, createdAtMs: .min, expiresAtMs: .max)
            payment.amountPaidMinor = .max
            payment.amountRefundedMinor = .max
            payment.sequence = .max
            payment.updatedAtMs = .max
            payment.lastError = LastError(code: "c", message: "m", atMs: .min)
            try await store.insert(payment)
            #expect(try await store.payment("pay_1") == payment)
        }
    }

    @Test(arguments: Engine.all)
    func `an update changes all that may change`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            var payment = Payment.full
            payment.status = .requiresAction
            payment.amountPaidMinor = nil
            payment.amountRefundedMinor = 0
            payment.refundable = false
            payment.late = false
            payment.sequence = 0
            payment.provider = ProviderState()
            payment.lastError = nil
            payment.cancelRequestedAtMs = nil
            payment.updatedAtMs = 0
            payment.succeededAtMs = nil
            payment.heldAtMs = nil
            payment.qrCode = nil
            payment.checkAtMs = nil
            try await store.insert(payment)
            try await store.write { transaction throws(StoreError) in try transaction.update(Payment.full) }
            #expect(try await store.payment("pay_full") == .full)
        }
    }

    @Test(arguments: Engine.all)
    func `an update of what is not there is an error, and another tenant's payment is not there`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            for stranger in [Payment.sample("pay_2"), .sample("pay_1", tenant: "rival", status: .canceled)] {
                let error = await #expect(throws: StoreError.self) {
                    try await store.write { transaction throws(StoreError) in try transaction.update(stranger) }
                }
                #expect(error?.code == .broken)
            }
            #expect(try await store.payment("pay_1") == .sample("pay_1"))
        }
    }

    @Test(arguments: Engine.all)
    func `every look-up but the checkout page's keeps to its tenant`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1", reference: "r1"))
            let seen = try await store.read { reader throws(StoreError) in
                func seen(by tenant: String) throws(StoreError) -> [String?] {
                    let listed = try reader.payments(PaymentQuery(tenant: tenant, limit: 10))
                    let filtered = try reader.payments(
                        PaymentQuery(tenant: tenant, merchantReference: "r1", limit: 10))
                    return [
                        try reader.payment(id: "pay_1", tenant: tenant)?.id,
                        try reader.payment(reference: "r1", tenant: tenant)?.id, listed.first?.id, filtered.first?.id,
                    ]
                }
                return [try seen(by: "shop"), try seen(by: "rival")]
            }
            #expect(seen == [["pay_1", "pay_1", "pay_1", "pay_1"], [nil, nil, nil, nil]])
            let byIDAlone = try await store.read { reader throws(StoreError) in
                [try reader.payment(id: "pay_1")?.tenant, try reader.payment(id: "pay_2")?.tenant]
            }
            #expect(byIDAlone == ["shop", nil])
        }
    }

    @Test(arguments: Engine.all)
    func `a tenant has one payment of a reference, and another tenant its own`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1", reference: "r"))
            let error = await #expect(throws: StoreError.self) {
                try await store.insert(.sample("pay_2", reference: "r"))
            }
            #expect(error?.code == .conflict)
            try await store.insert(.sample("pay_3", tenant: "rival", reference: "r"))
            #expect(try await store.payment("pay_2") == nil)
            #expect(try await store.payment("pay_3", tenant: "rival") != nil)
        }
    }

    @Test(arguments: Engine.all)
    func `a list is newest first, and of one instant the later commit first`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(
                .sample("pay_b", createdAtMs: 2000), .sample("pay_a", createdAtMs: 1000),
                .sample("pay_d", createdAtMs: 2000), .sample("pay_c", createdAtMs: 3000))
            #expect(
                try await ids(store, PaymentQuery(tenant: "shop", limit: 10)) == ["pay_c", "pay_d", "pay_b", "pay_a"])
            #expect(try await ids(store, PaymentQuery(tenant: "shop", limit: 2)) == ["pay_c", "pay_d"])
            #expect(try await ids(store, PaymentQuery(tenant: "shop", limit: 0)) == [])
            #expect(try await ids(store, PaymentQuery(tenant: "shop", limit: -1)) == [])
        }
    }

    @Test(arguments: Engine.all)
    func `pages neither skip nor repeat while payments are made`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            for number in 1...6 { try await store.insert(.sample("pay_\(number)", createdAtMs: 1000)) }
            var seen = try await ids(store, PaymentQuery(tenant: "shop", limit: 2))
            try await store.insert(.sample("pay_7", createdAtMs: 1000), .sample("pay_8", createdAtMs: 2000))
            for _ in 1...3 {
                seen += try await ids(store, PaymentQuery(tenant: "shop", startingAfter: seen.last, limit: 2))
            }
            #expect(seen == ["pay_6", "pay_5", "pay_4", "pay_3", "pay_2", "pay_1"])
        }
    }

    @Test(arguments: Engine.all)
    func `a cursor that is unknown, or another tenant's, gives nothing`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"), .sample("pay_2", tenant: "rival", createdAtMs: 9000))
            #expect(try await ids(store, PaymentQuery(tenant: "shop", startingAfter: "pay_9", limit: 10)) == [])
            #expect(try await ids(store, PaymentQuery(tenant: "shop", startingAfter: "pay_2", limit: 10)) == [])
        }
    }

    @Test(arguments: Engine.all)
    func `every filter keeps to what it names, alone and together`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(
                .sample("pay_1", reference: "r1", createdAtMs: 1000, status: .succeeded),
                .sample("pay_2", createdAtMs: 2000), .sample("pay_3", createdAtMs: 3000, status: .succeeded),
                .sample("pay_4", createdAtMs: 4000, status: .succeeded))
            var query = PaymentQuery(tenant: "shop", status: .succeeded, limit: 10)
            #expect(try await ids(store, query) == ["pay_4", "pay_3", "pay_1"])
            query.createdFromMs = 3000
            #expect(try await ids(store, query) == ["pay_4", "pay_3"])
            query.createdBeforeMs = 4000
            #expect(try await ids(store, query) == ["pay_3"])
            query.startingAfter = "pay_3"
            #expect(try await ids(store, query) == [])
            let before = PaymentQuery(tenant: "shop", createdBeforeMs: 2000, startingAfter: "pay_4", limit: 10)
            #expect(try await ids(store, before) == ["pay_1"])
            let from = PaymentQuery(tenant: "shop", createdFromMs: 2000, limit: 10)
            #expect(try await ids(store, from) == ["pay_4", "pay_3", "pay_2"])
        }
    }

    @Test(arguments: Engine.all)
    func `a reference gives its one payment if the other filters let it through`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1", reference: "r1"), .sample("pay_2", createdAtMs: 2000))
            func query(_ change: (inout PaymentQuery) -> Void) -> PaymentQuery {
                var query = PaymentQuery(tenant: "shop", merchantReference: "r1", limit: 10)
                change(&query)
                return query
            }
            #expect(try await ids(store, query { _ in }) == ["pay_1"])
            #expect(try await ids(store, query { $0.status = .requiresAction }) == ["pay_1"])
            #expect(try await ids(store, query { $0.status = .succeeded }) == [])
            #expect(try await ids(store, query { $0.createdFromMs = 1001 }) == [])
            #expect(try await ids(store, query { $0.createdBeforeMs = 1000 }) == [])
            #expect(try await ids(store, query { $0.startingAfter = "pay_2" }) == ["pay_1"])
            #expect(try await ids(store, query { $0.startingAfter = "pay_1" }) == [])
            #expect(try await ids(store, query { $0.limit = 0 }) == [])
        }
    }

    private func ids(_ store: any Store, _ query: PaymentQuery) async throws -> [String] {
        try await store.read { reader throws(StoreError) in try reader.payments(query).map(\.id) }
    }
}
