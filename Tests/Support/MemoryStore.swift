package import Payments
import Synchronization

/// A store that keeps everything in this process and nothing after it: the contract of `Store` under one lock, so that
/// bodies run one after another, and completions run on the caller's thread before the call returns.
package final class MemoryStore: Store {
    private struct State {
        var tables = MemoryTables()
        var writesToFail = 0
        var readsToFail = 0
        var reads = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// The next `count` writes leave no trace and end as `unavailable`.
    package func failNextWrites(_ count: Int) { state.withLock { $0.writesToFail = count } }
    package func failNextReads(_ count: Int) { state.withLock { $0.readsToFail = count } }
    /// How often it was read, writes apart.
    package var reads: Int { state.withLock { $0.reads } }

    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> Value,
        then: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        let result: Result<Value, StoreError> = state.withLock { state in
            if state.writesToFail > 0 {
                state.writesToFail -= 1
                return .failure(MemoryStore.unavailable)
            }
            let transaction = MemoryTransaction(state.tables)
            do throws(StoreError) {
                let value = try body(transaction)
                state.tables = transaction.tables
                return .success(value)
            } catch {
                return .failure(error)
            }
        }
        then(result)
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> Value,
        then: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        let result: Result<Value, StoreError> = state.withLock { state in
            state.reads += 1
            if state.readsToFail > 0 {
                state.readsToFail -= 1
                return .failure(MemoryStore.unavailable)
            }
            let reader = MemoryTransaction(state.tables)
            do throws(StoreError) { return .success(try body(reader)) } catch { return .failure(error) }
        }
        then(result)
    }

    private static let unavailable = StoreError(code: .unavailable, message: "the test says that the store is full")
}

/// What a `MemoryStore` keeps; a value, so that a transaction works on a copy.
struct MemoryTables: Sendable {
    struct TradeKey: Hashable {
        let payment: String
        let tradeNo: String
    }

    var payments: [String: Payment] = [:]
    var refunds: [String: Refund] = [:]
    var otherTrades: [TradeKey: OtherTrade] = [:]
    /// By payment.
    var shipments: [String: Shipment] = [:]
    /// In commit order.
    var events: [Event] = []
    var eventIndex: [String: Int] = [:]
    var deliveries: [String: Delivery] = [:]
    var attempts: [String: [Attempt]] = [:]
    var notifications: [String: Notification] = [:]
    var idempotency: [IdempotencyScope: IdempotencyRecord] = [:]

    func event(_ id: String) -> Event? { eventIndex[id].map { events[$0] } }
}
