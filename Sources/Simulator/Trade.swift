/// A status of a trade, Alipay's word for it (mapi.md §4.4). Escrow's own are not here yet.
package enum TradeStatus: String, Sendable, CaseIterable {
    case waitBuyerPay = "WAIT_BUYER_PAY"
    /// Paid, but the seller's account is frozen.
    case pending = "TRADE_PENDING"
    case success = "TRADE_SUCCESS"
    case finished = "TRADE_FINISHED"
    case closed = "TRADE_CLOSED"
}

/// What can happen to a trade.
package enum TradeMove: Sendable, Hashable {
    /// The buyer pays.
    case pay
    /// The buyer pays a seller whose account is frozen; or the account is frozen afterwards.
    case freeze
    case unfreeze
    /// Unpaid: nobody wants it any more, or its time is over.
    case close
    /// The time for refunds is over.
    case finish
    /// The seller gives money back on Alipay's site, in fen.
    case refund(Int64)
    /// The seller changes what the buyer has to pay on Alipay's site, in fen.
    case changePrice(Int64)
}

/// Why a trade did not move.
package struct TradeRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case noSuchTrade = "TRADE_NOT_EXIST"
        /// Sic: Alipay's spelling.
        case wrongStatus = "TRADE_STATUS_NOT_AVAILD"
        case amount = "REFUND_TRADE_FEE_ERROR"
        case price = "ILLEGAL_FEE_PARAM"
    }

    package let code: Code
    package let message: String

    package var description: String { "\(code.rawValue): \(message)" }
}

