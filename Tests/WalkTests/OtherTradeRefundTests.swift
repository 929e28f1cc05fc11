import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// Money that is not the payment's own, and money that goes back without us.
@Suite(.timeLimit(.minutes(2))) struct OtherTradeRefundTests {
    @Test func `a second trade is refunded by its number and touches nothing of the first`() async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            let second = try world.alipay.simulator.payAgain(trade).tradeNo
            _ = try await world.expectWebhook("payment.duplicate")
            let (unknown, problem) = try await world.refund(
                id, #"{"trade_no": "2026010222001400000000000001"}"#, on: service)
            #expect(unknown == 409 && problem["code"]?.text == "not_refundable")
            let refund = try await world.makeRefund(id, #"{"trade_no": "\#(second)"}"#, on: service)
            #expect(refund["amount"]?.int64 == 12_050)
            #expect(try await world.expectWebhook("refund.succeeded")["id"] == refund["id"])
            try await world.notificationsEnd()
            #expect(world.refundedAtAlipay(second) == 12_050 && world.refundedAtAlipay(trade) == 0)
            let now = try await world.payment(id, on: service)
            #expect(now["amount_refunded"]?.int64 == 0 && now["refundable"] == .bool(true))
            #expect(now["provider"]?["trade_no"]?.text == trade)
            // Once, and then no more of it; the first can still be refunded.
            let (status, over) = try await world.refund(id, #"{"trade_no": "\#(second)", "amount": 1}"#, on: service)
            #expect(status == 409 && over["code"]?.text == "refund_exceeds_payment")
            _ = try await world.makeRefund(id, on: service)
            _ = try await world.expectWebhook("refund.succeeded")
            #expect(world.refundedAtAlipay(trade) == 12_050)
            #expect(
                try await world.eventTypes(on: service) == [
                    "payment.succeeded", "payment.duplicate", "refund.succeeded", "refund.succeeded",
                ])
        }
    }

    @Test func `a sum that nobody accepted is refunded by its trade's number`() async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .changePrice(9900))
            _ = try world.alipay.simulator.move(trade, .pay)
            try await world.until { try await world.payment(id, on: service)["last_error"] != .null }
            let mismatched = try await world.payment(id, on: service)
            #expect(mismatched["status"]?.text == "requires_action")
            #expect(mismatched["last_error"]?["details"]?["trade_no"]?.text == trade)
            let (status, problem) = try await world.refund(id, on: service)
            #expect(status == 409 && problem["code"]?.text == "not_refundable")
            let (over, exceeds) = try await world.refund(id, #"{"trade_no": "\#(trade)", "amount": 9901}"#, on: service)
            #expect(over == 409 && exceeds["code"]?.text == "refund_exceeds_payment")
            let refund = try await world.makeRefund(id, #"{"trade_no": "\#(trade)"}"#, on: service)
            #expect(refund["amount"]?.int64 == 9900)
            let told = [try await world.nextWebhook(), try await world.nextWebhook()]
            #expect(Set(told.compactMap { $0["type"]?.text }) == ["refund.succeeded", "payment.canceled"])
            try await world.notificationsEnd()
            #expect(world.refundedAtAlipay(trade) == 9900)
            let now = try await world.payment(id, on: service)
            #expect(now["amount_refunded"]?.int64 == 0 && now["amount_paid"] == .null)
            #expect(try await world.refunds(id, on: service).count == 1)
        }
    }

    @Test(arguments: [1000, 2000, 3000] as [Int64])
    func `what goes back at Alipay's site beside a refund of ours is told once`(fen: Int64) async throws {
        let clock = ManualClock()
        try await World.run(clock: clock) { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            world.alipay.simulator.set(try #require(Fault(.refund, .inProgress)))
            let ours = try await world.makeRefund(id, #"{"amount": 2000}"#, on: service)
            _ = try world.alipay.simulator.move(trade, .refund(fen))
            try await world.notificationsEnd(clock)
            let batchNo = try #require(ours["provider"]?["batch_no"]?.text)
            _ = try world.alipay.simulator.carryOutRefund(partner: World.account.partner, batchNo: batchNo)
            try await world.until(clock) {
                try await world.readRefund(ours["id"]?.text ?? "", on: service)["status"]?.text == "succeeded"
            }
            try await world.notificationsEnd(clock)
            // What could not be told apart before is told at the next look.
            try await world.looksEnd(at: id, clock)
            let now = try await world.payment(id, on: service)
            #expect(now["amount_refunded"]?.int64 == 2000 + fen && world.refundedAtAlipay(trade) == 2000 + fen)
            let refunds = try await world.refunds(id, on: service)
            let theirs = refunds.filter { $0["origin"]?.text == "provider" }
            #expect(theirs.compactMap { $0["amount"]?.int64 }.reduce(0, +) == fen)
            #expect(refunds.allSatisfy { $0["status"]?.text == "succeeded" })
            let told = try await world.events(on: service).filter { $0["type"]?.text == "refund.succeeded" }
            #expect(told.count == refunds.count)
            #expect(Set(told.compactMap { $0["data"]?["id"]?.text }) == Set(refunds.compactMap { $0["id"]?.text }))
        }
    }

    @Test func `a refund at Alipay's site that takes what ours wanted makes ours fail, and is told`() async throws {
        let clock = ManualClock()
        try await World.run(clock: clock) { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            world.alipay.simulator.set(try #require(Fault(.refund, .inProgress)))
            let ours = try await world.makeRefund(id, on: service)
            _ = try world.alipay.simulator.move(trade, .refund(10_000))
            try await world.notificationsEnd(clock)
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 0)
            let batchNo = try #require(ours["provider"]?["batch_no"]?.text)
            _ = try world.alipay.simulator.carryOutRefund(partner: World.account.partner, batchNo: batchNo)
            let failed = try await world.expectWebhook("refund.failed")
            #expect(failed["provider"]?["code"]?.text == "REASON_TRADE_REFUND_FEE_ERR")
            try await world.looksEnd(at: id, clock)
            let theirs = try await world.expectWebhook("refund.succeeded")
            #expect(theirs["origin"]?.text == "provider" && theirs["amount"]?.int64 == 10_000)
            let now = try await world.payment(id, on: service)
            #expect(now["amount_refunded"]?.int64 == 10_000 && now["refundable"] == .bool(true))
        }
    }

    @Test func `money that comes late goes back at once where the tenant wants that`() async throws {
        var options = StatusWalkTests.talkative
        options.alipay = ["on_late_payment: refund"]
        try await World.run(options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let (status, _, _) = try await world.call(.post, "/v1/payments/\(id)/cancel", on: service)
            #expect(status == 200)
            _ = try await world.expectWebhook("payment.canceled")
            let second = try world.alipay.simulator.payAgain(trade).tradeNo
            let late = try await world.expectWebhook("payment.late_success")
            #expect(late["late"] == .bool(true) && late["amount_paid"]?.int64 == 12_050)
            let refund = try await world.expectWebhook("refund.succeeded")
            #expect(refund["origin"]?.text == "api" && refund["amount"]?.int64 == 12_050)
            try await world.notificationsEnd()
            #expect(world.refundedAtAlipay(second) == 12_050)
            let now = try await world.payment(id, on: service)
            #expect(now["amount_refunded"]?.int64 == 12_050 && now["refundable"] == .bool(false))
            #expect(try await world.refunds(id, on: service).count == 1)
        }
    }
}
