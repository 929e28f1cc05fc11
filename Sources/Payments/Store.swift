/// Where payments, events and deliveries are kept: transactions that are durable when they are reported done.
package protocol Store: Sendable {
    /// Runs `body` in a transaction and calls `then` once it is durable, or has left no trace.
    ///
    /// Bodies run one after another, in the order of the calls, on the store's own thread, several of them in one
    /// commit. A body may run again (the earlier run's effects undone), so it does nothing but read and write through
    /// its argument. `then` runs on the store's thread and must not block.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> Value,
        then: @escaping @Sendable (Result<Value, StoreError>) -> Void
    )

    /// From now on calls `observer` after each commit that changed which deliveries are due, before those who made it are
    /// told, on the store's thread; it must not block. There is one observer.
    func observeDeliveries(_ observer: @escaping @Sendable (DeliveryNews) -> Void)

    /// Runs `body` on what is committed, beside the writer; `then` runs on a reader's thread and must not block.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> Value,
        then: @escaping @Sendable (Result<Value, StoreError>) -> Void
    )
}

extension Store {
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result = await withCheckedContinuation { continuation in
            write(body) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result = await withCheckedContinuation { continuation in
            read(body) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// The payment as it stands now.
    package func latest(_ payment: Payment) async throws(StoreError) -> Payment {
        try await read { reader throws(StoreError) in
            try reader.payment(id: payment.id, tenant: payment.tenant)
        } ?? payment
    }
}

/// Why the store did not do it. Whatever the code, nothing of the transaction is left.
package struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Full, locked, too many waiting, or shutting down: the same call may go through later.
        case unavailable
        /// A uniqueness rule of the schema: somebody else was first.
        case conflict
        /// The database is damaged, or this program asks it for nonsense.
        case broken
    }

    package let code: Code
    /// One sentence, for the log.
    package let message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}

/// What can be read. Every look-up names the tenant: an object of another tenant is not there.
package protocol StoreReader: DeliveryReader {
    func payment(id: String, tenant: String) throws(StoreError) -> Payment?
    func payment(reference: String, tenant: String) throws(StoreError) -> Payment?
    /// By id alone, for the checkout page, whose path names no tenant.
    func payment(id: String) throws(StoreError) -> Payment?
    /// Newest first; `limit` at most, after `startingAfter`. An unknown `startingAfter` gives nothing.
    func payments(_ query: PaymentQuery) throws(StoreError) -> [Payment]
    func refund(id: String, tenant: String) throws(StoreError) -> Refund?
    func refund(reference: String, tenant: String) throws(StoreError) -> Refund?
    func refund(batchNo: String, tenant: String) throws(StoreError) -> Refund?
    /// Of one payment, oldest first.
    func refunds(payment: String, tenant: String) throws(StoreError) -> [Refund]
    /// Newest first.
    func refunds(_ query: RefundQuery) throws(StoreError) -> [Refund]
    func otherTrade(payment: String, tradeNo: String) throws(StoreError) -> OtherTrade?
    func shipment(payment: String, tenant: String) throws(StoreError) -> Shipment?

    /// Payments and refunds whose `checkAtMs` has come, the longest due first, but for those of `passingOver`.
    func dueChecks(nowMs: Int64, passingOver tenants: [String], limit: Int) throws(StoreError) -> [DueCheck]
    /// The smallest `checkAtMs` after `nowMs`; nil if there is none.
    func nextCheckMs(afterMs nowMs: Int64) throws(StoreError) -> Int64?
    /// What is in escrow and not shipped, summed up by tenant and age.
    func heldMoney(nowMs: Int64) throws(StoreError) -> [HeldMoney]

    func event(id: String, tenant: String) throws(StoreError) -> Event?
    /// Oldest first in commit order, after the event `after`; an unknown `after` gives nil.
    func events(tenant: String, after: String?, type: EventType?, limit: Int) throws(StoreError) -> [Event]?

    /// Newest first, each with the newest `Attempt.toldMax` of its attempts, the first of them first.
    func deliveries(_ query: DeliveryQuery) throws(StoreError) -> [(delivery: Delivery, attempts: [Attempt])]

    func notification(id: String, tenant: String) throws(StoreError) -> Notification?
    /// By id alone, for an admin.
    func notification(id: String) throws(StoreError) -> Notification?
    /// Newest first.
    func notifications(_ query: NotificationQuery) throws(StoreError) -> [Notification]
    /// Whether a notification with this id was answered `success` to this tenant's Alipay.
    func isSettled(notifyID: String, tenant: String) throws(StoreError) -> Bool

    func idempotencyRecord(_ scope: IdempotencyScope) throws(StoreError) -> IdempotencyRecord?

    /// Newest first.
    func tenantChanges(_ query: TenantChangeQuery) throws(StoreError) -> [NumberedTenantChange]
    /// The newest of each tenant.
    func latestTenantChanges() throws(StoreError) -> [TenantChange]
    func openWork(tenant: String) throws(StoreError) -> OpenWork
    /// How often keys were used, in the order of tenant, kind and fingerprint.
    func keyUses(after key: KeyName?, limit: Int) throws(StoreError) -> [KeyUseRecord]
    /// How many payments the tenant has made on that day.
    func paymentCount(tenant: String, on day: BeijingDay) throws(StoreError) -> Int
}

