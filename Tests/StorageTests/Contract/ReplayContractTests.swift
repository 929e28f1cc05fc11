import Payments
import Testing

/// Deliveries that are sent again in bulk.
struct ReplayContractTests {
    private func replay(
        _ id: String = "rpl_1", endpoint: String? = nil, sinceMs: Int64 = 0, untilMs: Int64 = .max,
        statuses: Set<ReplayFilter.Status> = [.exhausted], types: Set<EventType>? = nil, atMs: Int64 = 500
    ) -> Replay {
        let filter = ReplayFilter(
            tenant: "shop", endpoint: endpoint, sinceMs: sinceMs, untilMs: untilMs, statuses: statuses, types: types)
        return Replay(id: id, filter: filter, matched: 3, createdAtMs: atMs)
    }

    /// Made at 1000 × number, exhausted, to `a`.
    private func exhaust(_ store: any Store, _ numbers: ClosedRange<Int>, tenant: String = "shop") async throws {
        for number in numbers {
            let event = Event.sample("evt_\(tenant)\(number)", tenant: tenant, atMs: Int64(number) * 1000)
            try await store.insertEvents(event, endpoints: ["a"])
            let exhausted = Delivery.sample(of: event, to: "a").after(.exhausted)
            #expect(try await store.record(.sample(1, .dns), of: exhausted))
        }
    }

    /// Advances until it has ended.
    ///
    /// - Returns: how many were made due after each step that did not end it.
    private func run(_ store: any Store, _ replay: Replay, nowMs: Int64 = 90_000, limit: Int = 10) async throws -> [Int]
    {
        try await store.write { transaction throws(StoreError) in try transaction.insert(replay) }
        var done: [Int] = []
        while let next = try await advance(store, replay, nowMs: nowMs, limit: limit), done.count < 100 {
            done.append(next.done)
        }
        return done
    }

    private func advance(
        _ store: any Store, _ replay: Replay, nowMs: Int64 = 90_000, limit: Int
    ) async throws(StoreError) -> Replay? {
        try await store.write { transaction throws(StoreError) in
            try transaction.advance(replay, nowMs: nowMs, limit: limit)
        }
    }

    private func pending(_ store: any Store) async throws -> [String] {
        let query = DeliveryQuery(tenant: "shop", status: .pending, limit: 10_000)
        return try await store.read { reader throws(StoreError) in
            try reader.deliveries(query).map(\.delivery.event)
        }
    }

    private func count(_ store: any Store, _ filter: ReplayFilter, limit: Int = 100) async throws -> Int {
        try await store.read { reader throws(StoreError) in
            try reader.replayableCount(filter, nowMs: 90_000, limit: limit)
        }
    }

