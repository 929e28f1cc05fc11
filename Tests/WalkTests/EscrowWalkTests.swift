import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// Money in escrow: paid, shipped, confirmed; and the buyer's choice between escrow and paying at once.
@Suite(.timeLimit(.minutes(2))) struct EscrowWalkTests {
    static let options = World.Options(products: ["web/escrow", "web/buyer_choice"])
    static let shipping = """
        , "shipping": {"options": [{"carrier_type": "express", "fee": 1000, "paid_by": "buyer"}, \
        {"carrier_type": "ems", "fee": 2500, "paid_by": "buyer"}, {"carrier_type": "post", "fee": 300, "paid_by": "seller"}], \
        "receiver": {"name": "王芳", "address": "上海市浦东新区1号", "zip": "200120", "phone": "13800000000"}}
        """
    static let escrow = #", "settlement": "escrow""#

    @Test func `held, shipped and succeeded, each told once`() async throws {
        try await World.run(Self.options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: Self.escrow + Self.shipping)
            _ = try world.alipay.simulator.move(trade, .pay)
            let held = try await world.expectWebhook("payment.held")
            #expect(held["amount_paid"]?.int64 == 13_050 && held["refundable"] == .bool(false))
            #expect(held["shipping"]?["receiver"]?["name"]?.text == "王芳")
            let (status, shipment, _) = try await world.call(
                .post, "/v1/payments/\(id)/shipments", on: service,
                body: #"{"carrier": "顺丰速运", "tracking_number": "SF1000000001", "transport": "express"}"#)
            #expect(status == 201 && shipment["object"]?.text == "shipment" && shipment["payment"]?.text == id)
            _ = try await world.expectWebhook("payment.shipped")
            let known = try #require(world.alipay.simulator.trade(trade)?.shipment)
            #expect(known.carrier == "顺丰速运" && known.invoiceNo == "SF1000000001" && known.transportType == "EXPRESS")
            _ = try world.alipay.simulator.move(trade, .confirmReceipt)
            let done = try await world.expectWebhook("payment.succeeded")
            #expect(done["amount_paid"]?.int64 == 13_050 && done["refundable"] == .bool(false))
            try await world.notificationsEnd()
            #expect(
                try await world.eventTypes(on: service) == ["payment.held", "payment.shipped", "payment.succeeded"])
        }
    }

    @Test(arguments: [(0, 13_050), (1, 14_550), (2, 12_050)])
    func `every total that Alipay may charge by the options is what was paid`(place: Int, total: Int64) async throws {
        try await World.run(Self.options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: Self.escrow + Self.shipping)
            _ = try world.alipay.simulator.move(trade, .chooseLogistics(place))
            _ = try world.alipay.simulator.move(trade, .pay)
            let held = try await world.expectWebhook("payment.held")
            #expect(held["amount_paid"]?.int64 == total && held["amount"]?.int64 == 12_050)
            #expect(held["last_error"] == .null && held["id"]?.text == id)
        }
    }

    /// The seller's own fee on top, the sum of both fees, a fen more and a fen less.
    @Test(arguments: [12_350, 15_550, 13_051, 12_049] as [Int64])
    func `any other total is a mismatch, and the status stays`(total: Int64) async throws {
        try await World.run(Self.options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: Self.escrow + Self.shipping)
            _ = try world.alipay.simulator.move(trade, .changePrice(total))
            _ = try world.alipay.simulator.move(trade, .pay)
            try await world.until { try await world.payment(id, on: service)["last_error"] != .null }
            let now = try await world.payment(id, on: service)
            #expect(now["status"]?.text == "requires_action" && now["amount_paid"] == .null)
            #expect(now["last_error"]?["code"]?.text == "amount_mismatch")
            #expect(now["last_error"]?["details"]?["amount_reported"]?.text == String(total))
            #expect(try await world.verdicts(on: service).contains("amount_mismatch"))
            #expect(try await world.events(on: service).isEmpty)
            let (status, problem, _) = try await world.call(
                .post, "/v1/payments/\(id)/shipments", on: service, body: #"{"carrier": "EMS"}"#)
            #expect(status == 409 && problem["code"]?.text == "not_shippable")
        }
    }

    @Test func `a seller who is not paid at once leaves it shipped until Alipay pays`() async throws {
        var options = Self.options
        options.accounts[0].contract.paysSellerAtOnce = false
        try await World.run(options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: Self.escrow)
            _ = try world.alipay.simulator.move(trade, .pay)
            _ = try await world.expectWebhook("payment.held")
            _ = try world.alipay.simulator.move(trade, .sendGoods(Trade.Shipment()))
            _ = try await world.expectWebhook("payment.shipped")
            _ = try world.alipay.simulator.move(trade, .confirmReceipt)
            try await world.notificationsEnd()
            #expect(try await world.payment(id, on: service)["status"]?.text == "shipped")
            _ = try world.alipay.simulator.move(trade, .freeze)
            try await world.notificationsEnd()
            let frozen = try await world.payment(id, on: service)
            #expect(frozen["status"]?.text == "shipped" && frozen["provider"]?["status"]?.text == "TRADE_PENDING")
            _ = try world.alipay.simulator.move(trade, .unfreeze)
            _ = try world.alipay.simulator.move(trade, .paySeller)
            _ = try await world.expectWebhook("payment.succeeded")
            #expect(
                try await world.eventTypes(on: service) == ["payment.held", "payment.shipped", "payment.succeeded"])
        }
    }

    @Test func `a buyer who chooses to pay at once`() async throws {
        try await World.run(Self.options) { world, service in
            let (id, trade) = try await world.open(
                "ORDER-1", on: service, extra: #", "settlement": "buyer_choice""# + Self.shipping)
            _ = try world.alipay.simulator.move(trade, .payInstant)
            let told = try await world.expectWebhook("payment.succeeded")
            #expect(told["id"]?.text == id && told["amount_paid"]?.int64 == 12_050)
            let (status, problem, _) = try await world.call(
                .post, "/v1/payments/\(id)/shipments", on: service, body: #"{"carrier": "EMS"}"#)
            #expect(status == 409 && problem["code"]?.text == "not_shippable")
            #expect(problem["detail"]?.text?.contains("never in escrow") == true)
        }
    }

    @Test func `a buyer who chooses escrow`() async throws {
        try await World.run(Self.options) { world, service in
            let (id, trade) = try await world.open(
                "ORDER-1", on: service, extra: #", "settlement": "buyer_choice""# + Self.shipping)
            _ = try world.alipay.simulator.move(trade, .chooseLogistics(1))
            _ = try world.alipay.simulator.move(trade, .payEscrow)
            #expect(try await world.expectWebhook("payment.held")["amount_paid"]?.int64 == 14_550)
            let (status, _, _) = try await world.call(
                .post, "/v1/payments/\(id)/shipments", on: service, body: #"{"carrier": "EMS"}"#)
            #expect(status == 201)
            _ = try await world.expectWebhook("payment.shipped")
            _ = try world.alipay.simulator.move(trade, .confirmReceipt)
            #expect(try await world.expectWebhook("payment.succeeded")["amount_paid"]?.int64 == 14_550)
        }
    }

    @Test func `money that waits for its goods shows in the metrics, by age, until they are sent`() async throws {
        let clock = ManualClock()
        try await World.run(Self.options, clock: clock) { world, service in
            var first = ""
            for number in 1...2 {
                let (id, trade) = try await world.open("ORDER-\(number)", on: service, extra: Self.escrow)
                _ = try world.alipay.simulator.move(trade, .pay)
                _ = try await world.expectWebhook("payment.held")
                if number == 1 { first = id }
            }
            let held = try await world.heldLines(on: service)
            #expect(held.map(\.count) == [2] && held.map(\.fen) == [24_100])
            clock.advance(byMs: 8 * 86_400_000)
            let aged = try await world.heldLines(on: service).filter { $0.count > 0 }
            #expect(aged.map(\.fen) == [24_100] && aged.first?.age != held.first?.age)
            let (status, _, _) = try await world.call(
                .post, "/v1/payments/\(first)/shipments", on: service, body: #"{"carrier": "EMS"}"#)
            #expect(status == 201)
            _ = try await world.expectWebhook("payment.shipped")
            #expect(try await world.heldLines(on: service).filter { $0.count > 0 }.map(\.fen) == [12_050])
        }
    }
}

extension World {
    /// What `payrelay_held_payments` and `payrelay_held_amount_minor` say of the first tenant.
    fileprivate func heldLines(on service: Service) async throws -> [(age: String, count: Int, fen: Int)] {
        let lines = try await metrics(on: service).split(separator: "\n")
        func values(_ name: String) -> [String: Int] {
            let prefix = "\(name){tenant=\"bookshop\",age=\""
            let found = lines.filter { $0.hasPrefix(prefix) }.map { line in
                let rest = line.dropFirst(prefix.count)
                return (String(rest.prefix { $0 != "\"" }), Int(rest.split(separator: " ").last ?? "") ?? -1)
            }
            return Dictionary(found) { $1 }
        }
        let fen = values("payrelay_held_amount_minor")
        return values("payrelay_held_payments").map { ($0.key, $0.value, fen[$0.key] ?? -1) }.sorted { $0.0 < $1.0 }
    }
}
