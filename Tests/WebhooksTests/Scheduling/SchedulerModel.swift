import Payments
import Support
import Synchronization
import Testing
import Webhooks

/// A scheduler whose store, endpoints, directory and clock do whatever they may, in any order that is possible: commits are
/// told of in their order and later, reads see the store at some moment between their beginning and their end.
struct SchedulerModel {
    struct Settings {
        var slots = 6
        var loadedBytesMax = 40_000
        var deliveries = 250
        /// Whether surveys after the first may find what was forgotten.
        var surveys = true
        /// Whether endpoints fail, vanish and are disabled, and the store fails.
        var trouble = true
    }

    private enum Commit {
        case make([DueDelivery])
        case record(Int, String, nextMs: Int64?, EndpointState?)
        case requeue(String)
        case keep(EndpointState)
    }

    private enum News {
        case heard(DeliveryNews)
        case ended(String, DeliveryScheduler.End)
    }

    private enum Reading {
        case begun([DeliveryScheduler.LineRead])
        case done([DeliveryScheduler.LineRows])
        case surveyBegun
        case surveyDone([OpenLine], [EndpointState])
    }

    private struct Sent {
        let due: DueDelivery
        let isDirect: Bool
    }

    private static let keys = (0..<6).map { EndpointKey(tenant: "t\($0 % 3)", endpoint: "e\($0)") }
    private static let triesMax = 6

    private let settings: Settings
    private let directory = ModelDirectory(SchedulerModel.keys)
    private var random: SeededGenerator
    private var scheduler: DeliveryScheduler
    private var nowMs: Int64 = 1_000_000
    private var armedMs: Int64?

    private var store = SimulatedStore()
    /// Those that are pending no more, for sending again.
    private var over: [String: DueDelivery] = [:]
    private var kept: [EndpointKey: EndpointState] = [:]
    private var commits: [Commit] = []
    private var news: [News] = []
    private var readings: [Reading] = []
    private var flying: [Sent] = []
    /// Sent and not ended.
    private var out: [String: Sent] = [:]
    private var made = 0
    private(set) var sends = 0
    private(set) var resends = 0
    private(set) var surveyCount = 0

    init(seed: UInt64, _ settings: Settings = Settings()) {
        self.settings = settings
        random = SeededGenerator(seed: seed)
        var limits = WorkerLimits()
        limits.inFlightMax = settings.slots
        limits.loadedBytesMax = settings.loadedBytesMax
        limits.linesPerReadMax = 3
        if !settings.surveys { limits.pollMs = 1_000_000_000 }
        scheduler = DeliveryScheduler(limits: limits) { [directory] in directory.facts($0) }
    }

    /// Goes through a troubled time and then a good one, in which everything is to be delivered.
    mutating func run() throws {
        try perform(scheduler.start(nowMs: nowMs))
        while made < settings.deliveries { try step(isGood: false) }
        for _ in 0..<300 { try step(isGood: false) }
        try recover()
        var left = 60_000
        while store.count > 0 || !isQuiet {
            try step(isGood: true)
            left -= 1
            try #require(left > 0, "\(store.count) deliveries were forgotten, at \(nowMs)")
        }
        try #require(scheduler.sendingCount == 0)
        try #require(scheduler.stop(nowMs: nowMs) == [.drained])
    }

    private var isQuiet: Bool { commits.isEmpty && news.isEmpty && out.isEmpty }

    private mutating func recover() throws {
        for key in SchedulerModel.keys {
            directory.set(key, EndpointFacts(inFlightMax: 3, urlDigest: directory.facts(key)?.urlDigest ?? "again"))
        }
        try perform(scheduler.endpointsChanged(nowMs: nowMs))
        for key in SchedulerModel.keys {
            try perform(scheduler.setDisabled(false, key, detail: "", nowMs: nowMs).actions)
        }
    }

    // MARK: - Steps

