import Alipay
import Gateway
import HTTP
import Payments
import Support
import Testing

/// Whoever holds one signed message can cut its bytes into fields in another way: what such a message says counts only as far
/// as Alipay says the same when it is asked about the trade.
struct RecutMessageTests {
    private func recut(_ bench: Bench) -> HandMadeNotification {
        var message = bench.message("TRADE_SUCCESS")
        message.fields["zz"] = "&subject=somebody else's order"
        return message
    }

    @Test func `it is not taken because Alipay knows its notify_id`() async throws {
        let bench = Bench()
        try await bench.addPayment()
        bench.answer(verify: { Bench.says("true") }, query: { Bench.noAnswer })
        #expect(bench.post(recut(bench).body).success == false)
        #expect(try await bench.payment()?.status == .requiresAction)
        #expect(try await bench.journal().first?.verdict == .unsettled)
        #expect(!bench.alipay.requests.contains { $0.url.contains("notify_verify") })
    }

    @Test func `it is not taken on its signature where notify_verify is off`() async throws {
        let bench = Bench(notifyVerify: false, tradeQuery: false)
        try await bench.addPayment()
        #expect(bench.post(recut(bench).body).success == false)
        #expect(try await bench.payment()?.status == .requiresAction)
        #expect(try await bench.journal().first?.verdict == .unsettled)
    }

    @Test func `it settles no notify_id, so that the message whose id it carries still counts`() async throws {
        let bench = Bench()
        try await bench.addPayment()
        bench.answer(
            verify: { Bench.says("true") },
            query: { Bench.says(HandMadeTradeAnswer(agreeingWith: bench.message("TRADE_SUCCESS")).xml) })
        #expect(bench.post(recut(bench).body).success == true)
        #expect(try await bench.payment()?.status == .succeeded)
        #expect(bench.post(bench.message("TRADE_SUCCESS").body).success == true)
        let rows = try await bench.journal()
        #expect(rows.count == 2 && !rows.contains { $0.verdict == .repeat })
        #expect(rows.map(\.notifyID) == ["0123456789abcdef0123456789abcdef01", ""])
        #expect(try await bench.eventTypes() == [.paymentSucceeded])
    }

    @Test func `one message is put to Alipay twenty times a minute at most`() async throws {
        let bench = Bench()
        try await bench.addPayment()
        bench.answer(verify: { Bench.says("false") }, query: { Bench.noAnswer })
        let message = bench.message("TRADE_SUCCESS").body
        for _ in 0..<(ConfirmationBudget.perMinuteMax + 5) { #expect(bench.post(message).success == false) }
        let asked = bench.alipay.requests.count { $0.url.contains("notify_verify") }
        #expect(asked == ConfirmationBudget.perMinuteMax)
        bench.clock.advance(byMs: 60_000)
        #expect(bench.post(message).success == false)
        #expect(bench.alipay.requests.count { $0.url.contains("notify_verify") } == asked + 1)
    }

    @Test func `repeats beyond a rate are answered and counted, not kept`() async throws {
        let bench = Bench(notifyVerify: false)
        try await bench.addPayment()
        let message = bench.message("TRADE_SUCCESS").body
        for _ in 0..<(RefusalBudget.journalledPerMinuteMax + 20) { #expect(bench.post(message).success == true) }
        let rows = try await bench.journal()
        #expect(rows.count { $0.verdict == .repeat } == RefusalBudget.journalledPerMinuteMax)
        #expect(rows.filter { $0.verdict == .repeat }.allSatisfy { $0.body.isEmpty })
        #expect(
            bench.metric("payrelay_notifications_total{tenant=\"shop\",verdict=\"repeat\"}")
                == RefusalBudget.journalledPerMinuteMax + 19)
    }
}
