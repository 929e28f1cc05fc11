import HTTP
import JSON
import Simulator
import Support
import Testing

@Suite struct DisputeTests {
    static func shipped(_ world: TestWorld) throws -> String {
        let trade = try world.paidTrade(EscrowTests.order).tradeNo
        try world.simulator.move(trade, .sendGoods(Trade.Shipment()))
        return trade
    }

    @Test func `goods go back, then the money, and the trade's own status stands until then`() throws {
        let world = TestWorld()
        let trade = try DisputeTests.shipped(world)
        for move in [
            .openDispute(fen: nil, returnsGoods: true), .refuseRefund, .openDispute(fen: nil, returnsGoods: true),
            .agreeRefund, .returnGoods, .confirmReturn,
        ] as [TradeMove] { try world.simulator.move(trade, move) }
        let forms = try world.inbox.forms.dropFirst(2)
        #expect(
            forms.map { $0.text("refund_status") } == [
                "WAIT_SELLER_AGREE", "SELLER_REFUSE_BUYER", "WAIT_SELLER_AGREE", "WAIT_BUYER_RETURN_GOODS",
                "WAIT_SELLER_CONFIRM_GOODS", "REFUND_SUCCESS",
            ])
        #expect(forms.dropLast().allSatisfy { $0.text("trade_status") == "WAIT_BUYER_CONFIRM_GOODS" })
        #expect(forms.last?.text("trade_status") == "TRADE_CLOSED")
        #expect(forms.last?.text("gmt_close") != nil)
        #expect(forms.allSatisfy { $0.text("gmt_refund") != nil })
    }

    @Test func `part of the money goes back and the trade goes on to its end`() throws {
        let world = TestWorld()
        let trade = try DisputeTests.shipped(world)
        try world.simulator.move(trade, .openDispute(fen: 500, returnsGoods: false))
        #expect(throws: TradeRefusal.self) { try world.simulator.move(trade, .confirmReceipt) }
        #expect(throws: TradeRefusal.self) { try world.simulator.move(trade, .refund(1)) }
        try world.simulator.move(trade, .agreeRefund)
        let (elements, _) = try read(world.query("trade_no", trade), wrapper: "trade")
        #expect(elements.text("refund_status") == "REFUND_SUCCESS")
        #expect(elements.text("trade_status") == "WAIT_BUYER_CONFIRM_GOODS")
        #expect(elements.text("to_buyer_fee") == "5.00")
        let end = try world.simulator.move(trade, .confirmReceipt)
        #expect(end.status == .finished)
        #expect(end.refundedFen == 500)
    }

    @Test func `a dispute that is closed leaves the trade as it was`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade(EscrowTests.order).tradeNo
        try world.simulator.move(trade, .openDispute(fen: nil, returnsGoods: false))
        let closed = try world.simulator.move(trade, .closeDispute)
        #expect(closed.refundStatus == "REFUND_CLOSED")
        #expect(closed.status == .waitSellerSendGoods)
        #expect(try world.simulator.move(trade, .refund(2500)).status == .closed)
    }

    @Test(
        arguments: [
            ([], .openDispute(fen: 2501, returnsGoods: false)), ([], .openDispute(fen: 0, returnsGoods: false)),
            ([], .agreeRefund), ([], .refuseRefund), ([], .closeDispute), ([], .confirmReturn),
            ([.openDispute(fen: 1, returnsGoods: true)], .returnGoods),
            ([.openDispute(fen: 1, returnsGoods: true)], .confirmReturn),
            ([.openDispute(fen: 1, returnsGoods: true), .agreeRefund], .agreeRefund),
            ([.openDispute(fen: 1, returnsGoods: true), .agreeRefund], .openDispute(fen: 1, returnsGoods: true)),
            ([.confirmReceipt], .openDispute(fen: 1, returnsGoods: false)),
        ] as [([TradeMove], TradeMove)])
    func `what a dispute's stand does not allow is refused and changes nothing`(
        before: [TradeMove], move: TradeMove
    )
        throws
    {
        let world = TestWorld()
        let trade = try DisputeTests.shipped(world)
        for step in before { try world.simulator.move(trade, step) }
        let old = world.simulator.trade(trade)
        #expect(throws: TradeRefusal.self) { try world.simulator.move(trade, move) }
        #expect(world.simulator.trade(trade) == old)
    }

    @Test func `goods that were not sent are not returned, and an instant trade has no disputes`() throws {
        let world = TestWorld()
        let unsent = try world.paidTrade(EscrowTests.order).tradeNo
        #expect(throws: TradeRefusal.self) {
            try world.simulator.move(unsent, .openDispute(fen: nil, returnsGoods: true))
        }
        let instant = try world.paidTrade(TestWorld.order.changed("out_trade_no", "I")).tradeNo
        #expect(throws: TradeRefusal.self) {
            try world.simulator.move(instant, .openDispute(fen: nil, returnsGoods: false))
        }
    }

    @Test func `the control API has every step`() throws {
        let world = TestWorld { $0.paysSellerAtOnce = false }
        let trade = try world.openTrade(EscrowTests.dual)
        for (action, body, status, refund) in [
            ("choose_logistics", "{\"option\":1}", "WAIT_BUYER_PAY", nil),
            ("pay_escrow", "", "WAIT_SELLER_SEND_GOODS", nil),
            ("send_goods", "{\"transport_type\":\"EMS\"}", "WAIT_BUYER_CONFIRM_GOODS", nil),
            ("open_dispute", "{\"amount\":1,\"return_goods\":true}", "WAIT_BUYER_CONFIRM_GOODS", "WAIT_SELLER_AGREE"),
            ("refuse_refund", "", "WAIT_BUYER_CONFIRM_GOODS", "SELLER_REFUSE_BUYER"),
            ("open_dispute", "", "WAIT_BUYER_CONFIRM_GOODS", "WAIT_SELLER_AGREE"),
            ("close_dispute", "", "WAIT_BUYER_CONFIRM_GOODS", "REFUND_CLOSED"),
            ("open_dispute", "{\"amount\":1,\"return_goods\":true}", "WAIT_BUYER_CONFIRM_GOODS", "WAIT_SELLER_AGREE"),
            ("agree_refund", "", "WAIT_BUYER_CONFIRM_GOODS", "WAIT_BUYER_RETURN_GOODS"),
            ("return_goods", "", "WAIT_BUYER_CONFIRM_GOODS", "WAIT_SELLER_CONFIRM_GOODS"),
            ("confirm_return", "", "WAIT_BUYER_CONFIRM_GOODS", "REFUND_SUCCESS"),
            ("confirm_receipt", "", "WAIT_SYS_PAY_SELLER", "REFUND_SUCCESS"),
            ("pay_seller", "", "TRADE_FINISHED", "REFUND_SUCCESS"),
        ] as [(String, String, String, String?)] {
            let answer = try ControlTests.ask(world, .post, "/simulator/trades/\(trade.tradeNo)/\(action)", body: body)
            #expect(answer.status == 200, "\(action)")
            #expect(answer.json["status"]?.text == status, "\(action)")
            #expect(answer.json["refund_status"]?.text == refund, "\(action)")
        }
    }
}