/// What can be written, on top of what can be read.
package protocol StoreTransaction: StoreReader, DeliveryTransaction {
    /// - Throws: `conflict` if the tenant has a payment of that reference.
    func insert(_ payment: Payment) throws(StoreError)
    func update(_ payment: Payment) throws(StoreError)
    /// - Throws: `conflict` if the tenant has a refund of that reference or that batch number.
    func insert(_ refund: Refund) throws(StoreError)
    func update(_ refund: Refund) throws(StoreError)
    /// Puts the trade in the place of what was known of it.
    func put(_ trade: OtherTrade, payment: String) throws(StoreError)
    /// Puts the shipment in the place of the payment's earlier one.
    func put(_ shipment: Shipment) throws(StoreError)
    /// An event and its deliveries.
    /// - Throws: `conflict` if the payment has an event of that sequence.
    func insert(_ event: Event, deliveries: [Delivery]) throws(StoreError)
    /// - Throws: `conflict` if the verdict settles a `notify_id` that is settled.
    func insert(_ notification: Notification) throws(StoreError)
    /// Forgets at most `limit` rows of the journal that came before `beforeMs`, the oldest first; answers how many.
    ///
    /// - Parameter verdict: of these alone; nil for all.
    func pruneNotifications(verdict: Verdict?, beforeMs: Int64, limit: Int) throws(StoreError) -> Int
    /// Puts the record in the place of any other of its scope.
    func put(_ record: IdempotencyRecord) throws(StoreError)
    func removeIdempotencyRecord(_ scope: IdempotencyScope) throws(StoreError)
    /// Forgets at most `limit` records made before `beforeMs`; answers how many.
    func pruneIdempotencyRecords(beforeMs: Int64, limit: Int) throws(StoreError) -> Int
    func insert(_ change: TenantChange) throws(StoreError)
    /// Adds to what is known of these keys; the later of two times stays.
    func add(_ uses: [KeyUseRecord]) throws(StoreError)
    /// Counts a payment that this transaction has inserted to the day on which it was made.
    func count(_ payment: Payment) throws(StoreError)
    /// Forgets the counts of earlier days; a count that is asked for all the same is made anew.
    func prunePaymentCounts(before day: BeijingDay) throws(StoreError)
}

/// Names an endpoint among all tenants'.
package struct EndpointKey: Sendable, Hashable {
    package let tenant: String
    package let endpoint: String

    package init(tenant: String, endpoint: String) {
        self.tenant = tenant
        self.endpoint = endpoint
    }
}

package struct PaymentQuery: Sendable, Hashable {
    package var tenant: String
    package var merchantReference: String?
    package var status: PaymentStatus?
    /// At or after.
    package var createdFromMs: Int64?
    /// Before.
    package var createdBeforeMs: Int64?
    package var startingAfter: String?
    package var limit: Int

    package init(
        tenant: String, merchantReference: String? = nil, status: PaymentStatus? = nil, createdFromMs: Int64? = nil,
        createdBeforeMs: Int64? = nil, startingAfter: String? = nil, limit: Int
    ) {
        self.tenant = tenant
        self.merchantReference = merchantReference
        self.status = status
        self.createdFromMs = createdFromMs
        self.createdBeforeMs = createdBeforeMs
        self.startingAfter = startingAfter
        self.limit = limit
    }
}

