import Payments
import Testing
import Webhooks

/// The state machine alone: what happens between a read of the store and its answer.
struct DeliveryQueueTests {
    @Test func `wakes during a read lead to one more read`() {
        var queue = DeliveryQueue(limits: WorkerLimits())
        #expect(queue.start(nowMs: 0).contains(.scan(rows: 256)))
        for _ in 0..<10 { #expect(scans(queue.wake(nowMs: 1)) == 0) }
        #expect(scans(queue.scanned([], nextDueMs: nil, nowMs: 2)) == 1)
        #expect(scans(queue.scanned([], nextDueMs: nil, nowMs: 3)) == 0)
    }

    @Test func `a read that began before a result was kept does not send again what it still shows`() {
        var queue = DeliveryQueue(limits: WorkerLimits())
        _ = queue.start(nowMs: 0)
        let one = due("1")
        #expect(queue.scanned([one], nextDueMs: nil, nowMs: 1).contains(.send(one)))
        #expect(scans(queue.wake(nowMs: 2)) == 1)
        _ = queue.ended("1", .recorded(nextAttemptAtMs: 5_000), nowMs: 3)
        let actions = queue.scanned([one], nextDueMs: nil, nowMs: 4)
        #expect(!actions.contains(.send(one)))
        // And the time that this read could not know of is not forgotten.
        #expect(scans(queue.timerFired(nowMs: 5_000)) == 1)
        #expect(queue.scanned([one], nextDueMs: nil, nowMs: 5_001).contains(.send(one)))
    }

    @Test func `it reads further while all it sees belongs to endpoints at their cap`() {
        var limits = WorkerLimits()
        limits.scanRowsMax = 1_024
        var queue = DeliveryQueue(limits: limits)
        _ = queue.start(nowMs: 0)
        let backlog = (0..<2_000).map { due("slow\($0)", endpoint: "slow") }
        let first = queue.scanned(Array(backlog.prefix(256)), nextDueMs: nil, nowMs: 1)
        #expect(first.contains(.scan(rows: 512)))
        #expect(sends(first) == 8)
        let second = queue.scanned(Array(backlog.prefix(512)), nextDueMs: nil, nowMs: 2)
        #expect(second.contains(.scan(rows: 1_024)))
        #expect(sends(second) == 0)
        // At its limit it waits a little before it looks again, whoever wakes it.
        let third = queue.scanned(Array(backlog.prefix(1_024)), nextDueMs: nil, nowMs: 3)
        #expect(scans(third) == 0)
        #expect(third.contains(.wakeAt(253)))
        #expect(scans(queue.wake(nowMs: 252)) == 0)
        #expect(queue.timerFired(nowMs: 253).contains(.scan(rows: 1_024)))
        let behind = due("behind")
        let fourth = queue.scanned(Array(backlog.prefix(600)) + [behind], nextDueMs: nil, nowMs: 254)
        #expect(fourth.contains(.send(behind)))
        #expect(scans(fourth) == 0)
    }

    @Test func `endpoints take turns among what was read`() {
        var limits = WorkerLimits()
        limits.inFlightMax = 4
        var queue = DeliveryQueue(limits: limits)
        _ = queue.start(nowMs: 0)
        let rows = ["a1", "a2", "a3", "a4", "b1", "c1"].map { due($0, endpoint: String($0.prefix(1))) }
        let actions = queue.scanned(rows, nextDueMs: nil, nowMs: 1)
        #expect(actions.compactMap(sent) == ["a1", "b1", "c1", "a2"])
        #expect(queue.ended("b1", .recorded(nextAttemptAtMs: nil), nowMs: 2).compactMap(sent) == ["a3"])
    }

    @Test func `while deliveries wait for slots, newer ones are read ten times a second at most`() {
        var limits = WorkerLimits()
        limits.inFlightMax = 2
        var queue = DeliveryQueue(limits: limits)
        _ = queue.start(nowMs: 0)
        let rows = (0..<6).map { due("a\($0)") }
        _ = queue.scanned(Array(rows.prefix(2)) + rows.dropFirst(2), nextDueMs: nil, nowMs: 1_000)
        #expect(scans(queue.wake(nowMs: 1_001)) == 0)
        #expect(scans(queue.ended("a0", .recorded(nextAttemptAtMs: nil), nowMs: 1_050)) == 0)
        #expect(scans(queue.ended("a1", .recorded(nextAttemptAtMs: nil), nowMs: 1_100)) == 1)
    }

    @Test func `the more is out, the longer new deliveries wait for one another before they are read`() {
        var queue = DeliveryQueue(limits: WorkerLimits())
        _ = queue.start(nowMs: 0)
        let rows = (0..<64).map { due("a\($0)", endpoint: "e\($0)") }
        #expect(sends(queue.scanned(rows, nextDueMs: nil, nowMs: 10)) == 64)
        #expect(queue.wake(nowMs: 10).contains(.scan(rows: 320)))
        _ = queue.scanned(rows, nextDueMs: nil, nowMs: 10)
        #expect(queue.wake(nowMs: 11) == [.wakeAt(12)])
        #expect(queue.wake(nowMs: 11) == [])
        #expect(queue.timerFired(nowMs: 12).contains(.scan(rows: 320)))
    }

    @Test func `deliveries read too long ago are read again before they are sent`() {
        var limits = WorkerLimits()
        limits.inFlightMax = 1
        var queue = DeliveryQueue(limits: limits)
        _ = queue.start(nowMs: 0)
        _ = queue.scanned([due("a"), due("b")], nextDueMs: nil, nowMs: 0)
        let actions = queue.ended("a", .recorded(nextAttemptAtMs: nil), nowMs: 5_001)
        #expect(sends(actions) == 0)
        #expect(scans(actions) == 1)
    }

    @Test func `a read that ends after stop sends nothing`() {
        var queue = DeliveryQueue(limits: WorkerLimits())
        _ = queue.start(nowMs: 0)
        #expect(queue.stop(nowMs: 1) == [.drained])
        #expect(sends(queue.scanned([due("a")], nextDueMs: nil, nowMs: 2)) == 0)
        #expect(queue.sendingCount == 0)
    }

    @Test func `an endpoint is held once nothing of it is out, and once only`() {
        var queue = DeliveryQueue(limits: WorkerLimits())
        _ = queue.start(nowMs: 0)
        _ = queue.scanned([due("a"), due("b"), due("c")], nextDueMs: nil, nowMs: 1)
        let key = EndpointKey(tenant: "shop", endpoint: "default")
        #expect(!queue.ended("a", .endpointMissing, nowMs: 2).contains(.hold(key)))
        #expect(!queue.ended("b", .endpointMissing, nowMs: 2).contains(.hold(key)))
        #expect(queue.ended("c", .recorded(nextAttemptAtMs: nil), nowMs: 2).contains(.hold(key)))
        #expect(!queue.wake(nowMs: 3).contains(.hold(key)))
        _ = queue.scanned([due("a"), due("b")], nextDueMs: nil, nowMs: 4)
        #expect(queue.sendingCount == 0)
        #expect(scans(queue.holdEnded(key, nowMs: 5)) == 1)
    }

    private func due(_ id: String, endpoint: String = "default") -> DueDelivery {
        DueDelivery(
            delivery: Delivery(
                id: id, tenant: "shop", event: "evt_\(id)", eventType: .paymentSucceeded, endpoint: endpoint,
                nextAttemptAtMs: 0, createdAtMs: 0),
            event: Event(
                id: "evt_\(id)", tenant: "shop", type: .paymentSucceeded, payment: nil, sequence: 1, timestampMs: 0,
                body: []))
    }

    private func scans(_ actions: [DeliveryQueue.Action]) -> Int {
        actions.count { if case .scan = $0 { true } else { false } }
    }

    private func sends(_ actions: [DeliveryQueue.Action]) -> Int { actions.compactMap(sent).count }

    private func sent(_ action: DeliveryQueue.Action) -> String? {
        if case .send(let due) = action { due.delivery.id } else { nil }
    }
}
