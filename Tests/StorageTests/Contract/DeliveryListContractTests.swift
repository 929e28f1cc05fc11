import Payments
import Testing

/// Lists of deliveries.
struct DeliveryListContractTests {
    /// The ids of a list without what all of them begin with.
    private func list(_ store: any Store, _ query: DeliveryQuery) async throws -> [String] {
        try await store.read { reader throws(StoreError) in
            try reader.deliveries(query).map { String($0.delivery.id.dropFirst(8)) }
        }
    }

    private func query(
        _ status: Delivery.Status? = nil, event: String? = nil, endpoint: String? = nil, nowMs: Int64 = 0,
        after: String? = nil, limit: Int = 10
    ) -> DeliveryQuery {
        DeliveryQuery(
            tenant: "shop", status: status, event: event, endpoint: endpoint, nowMs: nowMs, startingAfter: after,
            limit: limit)
    }

    @Test(arguments: Engine.allAndMemory)
    func `a list is newest first and keeps to its filters, cursor and tenant`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), .sample("evt_2"), endpoints: ["a", "b"])
            try await store.insertEvents(.sample("evt_r", tenant: "rival"), endpoints: ["a"])
            let first = Delivery.sample(of: .sample("evt_1"), to: "a")
            #expect(try await store.record(.sample(1), of: first.after(.delivered)))
            #expect(try await list(store, query()) == ["2_b", "2_a", "1_b", "1_a"])
            #expect(try await list(store, query(limit: 3)) == ["2_b", "2_a", "1_b"])
            #expect(try await list(store, query(limit: 0)) == [])
            #expect(try await list(store, query(after: "dlv_evt_2_a")) == ["1_b", "1_a"])
            #expect(try await list(store, query(.pending)) == ["2_b", "2_a", "1_b"])
            #expect(try await list(store, query(.delivered)) == ["1_a"])
            #expect(try await list(store, query(.exhausted)) == [])
            #expect(try await list(store, query(.pending, after: "dlv_evt_2_a")) == ["1_b"])
            #expect(try await list(store, query(endpoint: "a")) == ["2_a", "1_a"])
            #expect(try await list(store, query(.pending, endpoint: "a")) == ["2_a"])
            #expect(try await list(store, query(endpoint: "a", after: "dlv_evt_2_a")) == ["1_a"])
            #expect(try await list(store, query(endpoint: "a", limit: 1)) == ["2_a"])
            #expect(try await list(store, query(endpoint: "c")) == [])
            #expect(try await list(store, query(event: "evt_1")) == ["1_b", "1_a"])
            #expect(try await list(store, query(event: "evt_1", limit: 1)) == ["1_b"])
            #expect(try await list(store, query(event: "evt_1", after: "dlv_evt_1_b")) == ["1_a"])
            #expect(try await list(store, query(.pending, event: "evt_1")) == ["1_b"])
            #expect(try await list(store, query(event: "evt_1", endpoint: "a")) == ["1_a"])
            #expect(try await list(store, query(.pending, event: "evt_1", endpoint: "a")) == [])
            #expect(try await list(store, query(event: "evt_r")) == [])
            #expect(try await list(store, query(event: "evt_9")) == [])
            #expect(try await list(store, query(after: "dlv_evt_r_a")) == [])
            #expect(try await list(store, query(after: "dlv_9")) == [])
            let attempts = try await store.read { reader throws(StoreError) in
                try reader.deliveries(DeliveryQuery(tenant: "shop", status: .delivered, limit: 10)).map(\.attempts)
            }
            #expect(attempts == [[.sample(1)]])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `of many attempts the newest fifty are told, the first of them first`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a"])
            var delivery = Delivery.sample(of: .sample("evt_1"), to: "a")
            for number in 1...51 {
                delivery = delivery.after(.pending, nextAttemptAtMs: 6000)
                #expect(try await store.record(.sample(number, .dns), of: delivery))
            }
            let query = query()
            let told = try await store.read { reader throws(StoreError) in
                let one = try reader.delivery(id: "dlv_evt_1_a", tenant: "shop", nowMs: 0)?.attempts ?? []
                return [one, try reader.deliveries(query)[0].attempts].map { $0.map(\.number) }
            }
            #expect(told == [Array(2...51), Array(2...51)])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `the newest delivery of an event to an endpoint is found by these`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a", "b"])
            try await store.insertEvents(.sample("evt_2"), endpoints: ["a"])
            let more = Delivery(
                id: "dlv_0", tenant: "shop", event: "evt_1", eventType: .webhookTest, endpoint: "a",
                nextAttemptAtMs: 1, createdAtMs: 1)
            let ids = try await store.write { transaction throws(StoreError) in
                let first = try transaction.deliveryID(event: "evt_1", endpoint: "a", tenant: "shop")
                try transaction.insert(more, of: .sample("evt_1"))
                return [
                    first, try transaction.deliveryID(event: "evt_1", endpoint: "a", tenant: "shop"),
                    try transaction.deliveryID(event: "evt_1", endpoint: "b", tenant: "shop"),
                    try transaction.deliveryID(event: "evt_1", endpoint: "c", tenant: "shop"),
                    try transaction.deliveryID(event: "evt_1", endpoint: "a", tenant: "rival"),
                ]
            }
            #expect(ids == ["dlv_evt_1_a", "dlv_0", "dlv_evt_1_b", nil, nil])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `what is held is told from what is pending at the time of the look`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), .sample("evt_2"), endpoints: ["a", "b", "c"])
            let done = Delivery.sample(of: .sample("evt_2"), to: "a").after(.delivered)
            #expect(try await store.record(.sample(1), of: done))
            let hold = EndpointHold.open(untilMs: 9000)
            #expect(try await store.put(.sample("a", hold: hold)))
            #expect(try await store.put(.sample("c", hold: .disabled)))
            #expect(try await store.put(.sample("b", tenant: "rival", hold: .disabled)))
            #expect(try await list(store, query(.held, nowMs: 8999)) == ["2_c", "1_c", "1_a"])
            #expect(try await list(store, query(.pending, nowMs: 8999)) == ["2_b", "1_b"])
            #expect(try await list(store, query(.held, nowMs: 9000)) == ["2_c", "1_c"])
            #expect(try await list(store, query(.pending, nowMs: 9000)) == ["2_b", "1_b", "1_a"])
            #expect(try await list(store, query(.held, nowMs: 8999, limit: 2)) == ["2_c", "1_c"])
            #expect(try await list(store, query(.held, nowMs: 8999, after: "dlv_evt_1_c")) == ["1_a"])
            #expect(try await list(store, query(.held, endpoint: "a", nowMs: 8999)) == ["1_a"])
            #expect(try await list(store, query(.pending, endpoint: "a", nowMs: 8999)) == [])
            #expect(try await list(store, query(.held, event: "evt_1", nowMs: 8999)) == ["1_c", "1_a"])
            #expect(try await list(store, query(.pending, event: "evt_1", nowMs: 8999)) == ["1_b"])
            let ofA = query(endpoint: "a", nowMs: 8999)
            let all = try await store.read { reader throws(StoreError) in
                try reader.deliveries(ofA).map(\.delivery)
            }
            #expect(all == [done, Delivery.sample(of: .sample("evt_1"), to: "a").held(hold)])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `an event may have more deliveries than are read at a time`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let event = Event.sample("evt_1")
            let endpoints = (100..<350).map { "e\($0)" }
            try await store.insertEvents(event, endpoints: endpoints)
            #expect(try await store.put(.sample("e101", hold: .disabled)))
            let newestFirst = endpoints.reversed().map { "1_" + $0 }
            #expect(try await list(store, query(event: "evt_1", limit: 1000)) == newestFirst)
            #expect(try await list(store, query(event: "evt_1", limit: 120)) == Array(newestFirst.prefix(120)))
            #expect(try await list(store, query(.held, event: "evt_1", limit: 10)) == ["1_e101"])
        }
    }
}
