import Payments
import Testing

struct CheckContractTests {
    @Test(arguments: Engine.allAndMemory)
    func `what is due is told of payments and refunds, of all tenants, the longest due first`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(
                payment("pay_1", checkAtMs: 3000), payment("pay_2", tenant: "rival", checkAtMs: 1000),
                payment("pay_3", checkAtMs: nil), payment("pay_4", checkAtMs: 5000))
            try await insert(store, refund("re_1", checkAtMs: 2000), refund("re_2", checkAtMs: nil))
            try await insert(store, refund("re_3", tenant: "rival", payment: "pay_2", checkAtMs: 4000))
            let all = [
                DueCheck(subject: .payment("pay_2"), tenant: "rival", dueAtMs: 1000),
                DueCheck(subject: .refund("re_1"), tenant: "shop", dueAtMs: 2000),
                DueCheck(subject: .payment("pay_1"), tenant: "shop", dueAtMs: 3000),
                DueCheck(subject: .refund("re_3"), tenant: "rival", dueAtMs: 4000),
                DueCheck(subject: .payment("pay_4"), tenant: "shop", dueAtMs: 5000),
            ]
            #expect(try await due(store, 9000) == all)
            #expect(try await due(store, 4000) == Array(all[...3]))
            #expect(try await due(store, 999) == [])
            for limit in 0...5 { #expect(try await due(store, 9000, limit: limit) == Array(all[..<limit])) }
            #expect(try await due(store, 9000, limit: -1) == [])
            #expect(try await due(store, 9000, passingOver: ["shop"]) == [all[0], all[3]])
            #expect(try await due(store, 9000, passingOver: ["rival", "other"]) == [all[1], all[2], all[4]])
            #expect(try await due(store, 9000, passingOver: ["rival"], limit: 1) == [all[1]])
            #expect(try await due(store, 9000, passingOver: ["shop", "rival"]) == [])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `of many tenants the longest due are told, whoever they belong to`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            // Tenant t0 has what is due at 0, 5, 10, …, tenant t1 at 1, 6, 11, …; t4 is far behind with all of its own.
            try await store.write { transaction throws(StoreError) in
                for ms in 0..<40 {
                    let tenant = ms % 5
                    try transaction.insert(
                        payment("pay_\(ms)", tenant: "t\(tenant)", checkAtMs: Int64(tenant == 4 ? ms - 100 : ms)))
                }
            }
            let found = try await due(store, 1000, passingOver: ["t2"], limit: 11).map(\.dueAtMs)
            #expect(found == [-96, -91, -86, -81, -76, -71, -66, -61, 0, 1, 3])
            #expect(try await due(store, 6, passingOver: ["t4"]).map(\.dueAtMs) == [0, 1, 2, 3, 5, 6])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `the next check is strictly later, of whichever tenant or table`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            #expect(try await nextMs(store, 0) == nil)
            try await store.insert(
                payment("pay_1", checkAtMs: 1000), payment("pay_2", tenant: "rival", checkAtMs: 3000),
                payment("pay_3", checkAtMs: 4000))
            try await insert(store, refund("re_1", checkAtMs: 2000))
            let times: [Int64] = [0, 1000, 1500, 2000, 3000, 4000]
            var next: [Int64?] = []
            for time in times { next.append(try await nextMs(store, time)) }
            #expect(next == [1000, 2000, 2000, 3000, 4000, nil])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `an update moves a check on, or ends it`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(payment("pay_1", checkAtMs: 1000))
            try await insert(store, refund("re_1", checkAtMs: 1000))
            try await store.write { transaction throws(StoreError) in
                try transaction.update(payment("pay_1", checkAtMs: 7000))
                try transaction.update(refund("re_1", checkAtMs: nil))
            }
            #expect(try await due(store, 6999) == [])
            #expect(
                try await due(store, 7000) == [
                    DueCheck(subject: .payment("pay_1"), tenant: "shop", dueAtMs: 7000)
                ])
            #expect(try await nextMs(store, 0) == 7000)
        }
    }

    private func payment(_ id: String, tenant: String = "shop", checkAtMs: Int64?) -> Payment {
        var payment = Payment.sample(id, tenant: tenant)
        payment.checkAtMs = checkAtMs
        return payment
    }

    private func refund(
        _ id: String, tenant: String = "shop", payment: String = "pay_1", checkAtMs: Int64?
    ) -> Refund {
        var refund = Refund.sample(id, tenant: tenant, payment: payment)
        refund.checkAtMs = checkAtMs
        return refund
    }

    private func insert(_ store: any Store, _ refunds: Refund...) async throws(StoreError) {
        try await store.write { transaction throws(StoreError) in
            for refund in refunds { try transaction.insert(refund) }
        }
    }

    private func due(
        _ store: any Store, _ nowMs: Int64, passingOver tenants: [String] = [], limit: Int = 100
    ) async throws(StoreError) -> [DueCheck] {
        try await store.read { reader throws(StoreError) in
            try reader.dueChecks(nowMs: nowMs, passingOver: tenants, limit: limit)
        }
    }

    private func nextMs(_ store: any Store, _ afterMs: Int64) async throws(StoreError) -> Int64? {
        try await store.read { reader throws(StoreError) in try reader.nextCheckMs(afterMs: afterMs) }
    }
}
