import Payments
import Testing

/// Deliveries that are sent again on request.
struct RequeueContractTests {
    private static let waitMs = Delivery.orderWaitMs
    private let made = Delivery.sample(of: .sample("evt_1"), to: "a")

    @Test(arguments: Engine.allAndMemory, [Delivery.Status.delivered, .exhausted])
    func `one that ended is due now among replays, its schedule from the start and its tries counted on`(
        _ engine: Engine, end: Delivery.Status
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a"])
            let tried = made.after(.pending, nextAttemptAtMs: 6000)
            #expect(try await store.record(.sample(1, .dns), of: tried))
            #expect(try await store.record(.sample(2), of: tried.after(end)))
            let heard = HeardNews(store)
            let again = try await store.requeue(made.id, nowMs: 9000)
            var expected = tried.after(end)
            expected.status = .pending
            expected.lane = .replay
            expected.roundBase = 2
            expected.nextAttemptAtMs = 9000
            #expect(again == expected)
            #expect(try await store.delivery(made.id) == expected)
            #expect(heard.all == [DeliveryNews(lines: [.shop("a", .replay)])])
            let failed = expected.after(.pending, nextAttemptAtMs: 9500)
            #expect(failed.lane == .replay)
            #expect(failed.roundBase == 2)
            #expect(try await store.record(.sample(3, .dns), of: failed))
            #expect(try await store.delivery(made.id) == failed)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `one that is pending keeps its lane and is due now`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a"])
            let tried = made.after(.pending, nextAttemptAtMs: 60_000)
            #expect(try await store.record(.sample(1, .dns), of: tried))
            let again = try #require(try await store.requeue(made.id, nowMs: 9000))
            #expect(again.lane == .retry)
            #expect(again.nextAttemptAtMs == 9000)
            #expect(again.roundBase == 1)
            #expect(try await store.counts().accepted == 1)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `what is requeued to a held endpoint comes back as held`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a"])
            #expect(try await store.put(.sample(hold: .disabled)))
            let again = try await store.requeue(made.id, nowMs: 9000)
            #expect(again?.status == .held)
            #expect(again?.hold == .disabled)
            #expect(again?.nextAttemptAtMs == 9000)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `another tenant's is not there`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a"])
            #expect(try await store.requeue(made.id, tenant: "rival", nowMs: 9000) == nil)
            #expect(try await store.requeue("dlv_9", nowMs: 9000) == nil)
            #expect(try await store.delivery(made.id) == made)
        }
    }

    /// Both of a payment are exhausted and asked for again: the second waits for the first, anew.
    @Test(arguments: Engine.allAndMemory)
    func `an exhausted one waits behind an open earlier one of its payment`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            try await store.insertOrdered(2)
            for number in 1...2 {
                let found = try #require(try await store.delivery("dlv_evt_\(number)_a"))
                #expect(try await store.record(.sample(1, .dns), of: found.after(.exhausted)))
            }
            let nowMs: Int64 = 1000 + 10 * Self.waitMs
            #expect(try await store.requeue("dlv_evt_1_a", nowMs: nowMs)?.behindDueMs == nil)
            let second = try #require(try await store.requeue("dlv_evt_2_a", nowMs: nowMs))
            #expect(second.behindDueMs == nowMs)
            #expect(second.nextAttemptAtMs == nowMs + Self.waitMs)
            #expect(second.orderedPayment == "pay_1")
            // Asked for once more it keeps its place.
            #expect(try await store.requeue("dlv_evt_2_a", nowMs: nowMs + 5) == second)
            let first = try #require(try await store.delivery("dlv_evt_1_a"))
            #expect(try await store.record(.sample(2), of: first.after(.delivered), nowMs: nowMs + 10))
            let released = try #require(try await store.delivery("dlv_evt_2_a"))
            #expect(released.behindDueMs == nil)
            #expect(released.nextAttemptAtMs == nowMs + 10)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `one that was delivered no longer counts for the order`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            try await store.insertOrdered(1)
            let first = try #require(try await store.delivery("dlv_evt_1_a"))
            #expect(try await store.record(.sample(1), of: first.after(.delivered)))
            try await store.insertOrdered(1, from: 2)
            let again = try #require(try await store.requeue("dlv_evt_1_a", nowMs: 9000))
            #expect(again.orderedPayment == nil)
            try await store.insertOrdered(1, from: 3)
            let second = try #require(try await store.delivery("dlv_evt_2_a"))
            #expect(second.behindDueMs == nil)
            #expect(try await store.record(.sample(1), of: second.after(.delivered)))
            // The third waited for the second, not for the first.
            #expect(try await store.delivery("dlv_evt_3_a")?.behindDueMs == nil)
        }
    }

    /// The attempt was out when somebody asked for the delivery again.
    @Test(arguments: Engine.allAndMemory, [Delivery.Status.pending, .exhausted])
    func `a failure of the earlier round does not end the round that was asked for`(
        _ engine: Engine, end: Delivery.Status
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a"])
            let tried = made.after(.pending, nextAttemptAtMs: 6000)
            #expect(try await store.record(.sample(1, .dns), of: tried))
            let again = try #require(try await store.requeue(made.id, nowMs: 6500))
            let late = tried.after(end, nextAttemptAtMs: end == .pending ? 90_000 : nil)
            let heard = HeardNews(store)
            #expect(try await store.record(.sample(2, .dns), of: late, nowMs: 7000))
            // Whoever sends looks again now, and not when the late try would have been followed by another.
            #expect(heard.all == [DeliveryNews(lines: [again.line])])
            var expected = again
            expected.attemptCount = 2
            #expect(try await store.delivery(made.id) == expected)
            #expect(expected.roundBase == 1)
            #expect(expected.nextAttemptAtMs == 6500)
            #expect(try await store.counts().gap == 0)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a success of the earlier round ends it all the same`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a"])
            let tried = made.after(.pending, nextAttemptAtMs: 6000)
            #expect(try await store.record(.sample(1, .dns), of: tried))
            _ = try await store.requeue(made.id, nowMs: 6500)
            #expect(try await store.record(.sample(2), of: tried.after(.delivered), nowMs: 7000))
            #expect(try await store.delivery(made.id)?.status == .delivered)
            #expect(try await store.delivery(made.id)?.nextAttemptAtMs == nil)
        }
    }
}
