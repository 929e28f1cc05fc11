import Diagnostics
import Dispatch
import Payments
import Storage
import Synchronization
import Webhooks

/// `payrelay-bench seed`: a database in which deliveries are due.
enum Seed {
    /// Orders in one transaction.
    private static let ordersAtOnce = 500

    static func run(_ options: Options) throws {
        let path = try options.required("database")
        let endpoints = try options.number("endpoints", in: 1...4096)
        let deliveries = try options.number("deliveries", in: 1...10_000_000)
        let clock = SystemClock()
        let store = try SQLiteStore(path: path, logger: .none, metrics: Metrics(), clock: clock)
        // What stands in a delivery does not depend on the port.
        let sinks = Sinks(ports: Array(repeating: 1, count: endpoints))
        let identifiers = IdentifierSource()
        for first in stride(from: 0, to: deliveries, by: ordersAtOnce) {
            let orders = try (first..<min(first + ordersAtOnce, deliveries)).map { number in
                try order(number, of: number % endpoints, sinks, identifiers, nowMs: clock.nowMs)
            }
            try write(orders, to: store)
        }
        let closed = DispatchSemaphore(value: 0)
        store.close { closed.signal() }
        closed.wait()
    }

    static func order(
        _ number: Int, of merchant: Int, _ sinks: Sinks, _ identifiers: IdentifierSource, nowMs: Int64
    ) throws -> PaidOrder {
        guard let endpoint = sinks.endpoint(ofTenant: merchant) else {
            throw Failure(description: "there is no merchant \(merchant)")
        }
        return try PaidOrder(
            number: number, tenant: Sinks.tenant(merchant), endpoint: endpoint, identifiers: identifiers, nowMs: nowMs)
    }

    private static func write(_ orders: [PaidOrder], to store: SQLiteStore) throws {
        let done = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<Void, StoreError>>(.success(()))
        store.write { transaction throws(StoreError) in
            for order in orders { try order.insert(in: transaction) }
        } then: { result in
            outcome.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        try outcome.withLock { $0 }.get()
    }
}