    private mutating func step(isGood: Bool) throws {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<2: if !isGood { make() }
        case 2..<5: try commit(fails: !isGood && chance(0.05))
        case 5..<9: try tell()
        case 9..<13: try answer(isGood: isGood)
        case 13..<16: try goOnReading(fails: !isGood && chance(0.05))
        case 16..<19: try passTime()
        default: if !isGood, settings.trouble { try upset() }
        }
    }

    private mutating func make() {
        let dues = (0..<Int.random(in: 1...5, using: &random)).map { _ in
            made += 1
            let key = random.pick(SchedulerModel.keys)
            let event = Payments.Event(
                id: "evt_\(made)", tenant: key.tenant, type: .paymentSucceeded, payment: nil, sequence: 1,
                timestampMs: nowMs, body: Array(repeating: 1, count: random.pick([10, 500, 5_000])))
            let delivery = Delivery(
                id: "dlv_\(made)", tenant: key.tenant, event: event.id, eventType: event.type, endpoint: key.endpoint,
                nextAttemptAtMs: nowMs + random.pick([0, 0, 0, 0, 5_000, 100]), createdAtMs: nowMs)
            return DueDelivery(delivery: delivery, event: event)
        }
        commits.append(.make(dues))
    }

    private mutating func commit(fails: Bool) throws {
        guard !commits.isEmpty else { return }
        switch commits.removeFirst() {
        case .make(let dues):
            for due in dues { store.put(due) }
            news.append(.heard(DeliveryNews(made: dues)))
        case .record(_, let id, _, _) where fails: news.append(.ended(id, .unrecorded))
        case .record(let number, let id, let nextMs, let state):
            if let state { keep(state) }
            let before = store.delivery(id)
            if store.record(number, id, nextAttemptAtMs: nextMs) {
                if nextMs == nil, var delivery = before, let event = out[id]?.due.event {
                    delivery.attemptCount = number
                    over[id] = DueDelivery(delivery: delivery, event: event)
                }
                news.append(.ended(id, .recorded(nextAttemptAtMs: nextMs)))
            } else {
                news.append(.ended(id, .superseded))
            }
        case .requeue(let id): requeue(id)
        case .keep(let state): keep(state)
        }
    }

    private mutating func keep(_ state: EndpointState) {
        if (kept[state.key]?.revision ?? 0) < state.revision { kept[state.key] = state }
    }

    private mutating func requeue(_ id: String) {
        if let due = over.removeValue(forKey: id) {
            var delivery = due.delivery
            delivery.lane = .replay
            delivery.roundBase = delivery.attemptCount
            delivery.nextAttemptAtMs = nowMs
            store.put(DueDelivery(delivery: delivery, event: due.event))
            news.append(.heard(DeliveryNews(lines: [delivery.line])))
        } else if store.requeuePending(id, nowMs: nowMs), let line = store.delivery(id)?.line {
            news.append(.heard(DeliveryNews(lines: [line])))
        }
    }

    private mutating func tell() throws {
        guard !news.isEmpty else { return }
        switch news.removeFirst() {
        case .heard(let news): try perform(scheduler.heard(news, nowMs: nowMs))
        case .ended(let id, let end):
            out[id] = nil
            try perform(scheduler.ended(id, end, nowMs: nowMs))
        }
    }

    private mutating func answer(isGood: Bool) throws {
        guard !flying.isEmpty else { return }
        let sent = flying.remove(at: Int.random(in: 0..<flying.count, using: &random))
        let (delivery, id) = (sent.due.delivery, sent.due.delivery.id)
        if directory.facts(delivery.endpointKey) == nil {
            news.append(.ended(id, .unsendable))
            return
        }
        if !isGood, settings.trouble, chance(0.02) {
            news.append(.ended(id, .unrecorded))
            return
        }
        let outcome = isGood || !settings.trouble || chance(0.6) ? .taken : random.pick(Attempt.Outcome.allCases)
        let number = delivery.attemptCount + 1
        let attempt = Attempt(
            number: number, startedAtMs: nowMs - 50, durationMs: 50, outcome: outcome,
            statusCode: outcome == .taken ? 200 : random.pick([404, 410, 429, 500, 503]), error: nil, address: nil,
            responseExcerpt: [])
        let ends = outcome == .taken || number - delivery.roundBase >= SchedulerModel.triesMax
        let nextMs = ends ? nil : nowMs + random.pick([1_000, 5_000, 30_000])
        let (state, actions) = scheduler.answered(
            id, attempt, nowMs: nowMs, jitter: .random(in: 0..<1, using: &random))
        commits.append(.record(number, id, nextMs: nextMs, state))
        try perform(actions)
    }

    private mutating func goOnReading(fails: Bool) throws {
        guard !readings.isEmpty else { return }
        let index = Int.random(in: 0..<readings.count, using: &random)
        switch readings[index] {
        case .begun(let reads) where fails:
            readings.remove(at: index)
            try perform(scheduler.readFailed(reads, nowMs: nowMs))
        case .begun(let reads): readings[index] = .done(store.read(reads, nowMs: nowMs))
        case .done(let rows):
            readings.remove(at: index)
            try perform(scheduler.wasRead(rows, nowMs: nowMs))
        case .surveyBegun where fails:
            readings.remove(at: index)
            try perform(scheduler.surveyFailed(nowMs: nowMs))
        case .surveyBegun: readings[index] = .surveyDone(store.openLines(), Array(kept.values))
        case .surveyDone(let lines, let states):
            readings.remove(at: index)
            try perform(scheduler.surveyed(lines, states: states, nowMs: nowMs))
        }
    }

    private mutating func passTime() throws {
        nowMs += random.pick([0, 1, 20, 300, 2_000])
        if isQuiet, flying.isEmpty, readings.isEmpty, let armedMs { nowMs = max(nowMs, armedMs) }
        guard let armedMs, armedMs <= nowMs else { return }
        self.armedMs = nil
        try perform(scheduler.timerFired(nowMs: nowMs))
    }

    private mutating func upset() throws {
        let key = random.pick(SchedulerModel.keys)
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            directory.set(
                key,
                chance(0.3)
                    ? nil
                    : EndpointFacts(
                        inFlightMax: random.pick([1, 2, 5]), urlDigest: random.pick(["a", "a", "b"])))
            if chance(0.8) { try perform(scheduler.endpointsChanged(nowMs: nowMs)) }
        case 1: try perform(scheduler.setDisabled(chance(0.3), key, detail: "", nowMs: nowMs).actions)
        case 2: try perform(scheduler.probe(key, nowMs: nowMs))
        case 3: if made > 0 { commits.append(.requeue("dlv_\(Int.random(in: 1...made, using: &random))")) }
        default: try claim("dlv_\(Int.random(in: 1...max(1, made), using: &random))")
        }
    }

    private mutating func claim(_ id: String) throws {
        guard let due = store.due(id) else { return }
        let isOut = out[id] != nil
        let refusal = scheduler.claimDirect(due)
        if isOut { try #require(refusal == .inFlight) }
        if refusal == nil { try sent(due, isDirect: true) }
    }

    private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }

    // MARK: - What is always so

    private mutating func perform(_ actions: [DeliveryScheduler.Action]) throws {
        for action in actions {
            switch action {
            case .send(let due):
                try #require((due.delivery.nextAttemptAtMs ?? .max) <= nowMs, "sent before its time")
                try sent(due, isDirect: false)
            case .read(let reads):
                readings.append(.begun(reads))
                try #require(
                    readings.count { if case .begun = $0 { true } else if case .done = $0 { true } else { false } } <= 2
                )
                try #require(Set(reads.map(\.line)).count == reads.count)
            case .survey:
                surveyCount += 1
                readings.append(.surveyBegun)
            case .keep(let state): commits.append(.keep(state))
            case .wakeAt(let atMs): armedMs = min(atMs, armedMs ?? atMs)
            case .drained: Issue.record("it was not told to stop")
            }
        }
    }

    private mutating func sent(_ due: DueDelivery, isDirect: Bool) throws {
        let (id, key) = (due.delivery.id, due.delivery.endpointKey)
        try #require(out[id] == nil, "sent twice at once")
        if store.delivery(id)?.attemptCount != due.delivery.attemptCount { resends += 1 }
        sends += 1
        out[id] = Sent(due: due, isDirect: isDirect)
        flying.append(Sent(due: due, isDirect: isDirect))
        let queued = flying.filter { !$0.isDirect }
        try #require(queued.count <= settings.slots)
        try #require(queued.count { $0.due.delivery.endpointKey == key } <= 5)
        try #require(out.values.count { !$0.isDirect } <= 2 * settings.slots)
    }
}

/// The directory of a model, which changes as the test says.
final class ModelDirectory: Sendable {
    private let endpoints: Mutex<[EndpointKey: EndpointFacts]>

    init(_ keys: [EndpointKey]) {
        endpoints = Mutex(
            Dictionary(uniqueKeysWithValues: keys.map { ($0, EndpointFacts(inFlightMax: 3, urlDigest: "a")) }))
    }

    func facts(_ key: EndpointKey) -> EndpointFacts? { endpoints.withLock { $0[key] } }
    func set(_ key: EndpointKey, _ facts: EndpointFacts?) { endpoints.withLock { $0[key] = facts } }
}
