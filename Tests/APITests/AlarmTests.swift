import Alipay
import Crypto
import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// What an operator has to look at is an alarm of the tenant that it concerns, and of no other.
struct AlarmTests {
    // MARK: - A second trade

    /// A notification that is signed and confirmed; what Alipay is told.
    private static func notify(_ desk: Desk, _ status: String, tradeNo: String, _ notifyID: String) async -> String {
        let confirmed = OutboundResponse(status: 200, body: Array("true".utf8), verifiedTLS: true)
        desk.alipayAnswers(["notify_verify": confirmed])
        let message = HandMadeNotification(
            reference: "ORDER-1", tradeNo: tradeNo, status: status, notifyID: notifyID, partner: "2088101122136241",
            sellerEmail: "sales@bookshop.example", key: TradeAnswer.key)
        return await desk.call(.post, "/notify/bookshop", key: nil, body: message.body).text
    }

    @Test func `a second trade that is paid is one alarm, however often Alipay tells of it`() async {
        let desk = Desk()
        let id = await desk.payment(at: "TRADE_SUCCESS").id
        #expect(desk.alarms("duplicate_payment") == 0)
        let second = "2026010222001400000000000002"
        #expect(await AlarmTests.notify(desk, "TRADE_SUCCESS", tradeNo: second, "n1") == "success")
        #expect(desk.alarms("duplicate_payment") == 1)
        #expect(desk.alarms("duplicate_payment", tenant: "teashop") == 0)
        #expect(await desk.call(.get, "/v1/events?type=payment.duplicate").ids.count == 1)
        // Its refund window ends: nothing new.
        #expect(await AlarmTests.notify(desk, "TRADE_FINISHED", tradeNo: second, "n2") == "success")
        #expect(desk.alarms("duplicate_payment") == 1)
        #expect(await desk.call(.get, "/v1/payments/\(id)").json["provider"]?["trade_no"]?.text == "2026010200001")
    }

    // MARK: - A code that is new

    @Test(arguments: [
        ("BRAND_NEW_CODE", 502, 1), ("ILLEGAL_ARGUMENT", 502, 0), ("RESULT_BRAND_NEW", 502, 0),
        ("TRADE_NOT_EXIST", 200, 0),
    ])
    func `a code that Alipay's documents do not name is an alarm, and one that they name is none`(
        code: String, status: Int, count: Int
    ) async {
        let desk = Desk()
        let id = await desk.create().id
        desk.alipayAnswers(["single_trade_query": TradeAnswer.error(code)])
        #expect(await desk.call(.post, "/v1/payments/\(id)/sync").status == status)
        #expect(desk.alarms("unknown_code") == count)
        #expect(desk.alarms("unknown_code", tenant: "teashop") == 0)
        #expect(desk.log.messages(.warning).count { $0 == "unknown code from Alipay" } == count)
    }

    // MARK: - Money that comes late

    /// The bookshop, which sells everything and wants late money to go back.
    private static let refunding = Tenant(
        id: "bookshop", name: "Bookshop",
        contract: Contract(
            partner: "2088101122136241", sellerEmail: "sales@bookshop.example",
            keys: SigningKeys(md5: [TradeAnswer.key]), gatewayURL: "https://mapi.alipay.com/gateway.do",
            onLatePayment: .refund),
        products: Set(Product.all),
        apiKeys: [APIKey(label: "backend", digest: SHA256.digest(Array(Desk.bookshopKey.utf8)))],
        endpoints: [.shop])

    /// An escrow payment that was canceled, and of which Alipay says that word when it is asked after that.
    private static func late(_ desk: Desk, _ word: String) async -> Reading {
        let id = await desk.create { $0["settlement"] = "\"escrow\"" }.id
        desk.alipayAnswers(["close_trade": TradeAnswer.done])
        #expect(await desk.call(.post, "/v1/payments/\(id)/cancel").json["status"]?.text == "canceled")
        desk.alipayAnswers([
            "single_trade_query": TradeAnswer.trade("ORDER-1", status: word),
            "refund_fastpay_by_platform_nopwd": TradeAnswer.done,
        ])
        return await desk.call(.post, "/v1/payments/\(id)/sync")
    }

    @Test(arguments: [
        ("WAIT_SELLER_SEND_GOODS", "held"), ("WAIT_BUYER_CONFIRM_GOODS", "shipped"), ("TRADE_FINISHED", "succeeded"),
    ])
    func `late money that cannot go back is an alarm, and the payment is late all the same`(
        word: String, status: String
    ) async {
        let desk = Desk(tenants: [AlarmTests.refunding])
        let payment = await AlarmTests.late(desk, word)
        #expect(payment.status == 200)
        #expect(payment.json["status"]?.text == status)
        #expect(payment.json["late"] == .bool(true))
        #expect(desk.alarms("late_payment_not_refundable") == 1)
        #expect(desk.alarms("late_payment") == 1)
        #expect(await desk.call(.get, "/v1/events?type=payment.late_success").ids.count == 1)
        #expect(await desk.call(.get, "/v1/refunds").ids == [])
        #expect(desk.services == ["close_trade", "single_trade_query"])
    }

    @Test func `late money that goes back is no such alarm`() async {
        let desk = Desk(tenants: [AlarmTests.refunding])
        let payment = await AlarmTests.late(desk, "TRADE_SUCCESS")
        #expect(payment.json["late"] == .bool(true))
        #expect(desk.alarms("late_payment_not_refundable") == 0)
        #expect(desk.alarms("late_payment") == 1)
        #expect(await desk.call(.get, "/v1/refunds?payment=\(payment.id)").ids.count == 1)
    }

    @Test func `where late money is accepted nothing has to go back`() async {
        let desk = Desk(tenants: [.everything()])
        #expect(await AlarmTests.late(desk, "WAIT_SELLER_SEND_GOODS").json["late"] == .bool(true))
        #expect(desk.alarms("late_payment_not_refundable") == 0)
        #expect(desk.alarms("late_payment") == 1)
    }
}
