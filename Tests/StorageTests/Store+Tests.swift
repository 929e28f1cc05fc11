import Payments
import Synchronization

extension Store {
    /// Queues writes behind one that waits, so that they can share a commit; answers what came of each, in their order.
    ///
    /// - Parameter body: takes the number of its write, from 0 on.
    func writeTogether<Value: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (any StoreTransaction, Int) throws(StoreError) -> Value
    ) async -> [Result<Value, StoreError>] {
        let latch = Latch()
        await withCheckedContinuation { continuation in
            // Alone in its commit, it runs once.
            write { _ in
                continuation.resume()
                latch.wait()
            } then: { result in
                // The store may not even have begun.
                if result.failureCode != nil { continuation.resume() }
            }
        }
        let results = Mutex<[Int: Result<Value, StoreError>]>([:])
        await withCheckedContinuation { continuation in
            for number in 0..<count {
                write { transaction throws(StoreError) in
                    try body(transaction, number)
                } then: { result in
                    let isLast = results.withLock { results in
                        results[number] = result
                        return results.count == count
                    }
                    if isLast { continuation.resume() }
                }
            }
            latch.open()
        }
        return results.withLock { results in (0..<count).compactMap { results[$0] } }
    }

    func insert(_ payments: Payment...) async throws(StoreError) {
        try await write { transaction throws(StoreError) in
            for payment in payments { try transaction.insert(payment) }
        }
    }

    /// Each event with deliveries to these endpoints, due when the event happened.
    func insertEvents(_ events: Event..., endpoints: [String] = []) async throws(StoreError) {
        try await write { transaction throws(StoreError) in
            for event in events {
                try transaction.insert(event, deliveries: endpoints.map { Delivery.sample(of: event, to: $0) })
            }
        }
    }

    func payment(_ id: String, tenant: String = "shop") async throws(StoreError) -> Payment? {
        try await read { reader throws(StoreError) in try reader.payment(id: id, tenant: tenant) }
    }

    /// As it is shown at that time.
    func delivery(
        _ id: String, tenant: String = "shop", nowMs: Int64 = 0
    ) async throws(StoreError) -> Delivery? {
        try await read { reader throws(StoreError) in
            try reader.delivery(id: id, tenant: tenant, nowMs: nowMs)?.delivery
        }
    }

    /// Events of `pay_1`, which is there, counted from `first`, each with ordered deliveries to these endpoints.
    func insertOrdered(
        _ count: Int, from first: Int = 1, endpoints: [String] = ["a"], atMs: Int64 = 1000
    ) async throws(StoreError) {
        try await write { transaction throws(StoreError) in
            for number in first..<(first + count) {
                let event = Event.ordered(number, atMs: atMs)
                try transaction.insert(
                    event, deliveries: endpoints.map { Delivery.sample(of: event, to: $0, isOrdered: true) })
            }
        }
    }

    func record(
        _ attempt: Attempt, of delivery: Delivery, nowMs: Int64 = 5000
    ) async throws(StoreError) -> Bool {
        try await write { transaction throws(StoreError) in
            try transaction.record(attempt, of: delivery, nowMs: nowMs) != nil
        }
    }

    func requeue(_ id: String, tenant: String = "shop", nowMs: Int64) async throws(StoreError) -> Delivery? {
        try await write { transaction throws(StoreError) in
            try transaction.requeue(delivery: id, tenant: tenant, nowMs: nowMs)
        }
    }

    func put(_ state: EndpointState) async throws(StoreError) -> Bool {
        try await write { transaction throws(StoreError) in try transaction.put(state) }
    }

    func due(_ line: DeliveryLine, nowMs: Int64, limit: Int = 10) async throws(StoreError) -> [DueDelivery] {
        try await read { reader throws(StoreError) in
            try reader.dueDeliveries(line, nowMs: nowMs, limit: limit)
        }
    }

    func counts() async throws(StoreError) -> DeliveryCounts {
        try await read { reader throws(StoreError) in try reader.deliveryCounts() }
    }
}

extension Event {
    /// The event of that number of `pay_1`.
    static func ordered(_ number: Int, atMs: Int64 = 1000) -> Event {
        .sample("evt_\(number)", payment: "pay_1", sequence: Int64(number), type: .paymentUpdated, atMs: atMs)
    }
}

extension DeliveryLine {
    /// Of a tenant `shop`.
    static func shop(_ endpoint: String = "a", _ lane: Delivery.Lane = .live) -> DeliveryLine {
        DeliveryLine(endpoint: EndpointKey(tenant: "shop", endpoint: endpoint), lane: lane)
    }
}

/// What a store told its observer, commit by commit.
final class HeardNews: Sendable {
    private let heard = Mutex<[DeliveryNews]>([])

    init(_ store: any Store) {
        store.observeDeliveries { [self] news in heard.withLock { $0.append(news) } }
    }

    var all: [DeliveryNews] { heard.withLock { $0 } }

    /// What was told since this was last asked.
    func take() -> [DeliveryNews] {
        heard.withLock { heard in
            defer { heard = [] }
            return heard
        }
    }
}
