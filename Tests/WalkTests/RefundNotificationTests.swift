import App
import Crypto
import HTTP
import JSON
import Simulator
import Support
import Testing

/// `batch_refund_notify`: what is believed of it, and what is not.
@Suite(.timeLimit(.minutes(2))) struct RefundNotificationTests {
    private static func notification(
        batch: String, trade: String, amount: String, result: String = "SUCCESS"
    ) -> HandMadeNotification {
        var notification = HandMadeNotification(reference: "", tradeNo: trade, status: "")
        notification.fields = [
            "notify_time": "2026-01-02 03:05:00", "notify_type": "batch_refund_notify",
            "notify_id": Hex.encode(SecureRandom.bytes(17)), "batch_no": batch,
            "success_num": result == "SUCCESS" ? "1" : "0", "result_details": "\(trade)^\(amount)^\(result)",
        ]
        return notification
    }

    /// A refund of 20 yuan that Alipay has taken and not done, and whose messages are made by hand.
    private func pending(
        _ options: World.Options = World.Options(alipay: ["notify_verify: false"]),
        _ body: (World, Service, _ payment: String, _ trade: String, _ refund: String, _ batch: String) async throws ->
            Void
    ) async throws {
        try await World.run(options) { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            world.alipay.simulator.set(try #require(Fault(.refund, .inProgress)))
            let refund = try await world.makeRefund(id, #"{"amount": 2000}"#, on: service)
            try await body(
                world, service, id, trade, try #require(refund["id"]?.text),
                try #require(refund["provider"]?["batch_no"]?.text))
        }
    }

    @Test func `a message about another batch, trade, amount or number of items moves nothing`() async throws {
        try await pending { world, service, id, trade, refund, batch async throws in
            let other = String(batch.dropLast()) + (batch.hasSuffix("0") ? "1" : "0")
            let strangers = [
                (Self.notification(batch: other, trade: trade, amount: "20.00"), "unknown_payment"),
                (
                    Self.notification(batch: batch, trade: "2026010222001400000000000001", amount: "20.00"),
                    "unknown_payment"
                ),
                (Self.notification(batch: batch, trade: trade, amount: "20.01"), "amount_mismatch"),
                (Self.notification(batch: batch, trade: trade, amount: "120.50"), "amount_mismatch"),
            ]
            for (message, verdict) in strangers {
                #expect(try await world.told(message, on: service) == "fail")
                #expect(try await world.verdict(of: message, on: service) == verdict)
            }
            var two = Self.notification(batch: batch, trade: trade, amount: "20.00")
            two.fields["result_details"] = "\(trade)^20.00^SUCCESS#2026010222001400000000000001^20.00^SUCCESS"
            #expect(try await world.told(two, on: service) == "fail")
            #expect(try await world.readRefund(refund, on: service)["status"]?.text == "pending")
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 0)
            let right = Self.notification(batch: batch, trade: trade, amount: "20.00")
            #expect(try await world.told(right, on: service) == "success")
            #expect(try await world.expectWebhook("refund.succeeded")["id"]?.text == refund)
        }
    }

    @Test func `repeats, by the same number or another, change nothing and are taken`() async throws {
        try await pending { world, service, id, trade, refund, batch async throws in
            let message = Self.notification(batch: batch, trade: trade, amount: "20.00")
            #expect(try await world.postAtOnce(10, message.body, on: service) == Array(repeating: "success", count: 10))
            #expect(try await world.expectWebhook("refund.succeeded")["id"]?.text == refund)
            let again = Self.notification(batch: batch, trade: trade, amount: "20.00")
            #expect(try await world.told(again, on: service) == "success")
            #expect(try await world.verdict(of: again, on: service) == "unchanged")
            // Nor does a failure that comes after it.
            let failure = Self.notification(batch: batch, trade: trade, amount: "20.00", result: "TRADE_HAS_CLOSED")
            #expect(try await world.told(failure, on: service) == "success")
            #expect(try await world.verdict(of: failure, on: service) == "unchanged")
            #expect(try await world.readRefund(refund, on: service)["status"]?.text == "succeeded")
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 2000)
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded", "refund.succeeded"])
        }
    }

    @Test func `a refund that failed and was done after all has succeeded, and both are told`() async throws {
        try await pending { world, service, id, trade, refund, batch async throws in
            let failure = Self.notification(batch: batch, trade: trade, amount: "20.00", result: "TRADE_STATUS_ERROR")
            #expect(try await world.told(failure, on: service) == "success")
            #expect(try await world.expectWebhook("refund.failed")["provider"]?["code"]?.text == "TRADE_STATUS_ERROR")
            let success = Self.notification(batch: batch, trade: trade, amount: "20.00")
            #expect(try await world.told(success, on: service) == "success")
            #expect(try await world.expectWebhook("refund.succeeded")["id"]?.text == refund)
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 2000)
        }
    }

    @Test func `a code that leaves it open is no failure`() async throws {
        try await pending { world, service, _, trade, refund, batch async throws in
            let open = Self.notification(batch: batch, trade: trade, amount: "20.00", result: "SYSTEM_ERROR")
            #expect(try await world.told(open, on: service) == "success")
            let now = try await world.readRefund(refund, on: service)
            #expect(now["status"]?.text == "unknown" && now["provider"]?["code"]?.text == "SYSTEM_ERROR")
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded"])
        }
    }

    @Test func `a key alone gives nothing back: what Alipay does not confirm, its query must`() async throws {
        try await pending(World.Options()) { world, service, id, trade, refund, batch async throws in
            let claimed = Self.notification(batch: batch, trade: trade, amount: "20.00")
            #expect(try await world.told(claimed, on: service) == "fail")
            #expect(try await world.verdict(of: claimed, on: service) == "not_confirmed")
            #expect(try await world.readRefund(refund, on: service)["status"]?.text == "pending")
            try world.loseNotifications()
            _ = try world.alipay.simulator.carryOutRefund(partner: World.account.partner, batchNo: batch)
            let failure = Self.notification(batch: batch, trade: trade, amount: "20.00", result: "TRADE_HAS_CLOSED")
            #expect(try await world.told(failure, on: service) == "fail")
            #expect(try await world.told(claimed, on: service) == "success")
            #expect(try await world.verdict(of: claimed, on: service) == "applied")
            #expect(try await world.expectWebhook("refund.succeeded")["id"]?.text == refund)
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 2000)
        }
    }

    @Test func `another tenant's messages reach no refund of this one`() async throws {
        try await pending { world, service, _, trade, refund, batch async throws in
            var message = Self.notification(batch: batch, trade: trade, amount: "20.00")
            message.key = World.otherAccount.key
            #expect(try await world.told(message, to: "/notify/teashop", on: service) == "fail")
            #expect(try await world.told(message, on: service) == "fail")
            #expect(try await world.readRefund(refund, on: service)["status"]?.text == "pending")
        }
    }
}
