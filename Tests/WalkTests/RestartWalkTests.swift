import App
import Foundation
import HTTP
import JSON
import Simulator
import Support
import Testing

/// The process dies between what it wrote down and what it heard of it: the next one finds out.
@Suite(.timeLimit(.minutes(2))) struct RestartWalkTests {
    /// Where a call is when the process dies.
    static let deaths: [Line.Trouble] = [.callKept, .answerKept]

    /// A world, and a process that dies while a call of `service` is out; `after` is given the next one.
    private func dying(
        _ options: World.Options, calling provider: String, _ death: Line.Trouble,
        before: (World, Service) async throws -> String,
        act: @escaping @Sendable (World, Service, String) async throws -> Void,
        after: (World, Service, Line, ManualClock, String) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        let line = Line(clock: clock)
        defer { line.stop() }
        var options = options
        options.gatewayURL = try line.start()
        let world = try World(options, clock: clock)
        defer { world.stop() }
        line.connect(to: world.alipay.simulator)
        let first = try world.start()
        let subject = try await before(world, first)
        try world.loseNotifications()
        line.trouble(provider, death)
        let acting = Task { try? await act(world, first, subject) }
        for await service in line.arrivals where service == provider { break }
        try await world.notificationsEnd(clock)
        let frozen = try world.freeze()
        // What the process still does on its way out nobody hears, and it is taken back.
        world.shop.merchant.behave(.fail(status: 500))
        line.release()
        await acting.value
        first.stop()
        try world.thaw(frozen)
        world.shop.merchant.behave(.accept)
        let second = try world.start()
        defer { second.stop() }
        try await after(world, second, line, clock, subject)
    }

    @Test(arguments: RestartWalkTests.deaths)
    func `a refund whose process died is found out, and the money goes back once`(death: Line.Trouble) async throws {
        try await dying(World.Options(), calling: World.refundService, death) { world, service in
            try await world.pay("ORDER-1", on: service).id
        } act: { world, service, id in
            _ = try await world.refund(id, #"{"amount": 2000}"#, on: service)
        } after: { world, service, line, clock, id in
            let refund = try #require(try await world.refunds(id, on: service).first)
            let refundID = try #require(refund["id"]?.text)
            #expect(refund["status"]?.text == "pending")
            // It may have been sent, for all that is known: nothing else is made beside it.
            let (status, problem) = try await world.refund(id, #"{"amount": 1}"#, on: service)
            #expect(status == 409 && problem["code"]?.text == "refund_in_progress")
            #expect(try await world.look(at: refundID, clock) == 30_000)
            if death == .callKept { try await world.look(at: refundID, clock) }
            #expect(try await world.expectTold("refund.succeeded", refundID)["amount"]?.int64 == 2000)
            let sent = line.calls(World.refundService)
            #expect(sent.count == (death == .callKept ? 2 : 1))
            #expect(Set(sent.compactMap { $0.fields["batch_no"] }).count == 1)
            #expect(world.alipay.simulator.refunds().count == 1)
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 2000)
        }
    }

    @Test(arguments: RestartWalkTests.deaths)
    func `a refund in a shop whose process died is sent again, and done once`(death: Line.Trouble) async throws {
        let options = World.Options(products: ["barcode/instant"])
        try await dying(options, calling: AcquireRefundTests.refundService, death) { world, service in
            let payment = try await world.charge("ORDER-1", code: "1", on: service).json
            _ = try await world.expectWebhook("payment.succeeded")
            return try #require(payment["id"]?.text)
        } act: { world, service, id in
            _ = try await world.refund(id, #"{"amount": 2000}"#, on: service)
        } after: { world, service, line, clock, id in
            let refundID = try #require(try await world.refunds(id, on: service).first?["id"]?.text)
            #expect(try await world.look(at: refundID, clock) == 30_000)
            _ = try await world.expectTold("refund.succeeded", refundID)
            let trade = try await world.payment(id, on: service)["provider"]?["trade_no"]?.text ?? ""
            #expect(world.refundedAtAlipay(trade) == 2000 && line.calls(AcquireRefundTests.refundService).count == 2)
        }
    }

    @Test(arguments: RestartWalkTests.deaths)
    func `a charge whose process died is never made again, and found out or canceled`(death: Line.Trouble) async throws
    {
        let options = World.Options(products: ["barcode/instant"])
        try await dying(options, calling: BarcodeWalkTests.chargeService, death) { _, _ in
            "ORDER-1"
        } act: { world, service, reference in
            _ = try await world.charge(reference, code: "1", on: service)
        } after: { world, service, line, clock, reference in
            let (status, payment) = try await world.charge(reference, code: "1", on: service)
            #expect(status == 200 && payment["status"]?.text != "succeeded")
            let id = try #require(payment["id"]?.text)
            if death == .answerKept {
                try await world.look(at: id, clock)
                #expect(try await world.expectTold("payment.succeeded", id)["amount_paid"]?.int64 == 12_050)
            } else {
                for _ in 0..<6 { try await world.look(at: id, clock) }
                _ = try await world.expectTold("payment.canceled", id)
            }
            #expect(line.calls(BarcodeWalkTests.chargeService).count == 1)
        }
    }

    @Test(arguments: RestartWalkTests.deaths)
    func `a shipment whose process died is told by the same call again`(death: Line.Trouble) async throws {
        try await dying(EscrowWalkTests.options, calling: ShipmentWalkTests.service, death) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: EscrowWalkTests.escrow)
            _ = try world.alipay.simulator.move(trade, .pay)
            _ = try await world.expectWebhook("payment.held")
            return id
        } act: { world, service, id in
            _ = try await world.call(
                .post, "/v1/payments/\(id)/shipments", on: service, body: ShipmentWalkTests.body)
        } after: { world, service, _, _, id in
            #expect(try await world.payment(id, on: service)["status"]?.text == "held")
            let (status, shipment, _) = try await world.call(
                .post, "/v1/payments/\(id)/shipments", on: service, body: ShipmentWalkTests.body)
            #expect(status == 201 && shipment["tracking_number"]?.text == "EA123456789CN")
            #expect(try await world.payment(id, on: service)["status"]?.text == "shipped")
        }
    }

    @Test(arguments: RestartWalkTests.deaths)
    func `a cancel whose process died sends no buyer on, and is carried out by the next look`(
        death: Line.Trouble
    ) async throws {
        try await dying(World.Options(), calling: "close_trade", death) { world, service in
            try await world.open("ORDER-1", on: service).id
        } act: { world, service, id in
            _ = try await world.call(.post, "/v1/payments/\(id)/cancel", on: service)
        } after: { world, service, _, clock, id in
            let now = try await world.payment(id, on: service)
            #expect(now["status"]?.text == "requires_action" && now["next_action"] == .null)
            let checkout = try await world.send(.get, "\(service.publicURL)/checkout/\(id)")
            #expect(checkout.status == 200 && checkout.headers["Location"] == nil)
            try await world.look(at: id, clock)
            _ = try await world.expectTold("payment.canceled", id)
            let trade = try #require(
                world.alipay.simulator.trade(partner: World.account.partner, outTradeNo: "ORDER-1"))
            #expect(trade.status == .closed)
        }
    }

    @Test(arguments: RestartWalkTests.deaths)
    func `late money whose refund was cut off goes back once`(death: Line.Trouble) async throws {
        var options = StatusWalkTests.talkative
        options.alipay = ["on_late_payment: refund"]
        try await dying(options, calling: World.refundService, death) { world, service in
            let id = try await world.open("ORDER-1", on: service).id
            _ = try await world.call(.post, "/v1/payments/\(id)/cancel", on: service)
            _ = try await world.expectWebhook("payment.canceled")
            return id
        } act: { world, service, id in
            let trade = world.alipay.simulator.trade(partner: World.account.partner, outTradeNo: "ORDER-1")
            _ = try world.alipay.simulator.payAgain(trade?.tradeNo ?? "")
            _ = try await world.call(.post, "/v1/payments/\(id)/sync", on: service)
        } after: { world, service, line, clock, id in
            let refundID = try #require(try await world.refunds(id, on: service).first?["id"]?.text)
            try await world.look(at: refundID, clock)
            if death == .callKept { try await world.look(at: refundID, clock) }
            _ = try await world.expectTold("refund.succeeded", refundID)
            #expect(world.alipay.simulator.refunds().count == 1)
            #expect(try await world.refunds(id, on: service).count == 1)
            #expect(Set(line.calls(World.refundService).compactMap { $0.fields["batch_no"] }).count == 1)
        }
    }
}

extension World {
    private static let databaseFiles = ["", "-wal"]

    /// The store's files as a process that is killed now leaves them.
    fileprivate func freeze() throws -> [String: Data] {
        try World.databaseFiles.reduce(into: [:]) { files, suffix in
            let url = URL(filePath: databasePath + suffix)
            if FileManager.default.fileExists(atPath: url.path()) { files[suffix] = try Data(contentsOf: url) }
        }
    }

    /// Takes back whatever was written since.
    fileprivate func thaw(_ files: [String: Data]) throws {
        for suffix in World.databaseFiles + ["-shm"] {
            try? FileManager.default.removeItem(atPath: databasePath + suffix)
        }
        for (suffix, data) in files { try data.write(to: URL(filePath: databasePath + suffix)) }
    }

    /// The next webhook of that type about that payment or refund, past those that were owed from before.
    fileprivate func expectTold(_ type: String, _ id: String) async throws -> JSONValue {
        while true {
            let webhook = try await nextWebhook()
            if webhook["type"]?.text == type, webhook["data"]?["id"]?.text == id { return webhook["data"] ?? .null }
        }
    }
}
