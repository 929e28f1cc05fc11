import Payments
import Testing

/// Attempts that are old enough to be forgotten.
struct AttemptRetentionContractTests {
    /// Deliveries made at 1000, 2000, …, each with tries at its time, 10 and 20 ms later; the last one is open.
    private func fill(_ store: any Store, _ count: Int) async throws {
        for number in 1...count {
            let atMs = Int64(number) * 1000
            let event = Event.sample("evt_\(number)", atMs: atMs)
            try await store.insertEvents(event, endpoints: ["a"])
            var delivery = Delivery.sample(of: event, to: "a")
            for attempt in 1...3 {
                let isLast = attempt == 3 && number < count
                delivery = delivery.after(isLast ? .delivered : .pending, nextAttemptAtMs: isLast ? nil : atMs)
                let tried = delivery
                #expect(try await store.record(.sample(attempt, atMs: atMs + Int64(attempt - 1) * 10), of: tried))
            }
        }
    }

    private func old(
        _ store: any Store, _ beforeMs: Int64, nowMs: Int64 = 10_000, after page: AttemptPage? = nil, limit: Int
    ) async throws(StoreError) -> AttemptPage {
        try await store.read { reader throws(StoreError) in
            try reader.oldAttempts(beforeMs: beforeMs, nowMs: nowMs, after: page, limit: limit)
        }
    }

    private func numbers(_ store: any Store, _ number: Int) async throws -> [Int] {
        try await store.read { reader throws(StoreError) in
            try reader.delivery(id: "dlv_evt_\(number)_a", tenant: "shop", nowMs: 0)?.attempts.map(\.number) ?? []
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `attempts of ended deliveries that began before a time are told page by page`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await fill(store, 4)
            var keys: [AttemptPage.Key] = []
            var page: AttemptPage?
            var pages = 0
            repeat {
                let next = try await old(store, 3015, after: page, limit: 2)
                keys += next.keys
                pages += 1
                page = next
            } while page?.last != nil && pages < 20
            // Two deliveries' all three, and two of the third one's.
            let expected = (1...3).flatMap { delivery in
                (1...(delivery == 3 ? 2 : 3)).map { AttemptPage.Key(delivery: Int64(delivery), number: $0) }
            }
            #expect(keys == expected)
            // The open delivery was made later: the look ended there.
            #expect(pages == 5)
            #expect(try await old(store, 1000, limit: 10) == AttemptPage(keys: [], last: nil))
            let all = try await old(store, .max, limit: 100)
            #expect(all.keys.count == 9)
            #expect(all.last == nil)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `what a clock that ran ahead made is passed over, and ends no look`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await fill(store, 4)
            let page = try await old(store, 2500, nowMs: 3999, limit: 100)
            #expect(page.keys.map(\.delivery) == [1, 1, 1, 2, 2, 2])
            #expect(page.last == nil)
            // The third and fourth are from the future; the look passes over both.
            #expect(try await old(store, 2500, nowMs: 2500, limit: 12).last?.delivery == 4)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `attempts of a page are forgotten, and all else of their deliveries stays`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await fill(store, 3)
            let page = try await old(store, 2015, limit: 100)
            let before = try await store.delivery("dlv_evt_2_a")
            try await store.write { transaction throws(StoreError) in
                try transaction.removeAttempts(page)
                try transaction.removeAttempts(page)
            }
            #expect(try await numbers(store, 1) == [])
            #expect(try await numbers(store, 2) == [3])
            #expect(try await numbers(store, 3) == [1, 2, 3])
            #expect(try await store.delivery("dlv_evt_2_a") == before)
            #expect(try await old(store, 2015, limit: 100) == AttemptPage(keys: [], last: nil))
        }
    }
}
