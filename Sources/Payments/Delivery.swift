/// One event on its way to one endpoint.
package struct Delivery: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        /// Due at `nextAttemptAtMs`.
        case pending
        case delivered
        /// Pending, but kept back without spending tries, because its endpoint is (`EndpointHold`). No row says so: a reader
        /// tells it of a pending delivery whose endpoint is held at the moment of the look.
        case held
        /// All tries are spent.
        case exhausted
    }

    /// What is sent first when there is a choice.
    package enum Lane: Int, Sendable, CaseIterable, Comparable {
        /// Its first try.
        case live = 0
        /// A further try by the schedule.
        case retry = 1
        /// Sent again on request.
        case replay = 2

        package static func < (a: Lane, b: Lane) -> Bool { a.rawValue < b.rawValue }
    }

    /// How long an undelivered event keeps later ones of its payment from the same endpoint.
    package static let orderWaitMs: Int64 = 15 * 60_000

    /// `dlv_…`
    package let id: String
    package let tenant: String
    package let event: String
    package let eventType: EventType
    /// The endpoint's id within the tenant's file.
    package let endpoint: String
    package var status: Status
    package var lane: Lane
    /// How many tries were made, of all rounds.
    package var attemptCount: Int
    /// How many tries were made before its schedule began anew; 0 unless it was sent again on request.
    package var roundBase: Int
    /// Nil unless pending or held.
    package var nextAttemptAtMs: Int64?
    /// Set while it waits behind an undelivered earlier event of its payment: when it would have been due. Its
    /// `nextAttemptAtMs` is the end of the wait then, `orderWaitMs` after it was made.
    package var behindDueMs: Int64?
    /// The payment whose events this endpoint gets in the order of `sequence`; nil where order does not matter.
    package var orderedPayment: String?
    /// The event's.
    package let sequence: Int64
    package let createdAtMs: Int64
    /// Why it is `held`; nil unless it is.
    package var hold: EndpointHold?

    package init(
        id: String, tenant: String, event: String, eventType: EventType, endpoint: String, status: Status = .pending,
        lane: Lane = .live, attemptCount: Int = 0, roundBase: Int = 0, nextAttemptAtMs: Int64?,
        behindDueMs: Int64? = nil, orderedPayment: String? = nil, sequence: Int64 = 0, createdAtMs: Int64,
        hold: EndpointHold? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.event = event
        self.eventType = eventType
        self.endpoint = endpoint
        self.status = status
        self.lane = lane
        self.attemptCount = attemptCount
        self.roundBase = roundBase
        self.nextAttemptAtMs = nextAttemptAtMs
        self.behindDueMs = behindDueMs
        self.orderedPayment = orderedPayment
        self.sequence = sequence
        self.createdAtMs = createdAtMs
        self.hold = hold
    }

    package var endpointKey: EndpointKey { EndpointKey(tenant: tenant, endpoint: endpoint) }
    package var line: DeliveryLine { DeliveryLine(endpoint: endpointKey, lane: lane) }
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

    /// How many of a delivery's attempts are told, the newest ones: each request to send it again adds to them.
    package static let toldMax = 50

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
