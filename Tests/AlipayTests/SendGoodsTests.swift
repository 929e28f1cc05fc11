import Alipay
import HTTP
import Payments
import Testing

struct SendGoodsTests {
    static let tradeNo = "2026010222001400000000000001"

    static let sent = Reply(
        "tradeBase",
        [
            ("trade_no", tradeNo), ("out_trade_no", "ORDER-1001"), ("partner_id", "2088101122136241"),
            ("trade_status", "WAIT_BUYER_CONFIRM_GOODS"), ("buyer_actions", "[REFUND, CONFIRM_GOODS]"),
            ("total_fee", "120.50"), ("seller_user_id", "2088101122136241"),
        ])

    static func shipment(carrier: String = "顺丰 & Co", number: String? = "SF+1234") -> Shipment {
        Shipment(
            id: "shp_01J9ZK3V5W8Q2M4N6P8R0S2T4V", tenant: "bookshop", payment: "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V",
            carrier: carrier, trackingNumber: number, transport: .express, state: .requested,
            createdAtMs: sampleNowMs)
    }

    static func answer(_ reply: Reply) -> SendGoodsConfirmByPlatform.Answer { answer(reply.response()) }

    static func answer(_ response: OutboundResponse) -> SendGoodsConfirmByPlatform.Answer {
        SendGoodsConfirmByPlatform.answer(response, tradeNo: tradeNo, outTradeNo: "ORDER-1001", .sample())
    }

    @Test func `the request, whole`() throws {
        let request = try #require(
            SendGoodsConfirmByPlatform.request(
                tradeNo: SendGoodsTests.tradeNo, shipment: SendGoodsTests.shipment(), .sample()))
        #expect(
            request.url == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8&partner=2088101122136241"
                + "&service=send_goods_confirm_by_platform&trade_no=2026010222001400000000000001"
                + "&logistics_name=%E9%A1%BA%E4%B8%B0%20%26%20Co&invoice_no=SF%2B1234&transport_type=EXPRESS"
                + "&sign=d3c8783834c182390016b7b86f224f5d&sign_type=MD5")
        #expect(request.method == .get && request.policy == .trusted && request.timeout == .seconds(10))
        #expect(request.bodyLimit == .refuse(bytesMax: 262_144))
    }

    @Test func `a shipment without a number has none`() throws {
        let request = try #require(
            SendGoodsConfirmByPlatform.request(
                tradeNo: SendGoodsTests.tradeNo, shipment: SendGoodsTests.shipment(number: nil), .sample()))
        #expect(try SentParameters(request)["invoice_no"] == nil)
    }

    @Test(arguments: ["WAIT_BUYER_CONFIRM_GOODS", "WAIT_SYS_PAY_SELLER", "TRADE_FINISHED"])
    func `a signed answer about this trade says that the goods are sent`(word: String) {
        #expect(SendGoodsTests.answer(SendGoodsTests.sent.with("trade_status", word)) == .shipped(word: word))
    }

    @Test(arguments: ["WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_PAY", "TRADE_CLOSED", "COD_WAIT_BUYER_PAY"])
    func `a trade in another state is not a shipped one`(word: String) {
        let answer = SendGoodsTests.answer(SendGoodsTests.sent.with("trade_status", word))
        #expect(answer == .invalid("the answer says \(word), not that the goods are sent"))
    }

    @Test(arguments: [
        ("trade_no", "the answer is about another trade"), ("out_trade_no", "the answer is about another order"),
        ("partner_id", "the answer is about another partner"),
    ])
    func `an answer about something else proves nothing`(name: String, why: String) {
        for value in ["2088101122136242", "", nil] {
            #expect(SendGoodsTests.answer(SendGoodsTests.sent.with(name, value)) == .invalid(why))
        }
    }

    @Test func `an answer that another key signed, or that lacks its status, proves nothing`() {
        let forged = SendGoodsTests.sent.with { $0.key = otherKeyText }
        #expect(SendGoodsTests.answer(forged) == .invalid("the signature of the answer is wrong"))
        let silent = SendGoodsTests.sent.with("trade_status", nil)
        #expect(SendGoodsTests.answer(silent) == .invalid("the answer lacks trade_status"))
        let unreadable = SendGoodsTests.sent.with("trade_no", "二")
        #expect(SendGoodsTests.answer(unreadable) == .invalid("trade_no cannot be read"))
    }

    @Test func `a short success and an error count over verified TLS only`() {
        #expect(SendGoodsTests.answer(.sample(Reply.short("T"))) == .accepted)
        #expect(
            SendGoodsTests.answer(.sample(Reply.short("T"), verifiedTLS: false))
                == .invalid("an unsigned answer over an unverified connection"))
        let error = Reply.short("F", error: "TRADE_STATUS_NOT_AVAILD")
        #expect(SendGoodsTests.answer(.sample(error)) == .refused(code: "TRADE_STATUS_NOT_AVAILD"))
        #expect(
            SendGoodsTests.answer(.sample(error, verifiedTLS: false))
                == .invalid("an unsigned error over an unverified connection"))
    }
}
