import Gateway
import Payments
import Support
import Synchronization
import Testing

/// What was refused, once more, through the configuration as it is now.
@Suite struct ReplayNotificationTests {
    private func replay(_ row: Notification, _ bench: Bench) -> AcceptNotification.ReplayOutcome? {
        let outcome = Mutex<AcceptNotification.ReplayOutcome?>(nil)
        bench.accept.replay(row, from: bench.tenant, accept: false) { said in outcome.withLock { $0 = said } }
        return outcome.withLock { $0 }
    }

    @Test func `when the minute of its confirmation is over, Alipay is asked about the trade instead`() async throws {
        let bench = Bench()
        try await bench.addPayment()
        bench.answer(verify: { Bench.noAnswer }, query: { Bench.noAnswer })
        let message = bench.message("TRADE_SUCCESS", more: ["gmt_payment": "2026-01-02 03:04:59"])
        #expect(bench.post(message.body).success == false)
        let refused = try #require(try await bench.journal().first)
        #expect(refused.verdict == .confirmUnreachable && refused.replayOf == nil)
        let askedBefore = bench.asked("notify_verify")
        bench.clock.advance(byMs: 3_600_000)
        bench.answer(
            verify: { Bench.says("false") }, query: { Bench.says(HandMadeTradeAnswer(agreeingWith: message).xml) })
        guard case .replayed(let row)? = replay(refused, bench) else {
            Issue.record("it was not replayed")
            return
        }
        #expect(row.verdict == .applied && row.replayOf == refused.id)
        #expect(bench.asked("notify_verify") == askedBefore)
        #expect(try await bench.payment()?.status == .succeeded)
        #expect(try await bench.journal().map(\.id) == [row.id, refused.id])
    }

    @Test func `a replay of a replay refers to the message that was posted`() async throws {
        let bench = Bench()
        try await bench.addPayment()
        bench.answer(verify: { Bench.noAnswer }, query: { Bench.noAnswer })
        bench.post(bench.message("TRADE_SUCCESS").body)
        let refused = try #require(try await bench.journal().first)
        var last = refused
        for _ in 0..<3 {
            guard case .replayed(let row)? = replay(last, bench) else {
                Issue.record("it was not replayed")
                return
            }
            #expect(row.verdict == .unsettled && row.replayOf == refused.id)
            last = row
        }
    }

    @Test func `replays are no copies, however many there are`() async throws {
        let bench = Bench(tradeQuery: false)
        try await bench.addPayment()
        bench.answer(verify: { Bench.says("false") }, query: { nil })
        bench.post(bench.message("TRADE_SUCCESS").body)
        let refused = try #require(try await bench.journal().first)
        for _ in 0..<120 { _ = replay(refused, bench) }
        #expect(try await bench.journal().count { $0.replayOf == refused.id } == 120)
    }
}
