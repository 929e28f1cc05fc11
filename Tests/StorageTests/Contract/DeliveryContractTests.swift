import Payments
import Testing

struct DeliveryContractTests {
    @Test(arguments: Engine.all)
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
            #expect(try await record(store, first, of: tried))
            #expect(try await record(store, second, of: tried.after(.delivered)))
            #expect(try await found(store, made.id) == Found(tried.after(.delivered), [first, second]))
            #expect(try await store.delivery(made.id, tenant: "rival") == nil)
            #expect(try await store.delivery("dlv_9") == nil)
        }
    }

    @Test(arguments: Engine.all)
    func `an attempt is kept only if the delivery is as the attempt found it`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let event = Event.sample("evt_1")
            let made = Delivery.sample(of: event, to: "a")
            let rival = Delivery(
                id: made.id, tenant: "rival", event: "evt_1", eventType: .webhookTest, endpoint: "a",
                nextAttemptAtMs: 1, createdAtMs: 1)
            try await store.insertEvents(event, endpoints: ["a"])
            #expect(try await !record(store, .sample(0), of: made))
            #expect(try await !record(store, .sample(2), of: made.after(.delivered)))
            #expect(try await !record(store, .sample(1), of: rival.after(.delivered)))
            #expect(try await found(store, made.id) == Found(made, []))
            let tried = made.after(.pending, nextAttemptAtMs: 8000)
            #expect(try await record(store, .sample(1, .timeout), of: tried))
            #expect(try await !record(store, .sample(1), of: made.after(.delivered)))
            #expect(try await found(store, made.id) == Found(tried, [.sample(1, .timeout)]))
            #expect(try await record(store, .sample(2), of: tried.after(.delivered)))
            #expect(try await !record(store, .sample(3), of: tried.after(.delivered).after(.exhausted)))
            let end = Found(tried.after(.delivered), [.sample(1, .timeout), .sample(2)])
            #expect(try await found(store, made.id) == end)
        }
    }

    @Test(arguments: Engine.all)
    func `a held delivery takes no attempt`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let made = Delivery.sample(of: .sample("evt_1"), to: "a")
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a"])
            #expect(try await setHeld(store, true) == 1)
            #expect(try await !record(store, .sample(1), of: made.after(.delivered)))
            #expect(try await store.delivery(made.id)?.status == .held)
        }
    }

    @Test(arguments: Engine.all)
    func `a list is newest first and keeps to its filters, cursor and tenant`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), .sample("evt_2"), endpoints: ["a", "b"])
            try await store.insertEvents(.sample("evt_r", tenant: "rival"), endpoints: ["a"])
            let first = Delivery.sample(of: .sample("evt_1"), to: "a")
            #expect(try await record(store, .sample(1), of: first.after(.delivered)))
            func list(
                _ status: Delivery.Status? = nil, event: String? = nil, after: String? = nil, limit: Int = 10
            ) async throws -> [String] {
                let query = DeliveryQuery(
                    tenant: "shop", status: status, event: event, startingAfter: after, limit: limit)
                return try await store.read { reader throws(StoreError) in
                    try reader.deliveries(query).map { String($0.delivery.id.dropFirst(8)) }
                }
            }
            #expect(try await list() == ["2_b", "2_a", "1_b", "1_a"])
            #expect(try await list(limit: 3) == ["2_b", "2_a", "1_b"])
            #expect(try await list(after: "dlv_evt_2_a") == ["1_b", "1_a"])
            #expect(try await list(.pending) == ["2_b", "2_a", "1_b"])
            #expect(try await list(.delivered) == ["1_a"])
            #expect(try await list(.pending, after: "dlv_evt_2_a") == ["1_b"])
            #expect(try await list(event: "evt_1") == ["1_b", "1_a"])
            #expect(try await list(event: "evt_1", after: "dlv_evt_1_b") == ["1_a"])
            #expect(try await list(.pending, event: "evt_1") == ["1_b"])
            #expect(try await list(event: "evt_r") == [])
            #expect(try await list(event: "evt_9") == [])
            #expect(try await list(after: "dlv_evt_r_a") == [])
            #expect(try await list(after: "dlv_9") == [])
            let query = DeliveryQuery(tenant: "shop", status: .delivered, limit: 10)
            let attempts = try await store.read { reader throws(StoreError) in try reader.deliveries(query)[0].attempts
            }
            #expect(attempts == [.sample(1)])
        }
    }

    @Test(arguments: Engine.all)
    func `what is due comes with its event, the longest due first`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(
                .sample("evt_3", atMs: 3000), .sample("evt_1", atMs: 1000),
                .sample("evt_2", tenant: "rival", atMs: 2000),
                endpoints: ["a"])
            #expect(try await due(store, 2999) == ["evt_1", "evt_2"])
            #expect(try await due(store, 3000) == ["evt_1", "evt_2", "evt_3"])
            #expect(try await due(store, 3000, limit: 1) == ["evt_1"])
            #expect(try await due(store, 999) == [])
            let first = try await store.read { reader throws(StoreError) in
                try reader.dueDeliveries(nowMs: 1000, limit: 10)
            }
            let event = Event.sample("evt_1", atMs: 1000)
            #expect(first == [DueDelivery(delivery: .sample(of: event, to: "a"), event: event)])
        }
    }

    @Test(arguments: Engine.all)
    func `only what is pending is due, and the next one due is strictly later`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let event = Event.sample("evt_1", atMs: 1000)
            try await store.insertEvents(event, .sample("evt_2", atMs: 5000), endpoints: ["a"])
            #expect(try await nextDueMs(store, 0) == 1000)
            #expect(try await nextDueMs(store, 1000) == 5000)
            #expect(try await nextDueMs(store, 5000) == nil)
            let tried = Delivery.sample(of: event, to: "a").after(.exhausted)
            #expect(try await record(store, .sample(1, .reset), of: tried))
            #expect(try await due(store, 9000) == ["evt_2"])
            #expect(try await nextDueMs(store, 0) == 5000)
        }
    }

    @Test(arguments: Engine.all)
    func `deliveries of one endpoint are held, and pending again from now on`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), .sample("evt_2"), endpoints: ["a", "b"])
            try await store.insertEvents(.sample("evt_3", tenant: "rival"), endpoints: ["a"])
            let tried = Delivery.sample(of: .sample("evt_1"), to: "a").after(.pending, nextAttemptAtMs: 6000)
            #expect(try await record(store, .sample(1, .dns), of: tried))
            #expect(try await setHeld(store, true) == 2)
            #expect(try await setHeld(store, true) == 0)
            #expect(try await due(store, .max) == ["evt_1", "evt_2", "evt_3"])
            #expect(try await store.delivery(tried.id)?.nextAttemptAtMs == nil)
            #expect(try await setHeld(store, false, nowMs: 7000) == 2)
            #expect(try await setHeld(store, false, nowMs: 8000) == 0)
            let released = try await store.delivery(tried.id)
            #expect(released?.status == .pending)
            #expect(released?.attemptCount == 1)
            #expect(released?.nextAttemptAtMs == 7000)
            #expect(try await due(store, 7000).count == 5)
        }
    }

    @Test(arguments: Engine.all)
    func `endpoints with open deliveries are told once each`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), .sample("evt_2"), endpoints: ["a", "b", "c"])
            try await store.insertEvents(.sample("evt_3", tenant: "rival"), endpoints: ["a"])
            #expect(try await setHeld(store, true) == 2)
            for event in ["evt_1", "evt_2"] {
                let done = Delivery.sample(of: .sample(event), to: "c").after(.delivered)
                #expect(try await record(store, .sample(1), of: done))
            }
            try await store.insertEvents(.sample("evt_4"), endpoints: ["a"])
            let open = try await store.write { transaction throws(StoreError) in
                try transaction.endpointsWithOpenDeliveries()
            }
            let expected = [("rival", "a"), ("shop", "a"), ("shop", "b")].map { EndpointKey(tenant: $0, endpoint: $1) }
            #expect(Set(open) == Set(expected))
            #expect(open.count == 3)
        }
    }

    @Test(arguments: Engine.all)
    func `the backlog counts what is pending and held, and since when`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            #expect(try await backlog(store) == Backlog(pending: 0, held: 0, oldestPendingCreatedAtMs: nil))
            try await store.insertEvents(
                .sample("evt_2", atMs: 2000), .sample("evt_1", atMs: 1000), endpoints: ["a", "b"])
            #expect(try await backlog(store) == Backlog(pending: 4, held: 0, oldestPendingCreatedAtMs: 1000))
            let late = Delivery.sample(of: .sample("evt_1", atMs: 1000), to: "b").after(.pending, nextAttemptAtMs: 9000)
            #expect(try await record(store, .sample(1, .tls), of: late))
            #expect(try await setHeld(store, true) == 2)
            #expect(try await backlog(store) == Backlog(pending: 2, held: 2, oldestPendingCreatedAtMs: 1000))
            #expect(try await record(store, .sample(2), of: late.after(.delivered)))
            #expect(try await backlog(store) == Backlog(pending: 1, held: 2, oldestPendingCreatedAtMs: 2000))
        }
    }

    @Test(arguments: Engine.all)
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
            let found = try reader.delivery(id: id, tenant: "shop")
            return Found(found?.delivery, found?.attempts ?? [])
        }
    }

    private func record(_ store: any Store, _ attempt: Attempt, of delivery: Delivery) async throws(StoreError) -> Bool
    {
        try await store.write { transaction throws(StoreError) in try transaction.record(attempt, of: delivery) }
    }

    /// Of the endpoint `a` of `shop`.
    private func setHeld(_ store: any Store, _ held: Bool, nowMs: Int64 = 5000) async throws(StoreError) -> Int {
        try await store.write { transaction throws(StoreError) in
            try transaction.setHeld(held, tenant: "shop", endpoint: "a", nowMs: nowMs)
        }
    }

    private func due(_ store: any Store, _ nowMs: Int64, limit: Int = 10) async throws(StoreError) -> [String] {
        try await store.read { reader throws(StoreError) in
            try reader.dueDeliveries(nowMs: nowMs, limit: limit).map(\.event.id)
        }
    }

    private func nextDueMs(_ store: any Store, _ afterMs: Int64) async throws(StoreError) -> Int64? {
        try await store.read { reader throws(StoreError) in try reader.nextDueMs(afterMs: afterMs) }
    }

    private func backlog(_ store: any Store) async throws(StoreError) -> Backlog {
        try await store.read { reader throws(StoreError) in try reader.backlog() }
    }
}
