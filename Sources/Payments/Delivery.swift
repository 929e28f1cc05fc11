/// One event on its way to one endpoint.
package struct Delivery: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        /// Due at `nextAttemptAtMs`.
        case pending
        case delivered
        /// Kept back without spending tries: the endpoint is not there.
        case held
        /// All tries are spent.
        case exhausted
    }

    /// `dlv_…`
    package let id: String
    package let tenant: String
    package let event: String
    package let eventType: EventType
    /// The endpoint's id within the tenant's file.
    package let endpoint: String
    package var status: Status
    /// How many tries were made.
    package var attemptCount: Int
    /// Nil unless pending.
    package var nextAttemptAtMs: Int64?
    package let createdAtMs: Int64

    package init(
        id: String, tenant: String, event: String, eventType: EventType, endpoint: String, status: Status = .pending,
        attemptCount: Int = 0, nextAttemptAtMs: Int64?, createdAtMs: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.event = event
        self.eventType = eventType
        self.endpoint = endpoint
        self.status = status
        self.attemptCount = attemptCount
        self.nextAttemptAtMs = nextAttemptAtMs
        self.createdAtMs = createdAtMs
    }
}

/// One HTTP request of a delivery.
package struct Attempt: Sendable, Hashable {
    /// What came of it; the reason's name where it failed.
    package enum Outcome: String, Sendable, CaseIterable {
        /// A 2xx, read to its end or cap.
        case taken
        /// Any other status.
        case status
        case dns
        case refusedDestination = "refused_destination"
        case connect
        case tls
        case timeout
        case reset
        case malformed
        case url
    }

    /// From 1.
    package let number: Int
    package let startedAtMs: Int64
    package let durationMs: Int64
    package let outcome: Outcome
    package let statusCode: Int?
    /// One sentence; nil when it was taken.
    package let error: String?
    /// The address that the request went to.
    package let address: String?
    /// The first 4 KiB of the answer.
    package let responseExcerpt: [UInt8]

    package init(
        number: Int, startedAtMs: Int64, durationMs: Int64, outcome: Outcome, statusCode: Int?, error: String?,
        address: String?, responseExcerpt: [UInt8]
    ) {
        self.number = number
        self.startedAtMs = startedAtMs
        self.durationMs = durationMs
        self.outcome = outcome
        self.statusCode = statusCode
        self.error = error
        self.address = address
        self.responseExcerpt = responseExcerpt
    }
}

/// A delivery and the event it carries, as a worker needs them.
package struct DueDelivery: Sendable, Hashable {
    package let delivery: Delivery
    package let event: Event

    package init(delivery: Delivery, event: Event) {
        self.delivery = delivery
        self.event = event
    }
}
