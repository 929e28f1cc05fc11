import Payments

/// One transaction of a `MemoryStore`, on a copy of its tables.
final class MemoryTransaction {
    var tables: MemoryTables
    /// What is to be told of it, as ids and lines.
    var madeIDs: [String] = []
    var changedIDs: Set<String> = []

    init(_ tables: MemoryTables) { self.tables = tables }

    /// The part after `startingAfter`, `limit` at most; nothing after an object that is not there.
    func page<Row>(_ rows: [Row], id: (Row) -> String, after startingAfter: String?, limit: Int) -> [Row] {
        let newestFirst = rows.sorted { id($0) > id($1) }
        guard let startingAfter else { return Array(newestFirst.prefix(max(limit, 0))) }
        guard let index = newestFirst.firstIndex(where: { id($0) == startingAfter }) else { return [] }
        return Array(newestFirst[(index + 1)...].prefix(max(limit, 0)))
    }

    func conflict(_ message: String) -> StoreError { StoreError(code: .conflict, message: message) }
    func missing(_ what: String) -> StoreError {
        StoreError(code: .broken, message: "there is no such \(what)")
    }
}

extension MemoryTransaction: StoreReader {
    func payment(id: String, tenant: String) throws(StoreError) -> Payment? {
        tables.payments[id].flatMap { $0.tenant == tenant ? $0 : nil }
    }

    func payment(reference: String, tenant: String) throws(StoreError) -> Payment? {
        tables.payments.values.first { $0.merchantReference == reference && $0.tenant == tenant }
    }

    func payment(id: String) throws(StoreError) -> Payment? { tables.payments[id] }

    func payments(_ query: PaymentQuery) throws(StoreError) -> [Payment] {
        let rows = tables.payments.values.filter { payment in
            payment.tenant == query.tenant
                && (query.merchantReference.map { $0 == payment.merchantReference } ?? true)
                && (query.status.map { $0 == payment.status } ?? true)
                && (query.createdFromMs.map { $0 <= payment.createdAtMs } ?? true)
                && (query.createdBeforeMs.map { $0 > payment.createdAtMs } ?? true)
        }
        return page(rows, id: \.id, after: query.startingAfter, limit: query.limit)
    }

    func refund(id: String, tenant: String) throws(StoreError) -> Refund? {
        tables.refunds[id].flatMap { $0.tenant == tenant ? $0 : nil }
    }

    func refund(reference: String, tenant: String) throws(StoreError) -> Refund? {
        tables.refunds.values.first { $0.merchantReference == reference && $0.tenant == tenant }
    }

    func refund(batchNo: String, tenant: String) throws(StoreError) -> Refund? {
        tables.refunds.values.first { $0.batchNo == batchNo && $0.tenant == tenant }
    }

    func refunds(payment: String, tenant: String) throws(StoreError) -> [Refund] {
        tables.refunds.values.filter { $0.payment == payment && $0.tenant == tenant }.sorted { $0.id < $1.id }
    }

    func refunds(_ query: RefundQuery) throws(StoreError) -> [Refund] {
        let rows = tables.refunds.values.filter { refund in
            refund.tenant == query.tenant && (query.payment.map { $0 == refund.payment } ?? true)
        }
        return page(rows, id: \.id, after: query.startingAfter, limit: query.limit)
    }

    func otherTrade(payment: String, tradeNo: String) throws(StoreError) -> OtherTrade? {
        tables.otherTrades[MemoryTables.TradeKey(payment: payment, tradeNo: tradeNo)]
    }

    func shipment(payment: String, tenant: String) throws(StoreError) -> Shipment? {
        tables.shipments[payment].flatMap { $0.tenant == tenant ? $0 : nil }
    }

    private var checks: [DueCheck] {
        let payments = tables.payments.values.compactMap { payment in
            payment.checkAtMs.map { DueCheck(subject: .payment(payment.id), tenant: payment.tenant, dueAtMs: $0) }
        }
        let refunds = tables.refunds.values.compactMap { refund in
            refund.checkAtMs.map { DueCheck(subject: .refund(refund.id), tenant: refund.tenant, dueAtMs: $0) }
        }
        return payments + refunds
    }

    func dueChecks(nowMs: Int64, passingOver tenants: [String], limit: Int) throws(StoreError) -> [DueCheck] {
        let due = checks.filter { $0.dueAtMs <= nowMs && !tenants.contains($0.tenant) }
        return Array(due.sorted { $0.dueAtMs < $1.dueAtMs }.prefix(max(limit, 0)))
    }

