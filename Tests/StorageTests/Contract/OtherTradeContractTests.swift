import Payments
import Testing

struct OtherTradeContractTests {
    @Test(arguments: Engine.allAndMemory)
    func `another trade is known of its payment alone, as it was last put`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let mismatch = OtherTrade(tradeNo: "2026", kind: .mismatch, amountMinor: 1, paidAtMs: nil)
            let duplicate = OtherTrade(tradeNo: "2026", kind: .duplicate, amountMinor: .max, paidAtMs: .min)
            try await store.insert(.sample("pay_1"), .sample("pay_2"))
            let known = try await store.write { transaction throws(StoreError) in
                var known = [try transaction.otherTrade(payment: "pay_1", tradeNo: "2026")]
                try transaction.put(mismatch, payment: "pay_1")
                known.append(try transaction.otherTrade(payment: "pay_1", tradeNo: "2026"))
                try transaction.put(duplicate, payment: "pay_1")
                known.append(try transaction.otherTrade(payment: "pay_1", tradeNo: "2026"))
                known.append(try transaction.otherTrade(payment: "pay_2", tradeNo: "2026"))
                known.append(try transaction.otherTrade(payment: "pay_1", tradeNo: "2025"))
                return known
            }
            #expect(known == [nil, mismatch, duplicate, nil, nil])
        }
    }

    @Test(arguments: Engine.all)
    func `a trade of no payment is refused`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let error = await #expect(throws: StoreError.self) {
                try await store.write { transaction throws(StoreError) in
                    try transaction.put(
                        OtherTrade(tradeNo: "2026", kind: .mismatch, amountMinor: 1, paidAtMs: nil), payment: "pay_9")
                }
            }
            #expect(error?.code == .broken)
        }
    }
}
