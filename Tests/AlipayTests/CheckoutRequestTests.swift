import Alipay
import Payments
import Testing
import Text

struct CheckoutRequestTests {
    static func sent(
        _ payment: Payment, _ contract: Contract = .sample(), _ extras: CheckoutExtras = .none
    ) throws -> SentParameters {
        let url = try #require(CheckoutRequest.url(payment, contract, .sample, extras, nowMs: sampleNowMs))
        #expect(url.hasPrefix("https://mapi.alipay.com/gateway.do?"))
        let sent = try SentParameters(url: url)
        #expect(sent["sign"] == sent.expectedSign())
        return sent
    }

    @Test(
        arguments: [
            (.web, .instant, "create_direct_pay_by_user"), (.web, .escrow, "create_partner_trade_by_buyer"),
            (.web, .buyerChoice, "trade_create_by_buyer"),
            (.mobileWeb, .instant, "alipay.wap.create.direct.pay.by.user"),
        ] as [(Channel, Settlement, String)])
    func `each product has its service, and the order is named alike`(
        channel: Channel, settlement: Settlement, service: String
    ) throws {
        let payment = Payment.sample(
            channel, settlement, subject: "三体 & more", description: "a+b", showURL: "https://shop.example/?a=1&b=2")
        let sent = try CheckoutRequestTests.sent(payment)
        #expect(sent["service"] == service)
        #expect(sent["partner"] == "2088101122136241")
        #expect(sent["seller_id"] == "2088101122136241")
        #expect(sent["out_trade_no"] == "ORDER-1001")
        #expect(sent["payment_type"] == "1")
        #expect(sent["subject"] == "三体 & more")
        #expect(sent["body"] == "a+b")
        #expect(sent["show_url"] == "https://shop.example/?a=1&b=2")
        #expect(sent["notify_url"] == "https://pay.example/notify/bookshop")
        #expect(sent["return_url"] == "https://pay.example/return/bookshop")
        #expect(sent["it_b_pay"] == nil)
        let timed = try CheckoutRequestTests.sent(payment, .sample(services: ContractServices(itBPay: true)))
        #expect(timed["it_b_pay"] == "120m")
    }

    @Test(
        arguments: [(.qr, .instant), (.barcode, .instant), (.mobileWeb, .escrow), (.qr, .buyerChoice)]
            as [(Channel, Settlement)])
    func `what no browser is sent to has no URL`(channel: Channel, settlement: Settlement) {
        #expect(CheckoutRequest.url(.sample(channel, settlement), .sample(), .sample, nowMs: sampleNowMs) == nil)
    }

    @Test func `instant payments have a sum, escrow the price of one piece`() throws {
        let direct = try CheckoutRequestTests.sent(.sample())
        #expect(direct["total_fee"] == "120.50")
        #expect(direct["price"] == nil && direct["quantity"] == nil && direct["logistics_type"] == nil)
        for settlement in [Settlement.escrow, .buyerChoice] {
            let sent = try CheckoutRequestTests.sent(.sample(.web, settlement))
            #expect(sent["total_fee"] == nil)
            #expect(sent["price"] == "120.50" && sent["quantity"] == "1")
        }
    }

    @Test func `escrow without shipping goes by express at the seller's cost`() throws {
        let sent = try CheckoutRequestTests.sent(.sample(.web, .escrow))
        #expect(sent["logistics_type"] == "EXPRESS")
        #expect(sent["logistics_fee"] == "0.00")
        #expect(sent["logistics_payment"] == "SELLER_PAY")
        #expect(sent["logistics_type_1"] == nil && sent["receive_name"] == nil)
    }

    @Test func `three ways to travel, who pays them, and the receiver`() throws {
        let shipping = Shipping(
            options: [
                .init(carrierType: .ems, feeMinor: 1050, paidBy: .buyer),
                .init(carrierType: .post, feeMinor: 0, paidBy: .seller),
                .init(carrierType: .direct, feeMinor: 5, paidBy: .onReceipt),
            ], receiver: .init(name: "李雷", address: "杭州市 西湖区 1&2 号", zip: "310000", phone: "0571-88158090"))
        let sent = try CheckoutRequestTests.sent(.sample(.web, .buyerChoice, shipping: shipping))
        #expect(sent["logistics_type"] == "EMS" && sent["logistics_fee"] == "10.50")
        #expect(sent["logistics_payment"] == "BUYER_PAY")
        #expect(sent["logistics_type_1"] == "POST" && sent["logistics_fee_1"] == "0.00")
        #expect(sent["logistics_payment_1"] == "SELLER_PAY")
        #expect(sent["logistics_type_2"] == "DIRECT" && sent["logistics_fee_2"] == "0.05")
        #expect(sent["logistics_payment_2"] == "BUYER_PAY_AFTER_RECEIVE")
        #expect(sent["logistics_type_3"] == nil)
        #expect(sent["receive_name"] == "李雷" && sent["receive_address"] == "杭州市 西湖区 1&2 号")
        #expect(sent["receive_zip"] == "310000" && sent["receive_phone"] == "0571-88158090")
    }

