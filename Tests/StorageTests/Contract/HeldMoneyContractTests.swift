import Payments
import Testing

struct HeldMoneyContractTests {
    private static let dayMs: Int64 = 86_400_000
    private static let nowMs: Int64 = 100 * dayMs

    @Test(arguments: Engine.allAndMemory)
    func `money in escrow is summed up by tenant and age, and nothing else is`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            #expect(try await heldMoney(store) == [])
            var fee = held("pay_2", ageMs: Self.dayMs - 1, amountMinor: 20)
            (fee.amountPaidMinor, fee.amountRefundedMinor) = (25, 3)
            try await store.insert(
                held("pay_1", ageMs: 0, amountMinor: 10), fee, held("pay_3", ageMs: Self.dayMs),
                held("pay_4", ageMs: 3 * Self.dayMs), held("pay_5", ageMs: 7 * Self.dayMs - 1),
                held("pay_6", ageMs: 7 * Self.dayMs), held("pay_7", ageMs: 99 * Self.dayMs),
                held("pay_8", tenant: "rival", ageMs: 7 * Self.dayMs))
            for status in PaymentStatus.allCases where status != .held {
                try await store.insert(.sample("pay_\(status)", tenant: "other", status: status))
            }
            let sums = [
                HeldMoney(tenant: "rival", age: .older, count: 1, amountMinor: 100),
                HeldMoney(tenant: "shop", age: .day, count: 2, amountMinor: 32),
                HeldMoney(tenant: "shop", age: .threeDays, count: 1, amountMinor: 100),
                HeldMoney(tenant: "shop", age: .week, count: 2, amountMinor: 200),
                HeldMoney(tenant: "shop", age: .older, count: 2, amountMinor: 200),
            ]
            #expect(try await heldMoney(store) == sums)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a payment that does not know since when it is held counts from when it was made`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            let atMs = Self.nowMs - 2 * Self.dayMs
            try await store.insert(.sample(amountMinor: 7, createdAtMs: atMs, status: .held))
            let sum = HeldMoney(tenant: "shop", age: .threeDays, count: 1, amountMinor: 7)
            #expect(try await heldMoney(store) == [sum])
            var shipped = Payment.sample(amountMinor: 7, createdAtMs: atMs, status: .shipped)
            shipped.heldAtMs = Self.nowMs
            let update = shipped
            try await store.write { transaction throws(StoreError) in try transaction.update(update) }
            #expect(try await heldMoney(store) == [])
        }
    }

    /// Made long before it was held.
    private func held(_ id: String, tenant: String = "shop", ageMs: Int64, amountMinor: Int64 = 100) -> Payment {
        var payment = Payment.sample(id, tenant: tenant, amountMinor: amountMinor, createdAtMs: 0, status: .held)
        payment.heldAtMs = Self.nowMs - ageMs
        return payment
    }

    private func heldMoney(_ store: any Store) async throws(StoreError) -> [HeldMoney] {
        try await store.read { reader throws(StoreError) in try reader.heldMoney(nowMs: Self.nowMs) }
    }
}
