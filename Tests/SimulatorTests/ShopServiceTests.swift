import HTTP
import Simulator
import Support
import Testing

@Suite struct SendGoodsTests {
    @Test func `shipping moves the trade, and the answer is signed`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade(EscrowTests.order)
        let answer = world.ask(
            "send_goods_confirm_by_platform",
            [
                "trade_no": trade.tradeNo, "logistics_name": "顺丰", "invoice_no": "SF1", "transport_type": "EXPRESS",
            ])
        let (elements, sign) = try read(answer, wrapper: "tradeBase")
        #expect(sign == PartnerSignature.md5(elements, key: TestWorld.key))
        #expect(elements.text("trade_status") == "WAIT_BUYER_CONFIRM_GOODS")
        #expect(elements.text("total_fee") == "25.00")
        #expect(elements.text("buyer_actions") == "[REFUND, CONFIRM_GOODS]")
        #expect(world.simulator.trade(trade.tradeNo)?.shipment?.invoiceNo == "SF1")
        #expect(try world.told == ["WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS"])
    }

    @Test func `what cannot be shipped says why`() throws {
        let world = TestWorld(others: DirectPayTests.others)
        let unpaid = try world.openTrade(EscrowTests.order)
        let good: KeyValuePairs = [
            "trade_no": unpaid.tradeNo, "logistics_name": "顺丰", "transport_type": "EXPRESS",
        ]
        #expect(world.ask("send_goods_confirm_by_platform", good).contains("<error>TRADE_STATUS_NOT_AVAILD</error>"))
        for (fields, code) in [
            (
                ["trade_no": "2026010221001000000000000000", "logistics_name": "x", "transport_type": "EMS"],
                "TRADE_NOT_EXIST"
            ),
            (["out_trade_no": "ORDER-1", "logistics_name": "x", "transport_type": "EMS"], "ILLEGAL_ARGUMENT"),
            (["trade_no": unpaid.tradeNo, "transport_type": "EMS"], "ILLEGAL_ARGUMENT"),
            (["trade_no": unpaid.tradeNo, "logistics_name": "x", "transport_type": "DRONE"], "ILLEGAL_ARGUMENT"),
        ] as [(KeyValuePairs<String, String>, String)] {
            let answer = world.ask("send_goods_confirm_by_platform", fields)
            #expect(answer.contains("<error>\(code)</error>"), "\(fields)")
        }
    }
}

@Suite struct CloseTradeTests {
    @Test(arguments: ["trade_no", "out_order_no"]) func `an unpaid trade is closed by either number`(
        name: String
    ) throws {
        let world = TestWorld { $0.notifiesClosed = true }
        let trade = try world.openTrade()
        let answer = world.ask("close_trade", name == "trade_no" ? [name: trade.tradeNo] : [name: "ORDER-1"])
        #expect(
            answer == "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<alipay><is_success>T</is_success></alipay>")
        #expect(world.simulator.trade(trade.tradeNo)?.status == .closed)
        #expect(try world.told == ["TRADE_CLOSED"])
    }

    @Test func `what cannot be closed says why`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade()
        #expect(world.ask("close_trade", ["trade_no": trade.tradeNo]).contains("<error>TRADE_STATUS_NOT_AVAILD<"))
        #expect(world.ask("close_trade", ["out_order_no": "ORDER-9"]).contains("<error>TRADE_NOT_EXIST<"))
        #expect(world.ask("close_trade", ["out_trade_no": "ORDER-1"]).contains("<error>ILLEGAL_ARGUMENT<"))
        #expect(
            world.ask("close_trade", ["trade_no": trade.tradeNo, "trade_role": "X"]).contains(
                "<error>ILLEGAL_ARGUMENT<"))
        let other = TestWorld { $0.closeTrade = false }
        #expect(other.ask("close_trade", ["out_order_no": "A"]).contains("<error>ILLEGAL_PARTNER_EXTERFACE<"))
    }
}

@Suite struct WapPayTests {
    static let order = TestWorld.order(["service": "alipay.wap.create.direct.pay.by.user", "app_pay": "Y"])

    @Test func `a telephone's order is paid like a computer's`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade(WapPayTests.order)
        #expect(trade.status == .success)
        #expect(trade.order.service == "alipay.wap.create.direct.pay.by.user")
        let back = try found(world.simulator.returnURL(of: trade.tradeNo))
        #expect(back.contains("exterface=alipay.wap.create.direct.pay.by.user"))
    }

    @Test func `it takes UTF-8 and total_fee only, and seller_id`() {
        for (changes, code) in [
            (["_input_charset": "gbk", "subject": "book"], "ILLEGAL_CHARSET"),
            (["total_fee": "", "price": "1.00", "quantity": "1"], "ILLEGAL_ARGUMENT"),
            (["seller_id": "", "seller_email": "sales@bookshop.example"], "ILLEGAL_ARGUMENT"),
        ] as [(KeyValuePairs<String, String>, String)] {
            var fields = WapPayTests.order
            for (name, value) in changes { fields.set(name, value) }
            #expect(TestWorld().cashier(fields).contains("<strong>\(code)</strong>"))
        }
        #expect(TestWorld { $0.wapPay = false }.cashier(WapPayTests.order).contains("ILLEGAL_PARTNER_EXTERFACE"))
    }
}

@Suite struct TimestampTests {
    static func key(_ world: TestWorld) throws -> String {
        let answer = world.gateway(
            Fields(["service": "query_timestamp", "partner": TestWorld.partner, "_input_charset": "utf-8"]))
        let (elements, sign) = try read(answer, wrapper: "timestamp")
        #expect(sign == PartnerSignature.md5(elements, key: TestWorld.key))
        return try found(elements.text("encrypt_key"))
    }

    @Test func `a time stamp is good for 30 seconds`() throws {
        let world = TestWorld { $0.requiresTimestamp = true }
        let order = TestWorld.order.changed("anti_phishing_key", try TimestampTests.key(world))
        world.clock.advance(byMs: 30_000)
        #expect(world.cashier(order).contains("付款 Pay"))
        world.clock.advance(byMs: 1)
        #expect(world.cashier(order).contains("<strong>ANTI_PHISHING_KEY_TIMEOUT</strong>"))
    }

    @Test func `a contract may demand the time stamp and the buyer's address`() throws {
        let world = TestWorld {
            $0.requiresTimestamp = true
            $0.requiresBuyerIP = true
        }
        #expect(world.cashier().contains("<strong>ILLEGAL_ANTI_PHISHING_KEY</strong>"))
        #expect(world.cashier(TestWorld.order.changed("anti_phishing_key", "x")).contains("ILLEGAL_ANTI_PHISHING_KEY"))
        let order = TestWorld.order.changed("anti_phishing_key", try TimestampTests.key(world))
        #expect(world.cashier(order).contains("<strong>ILLEGAL_EXTER_INVOKE_IP</strong>"))
        #expect(world.cashier(order.changed("exter_invoke_ip", "203.0.113.7")).contains("付款 Pay"))
    }

    @Test func `another partner's time stamp does not count`() throws {
        let world = TestWorld(others: DirectPayTests.others)
        let order = TestWorld.order([
            "partner": "2088000000000009", "seller_id": "2088000000000009",
            "anti_phishing_key": try TimestampTests.key(world),
        ])
        let page = world.gateway(PartnerSignature.signed(order, key: DirectPayTests.others[0].key))
        #expect(page.contains("ILLEGAL_ANTI_PHISHING_KEY"))
    }
}
