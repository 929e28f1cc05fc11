import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// Refunds that the merchant's staff confirm with a password on Alipay's page.
@Suite(.timeLimit(.minutes(2))) struct PasswordRefundTests {
    static let options = World.Options(alipay: ["services: {refund: password}"])

    @Test func `staff confirm it on Alipay's page, and the notification settles it`() async throws {
        try await World.onLine(Self.options) { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            let refund = try await world.makeRefund(id, #"{"amount": 2000, "reason": "wrong size"}"#, on: service)
            #expect(refund["status"]?.text == "pending" && refund["next_action"]?["type"]?.text == "redirect")
            let url = try #require(refund["next_action"]?["url"]?.text)
            #expect(URLParts(url).fields["service"] == "refund_fastpay_by_platform_pwd")
            #expect(line.calls(World.refundService).isEmpty)
            // Opened twice, it is one refund; nothing goes back before it is confirmed.
            for _ in 0..<2 { #expect(try await world.send(.get, url).status == 200) }
            #expect(world.refundedAtAlipay(trade) == 0 && world.alipay.simulator.refunds().count == 1)
            let (status, problem) = try await world.refund(id, #"{"amount": 1}"#, on: service)
            #expect(status == 409 && problem["code"]?.text == "refund_in_progress")
            try await world.confirm(refund)
            let told = try await world.expectWebhook("refund.succeeded")
            #expect(told["id"] == refund["id"] && told["next_action"] == .null)
            #expect(world.refundedAtAlipay(trade) == 2000)
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 2000)
        }
    }

    @Test func `a lost notification is found out by asking`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options, clock: clock) { world, service, _ in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            let refund = try await world.makeRefund(id, on: service)
            _ = try await world.send(.get, try #require(refund["next_action"]?["url"]?.text))
            try world.loseNotifications()
            try await world.confirm(refund)
            // Staff take their time: the first look comes after ten minutes.
            #expect(try await world.look(at: try #require(refund["id"]?.text), clock) == 600_000)
            #expect(try await world.expectWebhook("refund.succeeded")["id"] == refund["id"])
            #expect(world.refundedAtAlipay(trade) == 12_050)
        }
    }

    @Test func `what nobody confirms on its day can be confirmed no more, and is given up a day later`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options, clock: clock) { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            let refund = try await world.makeRefund(id, on: service)
            let refundID = try #require(refund["id"]?.text)
            let url = try #require(refund["next_action"]?["url"]?.text)
            // 11:04 in Beijing; 11:14, 11:24, 12:24, 18:24 of the same day count for nothing.
            for _ in 0..<4 { try await world.look(at: refundID, clock) }
            #expect(try await world.readRefund(refundID, on: service)["next_action"]?["type"]?.text == "redirect")
            // 00:24.
            try await world.look(at: refundID, clock)
            #expect(try await world.readRefund(refundID, on: service)["next_action"] == .null)
            let page = try await world.send(.get, url)
            #expect(String(decoding: page.body, as: UTF8.self).contains("BATCH_NO_FORMAT_ERROR"))
            for _ in 0..<3 {
                try await world.look(at: refundID, clock)
                #expect(try await world.readRefund(refundID, on: service)["status"]?.text == "pending")
            }
            try await world.look(at: refundID, clock)
            let told = try await world.expectWebhook("refund.failed")
            #expect(told["provider"]?["code"]?.text == "REFUND_NOT_EXIST" && world.refundedAtAlipay(trade) == 0)
            #expect(line.calls(World.refundService).isEmpty)
            let second = try await world.makeRefund(id, on: service)
            _ = try await world.send(.get, try #require(second["next_action"]?["url"]?.text))
            try await world.confirm(second)
            #expect(try await world.expectWebhook("refund.succeeded")["id"] == second["id"])
        }
    }
}

extension World {
    /// What staff do on Alipay's page.
    fileprivate func confirm(_ refund: JSONValue) async throws {
        let batch = refund["provider"]?["batch_no"]?.text ?? ""
        let page = try await send(.post, "\(alipay.url)/cashier/refunds/\(World.account.partner)/\(batch)/confirm")
        guard page.status == 200 else { throw Broken(description: "the page answered \(page.status)") }
    }
}
