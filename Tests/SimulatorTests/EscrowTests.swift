import Diagnostics
import HTTP
import Simulator
import Support
import Testing

@Suite struct EscrowTests {
    /// A good escrow order: 2 × 10.00, by EXPRESS for 5.00 that the buyer pays, or by EMS for 20.00, or freight collect.
    static let order = TestWorld.order([
        "service": "create_partner_trade_by_buyer", "total_fee": "", "price": "10.00", "quantity": "2",
        "logistics_type": "EXPRESS", "logistics_fee": "5.00", "logistics_payment": "BUYER_PAY",
        "logistics_type_1": "EMS", "logistics_fee_1": "20.00", "logistics_payment_1": "BUYER_PAY",
        "logistics_type_2": "POST", "logistics_fee_2": "8.00", "logistics_payment_2": "BUYER_PAY_AFTER_RECEIVE",
        "receive_name": "李四", "receive_address": "某市 某路 2 号", "receive_zip": "100000", "receive_mobile": "13000000000",
    ])
    static let dual = order.changed("service", "trade_create_by_buyer")

    @Test func `an escrow trade goes from its payment to its end, each step told`() throws {
        let world = TestWorld { $0.notifiesWaitBuyerPay = true }
        let trade = try world.openTrade(EscrowTests.order)
        try world.simulator.move(trade.tradeNo, .chooseLogistics(0))
        try world.simulator.move(trade.tradeNo, .pay)
        try world.simulator.move(trade.tradeNo, .sendGoods(Trade.Shipment()))
        try world.simulator.move(trade.tradeNo, .confirmReceipt)
        #expect(
            try world.told == [
                "WAIT_BUYER_PAY", "WAIT_BUYER_PAY", "WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS",
                "TRADE_FINISHED",
            ])
        let forms = try world.inbox.forms
        #expect(forms.map { $0.text("logistics_fee") } == [nil, "5.00", "5.00", "5.00", "5.00"])
        #expect(forms.allSatisfy { $0.text("total_fee") == "25.00" && $0.text("discount") == "0.00" })
        let paid = forms[2]
        #expect(paid.text("receive_name") == "李四")
        #expect(paid.text("receive_phone") == nil)
        #expect(paid.text("logistics_payment") == "BUYER_PAY")
        #expect(paid.text("coupon_discount") == "0.00")
        #expect(forms.map { $0.text("gmt_send_goods") == nil } == [true, true, true, false, false])
        #expect(forms.map { $0.text("gmt_close") == nil } == [true, true, true, true, false])
        #expect(forms.allSatisfy { PartnerSignature.isValid($0, key: TestWorld.key) })
        #expect(Set(forms.map { $0.text("notify_id") }).count == 5)
    }

    @Test func `who pays without choosing takes the first option, and the address is told before the payment`() throws {
        let world = TestWorld { $0.notifiesWaitBuyerPay = true }
        _ = try world.paidTrade(EscrowTests.order)
        #expect(try world.told == ["WAIT_BUYER_PAY", "WAIT_BUYER_PAY", "WAIT_SELLER_SEND_GOODS"])
    }

    @Test(arguments: [(0, 2500), (1, 4000), (2, 2000)] as [(Int, Int64)])
    func `the total is price × quantity and the fee that the buyer pays with it`(place: Int, totalFen: Int64) throws {
        let world = TestWorld()
        let trade = try world.openTrade(EscrowTests.order)
        #expect(try world.simulator.move(trade.tradeNo, .chooseLogistics(place)).totalFen == totalFen)
        let paid = try world.simulator.move(trade.tradeNo, .pay)
        #expect(paid.totalFen == totalFen)
        #expect(paid.status == .waitSellerSendGoods)
    }

    @Test func `the seller may bear the fee, a discount lowers the price, and an adjustment counts on top`() throws {
        let world = TestWorld()
        let trade = try world.openTrade(
            EscrowTests.order.changed("logistics_payment", "SELLER_PAY").changed("discount", "-3.50"))
        #expect(trade.totalFen == 1650)
        #expect(try world.simulator.move(trade.tradeNo, .changePrice(1600)).discountFen == -400)
        #expect(try world.simulator.move(trade.tradeNo, .chooseLogistics(1)).totalFen == 3600)
    }

    @Test func `the trade waits for Alipay to pay the seller if the account says so`() throws {
        let world = TestWorld { $0.paysSellerAtOnce = false }
        let trade = try world.paidTrade(EscrowTests.order)
        for move in [.sendGoods(Trade.Shipment()), .confirmReceipt, .paySeller] as [TradeMove] {
            try world.simulator.move(trade.tradeNo, move)
        }
        #expect(
            try world.told == [
                "WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS", "WAIT_SYS_PAY_SELLER", "TRADE_FINISHED",
            ])
    }

    @Test func `a dual trade is escrow or instant as the buyer chooses`() throws {
        let world = TestWorld()
        let first = try world.openTrade(EscrowTests.dual)
        let instant = try world.simulator.move(first.tradeNo, .payInstant)
        #expect(instant.status == .finished)
        #expect(instant.totalFen == 2000)
        let second = try world.openTrade(EscrowTests.dual.changed("out_trade_no", "ORDER-2"))
        let escrow = try world.simulator.move(second.tradeNo, .payEscrow)
        #expect(escrow.status == .waitSellerSendGoods)
        #expect(escrow.totalFen == 2500)
        #expect(try world.told == ["TRADE_FINISHED", "WAIT_SELLER_SEND_GOODS"])
    }

    @Test func `a published dual order opens the cashier with both ways to pay`() throws {
        // The Ruby gem alipay's own test: signed by somebody else.
        let wire =
            "service=trade_create_by_buyer&_input_charset=utf-8&partner=1000000000000000&seller_id=1000000000000000"
            + "&payment_type=1&out_trade_no=1&subject=test&logistics_type=POST&logistics_fee=0"
            + "&logistics_payment=SELLER_PAY&price=0.01&quantity=1&sign_type=MD5"
            + "&sign=2d296368fea70a127da939558c970bab"
        let world = TestWorld(others: [
            SimulatorAccount(
                partner: "1000000000000000", key: Secret("10000000000000000000000000000000"),
                sellerEmail: "gem@shop.example")
        ])
        let page = world.text(world.send(.get, "/gateway.do", query: Array(wire.utf8)))
        #expect(page.contains("/pay\"") && page.contains("/pay_escrow\""))
    }

    @Test func `the cashier pays into escrow with the option that the buyer took`() throws {
        let world = TestWorld()
        let page = world.cashier(EscrowTests.order)
        #expect(page.contains("担保付款") && page.contains("EMS ¥ 20.00 BUYER_PAY") && !page.contains("/pay\""))
        let trade = try found(world.simulator.trades().first)
        let path = "/cashier/\(trade.tradeNo)/pay_escrow"
        let response = try found(world.send(.post, path, body: Array("logistics=1".utf8)))
        #expect(response.status == 302)
        let location = try found(response.headers["Location"])
        let fields = try Fields(form: location.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst())
        #expect(fields.text("trade_status") == "WAIT_SELLER_SEND_GOODS")
        #expect(fields.text("total_fee") == "40.00")
        #expect(fields.text("logistics_type") == "EMS")
        #expect(PartnerSignature.isValid(fields, key: TestWorld.key))
    }

    @Test(
        arguments: [
            (["logistics_type": ""], "ILLEGAL_ARGUMENT"), (["logistics_type": "DRONE"], "ILLEGAL_LOGISTICS_FORMAT"),
            (["logistics_fee": "-1.00"], "ILLEGAL_LOGISTICS_FORMAT"), (["logistics_fee": ""], "ILLEGAL_ARGUMENT"),
            (["logistics_payment": "NOBODY"], "ILLEGAL_LOGISTICS_FORMAT"),
            (["logistics_fee_1": ""], "ILLEGAL_ARGUMENT"),
            (["logistics_type_1": "", "logistics_fee_1": "", "logistics_payment_1": ""], "LOGISTICS_CHOOSE_ERROR"),
            (["discount": "-20.00"], "TOTAL_FEE_LESSEQUAL_ZERO"), (["discount": "x"], "ILLEGAL_FEE_PARAM"),
            (["price": ""], "ILLEGAL_ARGUMENT"), (["t_s_send_1": "soon"], "ILLEGAL_ARGUMENT"),
            (["receive_zip": "123456789012345678901"], "ILLEGAL_ARGUMENT"),
        ] as [(KeyValuePairs<String, String>, String)])
    func `an order that is wrong is a page with Alipay's code`(changes: KeyValuePairs<String, String>, code: String) {
        var fields = EscrowTests.order
        for (name, value) in changes { fields.set(name, value) }
        #expect(TestWorld().cashier(fields).contains("<strong>\(code)</strong>"))
    }

    @Test func `an instant order is not paid into escrow, nor shipped`() throws {
        let world = TestWorld()
        let trade = try world.openTrade()
        for move in [.payEscrow, .sendGoods(Trade.Shipment()), .chooseLogistics(0), .confirmReceipt] as [TradeMove] {
            #expect(throws: TradeRefusal.self) { try world.simulator.move(trade.tradeNo, move) }
        }
        #expect(throws: TradeRefusal.self) {
            try world.simulator.move(
                try world.openTrade(EscrowTests.order.changed("out_trade_no", "E")).tradeNo, .payInstant)
        }
    }

    @Test func `each service is a line of the contract`() {
        let escrow = TestWorld { $0.escrow = false }
        #expect(escrow.cashier(EscrowTests.order).contains("<strong>ILLEGAL_PARTNER_EXTERFACE</strong>"))
        let dual = TestWorld { $0.dual = false }
        #expect(dual.cashier(EscrowTests.dual).contains("<strong>ILLEGAL_PARTNER_EXTERFACE</strong>"))
    }
}
