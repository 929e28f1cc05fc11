import Payments
import Support
import Webhooks

/// A scheduler between a store and endpoints that are all simulated, on a clock that jumps from one event to the next.
struct DeliverySimulation {
    /// What an endpoint does with a message.
    enum Behaviour {
        case takes(ClosedRange<Int64>)
        case status(Int, ClosedRange<Int64>)
        case hangs(Int64)
        case refuses
    }

    struct Endpoint {
        let key: EndpointKey
        let messagesPerSecond: Double
        let behaviour: @Sendable (Int64) -> Behaviour
        /// Whether how long its messages wait is in the report.
        var isMeasured = true
    }

    struct Report: CustomStringConvertible {
        var waitsMs: [Int64] = []
        var sends = 0
        /// To endpoints that are not measured.
        var otherSends = 0
        /// Most requests in slots at a time.
        var peak = 0
        /// Most requests in flight to one endpoint that is not measured, in each second.
        var sendsPerSecond: [Int: Int] = [:]
        /// Messages that are not delivered at the end.
        var backlog = 0

        func wait(_ share: Double) -> Int64 {
            let sorted = waitsMs.sorted()
            return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
        }

        var description: String {
            "wait p50/p99/p99.9/max \(wait(0.5))/\(wait(0.99))/\(wait(0.999))/\(wait(1)) ms of \(waitsMs.count), "
                + "peak \(peak) slots, \(sends) sends, \(otherSends) to the others, backlog \(backlog)"
        }
    }

    private enum Event {
        case arrival(Int)
        case answer(DueDelivery, Attempt)
        case recorded(String, DeliveryScheduler.End)
        case read([DeliveryScheduler.LineRead])
        case survey
        case timer
    }

    private static let readMs: Int64 = 3
    private static let commitMs: Int64 = 2
    private static let surveyMs: Int64 = 20

    private let endpoints: [Endpoint]
    private let numbers: [EndpointKey: Int]
    private let measuredFromMs: Int64
    private var scheduler: DeliveryScheduler
    private var random: SeededGenerator
    private var store = SimulatedStore()
    private var events = EventQueue<Event>()
    private var inFlight = 0
    private var made = 0
    private var report = Report()
    private var nowMs: Int64 = 0
    private let body = [UInt8](repeating: 0x7B, count: 700)

    init(
        _ endpoints: [Endpoint], slots: Int = 2_000, inFlightMax: Int = 32, measuredFromMs: Int64 = 0, seed: UInt64 = 1
    ) {
        self.endpoints = endpoints
        self.measuredFromMs = measuredFromMs
        numbers = Dictionary(uniqueKeysWithValues: endpoints.enumerated().map { ($1.key, $0) })
        var limits = WorkerLimits()
        limits.inFlightMax = slots
        scheduler = DeliveryScheduler(limits: limits) { _ in EndpointFacts(inFlightMax: inFlightMax, urlDigest: "u") }
        random = SeededGenerator(seed: seed)
        perform(scheduler.start(nowMs: 0))
        perform(scheduler.surveyed([], states: [], nowMs: 0))
    }

    /// Has the endpoints take so many messages, `atOnce` at a time, so that their caps grow; takes no simulated time.
    mutating func warmUp(_ numbers: Range<Int>, messages: Int, atOnce: Int) {
        for number in numbers {
            for _ in 0..<messages / atOnce {
                let news = DeliveryNews(made: (0..<atOnce).map { _ in make(number) })
                for case .send(let due) in scheduler.heard(news, nowMs: nowMs) {
                    let taken = attempt(due, .taken, 200, 75)
                    var more = scheduler.answered(due.delivery.id, taken, nowMs: nowMs, jitter: 0.5).actions
                    more += scheduler.ended(due.delivery.id, .recorded(nextAttemptAtMs: nil), nowMs: nowMs)
                    for case .send(let next) in more { warm(next) }
                }
            }
        }
    }

    private mutating func warm(_ due: DueDelivery) {
        _ = scheduler.answered(due.delivery.id, attempt(due, .taken, 200, 75), nowMs: nowMs, jitter: 0.5)
        for case .send(let next) in scheduler.ended(due.delivery.id, .recorded(nextAttemptAtMs: nil), nowMs: nowMs) {
            warm(next)
        }
    }

    /// Has an endpoint's messages in the store before it begins, all due.
    mutating func backlog(_ number: Int, messages: Int) {
        for _ in 0..<messages { store.put(make(number)) }
    }

