import Alipay
import HTTP
import Payments
import Testing

/// The requests that the reference publishes or computes, built by our services from the same values.
struct ServiceVectorTests {
    static let vectors = Vector.of("request", "published-request")

    /// Where our request is another one on purpose: the value that ours has instead.
    static let differences: [String: [String: String?]] = [
        // The time left is always in minutes.
        "req-direct-utf8-zh": ["it_b_pay": "60m"],
        "pub-chloerei-trade_create_by_buyer": ["logistics_fee": "0.00"],
        // One refund in a batch.
        "req-refund-nopwd": [
            "batch_num": "1", "detail_data": "2025010200000000000000000001^0.01^协商退款",
        ],
        "req-refund-pwd": [
            "batch_num": "1", "detail_data": "2025010200000000000000000001^0.01^协商退款", "seller_email": nil,
        ],
        "req-refund-pwd-gbk": ["batch_num": "1", "detail_data": "2025010200000000000000000001^0.01^协商退款"],
        // The batch number is enough: it is the refund's own.
        "req-refund-query": ["trade_no": nil],
        // By Alipay's number; the notifications of the payment are the ones of its refunds.
        "req-acq-refund": ["out_trade_no": nil, "trade_no": "2026010222001400000000000001", "notify_url": nil],
    ]

    /// Services that nobody asks for here; their strings and signs are tested in ``VectorTests``.
    static let notOffered: Set<String> = [
        "forex_refund", "create_forex_trade", "create_forex_trade_wap", "alipay.acquire.overseas.spot.refund",
        "alipay.wap.auth.authAndExecute", "batch_trans_notify", "account.page.query",
    ]

    static let offered = vectors.filter { !notOffered.contains($0.params?["service"] ?? "") }

    @Test func `every vector of a service that is offered is built here`() {
        #expect(ServiceVectorTests.offered.count == 17)
        #expect(Set(ServiceVectorTests.differences.keys).isSubset(of: ServiceVectorTests.offered.map(\.id)))
    }

    @Test(arguments: offered) func `our request has the vector's parameters, and its sign`(_ vector: Vector) throws {
        let params = try #require(vector.params)
        let url = try ServiceVectorTests.url(vector, params)
        let sent = try SentParameters(url: url)
        var expected: [String: [UInt8]] = [:]
        for parameter in try vector.parameters() where !parameter.value.isEmpty {
            expected[parameter.name] = parameter.value
        }
        let differences = ServiceVectorTests.differences[vector.id] ?? [:]
        let charset = TextCharset(rawValue: vector.charset) ?? .utf8
        for (name, value) in differences {
            #expect(value.map { RequestText.bytes(of: $0, charset) } != expected[name], "\(name) is no difference")
            expected[name] = value.map { RequestText.bytes(of: $0, charset) }
        }
        #expect(sent.unsigned == expected)
        #expect(sent["sign"] == sent.expectedSign(key: vector.key ?? ""))
        #expect((sent["sign"] == vector.sign) == differences.isEmpty)
        #expect(sent["sign_type"] == "MD5")
    }

    private static func contract(_ vector: Vector, _ params: [String: String]) throws -> Contract {
        Contract(
            partner: params["partner"] ?? "", keys: try vector.keys(), gatewayURL: "https://mapi.alipay.com/gateway.do",
            services: ContractServices(itBPay: params["it_b_pay"] != nil),
            charset: TextCharset(rawValue: vector.charset) ?? .utf8)
    }

