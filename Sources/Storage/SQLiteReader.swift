package import Payments
package import SQLite

/// What is in the database, read through one connection, whose thread it stays on.
package class SQLiteReader: StoreReader {
    private let payments: PaymentReads
    private let refunds: RefundReads
    private let otherTrades: OtherTradeReads
    private let shipments: ShipmentReads
    private let checks: CheckReads
    private let held: HeldMoneyReads
    final let events: EventReads
    final let deliveries: DeliveryReads
    final let lines: DeliveryLineReads
    final let attempts: AttemptReads
    final let endpoints: EndpointStateReads
    final let replays: ReplayReads
    private let notifications: NotificationReads
    private let idempotency: IdempotencyReads
    private let tenantChanges: TenantChangeReads
    private let openWork: OpenWorkReads
    private let keyUses: KeyUseReads
    private let paymentDays: PaymentDayReads

    /// The first failure of the body that runs, other than a conflict.
    ///
    /// SQLite may have undone the whole transaction with it, so that nothing more is asked of it, and the body has
    /// failed even if it swallows the error.
    final private(set) var failure: StoreError?

    /// Whether SQLite has found no room; stays until somebody takes it back.
    final var foundNoRoom = false

    package init(_ statements: StatementSet) throws(SQLiteError) {
        payments = try PaymentReads(statements)
        refunds = try RefundReads(statements)
        otherTrades = try OtherTradeReads(statements)
        shipments = try ShipmentReads(statements)
        checks = try CheckReads(statements)
        held = try HeldMoneyReads(statements)
        events = try EventReads(statements)
        endpoints = try EndpointStateReads(statements)
        attempts = try AttemptReads(statements)
        deliveries = try DeliveryReads(statements, events: events, holds: endpoints, attempts: attempts)
        lines = try DeliveryLineReads(statements)
        replays = try ReplayReads(statements, deliveries: deliveries, holds: endpoints)
        notifications = try NotificationReads(statements)
        idempotency = try IdempotencyReads(statements)
        tenantChanges = try TenantChangeReads(statements)
        openWork = try OpenWorkReads(statements)
        keyUses = try KeyUseReads(statements)
        paymentDays = try PaymentDayReads(statements)
    }

    /// A new body begins.
    func begin() { failure = nil }

    /// Gives the body up: whatever it does from here on, it has failed.
    final func giveUp(_ error: StoreError) {
        if failure == nil { failure = error }
    }

    /// Asks the database, unless the body has failed already.
    final func asked<Answer>(_ ask: () throws(SQLiteError) -> Answer) throws(StoreError) -> Answer {
        if let failure { throw failure }
        do {
            return try ask()
        } catch {
            let refusal = StoreError(error)
            if error.code == .full { foundNoRoom = true }
            if refusal.code != .conflict { giveUp(refusal) }
            throw refusal
        }
    }

    package final func payment(id: String, tenant: String) throws(StoreError) -> Payment? {
        try asked { () throws(SQLiteError) in try payments.payment(id: id, tenant: tenant) }
    }

    package final func payment(reference: String, tenant: String) throws(StoreError) -> Payment? {
        try asked { () throws(SQLiteError) in try payments.payment(reference: reference, tenant: tenant) }
    }

    package final func payment(id: String) throws(StoreError) -> Payment? {
        try asked { () throws(SQLiteError) in try payments.payment(id: id) }
    }

    package final func payments(_ query: PaymentQuery) throws(StoreError) -> [Payment] {
        try asked { () throws(SQLiteError) in try payments.payments(query) }
    }

    package final func refund(id: String, tenant: String) throws(StoreError) -> Refund? {
        try asked { () throws(SQLiteError) in try refunds.refund(id: id, tenant: tenant) }
    }

    package final func refund(reference: String, tenant: String) throws(StoreError) -> Refund? {
        try asked { () throws(SQLiteError) in try refunds.refund(reference: reference, tenant: tenant) }
    }

    package final func refund(batchNo: String, tenant: String) throws(StoreError) -> Refund? {
        try asked { () throws(SQLiteError) in try refunds.refund(batchNo: batchNo, tenant: tenant) }
    }

    package final func refunds(payment: String, tenant: String) throws(StoreError) -> [Refund] {
        try asked { () throws(SQLiteError) in try refunds.refunds(payment: payment, tenant: tenant) }
    }

    package final func refunds(_ query: RefundQuery) throws(StoreError) -> [Refund] {
        try asked { () throws(SQLiteError) in try refunds.refunds(query) }
    }

    package final func otherTrade(payment: String, tradeNo: String) throws(StoreError) -> OtherTrade? {
        try asked { () throws(SQLiteError) in try otherTrades.otherTrade(payment: payment, tradeNo: tradeNo) }
    }

    package final func shipment(payment: String, tenant: String) throws(StoreError) -> Shipment? {
        try asked { () throws(SQLiteError) in try shipments.shipment(payment: payment, tenant: tenant) }
    }

    /// Costs one step of an index for every tenant that has checks, and reads at most `limit` checks of at most `limit`
    /// tenants; the backlog of a tenant that is passed over costs its one step.
    package final func dueChecks(
        nowMs: Int64, passingOver tenants: [String], limit: Int
    ) throws(StoreError) -> [DueCheck] {
        try asked { () throws(SQLiteError) in
            try checks.due(nowMs: nowMs, passingOver: Set(tenants), limit: limit)
        }
    }

    /// Costs one or two steps of an index for every tenant that has checks.
    package final func nextCheckMs(afterMs nowMs: Int64) throws(StoreError) -> Int64? {
        try asked { () throws(SQLiteError) in try checks.nextMs(afterMs: nowMs) }
    }

    /// By tenant, the youngest first; ages without money are left out. What was paid counts, less what went back.
    package final func heldMoney(nowMs: Int64) throws(StoreError) -> [HeldMoney] {
        try asked { () throws(SQLiteError) in try held.heldMoney(nowMs: nowMs) }
    }

    package final func event(id: String, tenant: String) throws(StoreError) -> Event? {
        try asked { () throws(SQLiteError) in try events.event(id: id, tenant: tenant) }
    }

    package final func events(
        tenant: String, after: String?, type: EventType?, limit: Int
    ) throws(StoreError) -> [Event]? {
        try asked { () throws(SQLiteError) in
            try events.events(tenant: tenant, after: after, type: type, limit: limit)
        }
    }

    package final func notification(id: String, tenant: String) throws(StoreError) -> Notification? {
        try asked { () throws(SQLiteError) in try notifications.notification(id: id, tenant: tenant) }
    }

    package final func notification(id: String) throws(StoreError) -> Notification? {
        try asked { () throws(SQLiteError) in try notifications.notification(id: id, tenant: nil) }
    }

    package final func notifications(_ query: NotificationQuery) throws(StoreError) -> [Notification] {
        try asked { () throws(SQLiteError) in try notifications.notifications(query) }
    }

    package final func isSettled(notifyID: String, tenant: String) throws(StoreError) -> Bool {
        try asked { () throws(SQLiteError) in try notifications.isSettled(notifyID: notifyID, tenant: tenant) }
    }

    package final func idempotencyRecord(_ scope: IdempotencyScope) throws(StoreError) -> IdempotencyRecord? {
        try asked { () throws(SQLiteError) in try idempotency.record(scope) }
    }

    package final func tenantChanges(
        _ query: TenantChangeQuery
    ) throws(StoreError) -> [NumberedTenantChange] {
        try asked { () throws(SQLiteError) in try tenantChanges.changes(query) }
    }

    package final func latestTenantChanges() throws(StoreError) -> [TenantChange] {
        try asked { () throws(SQLiteError) in try tenantChanges.latestOfEach() }
    }

    package final func openWork(tenant: String) throws(StoreError) -> OpenWork {
        try asked { () throws(SQLiteError) in try openWork.openWork(tenant: tenant) }
    }

    package final func keyUses(after key: KeyName?, limit: Int) throws(StoreError) -> [KeyUseRecord] {
        try asked { () throws(SQLiteError) in try keyUses.rows(after: key, limit: limit) }
    }

    /// Costs one step of an index, or one for each payment of the day where the day was not counted yet.
    package final func paymentCount(tenant: String, on day: BeijingDay) throws(StoreError) -> Int {
        try asked { () throws(SQLiteError) in try paymentDays.count(tenant: tenant, day) }
    }

    /// What the transaction that asks, if one does, has still to add to the totals of deliveries.
    var unsavedTotals: DeliveryTotals { .none }
}
