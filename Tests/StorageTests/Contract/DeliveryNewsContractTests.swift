import Payments
import Synchronization
import Testing

/// What a store tells of its commits.
struct DeliveryNewsContractTests {
    @Test(arguments: Engine.allAndMemory)
    func `new deliveries are told with their events, as they stand, before their maker is told`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            let order = Mutex<[String]>([])
            let heard = Mutex<[DeliveryNews]>([])
            store.observeDeliveries { news in
                order.withLock { $0.append("heard") }
                heard.withLock { $0.append(news) }
            }
            let (first, second) = (Event.ordered(1), Event.ordered(2))
            await withCheckedContinuation { continuation in
                store.write { transaction throws(StoreError) in
                    for event in [first, second] {
                        let deliveries = ["a", "b"].map { Delivery.sample(of: event, to: $0, isOrdered: true) }
                        try transaction.insert(event, deliveries: deliveries)
                    }
                } then: { _ in
                    order.withLock { $0.append("told") }
                    continuation.resume()
                }
            }
            #expect(order.withLock { $0 } == ["heard", "told"])
            func due(_ event: Event, _ endpoint: String) -> DueDelivery {
                let delivery = Delivery.sample(of: event, to: endpoint, isOrdered: true)
                return DueDelivery(delivery: event.sequence == 2 ? delivery.behind : delivery, event: event)
            }
            let expected = [due(first, "a"), due(first, "b"), due(second, "a"), due(second, "b")]
            #expect(heard.withLock { $0 } == [DeliveryNews(made: expected)])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `commits that change nothing of what is due are not told, nor is what did not come to be`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            let heard = HeardNews(store)
            try await store.insert(.sample("pay_1"))
            try await store.insertEvents(.sample("evt_1"))
            #expect(try await store.put(.sample(hold: .disabled)))
            _ = try await store.requeue("dlv_9", nowMs: 1)
            _ = try? await store.write { transaction throws(StoreError) in
                let event = Event.sample("evt_2")
                try transaction.insert(event, deliveries: [.sample(of: event, to: "a")])
                throw StoreError(code: .conflict, message: "the body's own")
            }
            #expect(heard.all == [])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a delivery that its own commit changed is told as it came out, or not at all once it ended`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            let heard = HeardNews(store)
            try await store.write { transaction throws(StoreError) in
                for number in 1...3 {
                    let event = Event.ordered(number)
                    try transaction.insert(event, deliveries: [.sample(of: event, to: "a", isOrdered: true)])
                }
                let done = Delivery.sample(of: .ordered(1), to: "a", isOrdered: true).after(.delivered)
                _ = try transaction.record(.sample(1), of: done, nowMs: 5000)
            }
            var second = Delivery.sample(of: .ordered(2), to: "a", isOrdered: true)
            second.nextAttemptAtMs = 5000
            let third = Delivery.sample(of: .ordered(3), to: "a", isOrdered: true).behind
            let expected = [
                DueDelivery(delivery: second, event: .ordered(2)), DueDelivery(delivery: third, event: .ordered(3)),
            ]
            #expect(heard.all == [DeliveryNews(made: expected)])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `only the last observer is told`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let (first, second) = (HeardNews(store), HeardNews(store))
            try await store.insertEvents(.sample("evt_1"), endpoints: ["a"])
            #expect(first.all.isEmpty)
            #expect(second.all.count == 1)
        }
    }

    @Test(arguments: Engine.all)
    func `bodies that share a commit are told as one`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let heard = HeardNews(store)
            _ = await store.writeTogether(20) { transaction, number throws(StoreError) in
                let event = Event.sample("evt_\(number)")
                try transaction.insert(event, deliveries: [.sample(of: event, to: "a")])
            }
            #expect(heard.all.map { $0.made.map(\.event.id) } == [(0..<20).map { "evt_\($0)" }])
        }
    }

    /// Every third body is undone: all run again, each behind a savepoint.
    @Test(arguments: Engine.all, [StoreError.Code.conflict, .broken])
    func `what a body did that was undone is neither told nor counted`(
        _ engine: Engine, code: StoreError.Code
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            try await store.insertOrdered(2)
            let heard = HeardNews(store)
            let results = await store.writeTogether(12) { transaction, number throws(StoreError) in
                let event = Event.sample("evt_x\(number)")
                try transaction.insert(event, deliveries: [.sample(of: event, to: "a")])
                if number % 3 == 1 {
                    let done = Delivery.sample(of: .ordered(1), to: "a", isOrdered: true).after(.delivered)
                    _ = try transaction.record(.sample(1), of: done, nowMs: 5000)
                    throw StoreError(code: code, message: "the body's own")
                }
            }
            let kept = (0..<12).filter { $0 % 3 != 1 }
            #expect(results.map(\.failureCode) == (0..<12).map { $0 % 3 == 1 ? code : nil })
            #expect(heard.all.map { $0.made.map(\.event.id) } == [kept.map { "evt_x\($0)" }])
            #expect(heard.all.allSatisfy { $0.lines.isEmpty })
            let counts = try await store.counts()
            #expect(counts.accepted == 2 + kept.count)
            #expect(counts.delivered == 0)
            #expect(counts.gap == 0)
        }
    }

    /// One body asks for nonsense, which fails it whatever it does about it.
    @Test(arguments: Engine.all)
    func `a body that failed in the store's hands is neither told nor counted`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let heard = HeardNews(store)
            _ = await store.writeTogether(5) { transaction, number throws(StoreError) in
                let event = Event.sample("evt_\(number)")
                try transaction.insert(event, deliveries: [.sample(of: event, to: "a")])
                if number == 2 { try? transaction.update(Payment.sample("pay_missing")) }
            }
            #expect(heard.all.map { $0.made.map(\.event.id) } == [["evt_0", "evt_1", "evt_3", "evt_4"]])
            let counts = try await store.counts()
            #expect(counts.accepted == 4)
            #expect(counts.gap == 0)
        }
    }

    @Test(arguments: Engine.all)
    func `one body's end releases what another of the same commit made`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            try await store.insertOrdered(1)
            let heard = HeardNews(store)
            _ = await store.writeTogether(2) { transaction, number throws(StoreError) in
                if number == 0 {
                    let event = Event.ordered(2)
                    try transaction.insert(event, deliveries: [.sample(of: event, to: "a", isOrdered: true)])
                } else {
                    let done = Delivery.sample(of: .ordered(1), to: "a", isOrdered: true).after(.delivered)
                    _ = try transaction.record(.sample(1), of: done, nowMs: 5000)
                }
            }
            var second = Delivery.sample(of: .ordered(2), to: "a", isOrdered: true)
            second.nextAttemptAtMs = 5000
            #expect(heard.all == [DeliveryNews(made: [DueDelivery(delivery: second, event: .ordered(2))])])
            #expect(try await store.delivery(second.id) == second)
        }
    }
}