    private static func url(_ vector: Vector, _ params: [String: String]) throws -> String {
        let contract = try contract(vector, params)
        let callbacks = Callbacks(notifyURL: params["notify_url"] ?? "", returnURL: params["return_url"] ?? "")
        let notifyURL = callbacks.notifyURL
        let service = try #require(params["service"])
        switch service {
        case "create_direct_pay_by_user":
            return try #require(
                CheckoutRequest.url(
                    try payment(vector, params, .web, .instant), contract, callbacks, nowMs: sampleNowMs))
        case "trade_create_by_buyer":
            return try #require(
                CheckoutRequest.url(
                    try payment(vector, params, .web, .buyerChoice), contract, callbacks, nowMs: sampleNowMs))
        case "alipay.wap.create.direct.pay.by.user":
            return try #require(
                CheckoutRequest.url(
                    try payment(vector, params, .mobileWeb, .instant), contract, callbacks, nowMs: sampleNowMs))
        case "close_trade":
            return try #require(CloseTrade.request(tradeNo: nil, outTradeNo: params["out_order_no"] ?? "", contract))
                .url
        case "refund_fastpay_by_platform_nopwd":
            let refund = try refund(params)
            return try #require(
                RefundFastpay.request(refund: refund, contract, notifyURL: notifyURL, nowMs: try date(params))
            ).url
        case "refund_fastpay_by_platform_pwd":
            let refund = try refund(params)
            return try #require(
                RefundFastpay.pageURL(refund: refund, contract, notifyURL: notifyURL, nowMs: try date(params)))
        case "refund_fastpay_query":
            return try #require(RefundFastpayQuery.request(batchNo: params["batch_no"] ?? "", contract)).url
        case "alipay.acquire.precreate":
            let payment = try payment(vector, params, .qr, .instant)
            return try #require(AcquirePrecreate.request(payment, contract, notifyURL: notifyURL, nowMs: sampleNowMs))
                .url
        case "alipay.acquire.createandpay":
            let request = try #require(
                AcquireCreateAndPay.request(
                    try payment(vector, params, .barcode, .instant), authCode: params["dynamic_id"] ?? "", contract,
                    notifyURL: notifyURL, nowMs: sampleNowMs))
            return "https://mapi.alipay.com/gateway.do?" + String(decoding: request.body, as: UTF8.self)
        case "alipay.acquire.refund":
            let refund = Refund.sample(
                amount: 500, reason: params["refund_reason"], batchNo: params["out_request_no"])
            return try #require(AcquireRefund.request(refund: refund, contract)).url
        case "alipay.acquire.close":
            return try #require(AcquireClose.request(outTradeNo: params["out_trade_no"] ?? "", contract)).url
        default:
            Issue.record("no service here makes \(service)")
            return ""
        }
    }

    /// With the vector's further fields as options.
    private static func payment(
        _ vector: Vector, _ params: [String: String], _ channel: Channel, _ settlement: Settlement
    ) throws -> Payment {
        let fee = try #require(params["total_fee"] ?? params["price"])
        let names = [
            "paymethod", "defaultbank", "extra_common_param", "qr_pay_mode", "app_pay", "ext_user_info", "goods_detail",
            "extend_params",
        ]
        let byPost = Shipping.Option(carrierType: .post, feeMinor: 0, paidBy: .seller)
        let minutes: [String: Int64] = ["1h": 60, "30m": 30, "5m": 5, "1m": 1]
        return .sample(
            channel, settlement, reference: params["out_trade_no"] ?? "", amount: try #require(Yuan.fen(fee.utf8)),
            subject: params["subject"] ?? "", description: params["body"],
            shipping: params["logistics_type"] == nil ? nil : Shipping(options: [byPost], receiver: nil),
            showURL: params["show_url"],
            options: names.compactMap { name in params[name].map { MetadataEntry(name, $0) } },
            charset: TextCharset(rawValue: vector.charset) ?? .utf8,
            expiresInMs: (minutes[params["it_b_pay"] ?? ""] ?? 120) * 60_000)
    }

    /// The first of the vector's refunds.
    private static func refund(_ params: [String: String]) throws -> Refund {
        let item = try #require(params["detail_data"]?.split(separator: "#").first)
        let parts = item.split(separator: "^").map(String.init)
        return .sample(
            amount: try #require(Yuan.fen(parts[1].utf8)), reason: parts[2], tradeNo: parts[0],
            batchNo: params["batch_no"])
    }

    private static func date(_ params: [String: String]) throws -> Int64 {
        try #require(BeijingTime.unixMs(params["refund_date"] ?? ""))
    }

    // MARK: - Answers

    static let answers = Vector.of("xml-response")

    private static func response(_ id: String) throws -> (OutboundResponse, Contract) {
        let vector = try #require(answers.first { $0.id == id })
        let contract = Contract(
            partner: "2088000000000001", keys: try vector.keys(), gatewayURL: "https://mapi.alipay.com/gateway.do")
        return (OutboundResponse(status: 200, body: try vector.xml()), contract)
    }

    @Test func `the reference's answers are read by the services they are of`() throws {
        let (timestamp, contract) = try ServiceVectorTests.response("xml-query_timestamp")
        #expect(QueryTimestamp.answer(timestamp, contract) == .key("KP3C1pXxxxxxxxxx=="))
        let (shipped, _) = try ServiceVectorTests.response("xml-send_goods")
        let answer = SendGoodsConfirmByPlatform.answer(
            shipped, tradeNo: "2025010221001000000000000007", outTradeNo: "20250102030405007", contract)
        #expect(answer == .shipped(word: "WAIT_BUYER_CONFIRM_GOODS"))
        #expect(ServiceVectorTests.answers.count == 3)
    }

    /// It lacks `trade_no`, so it says nothing that a payment could be moved by; its signature over GBK's bytes is right.
    @Test func `the reference's answer in GBK is signed, and lacks the trade's number`() throws {
        let (response, contract) = try ServiceVectorTests.response("xml-single_trade_query-gbk")
        let answer = SingleTradeQuery.answer(response, outTradeNo: "20250102030405001", contract)
        #expect(answer == .invalid("the answer lacks trade_no or trade_status"))
    }
}
