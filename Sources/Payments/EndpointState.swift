/// Why deliveries to an endpoint are kept back.
package struct EndpointHold: Sendable, Hashable {
    package enum Reason: String, Sendable, CaseIterable {
        /// Its circuit breaker is open, until `untilMs`.
        case circuitOpen = "circuit_open"
        /// It answered 410, failed for days, or an admin said so; until an admin enables it or its URL changes.
        case disabled
        /// No tenant's file has it; until one does.
        case missing
        /// None of its secrets is in force; until one is.
        case secretsLapsed = "secrets_lapsed"
    }

    package let reason: Reason
    package let sinceMs: Int64
    /// Of an open breaker alone: from then on one message may go out to see.
    package let untilMs: Int64?
    /// One sentence for the one who asks why.
    package let detail: String

    package init(reason: Reason, sinceMs: Int64, untilMs: Int64? = nil, detail: String) {
        self.reason = reason
        self.sinceMs = sinceMs
        self.untilMs = untilMs
        self.detail = detail
    }

    package func isInForce(atMs nowMs: Int64) -> Bool { untilMs.map { nowMs < $0 } ?? true }
}

/// What is remembered of an endpoint across restarts; there is none of one that never failed.
package struct EndpointState: Sendable, Hashable {
    package static let failedEventsMax = 3

    package let key: EndpointKey
    package var hold: EndpointHold?
    /// The first failure after the last success; nil while it does not fail.
    package var failingSinceMs: Int64?
    /// Failures since then.
    package var failureCount: Int
    /// The events that failed since then, the first `failedEventsMax` of them.
    package var failedEvents: [String]
    /// How many times the breaker opened since then.
    package var openCount: Int
    /// SHA-256 in hex of the URL that this was learned at; with another one it does not count. Empty as long as no file had
    /// the endpoint.
    package var urlDigest: String
    /// Counts the changes: a state replaces only an older one.
    package var revision: Int64

    package init(
        key: EndpointKey, hold: EndpointHold? = nil, failingSinceMs: Int64? = nil, failureCount: Int = 0,
        failedEvents: [String] = [], openCount: Int = 0, urlDigest: String, revision: Int64
    ) {
        self.key = key
        self.hold = hold
        self.failingSinceMs = failingSinceMs
        self.failureCount = failureCount
        self.failedEvents = failedEvents
        self.openCount = openCount
        self.urlDigest = urlDigest
        self.revision = revision
    }
}
