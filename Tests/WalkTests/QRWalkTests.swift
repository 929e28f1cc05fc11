import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// The buyer scans a code that the shop shows.
@Suite(.timeLimit(.minutes(2))) struct QRWalkTests {
    static let options = World.Options(products: ["qr/instant"])
    static let precreate = "alipay.acquire.precreate"

    @Test func `a code is shown, scanned and paid, and then there is nothing more to do`() async throws {
        try await World.onLine(Self.options) { world, service, line in
            let (status, payment) = try await world.createQR("ORDER-1", on: service)
            #expect(status == 201 && payment["status"]?.text == "requires_action")
            #expect(payment["next_action"]?["type"]?.text == "qr_code")
            let code = try #require(payment["next_action"]?["content"]?.text)
            let (again, same) = try await world.createQR("ORDER-1", on: service)
            #expect(again == 200 && same["next_action"] == payment["next_action"])
            #expect(line.calls(Self.precreate).count == 1)
            let trade = try world.alipay.simulator.scan(code).tradeNo
            _ = try world.alipay.simulator.move(trade, .pay)
            let told = try await world.expectWebhook("payment.succeeded")
            #expect(told["id"] == payment["id"] && told["amount_paid"]?.int64 == 12_050)
            #expect(told["next_action"] == .null && told["provider"]?["trade_no"]?.text == trade)
        }
    }

    @Test(arguments: [Line.Trouble.callLost, .answerLost])
    func `a create whose answer was lost is 201, and the same create again has the code`(
        trouble: Line.Trouble
    ) async throws {
        try await World.onLine(Self.options) { world, service, line in
            line.trouble(Self.precreate, trouble)
            let (status, payment) = try await world.createQR("ORDER-1", on: service)
            #expect(status == 201 && payment["status"]?.text == "processing" && payment["next_action"] == .null)
            _ = try await world.expectWebhook("payment.processing")
            let (again, same) = try await world.createQR("ORDER-1", on: service)
            #expect(again == 200 && same["id"] == payment["id"])
            let code = try #require(same["next_action"]?["content"]?.text)
            let trade = try world.alipay.simulator.scan(code).tradeNo
            _ = try world.alipay.simulator.move(trade, .pay)
            #expect(try await world.expectWebhook("payment.succeeded")["id"] == payment["id"])
            #expect(line.calls(Self.precreate).count == 2)
            #expect(Set(line.calls(Self.precreate).compactMap { $0.fields["out_trade_no"] }) == ["ORDER-1"])
        }
    }

    /// Whoever scanned it then would pay for an order that the shop has given up.
    @Test func `once a cancel was asked for, the code is shown no more, whatever came of it`() async throws {
        try await World.onLine(Self.options) { world, service, line in
            line.trouble(Self.precreate, .answerLost)
            let (_, payment) = try await world.createQR("ORDER-1", on: service)
            let (_, same) = try await world.createQR("ORDER-1", on: service)
            #expect(same["status"]?.text == "processing" && same["next_action"]?["type"]?.text == "qr_code")
            line.trouble("alipay.acquire.cancel", .callLost)
            line.trouble("alipay.acquire.query", .callLost)
            let id = try #require(payment["id"]?.text)
            let (status, _, _) = try await world.call(.post, "/v1/payments/\(id)/cancel", on: service)
            #expect(status == 504)
            let now = try await world.payment(id, on: service)
            #expect(now["status"]?.text == "processing" && now["next_action"] == .null)
        }
    }

    @Test(arguments: [Fault.Kind.unsigned, .badSignature, .garbled, .unknown, .status500])
    func `an answer that proves nothing gives no code`(kind: Fault.Kind) async throws {
        try await World.onLine(Self.options) { world, service, line in
            world.alipay.simulator.set(try #require(Fault(.precreate, kind)))
            let (status, payment) = try await world.createQR("ORDER-1", on: service)
            #expect(status == 201 && payment["status"]?.text == "processing" && payment["next_action"] == .null)
            _ = try await world.expectWebhook("payment.processing")
            let (_, same) = try await world.createQR("ORDER-1", on: service)
            #expect(same["next_action"]?["type"]?.text == "qr_code")
            #expect(line.calls(Self.precreate).count == 2)
        }
    }

    @Test func `a refusal is 502 with Alipay's code, and the payment canceled`() async throws {
        try await World.onLine(Self.options) { world, service, line in
            world.alipay.simulator.set(try #require(Fault(.precreate, .error, code: "EXIST_FORBIDDEN_WORD")))
            let (status, problem) = try await world.createQR("ORDER-1", on: service)
            #expect(status == 502 && problem["code"]?.text == "provider_refused")
            #expect(problem["provider"]?["code"]?.text == "EXIST_FORBIDDEN_WORD")
            #expect(problem["retryable"] == .bool(false) && problem["outcome"]?.text == "known")
            let told = try await world.expectWebhook("payment.canceled")
            #expect(told["id"] == problem["payment"])
            let (again, same) = try await world.createQR("ORDER-1", on: service)
            #expect(again == 200 && same["status"]?.text == "canceled" && same["next_action"] == .null)
            #expect(line.calls(Self.precreate).count == 1)
        }
    }

    @Test func `a contract without codes refuses, and Alipay is not asked again for an hour`() async throws {
        var options = Self.options
        options.accounts[0].contract.precreate = false
        try await World.onLine(options) { world, service, line in
            for number in 1...3 {
                let (status, problem) = try await world.createQR("ORDER-\(number)", on: service)
                #expect(status == 502 && problem["provider"]?["code"]?.text == "ILLEGAL_PARTNER_EXTERFACE")
                _ = try await world.expectWebhook("payment.canceled")
            }
            #expect(line.calls(Self.precreate).count == 1)
        }
    }

    @Test func `a canceled code cannot be paid any more, scanned before or not`() async throws {
        try await World.onLine(Self.options) { world, service, _ in
            for isScanned in [false, true] {
                let (_, payment) = try await world.createQR("ORDER-\(isScanned)", on: service)
                let code = try #require(payment["next_action"]?["content"]?.text)
                let trade = isScanned ? try world.alipay.simulator.scan(code).tradeNo : nil
                let id = try #require(payment["id"]?.text)
                let (status, canceled, _) = try await world.call(.post, "/v1/payments/\(id)/cancel", on: service)
                #expect(status == 200 && canceled["status"]?.text == "canceled" && canceled["next_action"] == .null)
                _ = try await world.expectWebhook("payment.canceled")
                if let trade {
                    #expect(throws: TradeRefusal.self) { try world.alipay.simulator.move(trade, .pay) }
                } else {
                    #expect(throws: (any Error).self) { try world.alipay.simulator.scan(code) }
                }
            }
        }
    }

    @Test func `a cancel of what was paid unseen says so`() async throws {
        try await World.onLine(Self.options) { world, service, _ in
            let (_, payment) = try await world.createQR("ORDER-1", on: service)
            let code = try #require(payment["next_action"]?["content"]?.text)
            let trade = try world.alipay.simulator.scan(code).tradeNo
            try world.loseNotifications()
            _ = try world.alipay.simulator.move(trade, .pay)
            let id = try #require(payment["id"]?.text)
            let (status, answer, _) = try await world.call(.post, "/v1/payments/\(id)/cancel", on: service)
            // A cancel of a payment in a shop gives back what was paid: no money is kept, and both are told.
            #expect(status == 200 && answer["status"]?.text == "canceled", "\(answer)")
            #expect(try await world.expectWebhook("payment.canceled")["amount_paid"]?.int64 == 12_050)
            #expect(try await world.expectWebhook("refund.succeeded")["origin"]?.text == "provider")
            #expect(world.refundedAtAlipay(trade) == 12_050)
        }
    }

    @Test func `a code that nobody scans expires, at Alipay and here`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.options, clock: clock) { world, service, _ in
            let (_, payment) = try await world.createQR("ORDER-1", on: service)
            let id = try #require(payment["id"]?.text)
            let code = try #require(payment["next_action"]?["content"]?.text)
            // 1, 5, 15 minutes, 1 hour; 2 hours, and it is over.
            for _ in 0..<5 { try await world.look(at: id, clock) }
            #expect(try await world.expectWebhook("payment.expired")["id"]?.text == id)
            #expect(throws: (any Error).self) { try world.alipay.simulator.scan(code) }
        }
    }
}

extension World {
    fileprivate func createQR(
        _ reference: String, on service: Service
    ) async throws -> (status: Int, json: JSONValue) {
        let body = """
            {"merchant_reference": "\(reference)", "amount": 12050, "subject": "三体 (1-3)", "channel": "qr"}
            """
        let (status, json, _) = try await call(.post, "/v1/payments", on: service, body: body)
        return (status, json)
    }
}