    func nextCheckMs(afterMs nowMs: Int64) throws(StoreError) -> Int64? {
        checks.map(\.dueAtMs).filter { $0 > nowMs }.min()
    }

    func heldMoney(nowMs: Int64) throws(StoreError) -> [HeldMoney] {
        let held = tables.payments.values.filter { $0.status == .held }
        return Set(held.map(\.tenant)).sorted().flatMap { tenant in
            HeldMoney.Age.allCases.compactMap { age in
                let amounts = held.filter { payment in
                    payment.tenant == tenant
                        && HeldMoney.Age(ms: nowMs - (payment.heldAtMs ?? payment.createdAtMs)) == age
                }.map { ($0.amountPaidMinor ?? $0.amountMinor) - $0.amountRefundedMinor }
                guard !amounts.isEmpty else { return nil }
                return HeldMoney(tenant: tenant, age: age, count: amounts.count, amountMinor: amounts.reduce(0, +))
            }
        }
    }

    func event(id: String, tenant: String) throws(StoreError) -> Event? {
        tables.event(id).flatMap { $0.tenant == tenant ? $0 : nil }
    }

    func events(tenant: String, after: String?, type: EventType?, limit: Int) throws(StoreError) -> [Event]? {
        var rest = tables.events[...]
        if let after {
            guard let index = tables.eventIndex[after], tables.events[index].tenant == tenant else { return nil }
            rest = tables.events[(index + 1)...]
        }
        let matching = rest.lazy.filter { event in event.tenant == tenant && (type.map { $0 == event.type } ?? true) }
        return Array(matching.prefix(limit))
    }

    func notification(id: String, tenant: String) throws(StoreError) -> Notification? {
        tables.notifications[id].flatMap { $0.tenant == tenant ? $0 : nil }
    }

    func notification(id: String) throws(StoreError) -> Notification? { tables.notifications[id] }

    func notifications(_ query: NotificationQuery) throws(StoreError) -> [Notification] {
        if let cursor = query.startingAfter {
            guard let row = tables.notifications[cursor], query.tenant ?? row.tenant == row.tenant else { return [] }
        }
        let rows = tables.notifications.values.filter { notification in
            (query.startingAfter.map { $0 > notification.id } ?? true)
                && (query.tenant.map { $0 == notification.tenant } ?? true)
                && (query.verdict.map { $0 == notification.verdict } ?? true)
                && (query.payment.map { $0 == notification.payment } ?? true)
                && (query.receivedFromMs.map { $0 <= notification.receivedAtMs } ?? true)
                && (query.receivedBeforeMs.map { $0 > notification.receivedAtMs } ?? true)
        }
        return page(rows, id: \.id, after: nil, limit: query.limit)
    }

    func isSettled(notifyID: String, tenant: String) throws(StoreError) -> Bool {
        tables.notifications.values.contains { $0.notifyID == notifyID && $0.tenant == tenant && $0.verdict.settles }
    }

    func idempotencyRecord(_ scope: IdempotencyScope) throws(StoreError) -> IdempotencyRecord? {
        tables.idempotency[scope]
    }
}

extension MemoryTransaction: StoreTransaction {
    func insert(_ payment: Payment) throws(StoreError) {
        guard try self.payment(reference: payment.merchantReference, tenant: payment.tenant) == nil else {
            throw conflict("the tenant has a payment of that reference")
        }
        tables.payments[payment.id] = payment
    }

    func update(_ payment: Payment) throws(StoreError) {
        guard try self.payment(id: payment.id, tenant: payment.tenant) != nil else { throw missing("payment") }
        tables.payments[payment.id] = payment
    }

    func insert(_ refund: Refund) throws(StoreError) {
        if let reference = refund.merchantReference {
            guard try self.refund(reference: reference, tenant: refund.tenant) == nil else {
                throw conflict("the tenant has a refund of that reference")
            }
        }
        if let batchNo = refund.batchNo {
            guard try self.refund(batchNo: batchNo, tenant: refund.tenant) == nil else {
                throw conflict("the tenant has a refund of that batch number")
            }
        }
        tables.refunds[refund.id] = refund
    }

    func update(_ refund: Refund) throws(StoreError) {
        guard try self.refund(id: refund.id, tenant: refund.tenant) != nil else { throw missing("refund") }
        tables.refunds[refund.id] = refund
    }

    func put(_ trade: OtherTrade, payment: String) throws(StoreError) {
        tables.otherTrades[MemoryTables.TradeKey(payment: payment, tradeNo: trade.tradeNo)] = trade
    }

