import Dispatch
import Payments
import Synchronization

/// A door that is shut until somebody opens it, once and for all. For bodies that have to stop a store's thread.
final class Latch: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    func wait() {
        semaphore.wait()
        semaphore.signal()
    }
}

/// A body of a write.
typealias Body<Value> = @Sendable (any StoreTransaction) throws(StoreError) -> Value

extension Store {
    /// Queues writes behind one that waits, so that they can share a commit; answers what came of each, in their order.
    func writeTogether<Value: Sendable>(_ bodies: [Body<Value>]) async -> [Result<Value, StoreError>] {
        let latch = Latch()
        write { _ in
            latch.wait()
        } then: { _ in
        }
        let results = Mutex<[Int: Result<Value, StoreError>]>([:])
        await withCheckedContinuation { continuation in
            for (index, body) in bodies.enumerated() {
                write(body) { result in
                    let isLast = results.withLock { results in
                        results[index] = result
                        return results.count == bodies.count
                    }
                    if isLast { continuation.resume() }
                }
            }
            latch.open()
        }
        return results.withLock { results in bodies.indices.compactMap { results[$0] } }
    }

    func insert(_ payments: Payment...) async throws(StoreError) {
        try await write { transaction throws(StoreError) in
            for payment in payments { try transaction.insert(payment) }
        }
    }

    /// Each event with deliveries to these endpoints, due when the event happened.
    func insert(_ events: Event..., endpoints: [String] = []) async throws(StoreError) {
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
