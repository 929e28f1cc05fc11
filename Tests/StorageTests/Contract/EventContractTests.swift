import Payments
import Testing

struct EventContractTests {
    @Test(arguments: Engine.all)
    func `an event comes back as it was put in, to its tenant`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let event = Event(
                id: "evt_1", tenant: "shop", type: .paymentSucceeded, payment: "pay_1", sequence: .max,
                timestampMs: .min, body: [0, 255, 0x7B])
            try await store.insert(.sample())
            try await store.insertEvents(event, .sample("evt_2"))
            let found = try await store.read { reader throws(StoreError) in
                [
                    try reader.event(id: "evt_1", tenant: "shop"), try reader.event(id: "evt_2", tenant: "shop"),
                    try reader.event(id: "evt_1", tenant: "rival"), try reader.event(id: "evt_3", tenant: "shop"),
                ]
            }
            #expect(found == [event, .sample("evt_2"), nil, nil])
        }
    }

    @Test(arguments: Engine.all)
    func `a payment has one event of a sequence`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"), .sample("pay_2"))
            try await store.insertEvents(.sample("evt_1", payment: "pay_1", sequence: 1))
            let error = await #expect(throws: StoreError.self) {
                try await store.insertEvents(.sample("evt_2", payment: "pay_1", sequence: 1), endpoints: ["a"])
            }
            #expect(error?.code == .conflict)
            try await store.insertEvents(
                .sample("evt_3", payment: "pay_1", sequence: 2), .sample("evt_4", payment: "pay_2", sequence: 1))
            // Test events have no payment and all of them sequence 0.
            try await store.insertEvents(.sample("evt_5"), .sample("evt_6"))
            let found = try await ids(store)
            #expect(found == ["evt_1", "evt_3", "evt_4", "evt_5", "evt_6"])
            #expect(try await store.delivery("dlv_evt_2_a") == nil)
        }
    }

    @Test(arguments: Engine.all)
    func `the feed runs in the order of commits, whatever ids and times say`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_9", atMs: 9000), .sample("evt_1", atMs: 1000))
            try await store.insertEvents(.sample("evt_5", type: .paymentHeld, atMs: 5000), .sample("evt_2", atMs: 10))
            try await store.insertEvents(.sample("evt_0", tenant: "rival"))
            #expect(try await ids(store) == ["evt_9", "evt_1", "evt_5", "evt_2"])
            #expect(try await ids(store, after: "evt_9", limit: 2) == ["evt_1", "evt_5"])
            #expect(try await ids(store, after: "evt_1", type: .webhookTest) == ["evt_2"])
            #expect(try await ids(store, type: .paymentHeld) == ["evt_5"])
            #expect(try await ids(store, after: "evt_2") == [])
        }
    }

    @Test(arguments: Engine.all)
    func `a feed after an event that is unknown, or another tenant's, is nil`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), .sample("evt_2", tenant: "rival"))
            #expect(try await ids(store, after: "evt_2") == nil)
            #expect(try await ids(store, after: "evt_3") == nil)
        }
    }

    @Test(arguments: Engine.all)
    func `an event and its deliveries stand or fall together, even if the body goes on`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a"])
            let taken = Delivery.sample(of: .sample("evt_1"), to: "a").id
            let second = Delivery(
                id: taken, tenant: "shop", event: "evt_2", eventType: .webhookTest, endpoint: "b", nextAttemptAtMs: 1,
                createdAtMs: 1)
            let results = await store.writeTogether(2) { transaction, number throws(StoreError) in
                guard number == 0 else { return try transaction.insert(Payment.sample("pay_neighbour")) }
                try? transaction.insert(.sample("evt_2"), deliveries: [second])
                try? transaction.insert(Payment.sample("pay_swallowed"))
            }
            #expect(results[0].failureCode == .conflict)
            #expect(results[1].failureCode == nil)
            #expect(try await ids(store) == ["evt_1"])
            #expect(try await store.payment("pay_swallowed") == nil)
            #expect(try await store.payment("pay_neighbour") != nil)
        }
    }

    @Test(arguments: Engine.all)
    func `a delivery of another event is refused`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let stray = Delivery.sample(of: .sample("evt_2"), to: "a")
            let error = await #expect(throws: StoreError.self) {
                try await store.write { transaction throws(StoreError) in
                    try transaction.insert(.sample("evt_1"), deliveries: [stray])
                }
            }
            #expect(error?.code == .broken)
            #expect(try await ids(store) == [])
        }
    }

    private func ids(
        _ store: any Store, after: String? = nil, type: EventType? = nil, limit: Int = 10
    ) async throws(StoreError) -> [String]? {
        try await store.read { reader throws(StoreError) in
            try reader.events(tenant: "shop", after: after, type: type, limit: limit)?.map(\.id)
        }
    }
}

extension Result where Failure == StoreError {
    /// Nil for a success.
    var failureCode: StoreError.Code? {
        guard case .failure(let error) = self else { return nil }
        return error.code
    }
}