    @Test func `an escrow request, whole`() {
        let url = CheckoutRequest.url(
            .sample(.web, .escrow), .sample(services: ContractServices(itBPay: true)), .sample, nowMs: sampleNowMs)
        #expect(
            url == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8&partner=2088101122136241"
                + "&service=create_partner_trade_by_buyer&notify_url=https%3A%2F%2Fpay.example%2Fnotify%2Fbookshop"
                + "&out_trade_no=ORDER-1001&payment_type=1&return_url=https%3A%2F%2Fpay.example%2Freturn%2Fbookshop"
                + "&seller_id=2088101122136241&subject=Blue%20mug&price=120.50&quantity=1&logistics_type=EXPRESS"
                + "&logistics_fee=0.00&logistics_payment=SELLER_PAY&it_b_pay=120m&sign=63b47c890080fd1e4b1a9fd6f2d55acc&sign_type=MD5"
        )
    }

    // MARK: - Extras

    @Test func `the time stamp and the buyer's address go with the products of the web`() throws {
        let extras = CheckoutExtras(antiPhishingKey: "KP3C1pX==", invokeIP: "203.0.113.7")
        for settlement in [Settlement.instant, .escrow, .buyerChoice] {
            let sent = try CheckoutRequestTests.sent(.sample(.web, settlement), .sample(), extras)
            #expect(sent["anti_phishing_key"] == "KP3C1pX==")
            #expect(sent["exter_invoke_ip"] == "203.0.113.7")
        }
        let wap = try CheckoutRequestTests.sent(.sample(.mobileWeb), .sample(), extras)
        #expect(wap["anti_phishing_key"] == nil && wap["exter_invoke_ip"] == nil)
    }

    @Test(
        arguments: [
            ("203.0.113.7", "203.0.113.7"), ("::ffff:203.0.113.7", "203.0.113.7"), ("2001:db8::1", nil), ("", nil),
            ("203.0.113", nil), ("203.0.113.7 ", nil), ("203.0.113.7&sign=0", nil), ("localhost", nil),
        ] as [(String, String?)])
    func `the buyer's address is one of IPv4 or is not sent`(given: String, sent: String?) throws {
        let extras = CheckoutExtras(invokeIP: given)
        #expect(try CheckoutRequestTests.sent(.sample(), .sample(), extras)["exter_invoke_ip"] == sent)
    }

    // MARK: - Charset and seller

    @Test func `a phone's request is in UTF-8 whatever the contract's charset, the others in the payment's`() throws {
        let contract = Contract(
            partner: "2088101122136241", keys: .sample, gatewayURL: "https://mapi.alipay.com/gateway.do", charset: .gbk)
        let wap = try CheckoutRequestTests.sent(.sample(.mobileWeb, subject: "测试", charset: .gbk), contract)
        #expect(wap["_input_charset"] == "utf-8")
        #expect(wap["subject"] == "测试")
        let web = try CheckoutRequestTests.sent(.sample(.web, .escrow, subject: "测试", charset: .gbk), contract)
        #expect(web["_input_charset"] == "gbk")
        #expect(web.fields["subject"].map(Array.init) == [0xB2, 0xE2, 0xCA, 0xD4])
    }

    @Test func `the seller is named as the file names it, on a phone by id`() throws {
        let contract = Contract.sample(sellerEmail: "sales@bookshop.example")
        let escrow = try CheckoutRequestTests.sent(.sample(.web, .escrow), contract)
        #expect(escrow["seller_email"] == "sales@bookshop.example" && escrow["seller_id"] == nil)
        let wap = try CheckoutRequestTests.sent(.sample(.mobileWeb), contract)
        #expect(wap["seller_id"] == "2088101122136241" && wap["seller_email"] == nil)
    }

    // MARK: - Options

    @Test func `the merchant's options are sent as they are`() throws {
        let sent = try CheckoutRequestTests.sent(
            .sample(options: [.init("paymethod", "bankPay"), .init("defaultbank", "ICBCB2C")]))
        #expect(sent["paymethod"] == "bankPay" && sent["defaultbank"] == "ICBCB2C")
        let escrow = try CheckoutRequestTests.sent(.sample(.web, .escrow, options: [.init("t_s_send_1", "3d")]))
        #expect(escrow["t_s_send_1"] == "3d")
        let wap = try CheckoutRequestTests.sent(.sample(.mobileWeb, options: [.init("app_pay", "Y")]))
        #expect(wap["app_pay"] == "Y")
    }

    /// They were refused when the payment was made; a row that says otherwise changes nothing.
    @Test func `an option that is on no list never reaches Alipay`() throws {
        let options = [
            "partner", "seller_id", "seller_email", "notify_url", "return_url", "service", "sign", "sign_type",
            "total_fee", "price", "out_trade_no", "_input_charset", "it_b_pay", "royalty_parameters", "app_pay",
        ].map { MetadataEntry($0, "forged") }
        let plain = try CheckoutRequestTests.sent(.sample())
        let forged = try CheckoutRequestTests.sent(.sample(options: options))
        #expect(forged.unsigned == plain.unsigned)
    }
}
