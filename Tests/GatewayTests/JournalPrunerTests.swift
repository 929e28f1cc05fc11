import Diagnostics
import Gateway
import Payments
import Support
import Testing

@Suite struct JournalPrunerTests {
    private let day: Int64 = 86_400_000

    private func pruner(_ bench: Bench, keepingMs: Int64) -> JournalPruner {
        let pruner = JournalPruner(
            store: bench.store, clock: bench.clock, logger: Logger(sink: bench.log), retentionMs: keepingMs)
        pruner.start()
        return pruner
    }

    private func put(_ bench: Bench, _ verdicts: Verdict..., count: Int = 1) async throws {
        let rows = verdicts.flatMap { verdict in
            (0..<count).map { _ in
                let id = bench.house.identifiers.make(.notification, nowMs: bench.clock.nowMs)
                return Notification(
                    id: id, tenant: "shop", payment: nil, notifyID: id, notifyType: "trade_status_sync",
                    providerStatus: nil, verdict: verdict, explanation: "", receivedAtMs: bench.clock.nowMs, body: [])
            }
        }
        try await bench.store.write { transaction throws(StoreError) in
            for row in rows { try transaction.insert(row) }
        }
    }

    private func verdicts(_ bench: Bench) async throws -> [Verdict] { try await bench.journal().map(\.verdict) }

    @Test func `a row is forgotten when its time is over`() async throws {
        let bench = Bench()
        try await put(bench, .applied, .unsettled, .repeat)
        let pruner = pruner(bench, keepingMs: 90 * day)
        bench.clock.advance(byMs: 90 * day)
        #expect(try await verdicts(bench).count == 3)
        bench.clock.advance(byMs: 3_600_000)
        #expect(try await verdicts(bench).isEmpty)
        #expect(bench.log.messages(.info).filter { $0 == "old notifications are forgotten" }.count == 1)
        pruner.stop()
    }

    @Test func `what has no valid signature is forgotten after two weeks`() async throws {
        let bench = Bench()
        try await put(bench, .malformed, .badSignature, .wrongSeller, .applied)
        let pruner = pruner(bench, keepingMs: 90 * day)
        bench.clock.advance(byMs: 14 * day)
        #expect(try await verdicts(bench).count == 4)
        bench.clock.advance(byMs: 3_600_000)
        #expect(Set(try await verdicts(bench)) == [.wrongSeller, .applied])
        pruner.stop()
    }

    @Test func `a retention below that is theirs as well`() async throws {
        let bench = Bench()
        try await put(bench, .malformed, .applied)
        let pruner = pruner(bench, keepingMs: 2 * day)
        bench.clock.advance(byMs: 2 * day + 3_600_000)
        #expect(try await verdicts(bench).isEmpty)
        pruner.stop()
    }

    @Test func `with a retention of 0 everything is kept`() async throws {
        let bench = Bench()
        try await put(bench, .malformed, .applied)
        let pruner = pruner(bench, keepingMs: 0)
        bench.clock.advance(byMs: 4000 * day)
        #expect(try await verdicts(bench).count == 2)
        pruner.stop()
    }

    @Test func `many are forgotten page by page, with pauses for the writer`() async throws {
        let bench = Bench()
        try await put(bench, .malformed, count: 3 * JournalPruner.pageRows)
        try await put(bench, .applied, count: 2)
        bench.clock.advance(byMs: 90 * day)
        let pruner = pruner(bench, keepingMs: 30 * day)
        var left: [Int] = []
        bench.clock.advance(byMs: JournalPruner.firstMs - 1)
        left.append(try await verdicts(bench).count)
        bench.clock.advance(byMs: 1)
        left.append(try await verdicts(bench).count)
        for _ in 0..<2 {
            bench.clock.advance(byMs: JournalPruner.pagePauseMs - 1)
            left.append(try await verdicts(bench).count)
            bench.clock.advance(byMs: 1)
            left.append(try await verdicts(bench).count)
        }
        bench.clock.advance(byMs: JournalPruner.pagePauseMs)
        left.append(try await verdicts(bench).count)
        #expect(left == [602, 402, 402, 202, 202, 2, 0])
        pruner.stop()
    }

    @Test func `a store that fails delays it by an hour`() async throws {
        let store = MemoryStore()
        let bench = Bench(store: store)
        try await put(bench, .applied)
        bench.clock.advance(byMs: 91 * day)
        let pruner = pruner(bench, keepingMs: 90 * day)
        store.failNextWrites(1)
        bench.clock.advance(byMs: JournalPruner.firstMs)
        #expect(try await verdicts(bench).count == 1)
        #expect(bench.log.messages(.warning) == ["old notifications cannot be forgotten now"])
        bench.clock.advance(byMs: JournalPruner.intervalMs)
        #expect(try await verdicts(bench).isEmpty)
        pruner.stop()
    }

    @Test func `what is stopped forgets nothing more`() async throws {
        let bench = Bench()
        try await put(bench, .applied)
        let pruner = pruner(bench, keepingMs: 2 * day)
        pruner.stop()
        bench.clock.advance(byMs: 30 * day)
        #expect(try await verdicts(bench).count == 1)
    }

    /// The shortest retention there is, and Alipay's last repeat.
    @Test func `no row is forgotten that Alipay's repeats are known by`() async throws {
        let bench = Bench(notifyVerify: false)
        try await bench.addPayment()
        let pruner = pruner(bench, keepingMs: JournalPruner.retentionMsMin)
        let body = bench.message("TRADE_SUCCESS").body
        #expect(bench.post(body).success == true)
        bench.clock.advance(byMs: 25 * 3_600_000)
        #expect(bench.post(body).success == true)
        #expect(try await verdicts(bench) == [.repeat, .applied])
        #expect(try await bench.eventTypes() == [.paymentSucceeded])
        pruner.stop()
    }

    @Test func `a copy that somebody kept until the row was forgotten changes nothing`() async throws {
        let bench = Bench(notifyVerify: false)
        try await bench.addPayment()
        let pruner = pruner(bench, keepingMs: 90 * day)
        let body = bench.message("TRADE_SUCCESS").body
        #expect(bench.post(body).success == true)
        let before = try await bench.payment()
        bench.clock.advance(byMs: 91 * day)
        #expect(try await verdicts(bench).isEmpty)
        #expect(bench.post(body).success == true)
        #expect(try await verdicts(bench) == [.unchanged])
        #expect(try await bench.payment()?.status == before?.status)
        #expect(try await bench.payment()?.amountPaidMinor == before?.amountPaidMinor)
        #expect(try await bench.eventTypes() == [.paymentSucceeded])
        pruner.stop()
    }
}
