import App
import HTTP
import JSON
import Simulator
import Support
import Testing
import Text

/// What goes to Alipay with a checkout: charsets, options, time stamps, addresses, time limits.
@Suite(.timeLimit(.minutes(2))) struct ProductWalkTests {
    @Test func `a GBK tenant's web payment is GBK, and its payment for telephones UTF-8`() async throws {
        var options = World.Options(alipay: ["charset: gbk"])
        options.products = ["web/instant", "mobile_web/instant"]
        try await World.run(options) { world, service in
            for (channel, charset, encoded) in [
                ("web", "gbk", "%C8%FD%CC%E5"), ("mobile_web", "utf-8", "%E4%B8%89%E4%BD%93"),
            ] {
                let body = """
                    {"merchant_reference": "ORDER-\(channel)", "amount": 12050, "subject": "三体", "channel": "\(channel)"}
                    """
                let (status, payment, _) = try await world.call(.post, "/v1/payments", on: service, body: body)
                #expect(status == 201, "\(payment)")
                let url = try #require(payment["next_action"]?["provider_url"]?.text)
                #expect(URLParts(url).fields["_input_charset"] == charset)
                #expect(url.uppercased().contains("SUBJECT=" + encoded), "\(url)")
                let trade = try await world.openCashier(payment)
                #expect(world.alipay.simulator.trade(trade)?.order.subject == "三体")
                _ = try world.alipay.simulator.move(trade, .pay)
                let told = try await world.expectWebhook("payment.succeeded")
                #expect(told["subject"]?.text == "三体" && told["channel"]?.text == channel)
                // What the service says and hears afterwards is written as the contract has it.
                let id = try #require(payment["id"]?.text)
                _ = try await world.makeRefund(id, #"{"reason": "退货"}"#, on: service)
                _ = try await world.expectWebhook("refund.succeeded")
                #expect(world.alipay.simulator.refunds().first?.items.first?.reason == "退货")
                #expect(world.refundedAtAlipay(trade) == 12_050)
            }
        }
    }

    @Test func `a payment for telephones is paid, synced and canceled as one for desks`() async throws {
        let options = World.Options(products: ["mobile_web/instant"])
        try await World.run(options) { world, service in
            for (reference, isPaid) in [("ORDER-1", true), ("ORDER-2", false)] {
                let body = """
                    {"merchant_reference": "\(reference)", "amount": 12050, "subject": "三体 (1-3)", "channel": "mobile_web"}
                    """
                let payment = try await world.call(.post, "/v1/payments", on: service, body: body).json
                let fields = URLParts(payment["next_action"]?["provider_url"]?.text ?? "").fields
                #expect(fields["service"] == "alipay.wap.create.direct.pay.by.user")
                #expect(fields["seller_id"] == World.account.partner && fields["total_fee"] == "120.50")
                let trade = try await world.openCashier(payment)
                let id = try #require(payment["id"]?.text)
                if isPaid {
                    try world.loseNextNotification()
                    _ = try world.alipay.simulator.move(trade, .pay)
                    let synced = try await world.call(.post, "/v1/payments/\(id)/sync", on: service).json
                    #expect(synced["status"]?.text == "succeeded")
                    _ = try await world.expectWebhook("payment.succeeded")
                } else {
                    let canceled = try await world.call(.post, "/v1/payments/\(id)/cancel", on: service).json
                    #expect(canceled["status"]?.text == "canceled")
                    #expect(world.alipay.simulator.trade(trade)?.status == .closed)
                }
            }
        }
    }

    @Test func `options arrive at Alipay as they were given`() async throws {
        var options = World.Options(products: ["web/instant", "qr/instant"])
        options.accounts[0].contract.itBPay = true
        try await World.onLine(options) { world, service, line in
            let given = [
                "paymethod": "bankPay", "defaultbank": "ICBCB2C", "extra_common_param": "购物车 8812?a", "goods_type": "1",
                "need_buyer_realnamed": "T",
            ]
            let text = given.map { "\"\($0.key)\": \"\($0.value)\"" }.joined(separator: ", ")
            let payment = try await world.create("ORDER-1", on: service, extra: ", \"provider_options\": {\(text)}")
            let url = try #require(payment["next_action"]?["provider_url"]?.text)
            for (name, value) in given { #expect(URLParts(url).fields[name] == value) }
            let trade = try await world.openCashier(payment)
            #expect(world.alipay.simulator.trade(trade)?.order.extraCommonParam == "购物车 8812?a")
            let detail = #"[{"goods_id":"b-1","price":"120.50"}]"#
            let escaped = detail.replacing("\"", with: "\\\"")
            let (status, qr, _) = try await world.call(
                .post, "/v1/payments", on: service,
                body: """
                    {"merchant_reference": "ORDER-2", "amount": 12050, "subject": "三体", "channel": "qr", \
                    "provider_options": {"goods_detail": "\(escaped)", "operator_id": "till-7"}}
                    """)
            #expect(status == 201, "\(qr)")
            let call = try #require(line.calls("alipay.acquire.precreate").first)
            #expect(call.fields["goods_detail"] == detail && call.fields["operator_id"] == "till-7")
        }
    }

    /// Each is a parameter of the very request, or of another service.
    @Test(arguments: [
        "total_fee", "price", "quantity", "discount", "notify_url", "return_url", "seller_email", "seller_id",
        "partner",
        "out_trade_no", "subject", "service", "_input_charset", "sign", "sign_type", "it_b_pay", "royalty_parameters",
        "exter_invoke_ip", "anti_phishing_key", "payment_type", "goods_detail", "t_s_send_1", "Total_fee",
    ])
    func `an option overrides nothing that is the payment's, the contract's or the gateway's`(
        name: String
    ) async throws {
        try await World.run { world, service in
            let body = """
                {"merchant_reference": "ORDER-1", "amount": 12050, "subject": "三体", "channel": "web", \
                "provider_options": {"\(name)": "1"}}
                """
            let (status, problem, _) = try await world.call(.post, "/v1/payments", on: service, body: body)
            #expect(status == 400 && problem["code"]?.text == "invalid_request")
            #expect(problem["errors"]?.elements.first?["pointer"]?.text == "/provider_options/\(name)")
            let found = try await world.call(.get, "/v1/payments?merchant_reference=ORDER-1", on: service).json
            #expect(found["data"]?.elements.isEmpty == true)
        }
    }

    /// A contract that demands a time stamp and the buyer's address.
    static var careful: World.Options {
        var options = World.Options(alipay: ["services: {query_timestamp: true, exter_invoke_ip: true}"])
        options.accounts[0].contract.requiresTimestamp = true
        options.accounts[0].contract.requiresBuyerIP = true
        return options
    }

    @Test func `each checkout carries a fresh time stamp and the buyer's address`() async throws {
        let clock = ManualClock()
        try await World.onLine(Self.careful, clock: clock) { world, service, line in
            let payment = try await world.create("ORDER-1", on: service)
            #expect(payment["next_action"]?["provider_url"] == .null)
            #expect(line.calls("query_timestamp").isEmpty)
            let checkout = try #require(payment["next_action"]?["url"]?.text)
            var keys: Set<String> = []
            var first = ""
            for _ in 0..<3 {
                let response = try await world.send(.get, checkout)
                #expect(response.status == 302 && response.headers["Cache-Control"] == "no-store")
                let location = try #require(response.headers["Location"])
                if first.isEmpty { first = location }
                var fields = URLParts(location).fields
                #expect(fields["exter_invoke_ip"] == "127.0.0.1")
                keys.insert(try #require(fields["anti_phishing_key"]))
                fields["sign_type"] = nil
                #expect(fields.removeValue(forKey: "sign") == HandMadeNotification.sign(fields, World.account.key))
                let page = try await world.send(.get, location)
                #expect(String(decoding: page.body, as: UTF8.self).contains("/pay"))
            }
            #expect(keys.count == 3 && line.calls("query_timestamp").count == 3)
            // Half a minute later Alipay takes the old address no more, and the checkout makes a new one.
            clock.advance(byMs: 31_000)
            let late = try await world.send(.get, first)
            #expect(String(decoding: late.body, as: UTF8.self).contains("ANTI_PHISHING_KEY_TIMEOUT"))
            let again = try #require(try await world.send(.get, checkout).headers["Location"])
            let page = try await world.send(.get, again)
            #expect(!String(decoding: page.body, as: UTF8.self).contains("ANTI_PHISHING"))
            let trade = try #require(
                world.alipay.simulator.trade(partner: World.account.partner, outTradeNo: "ORDER-1"))
            _ = try world.alipay.simulator.move(trade.tradeNo, .pay)
            _ = try await world.expectWebhook("payment.succeeded")
            // What is paid asks for no more.
            #expect(try await world.send(.get, checkout).status == 200)
            #expect(line.calls("query_timestamp").count == 4)
        }
    }

    @Test(arguments: [Fault.Kind.unsigned, .badSignature, .garbled, .htmlPage, .status500, .error])
    func `no time stamp, no checkout: the buyer is asked to try again, and then it works`(
        kind: Fault.Kind
    ) async throws {
        try await World.run(Self.careful) { world, service in
            let payment = try await world.create("ORDER-1", on: service)
            let checkout = try #require(payment["next_action"]?["url"]?.text)
            world.alipay.simulator.set(try #require(Fault(.timestamp, kind)))
            let response = try await world.send(.get, checkout, headers: [("Accept-Language", "en")])
            #expect(response.status == 503 && response.headers["Location"] == nil)
            #expect(String(decoding: response.body, as: UTF8.self).contains("Please try again"))
            #expect(try await world.send(.get, checkout).status == 302)
            #expect(
                try await world.payment(payment["id"]?.text ?? "", on: service)["status"]?.text == "requires_action")
        }
    }

    @Test func `no answer at all is no time stamp either`() async throws {
        try await World.onLine(Self.careful) { world, service, line in
            let payment = try await world.create("ORDER-1", on: service)
            line.trouble("query_timestamp", .callLost, .answerLost)
            let checkout = try #require(payment["next_action"]?["url"]?.text)
            for _ in 0..<2 { #expect(try await world.send(.get, checkout).status == 503) }
            #expect(try await world.send(.get, checkout).status == 302)
        }
    }

    @Test func `Alipay closes what is not paid in the time that it was told, and the payment expires`() async throws {
        let clock = ManualClock()
        var options = StatusWalkTests.talkative
        options.alipay = ["services: {it_b_pay: true}"]
        options.accounts[0].contract.itBPay = true
        try await World.run(options, clock: clock) { world, service in
            let payment = try await world.create("ORDER-1", on: service, extra: #", "expires_in": 3600"#)
            let id = try #require(payment["id"]?.text)
            clock.advance(byMs: 600_000)
            let checkout = try #require(payment["next_action"]?["url"]?.text)
            let location = try #require(try await world.send(.get, checkout).headers["Location"])
            #expect(URLParts(location).fields["it_b_pay"] == "50m")
            _ = try await world.send(.get, location)
            let trade = try #require(
                world.alipay.simulator.trade(partner: World.account.partner, outTradeNo: "ORDER-1"))
            clock.advance(byMs: 3_000_000)
            #expect(world.alipay.simulator.trade(trade.tradeNo)?.status == .closed)
            let told = try await world.expectWebhook("payment.expired")
            #expect(told["id"]?.text == id && told["amount_paid"] == .null)
            try await world.notificationsEnd(clock)
            #expect(try await world.eventTypes(on: service) == ["payment.expired"])
        }
    }

    @Test func `a contract without time limits is closed by us when its time is over`() async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: #", "expires_in": 3600"#)
            // After 1, 5 and 15 minutes, and at the end.
            for _ in 0..<3 { try await world.look(at: id, clock) }
            #expect(try await world.payment(id, on: service)["status"]?.text == "requires_action")
            // Somebody pays in the last second, and nothing is told: it is not closed, but paid.
            let (other, second) = try await world.open("ORDER-2", on: service, extra: #", "expires_in": 3600"#)
            try world.loseNotifications()
            _ = try world.alipay.simulator.move(second, .pay)
            try await world.look(at: id, clock)
            try await world.until(clock, "a look at the other") {
                try await world.payment(other, on: service)["status"]?.text == "succeeded"
            }
            var told: [String?: String] = [:]
            for _ in 0..<2 {
                let webhook = try await world.nextWebhook()
                told[webhook["data"]?["id"]?.text] = webhook["type"]?.text
            }
            #expect(told == [id: "payment.expired", other: "payment.succeeded"])
            #expect(world.alipay.simulator.trade(trade)?.status == .closed)
            #expect(line.calls("close_trade").count == 1)
        }
    }
}
