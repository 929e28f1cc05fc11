import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// A contract in GBK, both ways.
@Suite(.timeLimit(.minutes(2))) struct GBKWalkTests {
    /// 三体 in GBK (ce.edu.cn's table, any GBK encoder).
    private static let subject: [UInt8] = [0xC8, 0xFD, 0xCC, 0xE5]
    private static let options = World.Options(alipay: ["charset: gbk"])

    @Test func `the checkout is in GBK to the byte, and signed over those bytes`() async throws {
        try await World.run(Self.options) { world, service in
            let payment = try await world.create("ORDER-1", subject: "三体", on: service)
            #expect(payment["subject"]?.text == "三体")
            let location = try #require(payment["next_action"]?["provider_url"]?.text)
            let query = try #require(location.split(separator: "?", maxSplits: 1).last)
            let pairs = query.split(separator: "&").map(String.init)
            #expect(pairs.contains("_input_charset=gbk") && pairs.contains("subject=%C8%FD%CC%E5"))
            var fields = URLParts(location).fields
            let sign = fields.removeValue(forKey: "sign")
            fields["sign_type"] = nil
            fields["subject"] = "mark"
            #expect(sign == SignedBytes.sign(fields, replacing: "mark", with: Self.subject, key: World.account.key))
            #expect(try await world.openCashier(payment).count == 28)
            let trade = world.alipay.simulator.trade(partner: World.account.partner, outTradeNo: "ORDER-1")
            #expect(trade?.order.subject == "三体")
        }
    }

    @Test func `notification, query and return are in GBK, and understood`() async throws {
        try await World.onLine(Self.options) { world, service, line in
            let extra = #", "return_url": "https://shop.example/thanks""#
            let payment = try await world.create("ORDER-1", subject: "三体", on: service, extra: extra)
            let trade = try await world.openCashier(payment)
            _ = try world.alipay.simulator.move(trade, .pay)
            let webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.succeeded" && webhook["data"]?["subject"]?.text == "三体")
            let row = try await world.newestRow(on: service)
            let explained = await world.payrelay("notifications", "explain", row, on: service)
            #expect(explained.out.contains("  subject = 三体\n"), "\(explained.out)")

            // A second one, whose notification is lost: a sync reads the answer, and a return its fields.
            try world.loseNotifications()
            let second = try await world.create("ORDER-2", subject: "三体", on: service, extra: extra)
            let paid = try await world.openCashier(second)
            _ = try world.alipay.simulator.move(paid, .pay)
            let path = "/v1/payments/\(second["id"]?.text ?? "")/sync"
            let (status, synced, _) = try await world.call(.post, path, on: service)
            #expect(status == 200 && synced["status"]?.text == "succeeded")
            #expect(line.calls("single_trade_query").last?.fields["_input_charset"] == "gbk")
            let url = try #require(world.alipay.simulator.returnURL(of: paid))
            #expect(url.contains("subject=%C8%FD%CC%E5"))
            let back = try await world.send(.get, url)
            #expect(back.status == 303 && back.headers["Location"]?.contains("status=succeeded") == true)
        }
    }

    @Test func `the same text in UTF-8 has another signature, and is refused`() async throws {
        try await World.run(Self.options) { world, service in
            let payment = try await world.create("ORDER-1", subject: "三体", on: service)
            let trade = try await world.openCashier(payment)
            let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            // Signed over UTF-8 and sent in it: right by its bytes, and nothing that counts is other than ASCII.
            #expect(try await world.told(message, on: service) == "fail")
            #expect(try await world.verdicts(on: service) == ["not_confirmed"])
            var mixed = message
            mixed.fields["subject"] = "三体"
            mixed.sign = SignedBytes.sign(
                mixed.fields, replacing: "三体", with: Self.subject, key: World.account.key)
            #expect(try await world.told(mixed, on: service) == "fail")
            #expect(try await world.verdicts(on: service).first == "bad_signature")
        }
    }

    @Test func `a character that GBK lacks is refused by its name, when the payment is made`() async throws {
        try await World.run(Self.options) { world, service in
            for (field, text) in [("subject", "三体 🐉"), ("description", "🐉 三体")] {
                let subject = field == "subject" ? text : "三体"
                let description = field == "description" ? text : "三体"
                let body = """
                    {"merchant_reference": "ORDER-1", "amount": 1, "subject": "\(subject)", "channel": "web", \
                    "description": "\(description)"}
                    """
                let (status, problem, _) = try await world.call(.post, "/v1/payments", on: service, body: body)
                #expect(status == 400 && problem["code"]?.text == "invalid_request")
                let errors = problem["errors"]?.elements ?? []
                #expect(errors.count == 1 && errors.first?["pointer"]?.text == "/\(field)")
                #expect(errors.first?["detail"]?.text?.contains("U+1F409") == true, "\(problem)")
            }
            let list = try await world.call(.get, "/v1/payments", on: service).json
            #expect(list["data"]?.elements.isEmpty == true)
            // In UTF-8 it is a character like any other.
            let body = #"{"merchant_reference": "TEA-1", "amount": 1, "subject": "🐉", "channel": "web"}"#
            let (status, _, _) = try await world.call(
                .post, "/v1/payments", on: service, key: World.otherKey, body: body)
            #expect(status == 201)
        }
    }
}
