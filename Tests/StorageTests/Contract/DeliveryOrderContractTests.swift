import Payments
import Testing

/// An undelivered event keeps later ones of its payment from the same endpoint, for a while.
struct DeliveryOrderContractTests {
    private static let waitMs = Delivery.orderWaitMs

    private func delivery(_ number: Int, to endpoint: String = "a", atMs: Int64 = 1000) -> Delivery {
        .sample(of: .ordered(number, atMs: atMs), to: endpoint, isOrdered: true)
    }

    @Test(arguments: Engine.allAndMemory)
    func `a later event of a payment waits behind the open one, at each endpoint for itself`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            try await store.insertOrdered(1, endpoints: ["a", "b"])
            #expect(try await store.record(.sample(1), of: delivery(1, to: "b").after(.delivered)))
            try await store.insertOrdered(1, from: 2, endpoints: ["a", "b", "c"], atMs: 2000)
            let waiting = try #require(try await store.delivery("dlv_evt_2_a"))
            #expect(waiting == delivery(2, atMs: 2000).behind)
            #expect(waiting.behindDueMs == 2000)
            #expect(waiting.nextAttemptAtMs == 2000 + Self.waitMs)
            #expect(try await store.delivery("dlv_evt_2_b") == delivery(2, to: "b", atMs: 2000))
            #expect(try await store.delivery("dlv_evt_2_c") == delivery(2, to: "c", atMs: 2000))
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `neither other payments' events wait, nor those whose order does not matter`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"), .sample("pay_2"))
            try await store.insertOrdered(1)
            let other = Event.sample("evt_o", payment: "pay_2", sequence: 2)
            let second = Event.ordered(2)
            try await store.write { transaction throws(StoreError) in
                try transaction.insert(other, deliveries: [.sample(of: other, to: "a", isOrdered: true)])
                try transaction.insert(second, deliveries: [.sample(of: second, to: "a")])
            }
            #expect(try await store.delivery("dlv_evt_o_a")?.behindDueMs == nil)
            #expect(try await store.delivery("dlv_evt_2_a")?.behindDueMs == nil)
            // What does not wait does not let others wait.
            #expect(try await store.record(.sample(1), of: delivery(1).after(.delivered)))
            try await store.insertOrdered(1, from: 3)
            #expect(try await store.delivery("dlv_evt_3_a")?.behindDueMs == nil)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `what is due later than the wait ends is due then, and in its turn at its own time`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            try await store.insertOrdered(1)
            let dueMs = 1000 + 2 * Self.waitMs
            let event = Event.ordered(2)
            let late = Delivery.sample(of: event, to: "a", isOrdered: true, dueMs: dueMs)
            try await store.write { transaction throws(StoreError) in try transaction.insert(event, deliveries: [late])
            }
            #expect(try await store.delivery(late.id)?.nextAttemptAtMs == dueMs)
            #expect(try await store.delivery(late.id)?.behindDueMs == dueMs)
            #expect(try await store.record(.sample(1), of: delivery(1).after(.delivered), nowMs: 5000))
            #expect(try await store.delivery(late.id) == late)
        }
    }

    @Test(arguments: Engine.allAndMemory, [Delivery.Status.delivered, .exhausted])
    func `when a delivery ends the next of its payment falls due, and that one alone`(
        _ engine: Engine, end: Delivery.Status
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            try await store.insertOrdered(3, endpoints: ["a", "b"])
            let heard = HeardNews(store)
            let tried = delivery(1).after(.pending, nextAttemptAtMs: 6000)
            #expect(try await store.record(.sample(1, .reset), of: tried, nowMs: 5000))
            #expect(try await store.delivery("dlv_evt_2_a") == delivery(2).behind)
            #expect(heard.take() == [])
            #expect(try await store.record(.sample(2), of: tried.after(end), nowMs: 7000))
            let second = try #require(try await store.delivery("dlv_evt_2_a"))
            #expect(second.behindDueMs == nil)
            #expect(second.nextAttemptAtMs == 7000)
            #expect(try await store.delivery("dlv_evt_3_a") == delivery(3).behind)
            #expect(try await store.delivery("dlv_evt_2_b") == delivery(2, to: "b").behind)
            #expect(heard.take() == [DeliveryNews(lines: [.shop()])])
            #expect(try await store.record(.sample(1), of: second.after(end), nowMs: 8000))
            #expect(try await store.delivery("dlv_evt_3_a")?.nextAttemptAtMs == 8000)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `one whose wait is over goes first and lets nobody pass the one before it`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            try await store.insertOrdered(3)
            let nowMs = 1000 + Self.waitMs
            let due = try await store.due(.shop(), nowMs: nowMs).map(\.event.id)
            #expect(due == ["evt_1", "evt_2", "evt_3"])
            #expect(try await store.record(.sample(1), of: delivery(2).behind.after(.delivered), nowMs: nowMs))
            // The first of the payment is the one that failed; it waits for nobody.
            #expect(try await store.delivery("dlv_evt_1_a") == delivery(1))
            #expect(try await store.delivery("dlv_evt_3_a") == delivery(3).behind)
            let tried = delivery(3).behind.after(.pending, nextAttemptAtMs: nowMs + 1)
            #expect(try await store.record(.sample(1, .dns), of: tried, nowMs: nowMs))
            #expect(try await store.delivery("dlv_evt_3_a")?.behindDueMs == nil)
            #expect(try await store.delivery("dlv_evt_3_a") == tried)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a delivery in another's order is refused`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"), .sample("pay_2"))
            let event = Event.ordered(2)
            for (payment, sequence) in [("pay_2", Int64(2)), ("pay_1", 1)] {
                let delivery = Delivery(
                    id: "dlv_1", tenant: "shop", event: event.id, eventType: event.type, endpoint: "a",
                    nextAttemptAtMs: 1, orderedPayment: payment, sequence: sequence, createdAtMs: 1)
                let error = await #expect(throws: StoreError.self) {
                    try await store.write { transaction throws(StoreError) in
                        try transaction.insert(event, deliveries: [delivery])
                    }
                }
                #expect(error?.code == .broken)
            }
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `one more delivery of an event that is there waits for its turn, and of another is refused`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            try await store.insertOrdered(2)
            let heard = HeardNews(store)
            func insert(_ event: Event, to endpoint: String) async throws(StoreError) {
                try await store.write { transaction throws(StoreError) in
                    try transaction.insert(.sample(of: event, to: endpoint, isOrdered: true), of: event)
                }
            }
            try await insert(.ordered(2), to: "b")
            #expect(try await store.delivery("dlv_evt_2_b") == delivery(2, to: "b"))
            #expect(
                heard.take() == [DeliveryNews(made: [DueDelivery(delivery: delivery(2, to: "b"), event: .ordered(2))])])
            let again = await #expect(throws: StoreError.self) { try await insert(.ordered(2), to: "b") }
            #expect(again?.code == .conflict)
            let missing = await #expect(throws: StoreError.self) { try await insert(.ordered(9), to: "b") }
            #expect(missing?.code == .broken)
            try await insert(.ordered(1), to: "b")
            #expect(try await store.delivery("dlv_evt_1_b")?.behindDueMs == nil)
            #expect(heard.take().count == 1)
        }
    }
}
