import Diagnostics
import HTTP
import Simulator
import Support
import Testing

@Suite struct CashierTests {
    @Test func `paying notifies the merchant and sends the browser back with signed fields`() throws {
        let world = TestWorld()
        let trade = try world.openTrade(TestWorld.order(["extra_common_param": "m=17", "body": "red"]))
        let response = try found(world.send(.post, "/cashier/\(trade.tradeNo)/pay"))
        let location = try found(response.headers["Location"])
        let fields = try Fields(form: location.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst())
        #expect(response.status == 302)
        #expect(
            location.hasPrefix(
                "http://merchant.example/return/bookshop?is_success=T&exterface=create_direct_pay_by_user&"))
        #expect(PartnerSignature.isValid(fields, key: TestWorld.key))
        #expect(fields.text("trade_status") == "TRADE_SUCCESS")
        #expect(fields.text("total_fee") == "120.50")
        #expect(fields.text("extra_common_param") == "m=17")
        #expect(fields.text("notify_time") == "2026-01-02 11:04:05")
        #expect(try world.inbox.forms.map { $0.text("trade_status") } == ["TRADE_SUCCESS"])
    }

    @Test func `a return's notify_id is %252F on the wire and signed with the %2F that one decoding leaves`() throws {
        let world = TestWorld()
        let location = try found(world.simulator.returnURL(of: try world.paidTrade().tradeNo))
        let fields = try Fields(form: location.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst())
        let id = try found(fields.text("notify_id"))
        #expect(location.contains("notify_id=RqPnCoPT3K9%252Fvwbh3I"))
        #expect(id.hasPrefix("RqPnCoPT3K9%2Fvwbh3I"))
        let signed = String(decoding: PartnerSignature.stringToSign(fields), as: UTF8.self)
        #expect(signed.contains("&notify_id=\(id)&"))
        #expect(PartnerSignature.isValid(fields, key: TestWorld.key))
        let twice = fields.changed("notify_id", id.replacing("%2F", with: "/"))
        #expect(!PartnerSignature.isValid(twice, key: TestWorld.key))
    }

    @Test func `a return's notify_id holds for a minute, asked encoded or verbatim, as often as one likes`() throws {
        let world = TestWorld()
        let location = try found(world.simulator.returnURL(of: try world.paidTrade().tradeNo))
        let id = try found(
            try Fields(form: location.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst()).text("notify_id"))
        #expect(world.verify(id) == "true")
        #expect(world.verify(id) == "true")
        #expect(world.verify(id.replacing("%2F", with: "/")) == "true")
        world.clock.advance(byMs: 60_001)
        #expect(world.verify(id) == "false")
    }

    @Test func `fields are added to a return_url that has a query`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade(TestWorld.order(["return_url": "http://merchant.example/back?a=1"]))
        #expect(
            try found(world.simulator.returnURL(of: trade.tradeNo)).hasPrefix(
                "http://merchant.example/back?a=1&is_success=T&"))
    }

    @Test func `without return_url the buyer stays and sees that it is paid`() throws {
        let world = TestWorld()
        let trade = try world.openTrade(TestWorld.order(["return_url": ""]))
        let response = try found(world.send(.post, "/cashier/\(trade.tradeNo)/pay"))
        #expect(response.status == 200)
        #expect(world.text(response).contains("已付款"))
    }

    @Test func `a paid trade is not paid twice, neither by its button nor by opening the cashier anew`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade()
        #expect(world.text(world.send(.post, "/cashier/\(trade.tradeNo)/pay")).contains("Already paid"))
        let page = world.cashier()
        #expect(page.contains("Already paid"))
        #expect(!page.contains("<button"))
        #expect(world.inbox.requests.count == 1)
    }

    @Test func `giving up leaves the trade open, and closing closes it`() throws {
        let world = TestWorld()
        let trade = try world.openTrade()
        #expect(world.text(world.send(.get, "/cashier/\(trade.tradeNo)/leave")).contains("Not paid"))
        #expect(world.simulator.trade(trade.tradeNo)?.status == .waitBuyerPay)
        #expect(world.text(world.send(.post, "/cashier/\(trade.tradeNo)/close")).contains("This trade is closed"))
        #expect(world.simulator.trade(trade.tradeNo)?.status == .closed)
        #expect(world.inbox.requests.isEmpty)
    }

    @Test(arguments: [
        (Method.get, "/cashier/1", 404), (.get, "/cashier/", 404), (.get, "/elsewhere", 404),
        (.delete, "/gateway.do", 405),
    ])
    func `what is not there is 404 and what cannot be done 405`(method: Method, path: String, status: Int) {
        #expect(TestWorld().send(method, path)?.status == status)
    }

    @Test func `a payment is never made by GET`() throws {
        let world = TestWorld()
        let trade = try world.openTrade()
        #expect(world.send(.get, "/cashier/\(trade.tradeNo)/pay")?.status == 405)
        #expect(world.simulator.trade(trade.tradeNo)?.status == .waitBuyerPay)
    }

    @Test func `every page's stylesheet is there`() throws {
        let world = TestWorld()
        #expect(world.cashier().contains("href=\"/cashier/style.css\""))
        #expect(world.send(.get, "/cashier/style.css")?.headers["Content-Type"] == "text/css; charset=utf-8")
    }
}
