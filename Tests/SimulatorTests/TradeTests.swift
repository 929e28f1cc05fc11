import Simulator
import Testing

@Suite struct TradeTests {
    static func trade(_ moves: TradeMove..., totalFen: Int64 = 1000) throws -> Trade {
        var trade = Trade(
            tradeNo: "2026010221001000000000000001", partner: "2088101122136241",
            order: TradeOrder(
                service: "create_direct_pay_by_user", outTradeNo: "ORDER-1", subject: "book", priceFen: totalFen,
                sellerID: "2088101122136241",
                sellerEmail: "sales@bookshop.example"),
            buyer: SimulatedBuyer(), notifyURL: nil, returnURL: nil, createdAtMs: 1000, closesAtMs: nil)
        for move in moves { try trade.apply(move, atMs: 2000, refundable: true) }
        return trade
    }

    @Test(arguments: [
        (TradeMove.pay, TradeStatus.success), (.freeze, .pending), (.close, .closed), (.changePrice(5), .waitBuyerPay),
    ])
    func `an unpaid trade can be paid, frozen, closed and priced anew`(move: TradeMove, status: TradeStatus) throws {
        #expect(try TradeTests.trade(move).status == status)
    }

    @Test(arguments: [
        (TradeMove.finish, TradeStatus.finished), (.refund(1000), .closed), (.refund(999), .success),
        (.freeze, .pending),
    ])
    func `a paid trade can be finished, refunded and frozen`(move: TradeMove, status: TradeStatus) throws {
        #expect(try TradeTests.trade(.pay, move).status == status)
    }

    @Test(
        arguments: [
            (TradeMove.finish, []), (.refund(1), []), (.unfreeze, []), (.pay, [TradeMove.pay]), (.close, [.pay]),
            (.changePrice(5), [.pay]), (.pay, [.close]), (.close, [.close]), (.refund(1), [.close]),
            (.finish, [.freeze]),
            (.refund(1), [.pay, .finish]), (.finish, [.pay, .finish]), (.pay, [.pay, .refund(1000)]),
            (.freeze, [.close]),
        ] as [(TradeMove, [TradeMove])])
    func `what a status does not allow is refused and changes nothing`(move: TradeMove, before: [TradeMove]) throws {
        var trade = try TradeTests.trade()
        for move in before { try trade.apply(move, atMs: 2000, refundable: true) }
        let old = trade
        let error = #expect(throws: TradeRefusal.self) { try trade.apply(move, atMs: 3000, refundable: true) }
        #expect(error?.code == .wrongStatus)
        #expect(trade == old)
    }

    @Test(arguments: [0, -1, 1001] as [Int64]) func `a refund is 1 fen to all that is left`(fen: Int64) throws {
        var trade = try TradeTests.trade(.pay)
        let error = #expect(throws: TradeRefusal.self) { try trade.apply(.refund(fen), atMs: 3000, refundable: true) }
        #expect(error?.code == .amount)
    }

    @Test func `two partial refunds that make the whole close the trade`() throws {
        let trade = try TradeTests.trade(.pay, .refund(400), .refund(600))
        #expect(trade.status == .closed)
        #expect(trade.refundedFen == 1000)
        #expect(trade.refundStatus == "REFUND_SUCCESS")
        #expect(trade.closedAtMs == 2000)
    }

    @Test func `basic direct pay is finished by the payment`() throws {
        var trade = try TradeTests.trade()
        try trade.apply(.pay, atMs: 2000, refundable: false)
        #expect(trade.status == .finished)
        #expect(trade.closedAtMs == 2000)
    }

    @Test func `a price that the seller changed shows as a discount`() throws {
        let trade = try TradeTests.trade(.changePrice(900))
        #expect(trade.totalFen == 900)
        #expect(trade.discountFen == -100)
    }
}
