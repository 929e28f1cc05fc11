import Payments
import Testing

/// How many payments a tenant has made on a day in Beijing.
struct PaymentDayContractTests {
    /// 2026-01-02 in Beijing.
    private static let day = BeijingDay(of: 1_767_323_045_000)

    @Test func `a day begins at midnight in Beijing, which is 16:00 in UTC`() {
        #expect(Self.day.startMs == 1_767_283_200_000)
        #expect(Self.day.endMs == Self.day.startMs + 86_400_000)
        #expect(BeijingDay(of: Self.day.startMs) == Self.day && BeijingDay(of: Self.day.endMs - 1) == Self.day)
        #expect(BeijingDay(of: Self.day.startMs - 1).number == Self.day.number - 1)
        #expect(BeijingDay(of: Self.day.endMs).number == Self.day.number + 1)
        #expect(BeijingDay(of: -8 * 3_600_000).number == 0 && BeijingDay(of: -8 * 3_600_000 - 1).number == -1)
    }

    @Test(arguments: Engine.allAndMemory)
    func `payments count to the day on which they were made, and to their own tenant`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            #expect(try await count(store) == 0)
            try await make(store, "pay_1", atMs: Self.day.startMs - 1)
            try await make(store, "pay_2", atMs: Self.day.startMs)
            try await make(store, "pay_3", atMs: Self.day.endMs - 1)
            try await make(store, "pay_4", atMs: Self.day.endMs)
            try await make(store, "pay_5", tenant: "rival", atMs: Self.day.startMs)
            #expect(try await count(store) == 2)
            #expect(try await count(store, "rival") == 1)
            #expect(try await count(store, on: BeijingDay(number: Self.day.number - 1)) == 1)
            #expect(try await count(store, on: BeijingDay(number: Self.day.number + 1)) == 1)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `what was made before anybody counted is counted, and what is forgotten is counted anew`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(
                .sample("pay_1", createdAtMs: Self.day.startMs), .sample("pay_2", createdAtMs: Self.day.endMs - 1),
                .sample("pay_3", createdAtMs: Self.day.endMs))
            #expect(try await count(store) == 2)
            try await make(store, "pay_4", atMs: Self.day.startMs + 5)
            #expect(try await count(store) == 3)
            try await store.write { transaction throws(StoreError) in
                try transaction.prunePaymentCounts(before: BeijingDay(number: Self.day.number + 1))
            }
            #expect(try await count(store) == 3)
            try await make(store, "pay_5", atMs: Self.day.startMs + 6)
            #expect(try await count(store) == 4)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a payment that leaves no trace leaves none in the count`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await make(store, "pay_1", atMs: Self.day.startMs)
            let payment = Payment.sample("pay_2", createdAtMs: Self.day.startMs)
            await #expect(throws: StoreError.self) {
                try await store.write { transaction throws(StoreError) in
                    try transaction.insert(payment)
                    try transaction.count(payment)
                    throw StoreError(code: .unavailable, message: "the test says so")
                }
            }
            #expect(try await count(store) == 1)
        }
    }

    private func make(
        _ store: any Store, _ id: String, tenant: String = "shop", atMs: Int64
    ) async throws(StoreError) {
        let payment = Payment.sample(id, tenant: tenant, createdAtMs: atMs)
        try await store.write { transaction throws(StoreError) in
            try transaction.insert(payment)
            try transaction.count(payment)
        }
    }

    private func count(
        _ store: any Store, _ tenant: String = "shop", on day: BeijingDay = day
    ) async throws(StoreError) -> Int {
        try await store.read { reader throws(StoreError) in try reader.paymentCount(tenant: tenant, on: day) }
    }
}
