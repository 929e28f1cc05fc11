import Payments
import Testing

/// What was accepted is delivered, exhausted or open.
struct DeliveryCountContractTests {
    @Test(arguments: Engine.allAndMemory)
    func `deliveries are counted as they are made, as they end and as they are sent again`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            let nothing = DeliveryCounts(accepted: 0, delivered: 0, exhausted: 0, open: [])
            #expect(try await store.counts() == nothing)
            try await store.insertEvents(
                .sample("evt_2", atMs: 2000), .sample("evt_1", atMs: 1000), endpoints: ["a", "b"])
            try await store.insertEvents(.sample("evt_3", tenant: "rival", atMs: 3000), endpoints: ["a"])
            func backlog(_ tenant: String, _ endpoint: String, _ count: Int, _ oldestMs: Int64?) -> EndpointBacklog {
                EndpointBacklog(
                    key: EndpointKey(tenant: tenant, endpoint: endpoint), count: count, oldestCreatedAtMs: oldestMs)
            }
            let rival = backlog("rival", "a", 1, 3000)
            let full = [rival, backlog("shop", "a", 2, 1000), backlog("shop", "b", 2, 1000)]
            #expect(try await store.counts() == DeliveryCounts(accepted: 5, delivered: 0, exhausted: 0, open: full))
            let first = Delivery.sample(of: .sample("evt_1", atMs: 1000), to: "a")
            let second = Delivery.sample(of: .sample("evt_1", atMs: 1000), to: "b")
            let tried = first.after(.pending, nextAttemptAtMs: 9000)
            #expect(try await store.record(.sample(1, .dns), of: tried))
            #expect(try await store.counts().open == full)
            #expect(try await store.record(.sample(2), of: tried.after(.delivered)))
            #expect(try await store.record(.sample(1, .dns), of: second.after(.exhausted)))
            #expect(try await !store.record(.sample(1, .dns), of: second.after(.exhausted)))
            let rest = [rival, backlog("shop", "a", 1, 2000), backlog("shop", "b", 1, 2000)]
            #expect(try await store.counts() == DeliveryCounts(accepted: 5, delivered: 1, exhausted: 1, open: rest))
            _ = try await store.requeue(second.id, nowMs: 9500)
            // What was asked for again is not as old as it looks.
            let again = [rest[0], rest[1], backlog("shop", "b", 2, 2000)]
            #expect(try await store.counts() == DeliveryCounts(accepted: 6, delivered: 1, exhausted: 1, open: again))
            #expect(try await store.put(.sample(hold: .disabled)))
            #expect(try await store.counts().open == again)
            #expect(try await store.counts().gap == 0)
            let last = Delivery.sample(of: .sample("evt_2", atMs: 2000), to: "b")
            #expect(try await store.record(.sample(1), of: last.after(.delivered)))
            #expect(try await store.counts().open.last == backlog("shop", "b", 1, nil))
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a transaction sees its own in the counts`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let gaps = try await store.write { transaction throws(StoreError) in
                let event = Event.sample("evt_1")
                try transaction.insert(event, deliveries: [.sample(of: event, to: "a"), .sample(of: event, to: "b")])
                let before = try transaction.deliveryCounts()
                _ = try transaction.record(.sample(1), of: .sample(of: event, to: "a").after(.delivered), nowMs: 1)
                let after = try transaction.deliveryCounts()
                return [before.accepted, before.gap, after.accepted, after.delivered, after.gap]
            }
            #expect(gaps == [2, 0, 2, 1, 0])
        }
    }

    @Test(arguments: Engine.all)
    func `the counts are there when the store is opened again`(_ engine: Engine) async throws {
        let folder = try TemporaryFolder()
        try await engine.withStore(in: folder) { store throws in
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a", "b"])
            let done = Delivery.sample(of: .sample("evt_1"), to: "a").after(.delivered)
            #expect(try await store.record(.sample(1), of: done))
        }
        try await engine.withStore(in: folder) { store throws in
            let counts = try await store.counts()
            #expect(counts.accepted == 2)
            #expect(counts.delivered == 1)
            #expect(counts.gap == 0)
        }
    }
}
