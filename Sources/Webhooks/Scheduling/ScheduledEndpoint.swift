import Payments

/// All that scheduling knows of one endpoint.
struct ScheduledEndpoint: Sendable {
    /// What keeps an endpoint from its turn that others share with it.
    struct Waiting: OptionSet, Sendable {
        let rawValue: UInt8

        /// The slots of doubtful endpoints.
        static let doubtful = Waiting(rawValue: 1)
        /// The slots of those that are not proven.
        static let proof = Waiting(rawValue: 2)
        /// Slots to be less scarce.
        static let pressure = Waiting(rawValue: 4)
    }

    /// A line's window is this many times what may be in flight, within the bounds.
    private static let windowFactor = 4
    private static let windowBounds = 8...128
    /// A line is read when no more than this part of its window is loaded.
    private static let lowPart = 4

    let key: EndpointKey
    let tenant: Int
    /// Nil if the directory does not have it.
    private(set) var facts: EndpointFacts?
    private(set) var factsAskedMs: Int64?
    /// Its URL when the directory had it last.
    private var lastDigest: String?
    /// Counts the changes of its URL.
    private(set) var era = 0
    var health: EndpointHealth
    var concurrency = Concurrency()
    var lines = EndpointLines()
    var directCount = 0
    var waiting: Waiting = []
    var usedAtMs: Int64 = 0

    init(key: EndpointKey, tenant: Int) {
        self.key = key
        self.tenant = tenant
        health = EndpointHealth(key: key)
    }

    /// In the place of none.
    init() { self.init(key: EndpointKey(tenant: "", endpoint: ""), tenant: -1) }

    var isFree: Bool { tenant < 0 }

    /// Whether the directory, when it was asked last, did not have it.
    var isMissing: Bool { facts == nil && factsAskedMs != nil }

    var inFlightMax: Int { max(1, facts?.inFlightMax ?? 1) }
    var cap: Int { min(concurrency.cap, inFlightMax) }
    var urlDigest: String { lastDigest ?? health.state?.urlDigest ?? "" }

    /// What the directory says of it now.
    mutating func learn(_ facts: EndpointFacts?, _ nowMs: Int64) {
        self.facts = facts
        factsAskedMs = nowMs
        guard let facts else { return }
        if let lastDigest, lastDigest != facts.urlDigest {
            era += 1
            concurrency.forget()
        }
        lastDigest = facts.urlDigest
    }

    /// What is known is as old as before, and an open breaker stays open for as long as it had left.
    ///
    /// - Returns: the state, to be kept, if the breaker holds it.
    mutating func clockWasSetBack(byMs ms: Int64) -> EndpointState? {
        factsAskedMs = factsAskedMs.map { $0 - ms }
        usedAtMs -= ms
        concurrency.clockWasSetBack(byMs: ms)
        return health.clockWasSetBack(byMs: ms)
    }

    /// How many deliveries of one line may be loaded; of an endpoint that gets a probe, how many in all.
    var windowMax: Int {
        if health.isHalfOpen { return 1 }
        let window = ScheduledEndpoint.windowFactor * cap
        return min(max(window, ScheduledEndpoint.windowBounds.lowerBound), ScheduledEndpoint.windowBounds.upperBound)
    }

    // Some of what follows is `mutating` although it changes nothing: the compiler would copy all of this to ask it otherwise.

    /// How many more of a line may be loaded.
    mutating func room(_ lane: Delivery.Lane) -> Int {
        guard facts != nil, health.maySend else { return 0 }
        return windowMax - (health.isHalfOpen ? lines.loadedCount : lines[lane].loadedCount)
    }

    /// Whether a line is to be read.
    mutating func wantsRead(_ lane: Delivery.Lane) -> Bool {
        guard lines[lane].hasMore, !lines[lane].isReading, facts != nil, health.maySend else { return false }
        if health.isHalfOpen { return lines.loadedCount == 0 && !lines.isReading }
        return lines[lane].loadedCount <= windowMax / ScheduledEndpoint.lowPart
    }

    /// Those that are to be read and do not wait for it yet.
    mutating func lanesToRead() -> [Delivery.Lane] {
        var lanes: [Delivery.Lane] = []
        for lane in Delivery.Lane.allCases where !lines[lane].isQueued && wantsRead(lane) { lanes.append(lane) }
        return lanes
    }

    /// Nothing would be lost with it but what was learnt of its pace.
    var isIdle: Bool {
        !isFree && lines.isIdle && directCount == 0 && waiting.isEmpty && health.state == nil
    }
}