    mutating func run(untilMs: Int64) -> Report {
        for number in endpoints.indices { arrive(number) }
        perform(scheduler.surveyed(store.openLines(), states: [], nowMs: 0))
        while let (atMs, event) = events.popFirst(), atMs < untilMs {
            nowMs = atMs
            handle(event)
        }
        report.backlog = store.count
        return report
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .arrival(let number):
            let due = make(number)
            store.put(due)
            perform(scheduler.heard(DeliveryNews(made: [due]), nowMs: nowMs))
            arrive(number)
        case .answer(let due, let attempt):
            inFlight -= 1
            let id = due.delivery.id
            let (_, actions) = scheduler.answered(id, attempt, nowMs: nowMs, jitter: jitter())
            let next = next(due.delivery, attempt)
            events.add(
                .recorded(
                    id,
                    store.record(attempt.number, id, nextAttemptAtMs: next)
                        ? .recorded(nextAttemptAtMs: next) : .superseded), atMs: nowMs + DeliverySimulation.commitMs)
            perform(actions)
        case .recorded(let id, let end): perform(scheduler.ended(id, end, nowMs: nowMs))
        case .read(let reads): perform(scheduler.wasRead(store.read(reads, nowMs: nowMs), nowMs: nowMs))
        case .survey: perform(scheduler.surveyed(store.openLines(), states: [], nowMs: nowMs))
        case .timer: perform(scheduler.timerFired(nowMs: nowMs))
        }
    }

    private mutating func perform(_ actions: [DeliveryScheduler.Action]) {
        for action in actions {
            switch action {
            case .send(let due): send(due)
            case .read(let reads): events.add(.read(reads), atMs: nowMs + DeliverySimulation.readMs)
            case .survey: events.add(.survey, atMs: nowMs + DeliverySimulation.surveyMs)
            case .wakeAt(let atMs): events.add(.timer, atMs: atMs)
            case .keep, .drained: break
            }
        }
    }

    private mutating func send(_ due: DueDelivery) {
        guard let number = numbers[due.delivery.endpointKey], let dueMs = due.delivery.nextAttemptAtMs else { return }
        inFlight += 1
        report.sends += 1
        report.peak = max(report.peak, inFlight)
        if !endpoints[number].isMeasured {
            report.otherSends += 1
            report.sendsPerSecond[Int(nowMs / 1000), default: 0] += 1
        } else if dueMs >= measuredFromMs {
            report.waitsMs.append(nowMs - dueMs)
        }
        let answer =
            switch endpoints[number].behaviour(nowMs) {
            case .takes(let ms): attempt(due, .taken, 200, .random(in: ms, using: &random))
            case .status(let status, let ms): attempt(due, .status, status, .random(in: ms, using: &random))
            case .hangs(let ms): attempt(due, .timeout, nil, ms)
            case .refuses: attempt(due, .connect, nil, 1)
            }
        events.add(.answer(due, answer), atMs: nowMs + answer.durationMs)
    }

    /// Poisson.
    private mutating func arrive(_ number: Int) {
        let rate = endpoints[number].messagesPerSecond
        guard rate > 0 else { return }
        let waitMs = -logarithm(1 - jitter()) / rate * 1000
        // Fractions of a millisecond add up to the rate.
        let whole = waitMs.rounded(.down)
        events.add(.arrival(number), atMs: nowMs + Int64(whole) + (jitter() < waitMs - whole ? 1 : 0))
    }

    private mutating func make(_ number: Int) -> DueDelivery {
        made += 1
        let key = endpoints[number].key
        let event = Payments.Event(
            id: "evt_\(made)", tenant: key.tenant, type: .paymentSucceeded, payment: nil, sequence: 1,
            timestampMs: nowMs, body: body)
        let delivery = Delivery(
            id: "dlv_01J0000000000000000\(made)", tenant: key.tenant, event: event.id, eventType: event.type,
            endpoint: key.endpoint, nextAttemptAtMs: nowMs, createdAtMs: nowMs)
        return DueDelivery(delivery: delivery, event: event)
    }

    private func attempt(
        _ due: DueDelivery, _ outcome: Attempt.Outcome, _ status: Int?, _ durationMs: Int64
    ) -> Attempt {
        Attempt(
            number: due.delivery.attemptCount + 1, startedAtMs: nowMs, durationMs: durationMs, outcome: outcome,
            statusCode: status, error: nil, address: nil, responseExcerpt: [])
    }

    private mutating func next(_ delivery: Delivery, _ attempt: Attempt) -> Int64? {
        if attempt.outcome == .taken { return nil }
        return RetrySchedule.payments.nextDelayMs(afterAttempt: attempt.number, jitter: jitter()).map { nowMs + $0 }
    }

    private mutating func jitter() -> Double { .random(in: 0..<1, using: &random) }
}

/// Natural, for 0 < x <= 1; by halving, as no C library is imported here.
private func logarithm(_ x: Double) -> Double {
    var (x, sum) = (x, 0.0)
    while x < 0.5 {
        x *= 2
        sum -= 0.693_147_180_559_945_3
    }
    // 2 artanh((x-1)/(x+1))
    let y = (x - 1) / (x + 1)
    var (term, odd) = (y, 1.0)
    var series = 0.0
    while odd < 40 {
        series += term / odd
        term *= y * y
        odd += 2
    }
    return sum + 2 * series
}

/// What happens when; at the same time in the order of adding.
struct EventQueue<Event> {
    /// Small, as they are moved a lot.
    private struct Entry {
        let atMs: Int64
        let stamp: Int
        let place: Int

        func isBefore(_ other: Entry) -> Bool {
            atMs == other.atMs ? stamp < other.stamp : atMs < other.atMs
        }
    }

    private var entries: [Entry] = []
    private var events: [Event?] = []
    private var free: [Int] = []
    private var stamp = 0

    mutating func add(_ event: Event, atMs: Int64) {
        stamp += 1
        let place = free.popLast() ?? events.count
        if place == events.count { events.append(event) } else { events[place] = event }
        let entry = Entry(atMs: atMs, stamp: stamp, place: place)
        entries.append(entry)
        var index = entries.count - 1
        while index > 0, entry.isBefore(entries[(index - 1) / 2]) {
            entries[index] = entries[(index - 1) / 2]
            index = (index - 1) / 2
        }
        entries[index] = entry
    }

    mutating func popFirst() -> (Int64, Event)? {
        guard let first = entries.first, let last = entries.popLast(), let event = events[first.place].take()
        else { return nil }
        free.append(first.place)
        if entries.isEmpty { return (first.atMs, event) }
        var index = 0
        while 2 * index + 1 < entries.count {
            var child = 2 * index + 1
            if child + 1 < entries.count, entries[child + 1].isBefore(entries[child]) { child += 1 }
            guard entries[child].isBefore(last) else { break }
            entries[index] = entries[child]
            index = child
        }
        entries[index] = last
        return (first.atMs, event)
    }
}
