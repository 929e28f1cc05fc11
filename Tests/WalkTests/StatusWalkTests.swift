import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// The table of statuses, end to end: what Alipay's words do to a payment, and what the merchant is told of it.
@Suite(.timeLimit(.minutes(2))) struct StatusWalkTests {
    /// A contract with every notification enabled.
    static var talkative: World.Options {
        var account = World.account
        account.contract.notifiesWaitBuyerPay = true
        account.contract.notifiesClosed = true
        return World.Options(accounts: [account, World.otherAccount])
    }

    /// The key alone counts, so that messages can be made by hand; trade queries go to the simulator.
    static var trusting: World.Options {
        var options = talkative
        options.alipay = ["notify_verify: false"]
        return options
    }

    @Test func `TRADE_PENDING is processing, and then TRADE_SUCCESS succeeded`() async throws {
        try await World.run(Self.talkative) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .freeze)
            var webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.processing" && webhook["data"]?["amount_paid"]?.int64 == 12_050)
            #expect(webhook["data"]?["refundable"] == .bool(false) && webhook["data"]?["next_action"] == .null)
            _ = try world.alipay.simulator.move(trade, .unfreeze)
            webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.succeeded" && webhook["previous_status"]?.text == "processing")
            #expect(webhook["sequence"]?.int64 == 2 && webhook["data"]?["refundable"] == .bool(true))
            #expect(try await world.payment(id, on: service)["provider"]?["status"]?.text == "TRADE_SUCCESS")
        }
    }

    @Test func `TRADE_FINISHED first is succeeded, and nothing can be refunded`() async throws {
        var options = Self.trusting
        options.accounts[0].contract.refundable = false
        try await World.run(options) { world, service in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .pay)
            let webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.succeeded" && webhook["data"]?["refundable"] == .bool(false))
            // What was overtaken on the way moves nothing back.
            for status in ["TRADE_SUCCESS", "WAIT_BUYER_PAY", "TRADE_PENDING", "WAIT_SELLER_SEND_GOODS"] {
                let overtaken = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: status)
                #expect(try await world.told(overtaken, on: service) == "success")
                #expect(try await world.verdict(of: overtaken, on: service) == "stale", "\(status)")
            }
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded"])
        }
    }

    @Test func `TRADE_FINISHED after TRADE_SUCCESS is payment.updated, once`() async throws {
        try await World.run(Self.talkative) { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .finish)
            let webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.updated" && webhook["sequence"]?.int64 == 2)
            #expect(webhook["data"]?["status"]?.text == "succeeded" && webhook["data"]?["refundable"] == .bool(false))
            let again = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_FINISHED")
            #expect(try await world.told(again, on: service) == "success")
            #expect(try await world.verdict(of: again, on: service) == "unchanged")
            #expect(try await world.payment(id, on: service)["sequence"]?.int64 == 2)
        }
    }

    @Test func `TRADE_CLOSED without a payment is expired`() async throws {
        try await World.run(Self.talkative) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .close)
            let webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.expired" && webhook["previous_status"]?.text == "requires_action")
            #expect(try await world.payment(id, on: service)["amount_paid"] == .null)
        }
    }

    @Test func `TRADE_CLOSED of a payment that was paid unseen is canceled, with its money and its refund`()
        async throws
    {
        try await World.run(Self.talkative) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            try world.loseNextNotification()
            _ = try world.alipay.simulator.move(trade, .pay)
            _ = try world.alipay.simulator.move(trade, .refund(12_050))
            let first = try await world.nextWebhook()
            #expect(first["type"]?.text == "payment.canceled" && first["sequence"]?.int64 == 1)
            let second = try await world.nextWebhook()
            #expect(second["type"]?.text == "refund.succeeded" && second["sequence"]?.int64 == 2)
            #expect(second["data"]?["origin"]?.text == "provider" && second["data"]?["amount"]?.int64 == 12_050)
            let now = try await world.payment(id, on: service)
            #expect(now["status"]?.text == "canceled" && now["amount_paid"]?.int64 == 12_050)
            #expect(now["amount_refunded"]?.int64 == 12_050 && now["refundable"] == .bool(false))
        }
    }

    @Test func `TRADE_CLOSED that speaks of a payment is read as nothing before the query has spoken`() async throws {
        try await World.run(Self.trusting) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            for more in [["gmt_payment": "2026-01-02 03:04:59"], ["refund_status": "REFUND_SUCCESS"]] {
                // The trade is unpaid and open, the simulator says.
                let closed = HandMadeNotification(
                    reference: "ORDER-1", tradeNo: trade, status: "TRADE_CLOSED", more: more)
                #expect(try await world.told(closed, on: service) == "fail")
                #expect(try await world.verdict(of: closed, on: service) == "not_confirmed")
            }
            #expect(try await world.payment(id, on: service)["status"]?.text == "requires_action")
            #expect(try await world.events(on: service).isEmpty)
        }
    }

    @Test func `TRADE_CLOSED after succeeded means that all of it went back`() async throws {
        try await World.run(Self.talkative) { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .refund(12_050))
            let webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "refund.succeeded" && webhook["data"]?["amount"]?.int64 == 12_050)
            let now = try await world.payment(id, on: service)
            #expect(now["status"]?.text == "succeeded" && now["amount_refunded"]?.int64 == 12_050)
            #expect(now["refundable"] == .bool(false) && now["sequence"]?.int64 == 2)
            let again = HandMadeNotification(
                reference: "ORDER-1", tradeNo: trade, status: "TRADE_CLOSED", more: ["refund_status": "REFUND_SUCCESS"])
            #expect(try await world.told(again, on: service) == "success")
            #expect(try await world.verdict(of: again, on: service) == "unchanged")
        }
    }

    @Test func `refunds in part are refunds of what went back each time, never a second payment`() async throws {
        try await World.run(Self.talkative) { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            for fen in [2000, 3000] as [Int64] {
                _ = try world.alipay.simulator.move(trade, .refund(fen))
                let webhook = try await world.nextWebhook()
                #expect(webhook["type"]?.text == "refund.succeeded" && webhook["data"]?["amount"]?.int64 == fen)
            }
            let again = HandMadeNotification(
                reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS", more: ["refund_status": "REFUND_SUCCESS"]
            )
            #expect(try await world.told(again, on: service) == "success")
            #expect(try await world.verdict(of: again, on: service) == "unchanged")
            let now = try await world.payment(id, on: service)
            #expect(now["amount_refunded"]?.int64 == 5000 && now["amount_paid"]?.int64 == 12_050)
            #expect(now["status"]?.text == "succeeded" && now["refundable"] == .bool(true))
        }
    }

    @Test func `a late payment counts only after a query says so`() async throws {
        try await World.run(Self.trusting) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let closed = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_CLOSED")
            #expect(try await world.told(closed, on: service) == "success")
            #expect(try await world.nextWebhook()["type"]?.text == "payment.expired")
            // Signed, and the trade is unpaid all the same.
            let claimed = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.told(claimed, on: service) == "fail")
            #expect(try await world.verdict(of: claimed, on: service) == "not_confirmed")
            #expect(try await world.payment(id, on: service)["status"]?.text == "expired")

            _ = try world.alipay.simulator.move(trade, .pay)
            let webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.late_success" && webhook["previous_status"]?.text == "expired")
            #expect(webhook["data"]?["late"] == .bool(true) && webhook["data"]?["status"]?.text == "succeeded")
            // The same message once more, true by now, says nothing new.
            #expect(try await world.told(claimed, on: service) == "success")
            #expect(try await world.verdict(of: claimed, on: service) == "unchanged")
            #expect(try await world.eventTypes(on: service) == ["payment.expired", "payment.late_success"])
        }
    }

    @Test func `a late payment by another trade takes the place of the one that was closed`() async throws {
        try await World.run(Self.talkative) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .close)
            #expect(try await world.nextWebhook()["type"]?.text == "payment.expired")
            let second = try world.alipay.simulator.payAgain(trade).tradeNo
            #expect(try await world.nextWebhook()["type"]?.text == "payment.late_success")
            #expect(try await world.payment(id, on: service)["provider"]?["trade_no"]?.text == second)
        }
    }

    @Test func `a second trade is told once and changes nothing of the first`() async throws {
        try await World.run(Self.talkative) { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            let before = try await world.payment(id, on: service)
            let second = try world.alipay.simulator.payAgain(trade).tradeNo
            let webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.duplicate" && webhook["sequence"]?.int64 == 2)
            #expect(
                webhook["duplicate"]?["trade_no"]?.text == second && webhook["duplicate"]?["amount"]?.int64 == 12_050)
            #expect(webhook["duplicate"]?["paid_at"]?.text != nil)
            #expect(
                webhook["data"]?["provider"] == before["provider"]
                    && webhook["data"]?["amount_paid"] == before["amount_paid"])
            // Its refund window ends later: nothing new.
            try world.loseNextNotification()
            _ = try world.alipay.simulator.move(second, .finish)
            let finished = HandMadeNotification(reference: "ORDER-1", tradeNo: second, status: "TRADE_FINISHED")
            #expect(try await world.told(finished, on: service) == "success")
            #expect(try await world.verdict(of: finished, on: service) == "unchanged")
            let now = try await world.payment(id, on: service)
            #expect(
                now["provider"] == before["provider"] && now["refundable"] == .bool(true)
                    && now["status"]?.text == "succeeded")
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded", "payment.duplicate"])
        }
    }

    @Test func `another amount keeps the status until the price is right again`() async throws {
        try await World.run(Self.trusting) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .changePrice(9900))
            let other = HandMadeNotification(
                reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS", total: "99.00")
            #expect(try await world.told(other, on: service) == "fail")
            #expect(try await world.verdicts(on: service).contains("amount_mismatch"))
            #expect(try await world.payment(id, on: service)["last_error"]?["code"]?.text == "amount_mismatch")
            _ = try world.alipay.simulator.move(trade, .changePrice(12_050))
            _ = try world.alipay.simulator.move(trade, .pay)
            let webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.succeeded" && webhook["data"]?["last_error"] == .null)
            #expect(try await world.payment(id, on: service)["last_error"] == .null)
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded"])
        }
    }

    @Test func `another amount is no more right for being confirmed`() async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .changePrice(9900))
            try world.loseNextNotification()
            _ = try world.alipay.simulator.move(trade, .pay)
            let other = HandMadeNotification(
                reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS", total: "99.00")
            #expect(try await world.told(other, on: service) == "fail")
            #expect(try await world.verdicts(on: service) == ["amount_mismatch"])
            // A sync hears the same from Alipay and tells the merchant so.
            let (status, synced, _) = try await world.call(.post, "/v1/payments/\(id)/sync", on: service)
            #expect(status == 200 && synced["status"]?.text == "requires_action")
            #expect(synced["last_error"]?["code"]?.text == "amount_mismatch" && synced["amount_paid"] == .null)
        }
    }

    @Test func `what nothing here acts on is unsupported, taken, and an alarm`() async throws {
        try await World.run(Self.trusting) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            for word in ["COD_WAIT_SELLER_SEND_GOODS", "TRADE_REFUSE", "BUYER_PRE_AUTH", "trade_success"] {
                let unknown = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: word)
                #expect(try await world.told(unknown, on: service) == "success")
            }
            var other = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            other.fields["notify_type"] = "batch_trans_notify"
            #expect(try await world.told(other, on: service) == "success")
            #expect(try await world.verdicts(on: service).count { $0 == "unsupported" } == 5)
            #expect(try await world.payment(id, on: service)["status"]?.text == "requires_action")
            #expect(
                try await world.metric(#"payrelay_alarms_total{tenant="bookshop",kind="unsupported"}"#, on: service)
                    == 5)
            #expect(try await world.events(on: service).isEmpty)
        }
    }

    @Test func `a dispute shows in the payment from its first word to its last, also where nobody can be asked`()
        async throws
    {
        var options = Self.trusting
        options.alipay.append("services: {trade_query: false}")
        try await World.run(options) { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            for word in ["WAIT_SELLER_AGREE", "SELLER_REFUSE_BUYER", "WAIT_BUYER_RETURN_GOODS", "REFUND_CLOSED"] {
                let dispute = HandMadeNotification(
                    reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS", more: ["refund_status": word])
                #expect(try await world.told(dispute, on: service) == "success")
                let webhook = try await world.nextWebhook()
                #expect(webhook["type"]?.text == "payment.updated" && webhook["data"]?["status"]?.text == "succeeded")
                let shown = word == "REFUND_CLOSED" ? nil : word
                #expect(webhook["data"]?["provider"]?["dispute"]?.text == shown)
                let again = HandMadeNotification(
                    reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS", more: ["refund_status": word])
                #expect(try await world.told(again, on: service) == "success")
                #expect(try await world.verdict(of: again, on: service) == "unchanged", "\(word)")
            }
            #expect(try await world.payment(id, on: service)["sequence"]?.int64 == 5)
        }
    }

    @Test func `a whole life has one event for each change, numbered without gaps and delivered in order`() async throws
    {
        try await World.run(Self.trusting) { world, service in
            let simulator = world.alipay.simulator
            let (id, trade) = try await world.open("ORDER-1", on: service)
            var delivered: [String] = []
            func next() async throws {
                let webhook = try await world.nextWebhook()
                #expect(webhook["sequence"]?.int64 == Int64(delivered.count + 1))
                delivered.append(webhook["type"]?.text ?? "")
            }
            func say(_ status: String, _ more: [String: String] = [:]) async throws {
                let notification = HandMadeNotification(
                    reference: "ORDER-1", tradeNo: trade, status: status, more: more)
                #expect(try await world.told(notification, on: service) == "success", "\(status) \(more)")
            }
            try await say("WAIT_BUYER_PAY")
            try await say("WAIT_SYS_CONFIRM_PAY")
            try await next()
            _ = try simulator.move(trade, .pay)
            try await next()
            try await say("WAIT_BUYER_PAY")
            _ = try simulator.move(trade, .refund(2000))
            try await next()
            let second = try simulator.payAgain(trade).tradeNo
            try await next()
            _ = try simulator.move(second, .finish)
            _ = try simulator.move(trade, .finish)
            try await next()
            try await say("TRADE_SUCCESS")
            let expected = [
                "payment.processing", "payment.succeeded", "refund.succeeded", "payment.duplicate", "payment.updated",
            ]
            #expect(delivered == expected)
            let events = try await world.events(on: service)
            #expect(events.compactMap { $0["type"]?.text } == expected)
            #expect(events.compactMap { $0["sequence"]?.int64 } == Array(1...5))
            #expect(try await world.payment(id, on: service)["sequence"]?.int64 == 5)
        }
    }
}
