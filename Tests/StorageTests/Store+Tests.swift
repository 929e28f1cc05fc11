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

    func delivery(_ id: String, tenant: String = "shop") async throws(StoreError) -> Delivery? {
        try await read { reader throws(StoreError) in try reader.delivery(id: id, tenant: tenant)?.delivery }
    }
}
