import Payments
import Testing

struct DeliveryContractTests {
    @Test(arguments: Engine.allAndMemory)
    func `a delivery comes back with its attempts, to its tenant`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let event = Event.sample("evt_1")
            let first = Attempt(
                number: 1, startedAtMs: .min, durationMs: .max, outcome: .refusedDestination, statusCode: nil,
                error: "目标 \u{0}", address: nil, responseExcerpt: [])
            let second = Attempt.sample(2)
            let made = Delivery.sample(of: event, to: "a")
            let tried = made.after(.pending, nextAttemptAtMs: .max)
            try await store.insertEvents(event, endpoints: ["a", "b"])
            #expect(try await store.delivery(made.id) == made)
            #expect(try await store.record(first, of: tried))
            #expect(try await store.record(second, of: tried.after(.delivered)))
            #expect(try await found(store, made.id) == Found(tried.after(.delivered), [first, second]))
            #expect(try await store.delivery(made.id, tenant: "rival") == nil)
            #expect(try await store.delivery("dlv_9") == nil)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `an attempt is kept only if the delivery is as the attempt found it`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let event = Event.sample("evt_1")
            let made = Delivery.sample(of: event, to: "a")
            let rival = Delivery(
                id: made.id, tenant: "rival", event: "evt_1", eventType: .webhookTest, endpoint: "a",
                nextAttemptAtMs: 1, createdAtMs: 1)
            try await store.insertEvents(event, endpoints: ["a"])
            #expect(try await !store.record(.sample(0), of: made))
            #expect(try await !store.record(.sample(2), of: made.after(.delivered)))
            #expect(try await !store.record(.sample(1), of: rival.after(.delivered)))
            #expect(try await found(store, made.id) == Found(made, []))
            let tried = made.after(.pending, nextAttemptAtMs: 8000)
            #expect(try await store.record(.sample(1, .timeout), of: tried))
            #expect(try await !store.record(.sample(1), of: made.after(.delivered)))
            #expect(try await found(store, made.id) == Found(tried, [.sample(1, .timeout)]))
            #expect(try await store.record(.sample(2), of: tried.after(.delivered)))
            #expect(try await !store.record(.sample(3), of: tried.after(.delivered).after(.exhausted)))
            let end = Found(tried.after(.delivered), [.sample(1, .timeout), .sample(2)])
            #expect(try await found(store, made.id) == end)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a pending delivery without a time is refused`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            var timeless = Delivery.sample(of: .sample("evt_1"), to: "a")
            timeless.nextAttemptAtMs = nil
            let deliveries = [timeless]
            let error = await #expect(throws: StoreError.self) {
                try await store.write { transaction throws(StoreError) in
                    try transaction.insert(.sample("evt_1"), deliveries: deliveries)
                }
            }
            #expect(error?.code == .broken)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `held is no status that a delivery is given`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let event = Event.sample("evt_1")
            try await store.insertEvents(event, endpoints: ["a"])
            let held = Delivery.sample(of: event, to: "b").held(.disabled)
            let insertion = await #expect(throws: StoreError.self) {
                try await store.write { transaction throws(StoreError) in try transaction.insert(held, of: event) }
            }
            #expect(insertion?.code == .broken)
            let made = Delivery.sample(of: event, to: "a")
            let result = await #expect(throws: StoreError.self) {
                try await store.record(.sample(1), of: made.held(.disabled))
            }
            #expect(result?.code == .broken)
            #expect(try await store.delivery(made.id) == made)
        }
    }

    private struct Found: Equatable {
        let delivery: Delivery?
        let attempts: [Attempt]

        init(_ delivery: Delivery?, _ attempts: [Attempt]) {
            self.delivery = delivery
            self.attempts = attempts
        }
    }

    private func found(_ store: any Store, _ id: String) async throws(StoreError) -> Found {
        try await store.read { reader throws(StoreError) in
            let found = try reader.delivery(id: id, tenant: "shop", nowMs: 0)
            return Found(found?.delivery, found?.attempts ?? [])
        }
    }
}
