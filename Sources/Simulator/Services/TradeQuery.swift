import HTTP

/// `single_trade_query`.
struct TradeQuery: Sendable {
    let book: TradeBook
    let answers: SignedAnswers

    func answer(_ call: GatewayCall) throws(GatewayError) -> Response {
        let trade = try find(call.fields, call.account)
        var elements = TradeMessages.query(of: trade)
        call.suffered.spoil(&elements, totalFen: trade.totalFen)
        return answers.answer(to: call, wrapper: "trade", elements)
    }

    /// By Alipay's number, which wins, or by the merchant's.
    private func find(_ fields: Fields, _ account: SimulatorAccount) throws(GatewayError) -> Trade {
        let trade: Trade?
        if let tradeNo = fields.filled("trade_no") {
            guard (16...64).contains(tradeNo.utf8.count) else {
                throw GatewayError(.illegalArgument, "trade_no has 16 to 64 characters")
            }
            trade = book[tradeNo]
        } else if let outTradeNo = fields.filled("out_trade_no"), outTradeNo.unicodeScalars.count <= 64 {
            trade = book.trade(partner: account.partner, outTradeNo: outTradeNo)
        } else {
            throw GatewayError(.illegalArgument, "neither trade_no nor out_trade_no")
        }
        guard let trade, trade.partner == account.partner else {
            throw GatewayError(.tradeNotExist, "no such trade; it begins when the buyer reaches the cashier")
        }
        return trade
    }
}
