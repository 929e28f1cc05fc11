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
        var observer: (@Sendable (DeliveryNews) -> Void)?

        mutating func run<Value: Sendable>(
            _ body: (any StoreTransaction) throws(StoreError) -> Value
        ) -> (Result<Value, StoreError>, DeliveryNews) {
            if writesToFail > 0 {
                writesToFail -= 1
                return (.failure(MemoryStore.unavailable), DeliveryNews())
            }
            let transaction = MemoryTransaction(tables)
            do throws(StoreError) {
                let value = try body(transaction)
                tables = transaction.tables
                return (.success(value), transaction.news)
            } catch {
                return (.failure(error), DeliveryNews())
            }
        }
    }

    private let state = Mutex(State())

    package init() {}

    /// The next `count` writes leave no trace and end as `unavailable`.
    package func failNextWrites(_ count: Int) { state.withLock { $0.writesToFail = count } }
    /// A delivery is gone that should not be.
    package func lose(delivery id: String) { state.withLock { $0.tables.deliveries[id] = nil } }
    package func failNextReads(_ count: Int) { state.withLock { $0.readsToFail = count } }
    /// How often it was read, writes apart.
    package var reads: Int { state.withLock { $0.reads } }

    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> Value,
        then: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        let (result, news) = state.withLock { state in state.run(body) }
        if let observer = state.withLock({ $0.observer }), !news.isEmpty { observer(news) }
        then(result)
    }

    package func observeDeliveries(_ observer: @escaping @Sendable (DeliveryNews) -> Void) {
        state.withLock { $0.observer = observer }
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
    /// Where each stands in the order of commits, from 1.
    var deliveryPlaces: [String: Int64] = [:]
    var attempts: [String: [Attempt]] = [:]
    var endpointStates: [EndpointKey: EndpointState] = [:]
    /// Oldest first.
    var replays: [MemoryReplay] = []
    var acceptedCount = 0
    var deliveredCount = 0
    var exhaustedCount = 0
    var notifications: [String: Notification] = [:]
    var idempotency: [IdempotencyScope: IdempotencyRecord] = [:]
    /// In commit order.
    var tenantChanges: [TenantChange] = []
    var keyUses: [KeyName: KeyUseRecord] = [:]

    func event(_ id: String) -> Event? { eventIndex[id].map { events[$0] } }
}
