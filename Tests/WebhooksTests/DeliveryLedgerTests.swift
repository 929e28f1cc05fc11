import Diagnostics
import HTTP
import Payments
import Support
import Testing
import Webhooks

struct DeliveryLedgerTests {
    @Test func `once a minute it says how many wait, and how long those that are not held have`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .daily)
        bench.setEndpoint("shop", "erp", url: "https://erp.example/", schedule: .daily)
        bench.worker.start()
        try await bench.commit()
        bench.sender.answer(status: 410)
        bench.clock.advance(byMs: 30_000)
        try await bench.commit(endpoint: "erp")
        bench.sender.answer(status: 404)
        #expect(bench.metric("payrelay_deliveries_waiting{status=\"pending\"}") == "0")
        bench.clock.advance(byMs: 30_000)
        #expect(bench.metric("payrelay_deliveries_waiting{status=\"pending\"}") == "1")
        #expect(bench.metric("payrelay_deliveries_waiting{status=\"held\"}") == "1")
        #expect(bench.metric("payrelay_oldest_undelivered_age_seconds") == "30")
        #expect(bench.metric("payrelay_tenant_backlog{tenant=\"shop\"}") == "2")
        #expect(bench.metric("payrelay_tenant_backlog_max{tenant=\"shop\"}") == "100000")
        #expect(bench.metric("payrelay_deliveries_conservation_gap") == "0")
        bench.setEndpoint(url: "https://new.example/")
        bench.worker.endpointsChanged()
        bench.clock.advance(byMs: 86_400_000)
        while bench.sender.answer(status: 200) {}
        bench.clock.advance(byMs: 60_000)
        #expect(bench.metric("payrelay_deliveries_waiting{status=\"pending\"}") == "0")
        #expect(bench.metric("payrelay_deliveries_waiting{status=\"held\"}") == "0")
        #expect(bench.metric("payrelay_oldest_undelivered_age_seconds") == "0")
        #expect(bench.metric("payrelay_tenant_backlog{tenant=\"shop\"}") == "0")
    }

    @Test func `what was asked for again has not waited since it was made`() async throws {
        let bench = WorkerBench()
        let old = try await bench.exhaust(1)[0].delivery
        bench.clock.advance(byMs: 86_400_000)
        let nowMs = bench.clock.nowMs
        _ = try await bench.store.write { transaction throws(StoreError) in
            try transaction.requeue(delivery: old.id, tenant: old.tenant, nowMs: nowMs)
        }
        bench.clock.advance(byMs: 60_000)
        #expect(bench.metric("payrelay_deliveries_waiting{status=\"pending\"}") == "1")
        #expect(bench.metric("payrelay_oldest_undelivered_age_seconds") == "0")
        try await bench.commit()
        bench.clock.advance(byMs: 60_000)
        #expect(bench.metric("payrelay_oldest_undelivered_age_seconds") == "60")
    }

    @Test func `what was accepted is delivered, exhausted or open, whatever happens in between`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .twoTries(1_000))
        bench.worker.start()
        for index in 0..<40 {
            try await bench.commit(payment: "pay_\(index / 2)", sequence: Int64(index % 2 + 1))
            bench.sender.answer(status: index % 3 == 0 ? 404 : 200)
        }
        try await bench.ask(.exhausted)
        bench.store.failNextWrites(2)
        bench.clock.advance(byMs: 1_000)
        for index in 0..<20 { bench.sender.answer(status: index % 3 == 0 ? 404 : 200) }
        bench.clock.advance(byMs: 60_000)
        #expect(bench.metric("payrelay_deliveries_conservation_gap") == "0")
        #expect(try await bench.counts().accepted >= 40)
        #expect(bench.log.messages(.error).filter { $0.contains("missing") }.isEmpty)
    }

    @Test func `a row that is lost is an error once, and shows as long as it is missing`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit(dueInMs: 86_400_000)
        bench.store.lose(delivery: due.delivery.id)
        bench.clock.advance(byMs: 60_000)
        #expect(bench.metric("payrelay_deliveries_conservation_gap") == "1")
        bench.clock.advance(byMs: 180_000)
        #expect(bench.metric("payrelay_deliveries_conservation_gap") == "1")
        #expect(
            bench.log.messages(.error) == [
                "deliveries are missing: those that were made are not those that ended or wait"
            ])
    }

    @Test func `a backlog beyond its quota is one alarm, and its end is told`() async throws {
        let bench = WorkerBench(backlogMax: 5)
        bench.worker.start()
        for _ in 0..<5 { try await bench.commit(dueInMs: 300_000) }
        bench.clock.advance(byMs: 60_000)
        #expect(bench.alarms("backlog_over_quota") == nil)
        try await bench.commit(dueInMs: 300_000)
        bench.clock.advance(byMs: 120_000)
        #expect(bench.alarms("backlog_over_quota") == "1")
        bench.clock.advance(byMs: 300_000)
        while bench.sender.answer(status: 200) {}
        bench.clock.advance(byMs: 60_000)
        let over = "more webhooks of a tenant wait than it may have; its replays pause"
        #expect(bench.log.messages(.warning).filter { $0 == over }.count == 1)
        let ended = "no more webhooks of a tenant wait than it may have"
        #expect(bench.log.messages(.info).filter { $0 == ended }.count == 1)
        #expect(bench.alarms("backlog_over_quota") == "1")
    }

    @Test func `a store that cannot be counted is counted a minute later`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        try await bench.commit(dueInMs: 300_000)
        bench.store.failNextReads(10)
        bench.clock.advance(byMs: 60_000)
        #expect(bench.metric("payrelay_tenant_backlog{tenant=\"shop\"}") == nil)
        bench.store.failNextReads(0)
        bench.clock.advance(byMs: 60_000)
        #expect(bench.metric("payrelay_tenant_backlog{tenant=\"shop\"}") == "1")
    }
}
