import Payments
import Testing

struct RefundContractTests {
    @Test(arguments: Engine.all)
    func `refunds come back as they were put in, oldest first, to their tenant`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let second = Refund(
                id: "re_0", tenant: "shop", payment: "pay_1", amountMinor: .max, origin: .api, status: .unknown,
                createdAtMs: 1, updatedAtMs: .max)
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

    @Test(arguments: Engine.all)
    func `a second trade of a payment is known once it is kept, and kept once`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let trade = DuplicateTrade(tradeNo: "2026", amountMinor: 1200, paidAtMs: nil)
            try await store.insert(.sample("pay_1"), .sample("pay_2"))
            let known = try await store.write { transaction throws(StoreError) in
                let before = try transaction.isKnownDuplicate(payment: "pay_1", tradeNo: "2026")
                try transaction.insert(trade, payment: "pay_1")
                return [
                    before, try transaction.isKnownDuplicate(payment: "pay_1", tradeNo: "2026"),
                    try transaction.isKnownDuplicate(payment: "pay_2", tradeNo: "2026"),
                    try transaction.isKnownDuplicate(payment: "pay_1", tradeNo: "2025"),
                ]
            }
            #expect(known == [false, true, false, false])
            let error = await #expect(throws: StoreError.self) {
                try await store.write { transaction throws(StoreError) in
                    try transaction.insert(trade, payment: "pay_1")
                }
            }
            #expect(error?.code == .conflict)
            try await store.write { transaction throws(StoreError) in try transaction.insert(trade, payment: "pay_2") }
        }
    }

    private func insert(_ store: any Store, _ refunds: Refund...) async throws(StoreError) {
        try await store.write { transaction throws(StoreError) in
            for refund in refunds { try transaction.insert(refund) }
        }
    }
}
