/// Deliveries of one tenant that are to be sent again, taken up part by part in the background.
package struct Replay: Sendable, Hashable {
    /// Deliveries that one replay may match.
    package static let matchesMax = 100_000

    /// `rpl_…`
    package let id: String
    package let filter: ReplayFilter
    /// How many deliveries it matched when it was asked for.
    package let matched: Int
    /// How many were made due so far.
    package var done: Int
    package let createdAtMs: Int64

    package init(id: String, filter: ReplayFilter, matched: Int, done: Int = 0, createdAtMs: Int64) {
        self.id = id
        self.filter = filter
        self.matched = matched
        self.done = done
        self.createdAtMs = createdAtMs
    }
}

/// Which deliveries a replay takes.
package struct ReplayFilter: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        case exhausted
        /// Those of an endpoint that is held when the replay is asked for; they keep their place and begin their schedule
        /// anew, also when the endpoint is released before all of them have had their turn.
        case held
    }

    package let tenant: String
    /// Nil for every endpoint of the tenant.
    package let endpoint: String?
    /// Made at or after.
    package let sinceMs: Int64
    /// Made before.
    package let untilMs: Int64
    /// Not empty.
    package let statuses: Set<Status>
    /// Nil for all types.
    package let types: Set<EventType>?

    package init(
        tenant: String, endpoint: String? = nil, sinceMs: Int64, untilMs: Int64, statuses: Set<Status>,
        types: Set<EventType>? = nil
    ) {
        self.tenant = tenant
        self.endpoint = endpoint
        self.sinceMs = sinceMs
        self.untilMs = untilMs
        self.statuses = statuses
        self.types = types
    }
}
