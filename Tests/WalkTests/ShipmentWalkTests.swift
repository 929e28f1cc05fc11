import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// The goods are sent: every answer of Alipay, and the same call again.
@Suite(.timeLimit(.minutes(2))) struct ShipmentWalkTests {
    static let service = "send_goods_confirm_by_platform"
    static let query = "single_trade_query"
    static let body = #"{"carrier": "EMS", "tracking_number": "EA123456789CN", "transport": "ems"}"#

    /// An escrow payment that waits for its goods.
    private func held(
        _ body: (World, Service, Line, _ payment: String, _ trade: String) async throws -> Void
    ) async throws {
        try await World.onLine(EscrowWalkTests.options) { world, service, line in
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: EscrowWalkTests.escrow)
            _ = try world.alipay.simulator.move(trade, .pay)
            _ = try await world.expectWebhook("payment.held")
            try await body(world, service, line, id, trade)
        }
    }

    @Test func `the same call again is the same shipment, and another is refused`() async throws {
        try await held { world, service, line, id, _ async throws in
            let (status, shipment) = try await world.ship(id, Self.body, on: service)
            #expect(status == 201)
            _ = try await world.expectWebhook("payment.shipped")
            let (again, same) = try await world.ship(id, Self.body, on: service)
            #expect(again == 200 && same == shipment)
            let (other, problem) = try await world.ship(id, #"{"carrier": "中通"}"#, on: service)
            #expect(other == 409 && problem["code"]?.text == "not_shippable")
            #expect(line.calls(Self.service).count == 1)
            #expect(try await world.eventTypes(on: service) == ["payment.held", "payment.shipped"])
        }
    }

    @Test(arguments: [Line.Trouble.answerLost, .callLost])
    func `no answer is settled by the query, and if that is silent too by the same call again`(
        trouble: Line.Trouble
    ) async throws {
        try await held { world, service, line, id, trade async throws in
            try world.loseNotifications()
            line.trouble(Self.service, trouble)
            line.trouble(Self.query, .callLost)
            let (status, problem) = try await world.ship(id, Self.body, on: service)
            #expect(status == 504 && problem["code"]?.text == "provider_timeout")
            #expect(problem["outcome"]?.text == "unknown")
            let (again, shipment) = try await world.ship(id, Self.body, on: service)
            #expect(again == 201 && shipment["tracking_number"]?.text == "EA123456789CN")
            _ = try await world.expectWebhook("payment.shipped")
            #expect(world.alipay.simulator.trade(trade)?.status == .waitBuyerConfirmGoods)
            let (same, known) = try await world.ship(id, Self.body, on: service)
            #expect(same == 200 && known["id"] == shipment["id"])
        }
    }

    @Test func `an answer that is lost after the effect is 201, because the query says that it is shipped`()
        async throws
    {
        try await held { world, service, line, id, _ async throws in
            try world.loseNotifications()
            line.trouble(Self.service, .answerLost)
            let (status, _) = try await world.ship(id, Self.body, on: service)
            #expect(status == 201 && line.calls(Self.service).count == 1)
            _ = try await world.expectWebhook("payment.shipped")
        }
    }

    @Test(arguments: [Fault.Kind.garbled, .unsigned, .badSignature, .errorAfterEffect])
    func `an answer that proves nothing is settled by the query`(kind: Fault.Kind) async throws {
        try await held { world, service, _, id, trade async throws in
            try world.loseNotifications()
            world.alipay.simulator.set(try #require(Fault(.sendGoods, kind)))
            let (status, _) = try await world.ship(id, Self.body, on: service)
            #expect(status == 201 && world.alipay.simulator.trade(trade)?.status == .waitBuyerConfirmGoods)
            _ = try await world.expectWebhook("payment.shipped")
        }
    }

    @Test(arguments: [
        (Fault.Kind.status500, 502, "provider_invalid_answer"), (.htmlPage, 502, "provider_invalid_answer"),
    ])
    func `an answer that proves nothing of a trade that is not shipped is told as such`(
        kind: Fault.Kind, status: Int, code: String
    ) async throws {
        try await held { world, service, _, id, trade async throws in
            world.alipay.simulator.set(try #require(Fault(.sendGoods, kind)))
            let (answered, problem) = try await world.ship(id, Self.body, on: service)
            #expect(answered == status && problem["code"]?.text == code && problem["outcome"]?.text == "unknown")
            #expect(world.alipay.simulator.trade(trade)?.status == .waitSellerSendGoods)
            let (again, _) = try await world.ship(id, Self.body, on: service)
            #expect(again == 201)
            _ = try await world.expectWebhook("payment.shipped")
        }
    }

    @Test func `a refusal changes nothing`() async throws {
        try await held { world, service, _, id, trade async throws in
            world.alipay.simulator.set(try #require(Fault(.sendGoods, .error, code: "ILLEGAL_ARGUMENT")))
            let (status, problem) = try await world.ship(id, Self.body, on: service)
            #expect(status == 502 && problem["code"]?.text == "provider_refused")
            #expect(problem["provider"]?["code"]?.text == "ILLEGAL_ARGUMENT")
            #expect(try await world.payment(id, on: service)["status"]?.text == "held")
            #expect(world.alipay.simulator.trade(trade)?.status == .waitSellerSendGoods)
        }
    }

    @Test func `what somebody shipped on Alipay's site is shipped, whoever says it first`() async throws {
        try await held { world, service, line, id, trade async throws in
            try world.loseNotifications()
            _ = try world.alipay.simulator.move(trade, .sendGoods(Trade.Shipment()))
            // TRADE_STATUS_NOT_AVAILD, and the query knows why.
            let (status, _) = try await world.ship(id, Self.body, on: service)
            #expect(status == 201)
            _ = try await world.expectWebhook("payment.shipped")
            #expect(line.calls(Self.service).count == 1)
            #expect(try await world.eventTypes(on: service) == ["payment.held", "payment.shipped"])
        }
    }

    @Test func `a trade that is closed meanwhile cannot be shipped, and the payment shows why`() async throws {
        try await held { world, service, _, id, trade async throws in
            try world.loseNotifications()
            _ = try world.alipay.simulator.move(trade, .refund(12_050))
            let (status, problem) = try await world.ship(id, Self.body, on: service)
            #expect(status == 409 && problem["code"]?.text == "not_shippable")
            #expect(problem["provider"]?["code"]?.text == "TRADE_STATUS_NOT_AVAILD")
            #expect(try await world.expectWebhook("payment.canceled")["amount_paid"]?.int64 == 12_050)
            #expect(try await world.expectWebhook("refund.succeeded")["amount"]?.int64 == 12_050)
        }
    }

    @Test func `ten at once are one shipment`() async throws {
        try await held { world, service, _, id, _ async throws in
            let answers = try await withThrowingTaskGroup(of: (Int, JSONValue).self) { group in
                for _ in 0..<10 { group.addTask { try await world.ship(id, Self.body, on: service) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.0 == 201 || $0.0 == 200 }, "\(answers)")
            #expect(Set(answers.compactMap { $0.1["id"]?.text }).count == 1)
            _ = try await world.expectWebhook("payment.shipped")
            #expect(try await world.eventTypes(on: service) == ["payment.held", "payment.shipped"])
        }
    }

    @Test func `what waits for its buyer cannot be shipped`() async throws {
        try await World.onLine(EscrowWalkTests.options) { world, service, line in
            let (id, _) = try await world.open("ORDER-1", on: service, extra: EscrowWalkTests.escrow)
            let (status, problem) = try await world.ship(id, Self.body, on: service)
            #expect(status == 409 && problem["code"]?.text == "not_shippable")
            #expect(line.calls(Self.service).isEmpty)
        }
    }
}

extension World {
    fileprivate func ship(
        _ payment: String, _ body: String, on service: Service
    ) async throws -> (Int, JSONValue) {
        let (status, json, _) = try await call(.post, "/v1/payments/\(payment)/shipments", on: service, body: body)
        return (status, json)
    }
}