    /// So that a filter that nothing matches cannot have a reader look through everything.
    @Test(arguments: Engine.allAndMemory)
    func `the count ends with its looks, whatever their types`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await exhaust(store, 1...3)
            let others = replay("rpl_1", types: [.paymentDuplicate]).filter
            let all = try await count(store, replay().filter)
            #expect(all > 0)
            #expect(try await count(store, others, limit: all + 1) == 0)
            #expect(try await count(store, others, limit: all) == all)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `replays that have not ended come back as they are, oldest first`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await exhaust(store, 1...3)
            let full = replay(
                "rpl_2", endpoint: "a", sinceMs: 5, untilMs: 9, statuses: [.held, .exhausted],
                types: [.webhookTest, .paymentHeld])
            let first = replay("rpl_3")
            try await store.write { transaction throws(StoreError) in
                try transaction.insert(first)
                try transaction.insert(full)
            }
            func open() async throws -> [Replay] {
                try await store.read { reader throws(StoreError) in try reader.openReplays() }
            }
            #expect(try await open() == [first, full])
            var advanced = first
            advanced.done = 2
            #expect(try await advance(store, first, limit: 2) == advanced)
            #expect(try await open() == [advanced, full])
            while try await advance(store, first, limit: 2) != nil {}
            #expect(try await open() == [full])
            #expect(try await advance(store, first, limit: 2) == nil)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `exhausted deliveries fall due in the order of their making, part by part`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await exhaust(store, 1...5)
            try await exhaust(store, 1...2, tenant: "rival")
            let heard = HeardNews(store)
            let asked = replay()
            try await store.write { transaction throws(StoreError) in try transaction.insert(asked) }
            #expect(try await advance(store, asked, nowMs: 20_000, limit: 2)?.done == 2)
            #expect(try await pending(store) == ["evt_shop2", "evt_shop1"])
            #expect(heard.take() == [DeliveryNews(lines: [.shop("a", .replay)])])
            let first = try #require(try await store.delivery("dlv_evt_shop1_a"))
            #expect(first.nextAttemptAtMs == 20_000)
            #expect(first.lane == .replay)
            #expect(first.roundBase == 1)
            #expect(try await advance(store, asked, nowMs: 21_000, limit: 2)?.done == 4)
            while try await advance(store, asked, limit: 2) != nil {}
            #expect(try await pending(store).count == 5)
            let counts = try await store.counts()
            #expect(counts.accepted == 12)
            #expect(counts.exhausted == 7)
            #expect(counts.gap == 0)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a filter takes its time, its endpoint and its types, and counts the same`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let types: [EventType] = [.webhookTest, .paymentHeld]
            for number in 1...8 {
                let event = Event.sample("evt_\(number)", type: types[number % 2], atMs: Int64(number) * 1000)
                try await store.insertEvents(event, endpoints: ["a", "b"])
                for endpoint in ["a", "b"] {
                    let exhausted = Delivery.sample(of: event, to: endpoint).after(.exhausted)
                    #expect(try await store.record(.sample(1, .dns), of: exhausted))
                }
            }
            let filter = replay(endpoint: "b", sinceMs: 2000, untilMs: 7000, types: [.paymentHeld]).filter
            #expect(try await count(store, filter) == 2)
            #expect(try await count(store, replay().filter) == 16)
            #expect(try await count(store, replay().filter, limit: 5) == 5)
            #expect(try await count(store, replay(sinceMs: 2000, untilMs: 7000).filter) == 10)
            #expect(try await count(store, replay(statuses: [.held]).filter) == 0)
            _ = try await run(store, Replay(id: "rpl_1", filter: filter, matched: 2, createdAtMs: 1))
            let query = DeliveryQuery(tenant: "shop", status: .pending, limit: 100)
            let found = try await store.read { reader throws(StoreError) in try reader.deliveries(query) }
            #expect(found.map(\.delivery.id) == ["dlv_evt_5_b", "dlv_evt_3_b"])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a delivery that fails again while the replay runs is not taken twice`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await exhaust(store, 1...3)
            let asked = replay()
            try await store.write { transaction throws(StoreError) in try transaction.insert(asked) }
            for _ in 1...6 {
                _ = try await advance(store, asked, limit: 1)
                let first = try #require(try await store.delivery("dlv_evt_shop1_a"))
                guard first.status == .pending else { continue }
                #expect(try await store.record(.sample(2, .dns), of: first.after(.exhausted)))
            }
            let first = try #require(try await store.delivery("dlv_evt_shop1_a"))
            #expect(first.status == .exhausted)
            #expect(first.attemptCount == 2)
            #expect(try await pending(store) == ["evt_shop3", "evt_shop2"])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `what was made after the replay was asked for is not taken`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await exhaust(store, 1...1)
            let asked = replay()
            try await store.write { transaction throws(StoreError) in try transaction.insert(asked) }
            try await exhaust(store, 2...2)
            while try await advance(store, asked, limit: 10) != nil {}
            #expect(try await pending(store) == ["evt_shop1"])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `held deliveries keep their place and begin their schedule anew`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), .sample("evt_2"), endpoints: ["a", "b"])
            let tried = Delivery.sample(of: .sample("evt_1"), to: "a").after(.pending, nextAttemptAtMs: 99_000)
            #expect(try await store.record(.sample(1, .dns), of: tried))
            #expect(try await store.put(.sample("a", hold: .disabled)))
            #expect(try await store.put(.sample("b", hold: .open(untilMs: 90_000))))
            let asked = replay(statuses: [.held], atMs: 90_000)
            #expect(try await count(store, asked.filter) == 2)
            let accepted = try await store.counts().accepted
            let heard = HeardNews(store)
            _ = try await run(store, asked)
            var expected = tried
            expected.roundBase = 1
            expected.nextAttemptAtMs = 90_000
            #expect(try await store.delivery(tried.id, nowMs: 0) == expected.held(.disabled))
            let second = try #require(try await store.delivery("dlv_evt_2_a"))
            #expect(second.lane == .live)
            #expect(second.roundBase == 0)
            #expect(second.nextAttemptAtMs == 90_000)
            // The hold of `b` is over by then.
            #expect(try await store.delivery("dlv_evt_1_b")?.nextAttemptAtMs == 1000)
            #expect(heard.all.reduce(into: Set()) { $0.formUnion($1.lines) } == [.shop("a"), .shop("a", .retry)])
            #expect(try await store.counts().accepted == accepted)
        }
    }

    /// The breaker's time is over, or it closed: whoever asked was told how many, and they are made due.
    @Test(arguments: Engine.allAndMemory)
    func `a replay of held deliveries goes on when their endpoint is released meanwhile`(_ engine: Engine) async throws
    {
        try await engine.withStore { store throws in
            let later = try await insertRetries(store, 1...4)
            #expect(try await store.put(.sample("a", hold: .open(untilMs: 91_000))))
            let asked = replay(statuses: [.held], atMs: 90_000)
            try await store.write { transaction throws(StoreError) in try transaction.insert(asked) }
            #expect(try await advance(store, asked, nowMs: 90_500, limit: 1)?.done == 1)
            // Its time is over.
            #expect(try await advance(store, asked, nowMs: 95_000, limit: 1)?.done == 2)
            var closed = EndpointState.sample("a", hold: nil)
            closed.revision += 1
            #expect(try await store.put(closed))
            while try await advance(store, asked, nowMs: 96_000, limit: 1) != nil {}
            for id in later {
                #expect(try await store.delivery(id)?.nextAttemptAtMs ?? .max <= 96_000)
            }
        }
    }

    /// To `a`, tried once, and due again far ahead; their ids.
    private func insertRetries(_ store: any Store, _ numbers: ClosedRange<Int>) async throws -> [String] {
        var ids: [String] = []
        for number in numbers {
            let event = Event.sample("evt_\(number)", atMs: Int64(number) * 1000)
            try await store.insertEvents(event, endpoints: ["a"])
            let tried = Delivery.sample(of: event, to: "a").after(.pending, nextAttemptAtMs: 9_000_000)
            #expect(try await store.record(.sample(1, .dns), of: tried))
            ids.append(tried.id)
        }
        return ids
    }

    @Test(arguments: Engine.allAndMemory)
    func `deliveries of one payment that are replayed wait for one another`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            try await store.insertOrdered(3)
            for number in 1...3 {
                let found = try #require(try await store.delivery("dlv_evt_\(number)_a"))
                #expect(try await store.record(.sample(1, .dns), of: found.after(.exhausted)))
            }
            _ = try await run(store, replay(), nowMs: 90_000)
            let found = try await store.read { reader throws(StoreError) in
                try (1...3).map { number throws(StoreError) in
                    try reader.delivery(id: "dlv_evt_\(number)_a", tenant: "shop", nowMs: 0)?.delivery.behindDueMs
                }
            }
            #expect(found == [nil, 90_000, 90_000])
        }
    }

    /// None of them matches: each step looks at some and goes on from there.
    @Test(arguments: Engine.all)
    func `a step looks at a bounded number of deliveries, and the last one ends it`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.write { transaction throws(StoreError) in
                for number in 0..<1200 {
                    let type: EventType = number == 1100 ? .paymentHeld : .webhookTest
                    let event = Event.sample("evt_\(number)", type: type, atMs: Int64(number) / 100)
                    try transaction.insert(event, deliveries: [.sample(of: event, to: "a", status: .exhausted)])
                }
            }
            let done = try await run(store, replay(types: [.paymentHeld]))
            #expect(done == [0, 0])
            #expect(try await pending(store) == ["evt_1100"])
        }
    }
}