/// A trade at Alipay, without I/O: what happens goes in, its new state is what is left.
package struct Trade: Sendable, Hashable {
    /// 28 digits that begin with the Beijing date.
    package let tradeNo: String
    package let partner: String
    package let order: TradeOrder
    package let buyer: SimulatedBuyer
    package let createdAtMs: Int64
    /// When an unpaid trade closes by itself.
    package let closesAtMs: Int64?

    package private(set) var status = TradeStatus.waitBuyerPay
    /// What the buyer pays: what was ordered, unless the seller changed it.
    package private(set) var totalFen: Int64
    package private(set) var refundedFen: Int64 = 0
    package private(set) var paidAtMs: Int64?
    package private(set) var closedAtMs: Int64?
    package private(set) var refundedAtMs: Int64?
    package private(set) var changedAtMs: Int64
    /// Where the last request for this trade wants notifications and the buyer.
    package var notifyURL: String?
    package var returnURL: String?

    package init(
        tradeNo: String, partner: String, order: TradeOrder, buyer: SimulatedBuyer, notifyURL: String?,
        returnURL: String?,
        createdAtMs: Int64, closesAtMs: Int64?
    ) {
        self.tradeNo = tradeNo
        self.partner = partner
        self.order = order
        self.buyer = buyer
        self.notifyURL = notifyURL
        self.returnURL = returnURL
        self.createdAtMs = createdAtMs
        self.closesAtMs = closesAtMs
        totalFen = order.totalFen
        changedAtMs = createdAtMs
    }

    /// What the seller took off (negative) or put on; Alipay adds it to price × quantity.
    package var discountFen: Int64 { totalFen - order.totalFen }
    /// `REFUND_SUCCESS` once money went back.
    package var refundStatus: String? { refundedFen > 0 ? "REFUND_SUCCESS" : nil }
    package var isPaid: Bool { paidAtMs != nil }

    /// Moves the trade, or says why not and leaves it as it was.
    ///
    /// - Parameter refundable: whether the contract is advanced direct pay, where a paid trade is TRADE_SUCCESS first.
    package mutating func apply(_ move: TradeMove, atMs: Int64, refundable: Bool) throws(TradeRefusal) {
        switch move {
        case .pay: try pay(atMs, to: refundable ? .success : .finished)
        case .freeze: try freeze(atMs)
        case .unfreeze: try unfreeze()
        case .close: try close(atMs)
        case .finish: try finish(atMs)
        case .refund(let fen): try refund(fen, atMs)
        case .changePrice(let fen): try changePrice(fen)
        }
        changedAtMs = atMs
    }

    private mutating func pay(_ atMs: Int64, to paid: TradeStatus) throws(TradeRefusal) {
        switch status {
        case .waitBuyerPay:
            status = paid
            paidAtMs = atMs
            if paid == .finished { closedAtMs = atMs }
        case .pending, .success, .finished, .closed: throw refusal("be paid")
        }
    }

    private mutating func freeze(_ atMs: Int64) throws(TradeRefusal) {
        switch status {
        case .waitBuyerPay:
            status = .pending
            paidAtMs = atMs
        case .success: status = .pending
        case .pending, .finished, .closed: throw refusal("be frozen")
        }
    }

    private mutating func unfreeze() throws(TradeRefusal) {
        switch status {
        case .pending: status = .success
        case .waitBuyerPay, .success, .finished, .closed: throw refusal("be released")
        }
    }

    private mutating func close(_ atMs: Int64) throws(TradeRefusal) {
        switch status {
        case .waitBuyerPay:
            status = .closed
            closedAtMs = atMs
        case .pending, .success, .finished, .closed: throw refusal("be closed")
        }
    }

    private mutating func finish(_ atMs: Int64) throws(TradeRefusal) {
        switch status {
        case .success:
            status = .finished
            closedAtMs = atMs
        case .waitBuyerPay, .pending, .finished, .closed: throw refusal("be finished")
        }
    }

    private mutating func refund(_ fen: Int64, _ atMs: Int64) throws(TradeRefusal) {
        switch status {
        case .success:
            guard fen > 0, fen <= totalFen - refundedFen else {
                throw TradeRefusal(
                    code: .amount,
                    message: "\(Yuan.text(totalFen - refundedFen)) is left to refund, not \(Yuan.text(fen))")
            }
            refundedFen += fen
            refundedAtMs = atMs
            guard refundedFen == totalFen else { return }
            status = .closed
            closedAtMs = atMs
        case .waitBuyerPay, .pending, .finished, .closed: throw refusal("be refunded")
        }
    }

    private mutating func changePrice(_ fen: Int64) throws(TradeRefusal) {
        switch status {
        case .waitBuyerPay:
            guard (1...Yuan.fenMax).contains(fen) else {
                throw TradeRefusal(code: .price, message: "\(Yuan.text(fen)) is no price")
            }
            totalFen = fen
        case .pending, .success, .finished, .closed: throw refusal("get another price")
        }
    }

    private func refusal(_ what: String) -> TradeRefusal {
        TradeRefusal(code: .wrongStatus, message: "a trade that is \(status.rawValue) cannot \(what)")
    }
}

/// What a merchant asked the buyer to pay for; two requests for one `out_trade_no` must agree on it.
package struct TradeOrder: Sendable, Hashable {
    /// The service that made it, `exterface` in a return.
    package var service: String
    package var outTradeNo: String
    package var subject: String
    package var body: String?
    package var extraCommonParam: String?
    package var paymentType: String
    package var priceFen: Int64
    package var quantity: Int64
    package var sellerID: String
    package var sellerEmail: String

    package init(
        service: String, outTradeNo: String, subject: String, body: String? = nil, extraCommonParam: String? = nil,
        paymentType: String = "1", priceFen: Int64, quantity: Int64 = 1, sellerID: String, sellerEmail: String
    ) {
        self.service = service
        self.outTradeNo = outTradeNo
        self.subject = subject
        self.body = body
        self.extraCommonParam = extraCommonParam
        self.paymentType = paymentType
        self.priceFen = priceFen
        self.quantity = quantity
        self.sellerID = sellerID
        self.sellerEmail = sellerEmail
    }

    /// At most ``Yuan/fenMax``, which the request's check saw to.
    package var totalFen: Int64 { priceFen * quantity }

    /// Whether a further request is for the same thing (mapi.md §2.1: subject, amount, seller).
    package func agrees(with other: TradeOrder) -> Bool {
        subject == other.subject && totalFen == other.totalFen && sellerID == other.sellerID
    }
}
