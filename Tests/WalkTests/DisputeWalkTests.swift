import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// The buyer wants money back out of escrow: what the merchant hears of it, and what it costs.
@Suite(.timeLimit(.minutes(2))) struct DisputeWalkTests {
    private func held(
        isShipped: Bool = false,
        _ body: (World, Service, _ payment: String, _ trade: String) async throws -> Void
    ) async throws {
        try await World.run(EscrowWalkTests.options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: EscrowWalkTests.escrow)
            _ = try world.alipay.simulator.move(trade, .pay)
            _ = try await world.expectWebhook("payment.held")
            if isShipped {
                _ = try world.alipay.simulator.move(trade, .sendGoods(Trade.Shipment()))
                _ = try await world.expectWebhook("payment.shipped")
            }
            try await body(world, service, id, trade)
        }
    }

    @Test func `a dispute about all of it: opened, refused, opened again, agreed to`() async throws {
        try await held { world, service, id, trade async throws in
            let moves: [(TradeMove, String)] = [
                (.openDispute(fen: nil, returnsGoods: false), "WAIT_SELLER_AGREE"),
                (.refuseRefund, "SELLER_REFUSE_BUYER"),
                (.openDispute(fen: nil, returnsGoods: false), "WAIT_SELLER_AGREE"),
            ]
            for (move, word) in moves {
                _ = try world.alipay.simulator.move(trade, move)
                let told = try await world.expectWebhook("payment.updated")
                #expect(told["provider"]?["dispute"]?.text == word && told["status"]?.text == "held")
                #expect(told["amount_refunded"]?.int64 == 0)
            }
            _ = try world.alipay.simulator.move(trade, .agreeRefund)
            var told: [String] = []
            for _ in 0..<3 { told.append(try await world.nextWebhook()["type"]?.text ?? "") }
            #expect(Set(told) == ["payment.canceled", "refund.succeeded", "payment.updated"], "\(told)")
            let now = try await world.payment(id, on: service)
            #expect(now["status"]?.text == "canceled" && now["provider"]?["dispute"] == .null)
            #expect(now["amount_paid"]?.int64 == 12_050 && now["amount_refunded"]?.int64 == 12_050)
            let refunds = try await world.refunds(id, on: service)
            #expect(refunds.map { $0["origin"]?.text } == ["provider"] && refunds.first?["amount"]?.int64 == 12_050)
        }
    }

    @Test func `a dispute about a part of it gives back the part, and the rest goes its way`() async throws {
        try await held(isShipped: true) { world, service, id, trade async throws in
            _ = try world.alipay.simulator.move(trade, .openDispute(fen: 2000, returnsGoods: false))
            let opened = try await world.expectWebhook("payment.updated")
            #expect(opened["provider"]?["dispute"]?.text == "WAIT_SELLER_AGREE")
            #expect(opened["amount_refunded"]?.int64 == 0 && opened["status"]?.text == "shipped")
            _ = try world.alipay.simulator.move(trade, .agreeRefund)
            let told = [try await world.nextWebhook(), try await world.nextWebhook()]
            let refund = try #require(told.first { $0["type"]?.text == "refund.succeeded" })
            #expect(refund["data"]?["amount"]?.int64 == 2000 && refund["data"]?["origin"]?.text == "provider")
            let updated = try #require(told.first { $0["type"]?.text == "payment.updated" })
            #expect(updated["data"]?["provider"]?["dispute"] == .null)
            _ = try world.alipay.simulator.move(trade, .confirmReceipt)
            let done = try await world.expectWebhook("payment.succeeded")
            #expect(done["amount_paid"]?.int64 == 12_050 && done["amount_refunded"]?.int64 == 2000)
            try await world.notificationsEnd()
            #expect(try await world.refunds(id, on: service).count == 1)
        }
    }

    @Test func `goods go back before the money does`() async throws {
        try await held(isShipped: true) { world, service, id, trade async throws in
            let moves: [(TradeMove, String)] = [
                (.openDispute(fen: nil, returnsGoods: true), "WAIT_SELLER_AGREE"),
                (.agreeRefund, "WAIT_BUYER_RETURN_GOODS"), (.returnGoods, "WAIT_SELLER_CONFIRM_GOODS"),
            ]
            for (move, word) in moves {
                _ = try world.alipay.simulator.move(trade, move)
                let told = try await world.expectWebhook("payment.updated")
                #expect(told["provider"]?["dispute"]?.text == word && told["amount_refunded"]?.int64 == 0)
            }
            #expect(world.refundedAtAlipay(trade) == 0)
            _ = try world.alipay.simulator.move(trade, .confirmReturn)
            var told: [String] = []
            for _ in 0..<3 { told.append(try await world.nextWebhook()["type"]?.text ?? "") }
            #expect(Set(told) == ["payment.canceled", "refund.succeeded", "payment.updated"], "\(told)")
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 12_050)
        }
    }

    @Test func `a dispute that is taken back leaves no trace but its two events`() async throws {
        try await held { world, service, id, trade async throws in
            _ = try world.alipay.simulator.move(trade, .openDispute(fen: 5000, returnsGoods: false))
            _ = try await world.expectWebhook("payment.updated")
            _ = try world.alipay.simulator.move(trade, .closeDispute)
            let closed = try await world.expectWebhook("payment.updated")
            #expect(closed["provider"]?["dispute"] == .null && closed["amount_refunded"]?.int64 == 0)
            #expect(closed["status"]?.text == "held" && closed["amount_paid"]?.int64 == 12_050)
            #expect(try await world.refunds(id, on: service).isEmpty)
            let (status, _, _) = try await world.call(
                .post, "/v1/payments/\(id)/shipments", on: service, body: #"{"carrier": "EMS"}"#)
            #expect(status == 201)
            _ = try await world.expectWebhook("payment.shipped")
        }
    }

    @Test func `notifications that were lost are made up for by a sync, dispute and refund alike`() async throws {
        try await held { world, service, id, trade async throws in
            try world.loseNotifications()
            _ = try world.alipay.simulator.move(trade, .openDispute(fen: 2000, returnsGoods: false))
            let (status, opened, _) = try await world.call(.post, "/v1/payments/\(id)/sync", on: service)
            #expect(status == 200 && opened["provider"]?["dispute"]?.text == "WAIT_SELLER_AGREE")
            #expect(opened["amount_refunded"]?.int64 == 0)
            _ = try await world.expectWebhook("payment.updated")
            _ = try world.alipay.simulator.move(trade, .agreeRefund)
            let (again, settled, _) = try await world.call(.post, "/v1/payments/\(id)/sync", on: service)
            #expect(again == 200 && settled["provider"]?["dispute"] == .null)
            #expect(settled["amount_refunded"]?.int64 == 2000 && settled["status"]?.text == "held")
            let told = [try await world.nextWebhook(), try await world.nextWebhook()].compactMap { $0["type"]?.text }
            #expect(Set(told) == ["payment.updated", "refund.succeeded"])
            // Asked again, it says nothing new.
            let (third, same, _) = try await world.call(.post, "/v1/payments/\(id)/sync", on: service)
            #expect(third == 200 && same["sequence"] == settled["sequence"])
        }
    }
}
