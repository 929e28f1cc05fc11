extension Trade {
    mutating func pay(_ atMs: Int64, by way: Flow, _ refundable: Bool) throws(TradeRefusal) {
        switch status {
        case .waitBuyerPay:
            guard order.flow == .buyersChoice || order.flow == way else {
                throw TradeRefusal(code: .wrongStatus, message: "this order cannot be paid by \(way.rawValue)")
            }
            // Paid at once, a dual trade is at its end.
            status =
                way == .escrow
                ? .waitSellerSendGoods : refundable && order.flow == .instant ? .success : .finished
            flow = way
            paidAtMs = atMs
            if status == .finished { closedAtMs = atMs }
        case .waitSellerSendGoods, .waitBuyerConfirmGoods, .waitSysPaySeller, .pending, .success, .finished, .closed:
            throw refusal("be paid")
        }
    }

    mutating func freeze(_ atMs: Int64) throws(TradeRefusal) {
        switch status {
        case .waitBuyerPay:
            guard flow != .escrow else { throw refusal("be frozen before it is the seller's money") }
            flow = .instant
            status = .pending
            paidAtMs = atMs
        case .success, .waitSysPaySeller: status = .pending
        case .waitSellerSendGoods, .waitBuyerConfirmGoods, .pending, .finished, .closed: throw refusal("be frozen")
        }
    }

    mutating func unfreeze() throws(TradeRefusal) {
        switch status {
        case .pending: status = flow == .escrow ? .waitSysPaySeller : .success
        case .waitBuyerPay, .waitSellerSendGoods, .waitBuyerConfirmGoods, .waitSysPaySeller, .success, .finished,
            .closed:
            throw refusal("be released")
        }
    }

    mutating func close(_ atMs: Int64) throws(TradeRefusal) {
        switch status {
        case .waitBuyerPay:
            status = .closed
            closedAtMs = atMs
        case .waitSellerSendGoods, .waitBuyerConfirmGoods, .waitSysPaySeller, .pending, .success, .finished, .closed:
            throw refusal("be closed")
        }
    }

    mutating func finish(_ atMs: Int64) throws(TradeRefusal) {
        switch status {
        case .success:
            status = .finished
            closedAtMs = atMs
        case .waitBuyerPay, .waitSellerSendGoods, .waitBuyerConfirmGoods, .waitSysPaySeller, .pending, .finished,
            .closed:
            throw refusal("be finished")
        }
    }

    mutating func refund(_ fen: Int64, _ atMs: Int64) throws(TradeRefusal) {
        switch status {
        case .success, .waitSellerSendGoods, .waitBuyerConfirmGoods:
            guard dispute == nil else { throw refusal("be refunded during a dispute") }
            guard fen > 0, fen <= leftFen else {
                throw TradeRefusal(
                    code: .amount, message: "\(Yuan.text(leftFen)) is left to refund, not \(Yuan.text(fen))")
            }
            giveBack(fen, atMs)
        case .waitBuyerPay, .waitSysPaySeller, .pending, .finished, .closed: throw refusal("be refunded")
        }
    }

    /// Refunds of one trade that carry a number of their own.
    static let refundRequestsMax = 1000

    mutating func refundOnce(_ fen: Int64, _ requestNo: String, _ atMs: Int64) throws(TradeRefusal) {
        guard refundRequests[requestNo] == nil, refundRequests.count < Trade.refundRequestsMax else {
            throw TradeRefusal(code: .repeated, message: "there was a refund \(requestNo), or too many")
        }
        try refund(fen, atMs)
        refundRequests[requestNo] = fen
    }

    /// - Parameter fen: 1 to what is left; all of it closes the trade.
    mutating func giveBack(_ fen: Int64, _ atMs: Int64) {
        refundedFen += fen
        refundedAtMs = atMs
        refundState = .success
        guard refundedFen == totalFen else { return }
        status = .closed
        closedAtMs = atMs
    }

    mutating func changePrice(_ fen: Int64) throws(TradeRefusal) {
        switch status {
        case .waitBuyerPay:
            guard (1...Yuan.fenMax).contains(fen) else {
                throw TradeRefusal(code: .price, message: "\(Yuan.text(fen)) is no price")
            }
            adjustmentFen += fen - totalFen
        case .waitSellerSendGoods, .waitBuyerConfirmGoods, .waitSysPaySeller, .pending, .success, .finished, .closed:
            throw refusal("get another price")
        }
    }
}
