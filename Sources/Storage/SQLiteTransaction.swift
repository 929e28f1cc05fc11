package import Payments
package import SQLite

/// What a write body does, on the writer's connection.
package final class SQLiteTransaction: SQLiteReader, StoreTransaction {
    private let payments: PaymentWrites
    private let refunds: RefundWrites
    private let otherTrades: OtherTradeWrites
    private let shipments: ShipmentWrites
    private let events: EventWrites
    private let deliveries: DeliveryWrites
    private let notifications: NotificationWrites
    private let idempotency: IdempotencyWrites

    /// Whether the body that runs has changed anything.
    private(set) var hasWritten = false

    package override init(_ statements: StatementSet) throws(SQLiteError) {
        payments = try PaymentWrites(statements)
        refunds = try RefundWrites(statements)
        otherTrades = try OtherTradeWrites(statements)
        shipments = try ShipmentWrites(statements)
        events = try EventWrites(statements)
        deliveries = try DeliveryWrites(statements)
        notifications = try NotificationWrites(statements)
        idempotency = try IdempotencyWrites(statements)
        try super.init(statements)
    }

    override func begin() {
        super.begin()
        hasWritten = false
    }

    /// One statement: SQLite leaves nothing of it if it fails.
    private func write<Answer>(_ body: () throws(SQLiteError) -> Answer) throws(StoreError) -> Answer {
        let answer = try asked(body)
        hasWritten = true
        return answer
    }

    /// A later statement of one call: if it fails the call is half done, and the body has failed with it.
    private func alsoWrite(_ body: () throws(SQLiteError) -> Void) throws(StoreError) {
        do {
            try asked(body)
        } catch {
            giveUp(error)
            throw error
        }
    }

    package func insert(_ payment: Payment) throws(StoreError) {
        try write { () throws(SQLiteError) in try payments.insert(payment) }
    }

    package func update(_ payment: Payment) throws(StoreError) {
        try write { () throws(SQLiteError) in try payments.update(payment) }
    }

    package func insert(_ refund: Refund) throws(StoreError) {
        try write { () throws(SQLiteError) in try refunds.insert(refund) }
    }

    package func update(_ refund: Refund) throws(StoreError) {
        try write { () throws(SQLiteError) in try refunds.update(refund) }
    }

    package func put(_ trade: OtherTrade, payment: String) throws(StoreError) {
        try write { () throws(SQLiteError) in try otherTrades.put(trade, payment: payment) }
    }

    package func put(_ shipment: Shipment) throws(StoreError) {
        try write { () throws(SQLiteError) in try shipments.put(shipment) }
    }

    package func insert(_ event: Event, deliveries made: [Delivery]) throws(StoreError) {
        guard made.allSatisfy({ $0.event == event.id && $0.tenant == event.tenant && $0.eventType == event.type })
        else { throw StoreError(code: .broken, message: "a delivery carries another event than \(event.id)") }
        let seq = try write { () throws(SQLiteError) in try events.insert(event) }
        for delivery in made {
            try alsoWrite { () throws(SQLiteError) in try deliveries.insert(delivery, eventSeq: seq) }
        }
    }

    package func insert(_ notification: Notification) throws(StoreError) {
        try write { () throws(SQLiteError) in try notifications.insert(notification) }
    }

    package func put(_ record: IdempotencyRecord) throws(StoreError) {
        try write { () throws(SQLiteError) in try idempotency.put(record) }
    }

    package func removeIdempotencyRecord(_ scope: IdempotencyScope) throws(StoreError) {
        try write { () throws(SQLiteError) in try idempotency.remove(scope) }
    }

    package func pruneIdempotencyRecords(beforeMs: Int64, limit: Int) throws(StoreError) -> Int {
        try write { () throws(SQLiteError) in try idempotency.prune(beforeMs: beforeMs, limit: limit) }
    }

    package func record(_ attempt: Attempt, of delivery: Delivery) throws(StoreError) -> Bool {
        guard attempt.number >= 1 else { return false }
        let moved = try write { () throws(SQLiteError) in try deliveries.move(delivery, by: attempt) }
        guard let seq = moved else { return false }
        try alsoWrite { () throws(SQLiteError) in try deliveries.insert(attempt, deliverySeq: seq) }
        return true
    }

    package func setHeld(_ held: Bool, tenant: String, endpoint: String, nowMs: Int64) throws(StoreError) -> Int {
        try write { () throws(SQLiteError) in
            try deliveries.setHeld(held, tenant: tenant, endpoint: endpoint, nowMs: nowMs)
        }
    }
}
