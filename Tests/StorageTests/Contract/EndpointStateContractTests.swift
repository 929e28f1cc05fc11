import Payments
import Testing

/// What is remembered of endpoints, and what that makes of their deliveries.
struct EndpointStateContractTests {
    @Test(arguments: Engine.allAndMemory)
    func `a state comes back, and only an older one gives way`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            func states() async throws -> [EndpointState] {
                try await store.read { reader throws(StoreError) in try reader.endpointStates() }
            }
            #expect(try await states() == [])
            let first = EndpointState.sample(hold: .open(untilMs: 9000), revision: 5)
            let plain = EndpointState(
                key: EndpointKey(tenant: "rival", endpoint: "a"), urlDigest: "", revision: .min)
            #expect(try await store.put(first))
            #expect(try await store.put(plain))
            #expect(try await states() == [plain, first])
            #expect(try await !store.put(.sample(hold: .disabled, revision: 5)))
            #expect(try await !store.put(.sample(hold: .disabled, revision: 4)))
            #expect(try await states() == [plain, first])
            var newer = EndpointState.sample(hold: nil, revision: 6)
            newer.failingSinceMs = nil
            newer.failedEvents = ["事件 \"1\"", ""]
            newer.failureCount = 7
            newer.openCount = 9
            newer.urlDigest = "digest"
            let changed = newer
            #expect(try await store.put(changed))
            #expect(try await states() == [plain, changed])
        }
    }

    @Test(arguments: Engine.all)
    func `there may be more states than one step reads`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.write { transaction throws(StoreError) in
                for number in 1...2500 { _ = try transaction.put(.sample("e\(number)", revision: Int64(number))) }
            }
            let states = try await store.read { reader throws(StoreError) in try reader.endpointStates() }
            #expect(Set(states.map(\.revision)) == Set(1...2500))
            #expect(states.count == 2500)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a pending delivery is held while its endpoint is, and an ended one never`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), .sample("evt_2"), endpoints: ["a", "b"])
            let done = Delivery.sample(of: .sample("evt_2"), to: "a").after(.delivered)
            #expect(try await store.record(.sample(1), of: done))
            let hold = EndpointHold.open(untilMs: 9000)
            #expect(try await store.put(.sample(hold: hold)))
            let made = Delivery.sample(of: .sample("evt_1"), to: "a")
            #expect(try await store.delivery(made.id, nowMs: 8999) == made.held(hold))
            #expect(try await store.delivery(made.id, nowMs: 9000) == made)
            #expect(try await store.delivery(done.id, nowMs: 8999) == done)
            let other = Delivery.sample(of: .sample("evt_1"), to: "b")
            #expect(try await store.delivery(other.id, nowMs: 8999) == other)
            #expect(try await store.put(.sample(hold: .disabled, revision: 2)))
            #expect(try await store.delivery(made.id, nowMs: .max) == made.held(.disabled))
            #expect(try await store.put(.sample(revision: 3)))
            #expect(try await store.delivery(made.id, nowMs: 8999) == made)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a held delivery takes the attempt that was out`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a"])
            #expect(try await store.put(.sample(hold: .disabled)))
            let held = try #require(try await store.delivery("dlv_evt_1_a"))
            #expect(held.status == .held)
            var done = held.after(.delivered)
            done.hold = nil
            #expect(try await store.record(.sample(1), of: done))
            #expect(try await store.delivery(done.id) == done)
        }
    }
}
