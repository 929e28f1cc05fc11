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
        // What stands in a delivery does not depend on the port.
        let sinks = Sinks(ports: Array(repeating: 1, count: endpoints))
        let (clock, identifiers) = (SystemClock(), IdentifierSource())
        try fill(path, deliveries) { numbers in
            let orders = try numbers.map { number in
                try order(number, of: number % endpoints, sinks, identifiers, nowMs: clock.nowMs)
            }
            return { transaction throws(StoreError) in for order in orders { try order.insert(in: transaction) } }
        }
    }

    /// `payrelay-bench open`: a database with payments that are open.
    static func open(_ options: Options) throws {
        let path = try options.required("database")
        let tenants = try options.number("tenants", in: 1...10_000)
        let (clock, identifiers) = (SystemClock(), IdentifierSource())
        try fill(path, try options.number("payments", in: 0...10_000_000)) { numbers in
            let payments = numbers.map { number in
                PaidOrder.open(
                    number: number, tenant: Sinks.tenant(number % tenants), identifiers: identifiers,
                    nowMs: clock.nowMs)
            }
            return { transaction throws(StoreError) in for payment in payments { try transaction.insert(payment) } }
        }
    }

    /// Makes a database and writes what is numbered from 0 to `count`, some at a time.
    private static func fill(
        _ path: String, _ count: Int,
        _ make: (Range<Int>) throws -> @Sendable (any StoreTransaction) throws(StoreError) -> Void
    ) throws {
        let store = try SQLiteStore(path: path, logger: .none, metrics: Metrics(), clock: SystemClock())
        for first in stride(from: 0, to: count, by: ordersAtOnce) {
            try write(try make(first..<min(first + ordersAtOnce, count)), to: store)
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

    private static func write(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> Void, to store: SQLiteStore
    ) throws {
        let done = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<Void, StoreError>>(.success(()))
        store.write(body) { result in
            outcome.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        try outcome.withLock { $0 }.get()
    }
}
