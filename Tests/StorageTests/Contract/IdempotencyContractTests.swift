import Payments
import Testing

struct IdempotencyContractTests {
    @Test(arguments: Engine.all)
    func `a record takes the place of the one before it`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let running = IdempotencyRecord.sample()
            let answered = IdempotencyRecord.sample(
                state: .answered(status: 201, location: "/v1/payments/pay_1", body: [0, 123, 255]), createdAtMs: .max)
            let again = IdempotencyRecord.sample(
                state: .answered(status: 400, location: nil, body: []), createdAtMs: .min)
            for record in [running, answered, again, running] {
                try await put(store, record)
                #expect(try await self.record(store, running.scope) == record)
            }
        }
    }

    @Test(arguments: Engine.all)
    func `a scope is its tenant, method, path and key`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await put(store, .sample())
            for scope in [
                IdempotencyScope(tenant: "rival", method: "POST", path: "/v1/payments", key: "k1"),
                IdempotencyScope(tenant: "shop", method: "PUT", path: "/v1/payments", key: "k1"),
                IdempotencyScope(tenant: "shop", method: "POST", path: "/v1/refunds", key: "k1"),
                IdempotencyScope(tenant: "shop", method: "POST", path: "/v1/payments", key: "K1"),
            ] {
                #expect(try await record(store, scope) == nil)
                try await store.write { transaction throws(StoreError) in
                    try transaction.removeIdempotencyRecord(scope)
                }
            }
            #expect(try await record(store, IdempotencyRecord.sample().scope) == .sample())
        }
    }

    @Test(arguments: Engine.all)
    func `a removed record is gone, and removing it again is nothing`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let scope = IdempotencyRecord.sample().scope
            try await put(store, .sample())
            for _ in 1...2 {
                try await store.write { transaction throws(StoreError) in
                    try transaction.removeIdempotencyRecord(scope)
                }
                #expect(try await record(store, scope) == nil)
            }
        }
    }

    @Test(arguments: Engine.all)
    func `pruning forgets the oldest ones, so many at a time, and none that is young enough`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            for number in [3, 1, 5, 2, 4] {
                try await put(store, .sample(key: "k\(number)", createdAtMs: Int64(number) * 1000))
            }
            #expect(try await prune(store, beforeMs: 4000, limit: 2) == 2)
            #expect(try await keys(store) == ["k3", "k4", "k5"])
            #expect(try await prune(store, beforeMs: 4000, limit: 2) == 1)
            #expect(try await prune(store, beforeMs: 4000, limit: 2) == 0)
            #expect(try await keys(store) == ["k4", "k5"])
        }
    }

    private func put(_ store: any Store, _ record: IdempotencyRecord) async throws(StoreError) {
        try await store.write { transaction throws(StoreError) in try transaction.put(record) }
    }

    private func record(_ store: any Store, _ scope: IdempotencyScope) async throws(StoreError) -> IdempotencyRecord? {
        try await store.read { reader throws(StoreError) in try reader.idempotencyRecord(scope) }
    }

    private func prune(_ store: any Store, beforeMs: Int64, limit: Int) async throws(StoreError) -> Int {
        try await store.write { transaction throws(StoreError) in
            try transaction.pruneIdempotencyRecords(beforeMs: beforeMs, limit: limit)
        }
    }

    private func keys(_ store: any Store) async throws(StoreError) -> [String] {
        try await store.read { reader throws(StoreError) in
            var keys: [String] = []
            for number in 1...5 {
                let record = try reader.idempotencyRecord(IdempotencyRecord.sample(key: "k\(number)").scope)
                if let record { keys.append(record.scope.key) }
            }
            return keys
        }
    }
}
