/// What a shop does after the order: it asks, refunds, cancels and closes.
extension AcquireServices {
    func query(_ call: GatewayCall, _ fields: AcquireFields) throws(AcquireFailure) -> Fields {
        let trade = try find(call, fields)
        var elements = AcquireServices.elements("SUCCESS", trade)
        AcquireServices.addBuyer(of: trade, to: &elements)
        elements.set("trade_status", trade.status.rawValue)
        elements.set("total_fee", Yuan.text(trade.totalFen))
        elements.set("send_pay_date", trade.paidAtMs.map(BeijingTime.text))
        call.suffered.spoil(&elements, totalFen: trade.totalFen)
        return elements
    }

    /// The same `out_request_no` gives the money back once; without one, the order's number counts as it.
    func refund(_ call: GatewayCall, _ fields: AcquireFields) throws(AcquireFailure) -> Fields {
        let fen = try fields.refundFen()
        let notifyURL = try fields.notifyURL()
        let trade = try find(call, fields)
        let requestNo = fields.filled("out_request_no") ?? trade.order.outTradeNo
        guard requestNo.unicodeScalars.count <= 64 else {
            throw AcquireFailure("INVALID_PARAMETER", "out_request_no is longer than 64")
        }
        if try isRepeat(trade, requestNo, fen) { return refunded(trade, "N", call) }
        guard !refunds.isLocked(trade.tradeNo) else {
            throw AcquireFailure("REASON_TRADE_BEEN_FREEZEN", "a refund of the trade is in progress")
        }
        try checkRefund(trade, fen)
        let action = NotifyAction(kind: .refund, outBizNo: requestNo)
        do throws(TradeRefusal) {
            let done = try desk.move(
                trade.tradeNo, .refundOnce(fen, requestNo: requestNo), action: action, notifyURL: notifyURL)
            return refunded(done, "Y", call)
        } catch {
            // Another request was quicker, perhaps this very one.
            let now = try find(call, fields)
            if try isRepeat(now, requestNo, fen) { return refunded(now, "N", call) }
            throw AcquireFailure("TRADE_STATUS_ERROR", error.message)
        }
    }

    private func isRepeat(_ trade: Trade, _ requestNo: String, _ fen: Int64) throws(AcquireFailure) -> Bool {
        guard let before = trade.refundRequests[requestNo] else { return false }
        guard before == fen else {
            throw AcquireFailure("DISCORDANT_REPEAT_REQUEST", "out_request_no was used for another amount")
        }
        return true
    }

    private func checkRefund(_ trade: Trade, _ fen: Int64) throws(AcquireFailure) {
        switch trade.status {
        case .success, .waitSellerSendGoods, .waitBuyerConfirmGoods:
            guard fen <= trade.leftFen else {
                throw AcquireFailure("REASON_TRADE_REFUND_FEE_ERR", "\(Yuan.text(trade.leftFen)) is left to refund")
            }
        case .closed: throw AcquireFailure("TRADE_HAS_CLOSE", "the trade is closed")
        case .finished: throw AcquireFailure("TRADE_HAS_FINISHED", "the time for refunds is over")
        case .pending: throw AcquireFailure("REASON_TRADE_BEEN_FREEZEN", "the seller's account is frozen")
        case .waitBuyerPay, .waitSysPaySeller:
            throw AcquireFailure("TRADE_STATUS_ERROR", "a trade that is \(trade.status.rawValue) is not refunded")
        }
    }

    private func refunded(_ trade: Trade, _ fundChange: String, _ call: GatewayCall) -> Fields {
        var elements = AcquireServices.elements("SUCCESS", trade)
        AcquireServices.addBuyer(of: trade, to: &elements)
        elements.set("fund_change", fundChange)
        let spoiltFen: Int64 = call.suffered.contains(.wrongAmount) ? 1 : 0
        elements.set("refund_fee", Yuan.text(trade.refundedFen + spoiltFen))
        elements.set("gmt_refund_pay", trade.refundedAtMs.map(BeijingTime.text))
        return elements
    }

    /// Closes what is unpaid, gives back what is paid; a code that nobody scanned is worthless from now on.
    func cancel(_ call: GatewayCall, _ fields: AcquireFields) throws(AcquireFailure) -> Fields {
        let trade: Trade
        do throws(AcquireFailure) { trade = try find(call, fields) } catch {
            guard let number = fields.filled("out_trade_no"), fields.filled("trade_no") == nil,
                codes.void(partner: call.account.partner, outTradeNo: number)
            else { throw error }
            return Fields([
                "result_code": "SUCCESS", "out_trade_no": number, "retry_flag": "N", "action": "close",
            ])
        }
        let action: String
        switch trade.status {
        case .waitBuyerPay: action = try canceled(trade, .close, "close")
        case .success: action = try canceled(trade, .refund(trade.leftFen), "refund")
        case .closed: action = trade.refundedFen > 0 ? "refund" : "close"
        case .finished: throw AcquireFailure("TRADE_HAS_FINISHED", "the time for cancelling is over")
        case .pending: throw AcquireFailure("REASON_TRADE_BEEN_FREEZEN", "the seller's account is frozen")
        case .waitSellerSendGoods, .waitBuyerConfirmGoods, .waitSysPaySeller:
            throw AcquireFailure("TRADE_STATUS_ERROR", "an escrow trade is not cancelled")
        }
        var elements = AcquireServices.elements("SUCCESS", trade)
        elements.set("retry_flag", "N")
        elements.set("action", action)
        return elements
    }

    private func canceled(_ trade: Trade, _ move: TradeMove, _ action: String) throws(AcquireFailure) -> String {
        do throws(TradeRefusal) {
            try desk.move(trade.tradeNo, move, action: NotifyAction(kind: .cancel))
            return action
        } catch {
            throw AcquireFailure("REASON_ILLEGAL_STATUS", error.message)
        }
    }

    func close(_ call: GatewayCall, _ fields: AcquireFields) throws(AcquireFailure) -> Fields {
        let trade = try find(call, fields)
        guard trade.status != .closed else { throw AcquireFailure("TRADE_HAS_CLOSE", "the trade is closed") }
        do throws(TradeRefusal) {
            return AcquireServices.elements("SUCCESS", try desk.move(trade.tradeNo, .close))
        } catch {
            throw AcquireFailure("REASON_ILLEGAL_STATUS", error.message)
        }
    }
}
