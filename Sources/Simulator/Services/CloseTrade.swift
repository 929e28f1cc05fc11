import HTTP

/// `close_trade`: an unpaid trade, by Alipay's number, which wins, or as `out_order_no` by the merchant's.
struct CloseTrade: Sendable {
    let book: TradeBook
    let desk: TradeDesk
    let answers: SignedAnswers

    func answer(_ call: GatewayCall) throws(GatewayError) -> Response {
        if let role = call.fields.filled("trade_role"), role != "B", role != "S" {
            throw GatewayError(.illegalArgument, "trade_role is B or S")
        }
        let trade = try find(call)
        guard (try? desk.move(trade.tradeNo, .close)) != nil else {
            throw GatewayError(.tradeStatusNotAvaild, "only a trade that is WAIT_BUYER_PAY can be closed")
        }
        return answers.success(call)
    }

    private func find(_ call: GatewayCall) throws(GatewayError) -> Trade {
        let trade: Trade?
        if let tradeNo = call.fields.filled("trade_no") {
            trade = book[tradeNo]
        } else if let number = call.fields.filled("out_order_no") {
            trade = book.trade(partner: call.account.partner, outTradeNo: number)
        } else {
            throw GatewayError(.illegalArgument, "neither trade_no nor out_order_no")
        }
        guard let trade, trade.partner == call.account.partner else {
            throw GatewayError(.tradeNotExist, "no such trade; it begins when the buyer reaches the cashier")
        }
        return trade
    }
}
