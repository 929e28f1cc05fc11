import Payments
import Testing

struct RefundContractTests {
    @Test(arguments: Engine.all)
    func `refunds come back as they were put in, oldest first, to their tenant`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let second = Refund.full
            try await store.insert(.sample(), .sample("pay_2"))
            try await insert(store, .sample(reference: "r1"), second, .sample("re_other", payment: "pay_2"))
            let seen = try await store.read { reader throws(StoreError) in
                [
                    try reader.refunds(payment: "pay_1", tenant: "shop"),
                    try reader.refunds(payment: "pay_1", tenant: "rival"),
                ]
            }
            #expect(seen == [[.sample(reference: "r1"), second], []])
        }
    }

    @Test(arguments: Engine.all)
    func `a tenant has one refund of a reference, and any number without one`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample(), .sample("pay_r", tenant: "rival"))
            try await insert(store, .sample("re_1", reference: "r"), .sample("re_2"), .sample("re_3"))
            let error = await #expect(throws: StoreError.self) {
                try await insert(store, .sample("re_4", reference: "r"))
            }
            #expect(error?.code == .conflict)
            try await insert(store, .sample("re_5", tenant: "rival", payment: "pay_r", reference: "r"))
        }
    }

    @Test(arguments: Engine.all)
    func `a refund of no payment is refused`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let error = await #expect(throws: StoreError.self) { try await insert(store, .sample(payment: "pay_9")) }
            #expect(error?.code == .broken)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a refund is found by id, reference and batch number, by its tenant alone`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample())
            try await insert(store, .full, .sample("re_2"))
            let seen = try await store.read { reader throws(StoreError) in
                func seen(by tenant: String) throws(StoreError) -> [Refund?] {
                    [
                        try reader.refund(id: "re_full", tenant: tenant),
                        try reader.refund(reference: "r-1", tenant: tenant),
                        try reader.refund(batchNo: "20260102ABC", tenant: tenant),
                    ]
                }
                return [try seen(by: "shop"), try seen(by: "rival")]
            }
            #expect(seen == [[.full, .full, .full], [nil, nil, nil]])
            let absent = try await store.read { reader throws(StoreError) in
                [
                    try reader.refund(id: "re_9", tenant: "shop"), try reader.refund(reference: "r-9", tenant: "shop"),
                    try reader.refund(batchNo: "20260102", tenant: "shop"),
                ]
            }
            #expect(absent == [nil, nil, nil])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `an update changes all that may change of a refund`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            var refund = Refund(
                id: "re_full", tenant: "shop", payment: "pay_1", amountMinor: .max, reason: "",
                merchantReference: "r-1", origin: .api, method: .noPassword, tradeNo: Refund.full.tradeNo,
                isOfOtherTrade: true, batchNo: "20260102ABC", refundedBeforeMinor: 100, status: .pending,
                createdAtMs: .min, updatedAtMs: .min)
            try await store.insert(.sample())
            try await insert(store, refund)
            try await update(store, .full)
            #expect(try await found(store, "re_full") == .full)
            refund.status = .succeeded
            try await update(store, refund)
            #expect(try await found(store, "re_full") == refund)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `an update of a refund that is not there, or is another tenant's, is an error`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample())
            try await insert(store, .sample())
            for stranger in [Refund.sample("re_2"), .sample(tenant: "rival")] {
                let error = await #expect(throws: StoreError.self) { try await update(store, stranger) }
                #expect(error?.code == .broken)
            }
            #expect(try await found(store, "re_1") == .sample())
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a batch number is used once by a tenant, and any number of refunds have none`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample(), .sample("pay_r", tenant: "rival"))
            try await insert(store, .sample("re_1", batchNo: "20260102A"), .sample("re_2"), .sample("re_3"))
            let error = await #expect(throws: StoreError.self) {
                try await insert(store, .sample("re_4", batchNo: "20260102A"))
            }
            #expect(error?.code == .conflict)
            try await insert(store, .sample("re_5", tenant: "rival", payment: "pay_r", batchNo: "20260102A"))
            #expect(try await found(store, "re_4") == nil)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a list of refunds is newest first and keeps to its payment, cursor and tenant`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"), .sample("pay_2"), .sample("pay_r", tenant: "rival"))
            try await insert(
                store, .sample("re_1"), .sample("re_2", payment: "pay_2"), .sample("re_3"),
                .sample("re_4", tenant: "rival", payment: "pay_r"))
            func list(
                payment: String? = nil, after: String? = nil, limit: Int = 10
            ) async throws -> [String] {
                let query = RefundQuery(tenant: "shop", payment: payment, startingAfter: after, limit: limit)
                return try await store.read { reader throws(StoreError) in try reader.refunds(query).map(\.id) }
            }
            #expect(try await list() == ["re_3", "re_2", "re_1"])
            #expect(try await list(limit: 2) == ["re_3", "re_2"])
            #expect(try await list(limit: -1) == [])
            #expect(try await list(after: "re_3") == ["re_2", "re_1"])
            #expect(try await list(payment: "pay_1") == ["re_3", "re_1"])
            #expect(try await list(payment: "pay_1", after: "re_3") == ["re_1"])
            #expect(try await list(payment: "pay_r") == [])
            #expect(try await list(after: "re_4") == [])
            #expect(try await list(after: "re_9") == [])
        }
    }

    private func insert(_ store: any Store, _ refunds: Refund...) async throws(StoreError) {
        try await store.write { transaction throws(StoreError) in
            for refund in refunds { try transaction.insert(refund) }
        }
    }

    private func update(_ store: any Store, _ refund: Refund) async throws(StoreError) {
        try await store.write { transaction throws(StoreError) in try transaction.update(refund) }
    }

    private func found(_ store: any Store, _ id: String) async throws(StoreError) -> Refund? {
        try await store.read { reader throws(StoreError) in try reader.refund(id: id, tenant: "shop") }
    }
}
