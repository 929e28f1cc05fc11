package import Payments

/// Decides what a delivery worker does next: which due deliveries are sent, what is read of the store, which endpoints
/// are held, when to wake up.
///
/// It does no I/O and knows no clock: a mutating method takes what happened and returns what to do, in this order. Who is in
/// flight is known here alone (one process owns the store), so nothing is written when an attempt begins.
package struct DeliveryScheduler: Sendable {
    /// What the worker is to do.
    package enum Action: Sendable, Hashable {
        /// Make an attempt; it is followed by `answered` (if it came to an answer) and then by `ended`.
        case send(DueDelivery)
        /// Read these lines, all in one read of the store; answer with `wasRead` or `readFailed`.
        case read([LineRead])
        /// Read the open lines and the endpoints' states; answer with `surveyed` or `surveyFailed`.
        case survey
        /// Keep this state, whatever became of any attempt.
        case keep(EndpointState)
        /// Call `timerFired` at this time, at the latest.
        case wakeAt(Int64)
        /// It was told to stop, and nothing is out any more.
        case drained
    }

    package struct LineRead: Sendable, Hashable {
        package let line: DeliveryLine
        package let limit: Int
    }

    package struct LineRows: Sendable, Hashable {
        package let read: LineRead
        /// What is due, the longest due first.
        package let rows: [DueDelivery]
        /// When the next one after these falls due.
        package let nextDueMs: Int64?

        package init(read: LineRead, rows: [DueDelivery], nextDueMs: Int64?) {
            self.read = read
            self.rows = rows
            self.nextDueMs = nextDueMs
        }
    }

    /// How an attempt ended.
    package enum End: Sendable, Hashable {
        /// Its result is kept; the delivery falls due again then and in that lane, or never.
        case recorded(nextAttemptAtMs: Int64?)
        /// The store has the delivery in another state than the attempt found it.
        case superseded
        /// Nothing is kept of it: the store could not, or our own shutdown cut it off.
        case unrecorded
        /// Nothing was sent: the endpoint is not in the directory.
        case endpointMissing
    }

    /// Why a delivery is not sent at once for somebody who waits.
    package enum DirectRefusal: Sendable, Hashable {
        /// It is on its way already.
        case inFlight
        /// Too many of these at a time.
        case busy
        case stopping
    }

    /// - Parameter facts: what the directory says of an endpoint now; nil if it is not there.
    package init(limits: WorkerLimits, facts: @escaping @Sendable (EndpointKey) -> EndpointFacts?) {}

    /// How many requests are out, or their results on the way to the store.
    package var sendingCount: Int { 0 }
    /// Of every endpoint that ever failed or is held, as it is now.
    package var states: [EndpointState] { [] }

    package mutating func start(nowMs: Int64) -> [Action] { [] }

    /// - Parameter states: believed the first time alone; afterwards what is known here is newer.
    package mutating func surveyed(_ lines: [OpenLine], states: [EndpointState], nowMs: Int64) -> [Action] { [] }
    package mutating func surveyFailed(nowMs: Int64) -> [Action] { [] }

    /// A commit changed what is due.
    package mutating func heard(_ news: DeliveryNews, nowMs: Int64) -> [Action] { [] }

    package mutating func wasRead(_ found: [LineRows], nowMs: Int64) -> [Action] { [] }
    package mutating func readFailed(_ reads: [LineRead], nowMs: Int64) -> [Action] { [] }

    package mutating func timerFired(nowMs: Int64) -> [Action] { [] }

    /// The endpoint has answered, or will not: its slot is free, the delivery itself stays out until `ended`.
    ///
    /// - Parameter jitter: 0..<1.
    /// - Returns: the endpoint's state, to be kept in the attempt's own transaction; nil if it is as before.
    package mutating func answered(
        _ id: String, _ attempt: Attempt, nowMs: Int64, jitter: Double
    ) -> (state: EndpointState?, actions: [Action]) { (nil, []) }

    package mutating func ended(_ id: String, _ end: End, nowMs: Int64) -> [Action] { [] }

    /// Takes a delivery for somebody who waits for its answer, whatever the queue; it goes on with `answered` and `ended`.
    package mutating func claimDirect(_ due: DueDelivery) -> DirectRefusal? { nil }

    /// The directory changed: asks for every endpoint's facts anew. What is there again is sent; a disabled endpoint whose
    /// URL changed is enabled.
    package mutating func endpointsChanged(nowMs: Int64) -> [Action] { [] }

    /// An admin's word. Enabling closes the breaker and forgets the failures; false if the endpoint is as asked already.
    package mutating func setDisabled(
        _ disabled: Bool, _ key: EndpointKey, detail: String, nowMs: Int64
    ) -> (changed: Bool, actions: [Action]) { (false, []) }

    /// An open breaker lets one message out now.
    package mutating func probe(_ key: EndpointKey, nowMs: Int64) -> [Action] { [] }

    /// No new attempts; `drained` follows once those that are out have ended.
    package mutating func stop(nowMs: Int64) -> [Action] { [] }
}

/// What scheduling needs to know of an endpoint's settings.
package struct EndpointFacts: Sendable, Hashable {
    /// Requests in flight at a time, at most: 1 to 512.
    package let inFlightMax: Int
    /// SHA-256 of the URL, in hex.
    package let urlDigest: String

    package init(inFlightMax: Int, urlDigest: String) {
        self.inFlightMax = inFlightMax
        self.urlDigest = urlDigest
    }
}
