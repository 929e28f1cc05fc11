import Payments
import Testing

/// What is due, line by line.
struct DeliveryLineContractTests {
    @Test(arguments: Engine.allAndMemory)
    func `what is due in a line comes with its event, the longest due first`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(
                .sample("evt_3", atMs: 3000), .sample("evt_1", atMs: 1000), .sample("evt_2", atMs: 1000),
                endpoints: ["a"])
            try await store.insertEvents(.sample("evt_b"), endpoints: ["b"])
            try await store.insertEvents(.sample("evt_r", tenant: "rival"), endpoints: ["a"])
            func due(_ nowMs: Int64, limit: Int = 10) async throws -> [String] {
                try await store.due(.shop(), nowMs: nowMs, limit: limit).map(\.event.id)
            }
            #expect(try await due(999) == [])
            #expect(try await due(2999) == ["evt_1", "evt_2"])
            #expect(try await due(3000) == ["evt_1", "evt_2", "evt_3"])
            #expect(try await due(3000, limit: 2) == ["evt_1", "evt_2"])
            #expect(try await due(3000, limit: 0) == [])
            #expect(try await store.due(.shop("c"), nowMs: .max) == [])
            let event = Event.sample("evt_b")
            let expected = DueDelivery(delivery: .sample(of: event, to: "b"), event: event)
            #expect(try await store.due(.shop("b"), nowMs: 1000) == [expected])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a failed first try moves a delivery to the line of retries, and what is sent again has its own`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            let made = Delivery.sample(of: .sample("evt_1"), to: "a")
            try await store.insertEvents(.sample("evt_1"), .sample("evt_2"), endpoints: ["a"])
            let tried = made.after(.pending, nextAttemptAtMs: 8000)
            #expect(tried.lane == .retry)
            #expect(try await store.record(.sample(1, .dns), of: tried))
            func due(_ lane: Delivery.Lane) async throws -> [String] {
                try await store.due(.shop("a", lane), nowMs: 9000).map(\.event.id)
            }
            #expect(try await due(.live) == ["evt_2"])
            #expect(try await due(.retry) == ["evt_1"])
            let failed = try #require(try await store.delivery(made.id)).after(.exhausted)
            #expect(try await store.record(.sample(2, .dns), of: failed))
            #expect(try await due(.retry) == [])
            let again = try #require(try await store.requeue(made.id, nowMs: 9000))
            #expect(try await due(.replay) == ["evt_1"])
            #expect(try await store.record(.sample(3, .dns), of: again.after(.pending, nextAttemptAtMs: 9000)))
            #expect(try await due(.replay) == ["evt_1"])
            #expect(try await due(.retry) == [])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `the next one due in a line is strictly later`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1", atMs: 1000), .sample("evt_2", atMs: 5000), endpoints: ["a"])
            try await store.insertEvents(.sample("evt_3", atMs: 500), endpoints: ["b"])
            func next(_ nowMs: Int64, _ line: DeliveryLine = .shop()) async throws -> Int64? {
                try await store.read { reader throws(StoreError) in try reader.nextDueMs(line, afterMs: nowMs) }
            }
            #expect(try await next(0) == 1000)
            #expect(try await next(1000) == 5000)
            #expect(try await next(5000) == nil)
            #expect(try await next(0, .shop("a", .retry)) == nil)
            let done = Delivery.sample(of: .sample("evt_1", atMs: 1000), to: "a").after(.delivered)
            #expect(try await store.record(.sample(1), of: done))
            #expect(try await next(0) == 5000)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `every line with pending deliveries is told once, with the time of its first`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            func open() async throws -> [OpenLine] {
                try await store.read { reader throws(StoreError) in try reader.openLines() }
            }
            #expect(try await open() == [])
            let events: [Event] = [.sample("evt_2", atMs: 2000), .sample("evt_1", atMs: 1000)]
            try await store.insertEvents(events[0], events[1], endpoints: ["a", "b", "c"])
            try await store.insertEvents(.sample("evt_r", tenant: "rival", atMs: 300), endpoints: ["z"])
            for event in events {
                #expect(try await store.record(.sample(1), of: .sample(of: event, to: "c").after(.delivered)))
            }
            let late = Delivery.sample(of: events[1], to: "a").after(.pending, nextAttemptAtMs: 9000)
            #expect(try await store.record(.sample(1, .tls), of: late))
            let rival = DeliveryLine(endpoint: EndpointKey(tenant: "rival", endpoint: "z"), lane: .live)
            let expected = [
                OpenLine(line: rival, nextDueMs: 300), OpenLine(line: .shop("a"), nextDueMs: 2000),
                OpenLine(line: .shop("a", .retry), nextDueMs: 9000), OpenLine(line: .shop("b"), nextDueMs: 1000),
            ]
            #expect(try await open() == expected)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `lines are told whether or not their endpoint is held`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a"])
            #expect(try await store.put(.sample(hold: .disabled)))
            let lines = try await store.read { reader throws(StoreError) in try reader.openLines() }
            #expect(lines == [OpenLine(line: .shop(), nextDueMs: 1000)])
            let due = try await store.due(.shop(), nowMs: 1000)
            #expect(due.map(\.delivery.status) == [.pending])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `what is due too late is due now, and what waits behind another waits as if it were made now`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            // The first of the payment is due, and the second waits behind it.
            try await store.insertOrdered(2, atMs: 1_000_000)
            for number in 3...5 {
                let event = Event.sample("evt_\(number)", atMs: 1_000_000)
                try await store.write { transaction throws(StoreError) in
                    let dueMs = number == 3 ? Int64(2_000_000) : 9_000_000
                    try transaction.insert(event, deliveries: [.sample(of: event, to: "a", dueMs: dueMs)])
                }
            }
            let heard = HeardNews(store)
            func bringForward(limit: Int) async throws -> Int {
                try await store.write { transaction throws(StoreError) in
                    try transaction.bringForward(.shop(), afterMs: 1_500_000, nowMs: 5000, limit: limit)
                }
            }
            #expect(try await bringForward(limit: 2) == 2)
            #expect(heard.all == [DeliveryNews(lines: [.shop()])])
            #expect(try await bringForward(limit: 10) == 2)
            #expect(try await bringForward(limit: 10) == 0)
            #expect(try await store.delivery("dlv_evt_1_a")?.nextAttemptAtMs == 1_000_000)
            let behind = try await store.delivery("dlv_evt_2_a")
            #expect(behind?.nextAttemptAtMs == 5000 + Delivery.orderWaitMs)
            #expect(behind?.behindDueMs == 5000)
            for number in 3...5 {
                let other = try await store.delivery("dlv_evt_\(number)_a")
                #expect(other?.nextAttemptAtMs == 5000)
                #expect(other?.behindDueMs == nil)
            }
        }
    }
}