    func put(_ shipment: Shipment) throws(StoreError) {
        if let earlier = tables.shipments[shipment.payment], earlier.tenant != shipment.tenant {
            throw StoreError(code: .broken, message: "the payment's shipment is another tenant's")
        }
        tables.shipments[shipment.payment] = shipment
    }

    func insert(_ event: Event, deliveries: [Delivery]) throws(StoreError) {
        if let payment = event.payment {
            guard !tables.events.contains(where: { $0.payment == payment && $0.sequence == event.sequence }) else {
                throw conflict("the payment has an event of that sequence")
            }
        }
        tables.eventIndex[event.id] = tables.events.count
        tables.events.append(event)
        for delivery in deliveries { try insert(delivery, of: event) }
    }

    func insert(_ notification: Notification) throws(StoreError) {
        if notification.verdict.settles {
            guard try !isSettled(notifyID: notification.notifyID, tenant: notification.tenant) else {
                throw conflict("that notify_id is settled")
            }
        }
        tables.notifications[notification.id] = notification
    }

    func pruneNotifications(verdict: Verdict?, beforeMs: Int64, limit: Int) throws(StoreError) -> Int {
        let old = tables.notifications.values.filter { row in
            row.receivedAtMs < beforeMs && verdict.map { $0 == row.verdict } ?? true
        }.sorted { $0.receivedAtMs < $1.receivedAtMs }.prefix(max(limit, 0))
        for row in old { tables.notifications[row.id] = nil }
        return old.count
    }

    func put(_ record: IdempotencyRecord) throws(StoreError) { tables.idempotency[record.scope] = record }

    func removeIdempotencyRecord(_ scope: IdempotencyScope) throws(StoreError) { tables.idempotency[scope] = nil }

    func pruneIdempotencyRecords(beforeMs: Int64, limit: Int) throws(StoreError) -> Int {
        let old = tables.idempotency.values.filter { $0.createdAtMs < beforeMs }.prefix(limit)
        for record in old { tables.idempotency[record.scope] = nil }
        return old.count
    }

    func insert(_ change: TenantChange) throws(StoreError) { tables.tenantChanges.append(change) }

    func tenantChanges(
        _ query: TenantChangeQuery
    ) throws(StoreError) -> [NumberedTenantChange] {
        let numbered = tables.tenantChanges.enumerated().map {
            NumberedTenantChange(number: Int64($0.offset + 1), change: $0.element)
        }
        let wanted = numbered.filter { row in
            (query.tenant ?? row.change.tenant) == row.change.tenant && row.number < query.before ?? .max
        }
        return Array(wanted.reversed().prefix(query.limit))
    }

    func latestTenantChanges() throws(StoreError) -> [TenantChange] {
        var latest: [String: TenantChange] = [:]
        for change in tables.tenantChanges { latest[change.tenant] = change }
        return latest.values.sorted { $0.tenant < $1.tenant }
    }

    func openWork(tenant: String) throws(StoreError) -> OpenWork {
        OpenWork(
            payments: tables.payments.values.count {
                $0.tenant == tenant && ($0.checkAtMs != nil || [.processing, .held, .shipped].contains($0.status))
            },
            refunds: tables.refunds.values.count { $0.tenant == tenant && $0.checkAtMs != nil },
            deliveries: tables.deliveries.values.count { $0.tenant == tenant && $0.status == .pending })
    }

    func add(_ uses: [KeyUseRecord]) throws(StoreError) {
        for record in uses {
            let known = tables.keyUses[record.key]
            tables.keyUses[record.key] = KeyUseRecord(
                key: record.key, count: (known?.count ?? 0) + record.count,
                lastUsedAtMs: max(known?.lastUsedAtMs ?? 0, record.lastUsedAtMs))
        }
    }

    /// Payments are counted when they are asked for.
    func count(_ payment: Payment) throws(StoreError) {}
    func prunePaymentCounts(before day: BeijingDay) throws(StoreError) {}
}

extension MemoryTransaction {
    func keyUses(after key: KeyName?, limit: Int) throws(StoreError) -> [KeyUseRecord] {
        func order(_ key: KeyName) -> (String, String, String) { (key.tenant, key.kind.rawValue, key.fingerprint) }
        let rows = tables.keyUses.values.sorted { order($0.key) < order($1.key) }
        return Array(rows.filter { row in key.map { order($0) < order(row.key) } ?? true }.prefix(limit))
    }

    func paymentCount(tenant: String, on day: BeijingDay) throws(StoreError) -> Int {
        tables.payments.values.count { $0.tenant == tenant && BeijingDay(of: $0.createdAtMs) == day }
    }
}
