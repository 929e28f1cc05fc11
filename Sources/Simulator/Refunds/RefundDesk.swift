/// Carries batches of refunds out and tells the merchants what became of each item.
struct RefundDesk: Sendable {
    let book: RefundBook
    let trades: TradeBook
    let desk: TradeDesk
    let notifier: Notifier
    let faults: FaultPlan

    /// - Returns: the batch as it is now; nil if there is none.
    /// - Throws: BATCH_REFUND_LOCK_ERROR.
    @discardableResult
    func carryOut(partner: String, batchNo: String) throws(GatewayError) -> SimulatedRefund? {
        guard let batch = try book.begin(partner: partner, batchNo: batchNo) else { return book[partner, batchNo] }
        let done = book.finish(batch, results: batch.items.map { result(of: $0, partner: partner) })
        notifier.announce(done)
        return done
    }

    private func result(of item: SimulatedRefund.Item, partner: String) -> String {
        let suffered = faults.take(.refundItem)
        if suffered.contains(.error) { return suffered.code }
        if let code = RefundDesk.refusal(trades[item.tradeNo], item.amountFen, partner: partner) { return code }
        // Between the look at the trade and the move, its buyer may have been quicker.
        let moved = try? desk.move(item.tradeNo, .refund(item.amountFen))
        return moved == nil ? "TRADE_STATUS_ERROR" : SimulatedRefund.success
    }

    /// Why that much of a trade cannot be given back, in Alipay's words; nil if it can.
    static func refusal(_ trade: Trade?, _ fen: Int64, partner: String) -> String? {
        guard let trade else { return "TRADE_NOT_EXISTS" }
        guard trade.partner == partner else { return "NOT_THIS_PARTNERS_TRADE" }
        switch trade.status {
        case .waitBuyerPay, .waitSysPaySeller: return "TRADE_STATUS_ERROR"
        case .pending: return "SELLER_STATUS_NOT_ALLOW"
        case .finished: return "TRADE_HAS_FINISHED"
        case .closed: return "TRADE_HAS_CLOSED"
        case .success, .waitSellerSendGoods, .waitBuyerConfirmGoods:
            guard trade.dispute == nil else { return "TRADE_STATUS_ERROR" }
            return fen > trade.leftFen ? "REASON_TRADE_REFUND_FEE_ERR" : nil
        }
    }
}
