package import Payments
package import SQLite

/// What a write body does, on the writer's connection.
package final class SQLiteTransaction: SQLiteReader, StoreTransaction {
    private let payments: PaymentWrites
    private let refunds: RefundWrites
    private let otherTrades: OtherTradeWrites
    private let shipments: ShipmentWrites
    let eventWrites: EventWrites
    let deliveryWrites: DeliveryWrites
    let attemptWrites: AttemptWrites
    let endpointWrites: EndpointStateWrites
    let replayWrites: ReplayWrites
    private let notifications: NotificationWrites
    private let idempotency: IdempotencyWrites
    private let tenantChanges: TenantChangeWrites
    private let keyUses: KeyUseWrites
    private let paymentDays: PaymentDayWrites

    /// Whether the body that runs has changed anything.
    private(set) var hasWritten = false
    /// What all bodies of the commit have done so far.
    var journal = DeliveryJournal()

    package override init(_ statements: StatementSet) throws(SQLiteError) {
        payments = try PaymentWrites(statements)
        refunds = try RefundWrites(statements)
        otherTrades = try OtherTradeWrites(statements)
        shipments = try ShipmentWrites(statements)
        eventWrites = try EventWrites(statements)
        deliveryWrites = try DeliveryWrites(statements)
        attemptWrites = try AttemptWrites(statements)
        endpointWrites = try EndpointStateWrites(statements)
        replayWrites = try ReplayWrites(statements)
        notifications = try NotificationWrites(statements)
        idempotency = try IdempotencyWrites(statements)
        tenantChanges = try TenantChangeWrites(statements)
        keyUses = try KeyUseWrites(statements)
        paymentDays = try PaymentDayWrites(statements)
        try super.init(statements)
    }

    /// A new commit begins.
    func beginCommit() { journal = DeliveryJournal() }

    override func begin() {
        super.begin()
        hasWritten = false
        journal.setMark()
    }

    /// The body that ran last has left nothing behind.
    func bodyWasUndone() { journal.backToMark() }

    /// Writes what all bodies of the commit have added up to.
    ///
    /// - Returns: what is to be told once it is durable.
    func settle() throws(SQLiteError) -> DeliveryNews {
        if journal.totals != .none { try deliveryWrites.add(journal.totals) }
        return try journal.news { made throws(SQLiteError) in
            try deliveries.row(id: made.id, tenant: made.tenant)?.delivery
        }
    }

    override var unsavedTotals: DeliveryTotals { journal.totals }

    /// One statement: SQLite leaves nothing of it if it fails.
    func write<Answer>(_ body: () throws(SQLiteError) -> Answer) throws(StoreError) -> Answer {
        let answer = try asked(body)
        hasWritten = true
        return answer
    }

    /// A later statement of one call: if it fails the call is half done, and the body has failed with it.
    func alsoWrite<Answer>(_ body: () throws(SQLiteError) -> Answer) throws(StoreError) -> Answer {
        do {
            return try asked(body)
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

    package func insert(_ notification: Notification) throws(StoreError) {
        try write { () throws(SQLiteError) in try notifications.insert(notification) }
    }

    package func pruneNotifications(verdict: Verdict?, beforeMs: Int64, limit: Int) throws(StoreError) -> Int {
        try write { () throws(SQLiteError) in
            try notifications.prune(verdict: verdict, beforeMs: beforeMs, limit: limit)
        }
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

    package func insert(_ change: TenantChange) throws(StoreError) {
        try write { () throws(SQLiteError) in try tenantChanges.insert(change) }
    }

    package func add(_ uses: [KeyUseRecord]) throws(StoreError) {
        for record in uses { try write { () throws(SQLiteError) in try keyUses.add(record) } }
    }

    package func count(_ payment: Payment) throws(StoreError) {
        let day = BeijingDay(of: payment.createdAtMs)
        try write { () throws(SQLiteError) in try paymentDays.add(tenant: payment.tenant, day) }
    }

    package func prunePaymentCounts(before day: BeijingDay) throws(StoreError) {
        try write { () throws(SQLiteError) in try paymentDays.prune(before: day) }
    }
}