package struct RefundQuery: Sendable, Hashable {
    package var tenant: String
    package var payment: String?
    package var startingAfter: String?
    package var limit: Int

    package init(tenant: String, payment: String? = nil, startingAfter: String? = nil, limit: Int) {
        self.tenant = tenant
        self.payment = payment
        self.startingAfter = startingAfter
        self.limit = limit
    }
}

/// Something that Alipay has to be asked about.
package struct DueCheck: Sendable, Hashable {
    package enum Subject: Sendable, Hashable {
        case payment(String)
        case refund(String)
    }

    package let subject: Subject
    package let tenant: String
    package let dueAtMs: Int64

    package init(subject: Subject, tenant: String, dueAtMs: Int64) {
        self.subject = subject
        self.tenant = tenant
        self.dueAtMs = dueAtMs
    }
}

/// Money in escrow whose goods are not sent yet, of one tenant and one age.
package struct HeldMoney: Sendable, Hashable {
    /// Since the money came, by whole days of 24 hours.
    package enum Age: String, Sendable, CaseIterable {
        case day = "under_1d"
        case threeDays = "1d_to_3d"
        case week = "3d_to_7d"
        case older = "over_7d"

        package init(ms: Int64) {
            let dayMs: Int64 = 86_400_000
            self = ms < dayMs ? .day : ms < 3 * dayMs ? .threeDays : ms < 7 * dayMs ? .week : .older
        }
    }

    package let tenant: String
    package let age: Age
    package let count: Int
    /// Fen.
    package let amountMinor: Int64

    package init(tenant: String, age: Age, count: Int, amountMinor: Int64) {
        self.tenant = tenant
        self.age = age
        self.count = count
        self.amountMinor = amountMinor
    }
}

package struct DeliveryQuery: Sendable, Hashable {
    package var tenant: String
    package var status: Delivery.Status?
    package var event: String?
    package var endpoint: String?
    /// Held is what is held then.
    package var nowMs: Int64
    package var startingAfter: String?
    package var limit: Int

    package init(
        tenant: String, status: Delivery.Status? = nil, event: String? = nil, endpoint: String? = nil,
        nowMs: Int64 = 0, startingAfter: String? = nil, limit: Int
    ) {
        self.tenant = tenant
        self.status = status
        self.event = event
        self.endpoint = endpoint
        self.nowMs = nowMs
        self.startingAfter = startingAfter
        self.limit = limit
    }
}

package struct NotificationQuery: Sendable, Hashable {
    /// Nil for all tenants', which only an admin sees.
    package var tenant: String?
    package var verdict: Verdict?
    /// The id of the payment that it is about.
    package var payment: String?
    /// At or after.
    package var receivedFromMs: Int64?
    /// Before.
    package var receivedBeforeMs: Int64?
    package var startingAfter: String?
    package var limit: Int

    package init(
        tenant: String?, verdict: Verdict? = nil, payment: String? = nil, receivedFromMs: Int64? = nil,
        receivedBeforeMs: Int64? = nil, startingAfter: String? = nil, limit: Int
    ) {
        self.tenant = tenant
        self.verdict = verdict
        self.payment = payment
        self.receivedFromMs = receivedFromMs
        self.receivedBeforeMs = receivedBeforeMs
        self.startingAfter = startingAfter
        self.limit = limit
    }
}

/// What an `Idempotency-Key` is unique within.
package struct IdempotencyScope: Sendable, Hashable {
    package let tenant: String
    package let method: String
    package let path: String
    /// 1 to 255 characters.
    package let key: String

    package init(tenant: String, method: String, path: String, key: String) {
        self.tenant = tenant
        self.method = method
        self.path = path
        self.key = key
    }
}

/// What the first request under a key asked, and was answered.
package struct IdempotencyRecord: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        /// Begun by the process that made `owner`; no answer yet.
        case running(owner: String)
        case answered(status: Int, location: String?, body: [UInt8])
    }

    package let scope: IdempotencyScope
    /// SHA-256 of the request's body.
    package let fingerprint: [UInt8]
    package let state: State
    package let createdAtMs: Int64

    package init(scope: IdempotencyScope, fingerprint: [UInt8], state: State, createdAtMs: Int64) {
        self.scope = scope
        self.fingerprint = fingerprint
        self.state = state
        self.createdAtMs = createdAtMs
    }
}
