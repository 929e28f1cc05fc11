/// What can be read of deliveries and of the endpoints they go to.
package protocol DeliveryReader {
    /// With the newest `Attempt.toldMax` of its attempts, the first of them first.
    ///
    /// - Parameter nowMs: held is what is held then.
    func delivery(
        id: String, tenant: String, nowMs: Int64
    ) throws(StoreError) -> (delivery: Delivery, attempts: [Attempt])?
    /// The id of the newest delivery of an event to an endpoint.
    func deliveryID(event: String, endpoint: String, tenant: String) throws(StoreError) -> String?

    /// Every endpoint that has a state.
    func endpointStates() throws(StoreError) -> [EndpointState]

    /// Pending deliveries of one line whose time has come, the longest due first and of one payment in the order of
    /// `sequence`, with their events; whether the endpoint is held does not matter here.
    func dueDeliveries(_ line: DeliveryLine, nowMs: Int64, limit: Int) throws(StoreError) -> [DueDelivery]
    /// When the next delivery of the line after `nowMs` falls due; nil if none is pending then.
    func nextDueMs(_ line: DeliveryLine, afterMs nowMs: Int64) throws(StoreError) -> Int64?
    /// Every line that has a pending delivery, in one step of the index each.
    func openLines() throws(StoreError) -> [OpenLine]

    /// Counted at one moment; takes time with the size of the backlog.
    func deliveryCounts() throws(StoreError) -> DeliveryCounts

    /// How many deliveries a replay of that filter would take now; `limit` if there are so many or more of them, or of any
    /// types where the filter names types.
    func replayableCount(_ filter: ReplayFilter, nowMs: Int64, limit: Int) throws(StoreError) -> Int
    /// The replays that have not ended, oldest first.
    func openReplays() throws(StoreError) -> [Replay]

    /// Attempts that began before `beforeMs`, of deliveries that are pending no more, in the order of deliveries; looks at
    /// `limit` attempts at most, from where the last page ended.
    ///
    /// - Parameter nowMs: what was made later was made by a clock that ran ahead, and is passed over.
    func oldAttempts(
        beforeMs: Int64, nowMs: Int64, after page: AttemptPage?, limit: Int
    ) throws(StoreError) -> AttemptPage
}

/// What can be changed of deliveries.
package protocol DeliveryTransaction: DeliveryReader {
    /// One more delivery of an event that is there already.
    func insert(_ delivery: Delivery, of event: Event) throws(StoreError)

    /// Keeps an attempt and moves its delivery on, if the delivery is still as the attempt found it (pending, with
    /// `attempt.number - 1` attempts); answers what the delivery is then, nil if it was not so. When the delivery thereby ends,
    /// what waited behind it alone falls due. A failure of a round that is over (somebody asked for the delivery again while
    /// the attempt was out) leaves it pending, as it was asked for.
    func record(_ attempt: Attempt, of delivery: Delivery, nowMs: Int64) throws(StoreError) -> Delivery.Status?

    /// Puts the state in the place of an older one; answers false if the one that is there is as new.
    func put(_ state: EndpointState) throws(StoreError) -> Bool

    /// Has a delivery sent again, whatever its status: due now in lane `replay`, its schedule from the start. One that is
    /// pending keeps its lane and is due now. One that was delivered no longer counts for the order. Nil if there is none.
    func requeue(delivery id: String, tenant: String, nowMs: Int64) throws(StoreError) -> Delivery?

    /// Makes due now what is pending in a line and due later than `afterMs`, `limit` at most; what waits behind an earlier
    /// one of its payment waits as if it were made now. Answers how many these were.
    func bringForward(
        _ line: DeliveryLine, afterMs: Int64, nowMs: Int64, limit: Int
    ) throws(StoreError) -> Int

    func insert(_ replay: Replay) throws(StoreError)
    /// Requeues the next of a replay's deliveries, `limit` at most, in the order of their making; answers the replay as it
    /// is then, nil once it has ended (and is forgotten).
    func advance(_ replay: Replay, nowMs: Int64, limit: Int) throws(StoreError) -> Replay?

    /// Forgets the attempts of a page.
    func removeAttempts(_ page: AttemptPage) throws(StoreError)
}

/// An endpoint's deliveries of one lane.
package struct DeliveryLine: Sendable, Hashable {
    package let endpoint: EndpointKey
    package let lane: Delivery.Lane

    package init(endpoint: EndpointKey, lane: Delivery.Lane) {
        self.endpoint = endpoint
        self.lane = lane
    }
}

/// A line that has pending deliveries.
package struct OpenLine: Sendable, Hashable {
    package let line: DeliveryLine
    /// When the first of them is, or was, due.
    package let nextDueMs: Int64

    package init(line: DeliveryLine, nextDueMs: Int64) {
        self.line = line
        self.nextDueMs = nextDueMs
    }
}

/// What one commit changed of what is due.
package struct DeliveryNews: Sendable, Hashable {
    /// New deliveries, in the order of their making.
    package var made: [DueDelivery]
    /// Lines in which others fell due, or will sooner than they would have.
    package var lines: Set<DeliveryLine>

    package init(made: [DueDelivery] = [], lines: Set<DeliveryLine> = []) {
        self.made = made
        self.lines = lines
    }

    package var isEmpty: Bool { made.isEmpty && lines.isEmpty }
}

/// How many deliveries there are and ever were. What was accepted is delivered, exhausted or open, or something is lost.
package struct DeliveryCounts: Sendable, Hashable {
    /// Counted as they were made, and each time one was sent again on request after it had ended.
    package let accepted: Int
    /// Counted as they ended.
    package let delivered: Int
    package let exhausted: Int
    /// Counted as they are: the pending ones.
    package let open: [EndpointBacklog]

    package init(accepted: Int, delivered: Int, exhausted: Int, open: [EndpointBacklog]) {
        self.accepted = accepted
        self.delivered = delivered
        self.exhausted = exhausted
        self.open = open
    }

    package var openCount: Int { open.reduce(0) { $0 + $1.count } }
    /// 0 unless something is lost.
    package var gap: Int { accepted - delivered - exhausted - openCount }
}

/// The pending deliveries of one endpoint.
package struct EndpointBacklog: Sendable, Hashable {
    package let key: EndpointKey
    package let count: Int
    /// When the oldest of them was made that nobody asked for again after it had ended; nil if there is none.
    package let oldestCreatedAtMs: Int64?

    package init(key: EndpointKey, count: Int, oldestCreatedAtMs: Int64?) {
        self.key = key
        self.count = count
        self.oldestCreatedAtMs = oldestCreatedAtMs
    }
}

/// Attempts that may be forgotten, and where the look at them ended.
package struct AttemptPage: Sendable, Hashable {
    /// An attempt, by its delivery's place in the store.
    package struct Key: Sendable, Hashable {
        package let delivery: Int64
        package let number: Int

        package init(delivery: Int64, number: Int) {
            self.delivery = delivery
            self.number = number
        }
    }

    package let keys: [Key]
    /// The last attempt that was looked at; nil once there is nothing after it that could be old enough.
    package let last: Key?

    package init(keys: [Key], last: Key?) {
        self.keys = keys
        self.last = last
    }
}
