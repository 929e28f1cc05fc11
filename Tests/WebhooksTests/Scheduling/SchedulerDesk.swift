import Payments
import Webhooks

/// A scheduler that a test tells what happens; everything is there and surveyed, and nothing is due.
struct SchedulerDesk {
    static let key = EndpointKey(tenant: "shop", endpoint: "a")

    let directory = ModelDirectory([])
    var scheduler: DeliveryScheduler
    var nowMs: Int64 = 1_000_000
    private var made: [String: DueDelivery] = [:]

    /// - Parameter survey: nil if none has come yet.
    init(
        inFlightMax: Int = 32, states: [EndpointState] = [], isSurveyed: Bool = true,
        _ change: (inout WorkerLimits) -> Void = { _ in }
    ) {
        var limits = WorkerLimits()
        change(&limits)
        scheduler = DeliveryScheduler(limits: limits) { [directory] in
            $0.endpoint == "missing"
                ? nil : directory.facts($0) ?? EndpointFacts(inFlightMax: inFlightMax, urlDigest: "u")
        }
        _ = scheduler.start(nowMs: nowMs)
        if isSurveyed { _ = scheduler.surveyed([], states: states, nowMs: nowMs) }
    }

    mutating func due(
        _ id: String, _ endpoint: String = "a", tenant: String = "shop", lane: Delivery.Lane = .live, attempts: Int = 0,
        inMs: Int64 = 0, bytes: Int = 10
    ) -> DueDelivery {
        let event = Event(
            id: "evt_" + id, tenant: tenant, type: .paymentSucceeded, payment: nil, sequence: 1, timestampMs: nowMs,
            body: Array(repeating: 1, count: bytes))
        let due = DueDelivery(
            delivery: Delivery(
                id: id, tenant: tenant, event: event.id, eventType: event.type, endpoint: endpoint, lane: lane,
                attemptCount: attempts, nextAttemptAtMs: nowMs + inMs, createdAtMs: nowMs), event: event)
        made[id] = due
        return due
    }

    mutating func dues(_ range: ClosedRange<Int>, _ endpoint: String = "a", tenant: String = "shop") -> [DueDelivery] {
        range.map { due("\(endpoint)\($0)", endpoint, tenant: tenant) }
    }

    mutating func hear(_ dues: [DueDelivery]) -> [DeliveryScheduler.Action] {
        scheduler.heard(DeliveryNews(made: dues), nowMs: nowMs)
    }

    mutating func hear(_ line: Delivery.Lane, of endpoint: String = "a") -> [DeliveryScheduler.Action] {
        let key = EndpointKey(tenant: "shop", endpoint: endpoint)
        return scheduler.heard(DeliveryNews(lines: [DeliveryLine(endpoint: key, lane: line)]), nowMs: nowMs)
    }

    /// The endpoint answers; the result is not yet kept.
    mutating func answered(
        _ id: String, _ outcome: Attempt.Outcome = .taken, status: Int? = nil, tookMs: Int64 = 50, jitter: Double = 1
    ) -> (state: EndpointState?, actions: [DeliveryScheduler.Action]) {
        let attempt = Attempt(
            number: (made[id]?.delivery.attemptCount ?? 0) + 1, startedAtMs: nowMs - tookMs, durationMs: tookMs,
            outcome: status == nil ? outcome : .status, statusCode: status ?? (outcome == .taken ? 200 : nil),
            error: nil, address: nil, responseExcerpt: [])
        return scheduler.answered(id, attempt, nowMs: nowMs, jitter: jitter)
    }

    mutating func ended(_ id: String, _ end: DeliveryScheduler.End) -> [DeliveryScheduler.Action] {
        scheduler.ended(id, end, nowMs: nowMs)
    }

    /// It is taken, and that is kept.
    mutating func take(_ id: String, tookMs: Int64 = 50) -> [DeliveryScheduler.Action] {
        answered(id, tookMs: tookMs).actions + ended(id, .recorded(nextAttemptAtMs: nil))
    }

    /// It fails, and that is kept; its next try is far away.
    @discardableResult
    mutating func fail(
        _ id: String, _ outcome: Attempt.Outcome = .timeout, status: Int? = nil, tookMs: Int64 = 50, jitter: Double = 1
    ) -> EndpointState? {
        let state = answered(id, outcome, status: status, tookMs: tookMs, jitter: jitter).state
        _ = ended(id, .recorded(nextAttemptAtMs: nowMs + 1_000_000_000))
        return state
    }

    /// One more message comes, and is sent and fails.
    @discardableResult
    mutating func failOne(
        _ outcome: Attempt.Outcome = .timeout, at endpoint: String = "a", status: Int? = nil, tookMs: Int64 = 50,
        jitter: Double = 1
    ) -> EndpointState? {
        let id = "f\(made.count)"
        guard sent(hear([due(id, endpoint)])).contains(id) else { return nil }
        return fail(id, outcome, status: status, tookMs: tookMs, jitter: jitter)
    }

    mutating func timer() -> [DeliveryScheduler.Action] { scheduler.timerFired(nowMs: nowMs) }

    mutating func found(
        _ read: DeliveryScheduler.LineRead, _ rows: [DueDelivery], nextDueMs: Int64? = nil
    ) -> [DeliveryScheduler.Action] {
        scheduler.wasRead([.init(read: read, rows: rows, nextDueMs: nextDueMs)], nowMs: nowMs)
    }

    var state: EndpointState? { scheduler.states.first { $0.key == SchedulerDesk.key } }
}

func sent(_ actions: [DeliveryScheduler.Action]) -> [String] {
    actions.compactMap { if case .send(let due) = $0 { due.delivery.id } else { nil } }
}

func reads(_ actions: [DeliveryScheduler.Action]) -> [DeliveryScheduler.LineRead] {
    actions.flatMap { action -> [DeliveryScheduler.LineRead] in
        if case .read(let reads) = action { reads } else { [] }
    }
}

func kept(_ actions: [DeliveryScheduler.Action]) -> [EndpointState] {
    actions.compactMap { if case .keep(let state) = $0 { state } else { nil } }
}

func wakes(_ actions: [DeliveryScheduler.Action]) -> [Int64] {
    actions.compactMap { if case .wakeAt(let atMs) = $0 { atMs } else { nil } }
}
