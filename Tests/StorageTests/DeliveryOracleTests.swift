import Diagnostics
import Payments
import Storage
import Support
import Testing

/// Whatever is done to deliveries, both engines come out the same.
struct DeliveryOracleTests {
    /// What a step comes to: its answer, and what was told of it.
    private struct Outcome: Equatable {
        let answer: String
        let made: [DueDelivery]
        let lines: Set<DeliveryLine>
    }

    /// A step, by its numbers alone, so that both engines take the same.
    private struct Step: Sendable {
        let kind: Int
        let payment: Int
        let endpoint: String
        let event: Int
        let nowMs: Int64
        let number: Int
    }

    private static let payments = 3
    private static let endpoints = ["a", "b"]

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `random steps come to the same deliveries, news and counts`(seed: UInt64) async throws {
        let place = try SQLitePlace()
        let (sqlite, memory) = (try place.open(), MemoryStore())
        var random = SeededGenerator(seed: seed)
        for store in [sqlite, memory] as [any Store] {
            for number in 0..<Self.payments { try await store.insert(.sample("pay_\(number)")) }
        }
        let (heardOfSQLite, heardOfMemory) = (HeardNews(sqlite), HeardNews(memory))
        var nowMs: Int64 = 1000
        for number in 0..<250 {
            nowMs += Int64.random(in: 0...(Delivery.orderWaitMs / 10), using: &random)
            let step = Step(
                kind: Int.random(in: 0..<20, using: &random),
                payment: Int.random(in: 0..<Self.payments, using: &random),
                endpoint: Self.endpoints.randomElement(using: &random)!, event: Int.random(in: 0..<8, using: &random),
                nowMs: nowMs, number: number)
            let first = try await outcome(of: step, on: sqlite, heardOfSQLite)
            let second = try await outcome(of: step, on: memory, heardOfMemory)
            #expect(first == second, "seed \(seed), \(step)")
            guard first == second else { break }
        }
        #expect(try await state(of: sqlite, nowMs) == state(of: memory, nowMs))
        #expect(try await sqlite.counts().accepted > 20)
        #expect(try await sqlite.counts().gap == 0)
        await sqlite.close()
    }

    private func outcome(of step: Step, on store: any Store, _ heard: HeardNews) async throws -> Outcome {
        let answer = try await store.write { transaction throws(StoreError) in
            try self.take(step, transaction)
        }
        let news = heard.take()
        return Outcome(
            answer: answer, made: news.flatMap(\.made), lines: news.reduce(into: []) { $0.formUnion($1.lines) })
    }

    private func take(_ step: Step, _ transaction: any StoreTransaction) throws(StoreError) -> String {
        let id = "dlv_p\(step.payment)_\(step.event)_\(step.endpoint)"
        let found = try transaction.delivery(id: id, tenant: "shop", nowMs: step.nowMs)?.delivery
        let replay = Replay(
            id: "rpl_\(step.payment)",
            filter: ReplayFilter(
                tenant: "shop", endpoint: step.event < 4 ? step.endpoint : nil, sinceMs: step.nowMs / 2,
                untilMs: .max, statuses: step.event.isMultiple(of: 2) ? [.exhausted, .held] : [.exhausted],
                types: step.event == 3 ? [.paymentUpdated] : nil),
            matched: 0, createdAtMs: step.nowMs)
        switch step.kind {
        case 0..<5: return try insert(step, transaction)
        case 5..<13: return try record(step, found, transaction)
        case 13, 14:
            return "\(try transaction.requeue(delivery: id, tenant: "shop", nowMs: step.nowMs) as Any)"
        case 15:
            let hold = EndpointHold.open(untilMs: step.nowMs + 1_000_000)
            return
                "\(try transaction.put(.sample(step.endpoint, hold: step.event < 5 ? hold : nil, revision: step.nowMs)))"
        case 16 where try transaction.openReplays().isEmpty:
            try transaction.insert(replay)
            return "\(try transaction.replayableCount(replay.filter, nowMs: step.nowMs, limit: 3))"
        case 16, 17:
            for open in try transaction.openReplays() {
                // Whether it is over shows one step sooner on one engine than on the other.
                while try transaction.advance(open, nowMs: step.nowMs, limit: 2) != nil {}
            }
            return ""
        default:
            let line = DeliveryLine.shop(step.endpoint, Delivery.Lane.allCases[step.event % 3])
            let due = try transaction.dueDeliveries(line, nowMs: step.nowMs, limit: 5)
            return "\(due) \(try transaction.nextDueMs(line, afterMs: step.nowMs) as Any)"
        }
    }

    /// The payment's next event, to both endpoints, one of them without order now and then.
    private func insert(_ step: Step, _ transaction: any StoreTransaction) throws(StoreError) -> String {
        var sequence = 0
        while try transaction.event(id: "evt_p\(step.payment)_\(sequence)", tenant: "shop") != nil { sequence += 1 }
        let type: EventType = step.event < 4 ? .paymentUpdated : .paymentHeld
        let event = Event.sample(
            "evt_p\(step.payment)_\(sequence)", payment: "pay_\(step.payment)", sequence: Int64(sequence + 1),
            type: type,
            atMs: step.nowMs)
        let deliveries = Self.endpoints.map { endpoint in
            Delivery(
                id: "dlv_p\(step.payment)_\(sequence)_\(endpoint)", tenant: "shop", event: event.id, eventType: type,
                endpoint: endpoint, nextAttemptAtMs: step.nowMs + Int64(step.event) * 1000,
                orderedPayment: step.event == 7 && endpoint == "b" ? nil : event.payment, sequence: event.sequence,
                createdAtMs: step.nowMs)
        }
        try transaction.insert(event, deliveries: deliveries)
        return event.id
    }

    private func record(
        _ step: Step, _ found: Delivery?, _ transaction: any StoreTransaction
    ) throws(StoreError) -> String {
        guard var delivery = found else { return "none" }
        delivery.attemptCount += 1
        delivery.hold = nil
        delivery.status = step.number.isMultiple(of: 3) ? .delivered : step.number % 3 == 1 ? .pending : .exhausted
        delivery.nextAttemptAtMs = delivery.status == .pending ? step.nowMs + 50_000 : nil
        if step.kind == 12 { delivery.roundBase = 0 }
        let attempt = Attempt.sample(delivery.attemptCount, delivery.status == .delivered ? .taken : .dns)
        return "\(String(describing: try transaction.record(attempt, of: delivery, nowMs: step.nowMs)))"
    }

    private struct State: Equatable {
        let deliveries: [Delivery]
        let attempts: [[Attempt]]
        let held: [String]
        let lines: [OpenLine]
        let counts: DeliveryCounts
    }

    private func state(of store: any Store, _ nowMs: Int64) async throws(StoreError) -> State {
        try await store.read { reader throws(StoreError) in
            let all = try reader.deliveries(DeliveryQuery(tenant: "shop", nowMs: nowMs, limit: 10_000))
            let held = try reader.deliveries(DeliveryQuery(tenant: "shop", status: .held, nowMs: nowMs, limit: 10))
            return State(
                deliveries: all.map(\.delivery), attempts: all.map(\.attempts), held: held.map(\.delivery.id),
                lines: try reader.openLines(), counts: try reader.deliveryCounts())
        }
    }
}
