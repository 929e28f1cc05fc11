/// A status of a trade, Alipay's word for it.
package enum TradeStatus: String, Sendable, CaseIterable {
    case waitBuyerPay = "WAIT_BUYER_PAY"
    /// Escrow: Alipay holds the money.
    case waitSellerSendGoods = "WAIT_SELLER_SEND_GOODS"
    /// Escrow: shipped.
    case waitBuyerConfirmGoods = "WAIT_BUYER_CONFIRM_GOODS"
    /// Escrow: the buyer has the goods, and Alipay is paying the seller.
    case waitSysPaySeller = "WAIT_SYS_PAY_SELLER"
    /// Paid, but the seller's account is frozen.
    case pending = "TRADE_PENDING"
    case success = "TRADE_SUCCESS"
    case finished = "TRADE_FINISHED"
    case closed = "TRADE_CLOSED"
}

/// What can happen to a trade.
package enum TradeMove: Sendable, Hashable {
    /// The buyer pays; where the buyer has the choice, at once.
    case pay
    /// The buyer chooses to pay at once, or into escrow, and pays.
    case payInstant
    case payEscrow
    /// The buyer pays a seller whose account is frozen; or the account is frozen afterwards.
    case freeze
    case unfreeze
    /// Unpaid: nobody wants it any more, or its time is over.
    case close
    /// The time for refunds is over.
    case finish
    /// The seller gives money back on Alipay's site, in fen.
    case refund(Int64)
    /// The same by `alipay.acquire.refund`, once for each `out_request_no`.
    case refundOnce(Int64, requestNo: String)
    /// The seller changes what the buyer has to pay on Alipay's site, in fen.
    case changePrice(Int64)
    /// The buyer fills in the address and takes the logistics option of that place, 0 to 3.
    case chooseLogistics(Int)
    case sendGoods(Trade.Shipment)
    /// The buyer has the goods.
    case confirmReceipt
    /// Alipay pays the seller out of escrow.
    case paySeller
    /// The buyer wants money back, all that is left unless said otherwise, with the goods or without; or wants it again
    /// after a refusal.
    case openDispute(fen: Int64?, returnsGoods: Bool)
    /// The seller agrees: the money goes back, or first the goods.
    case agreeRefund
    case refuseRefund
    /// The buyer has sent the goods back.
    case returnGoods
    /// The seller has them: the money goes back.
    case confirmReturn
    /// The buyer takes the dispute back, or Alipay ends it.
    case closeDispute
}

/// Why a trade did not move.
package struct TradeRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case noSuchTrade = "TRADE_NOT_EXIST"
        /// Sic: Alipay's spelling.
        case wrongStatus = "TRADE_STATUS_NOT_AVAILD"
        case amount = "REFUND_TRADE_FEE_ERROR"
        case repeated = "DISCORDANT_REPEAT_REQUEST"
        case price = "ILLEGAL_FEE_PARAM"
        case logistics = "LOGISTICS_CHOOSE_ERROR"
    }

    package let code: Code
    package let message: String

    package var description: String { "\(code.rawValue): \(message)" }
}
