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

    package internal(set) var status = TradeStatus.waitBuyerPay
    /// The order's, until the buyer chooses one.
    package internal(set) var flow: Flow
    /// The place of the logistics option that the buyer took; nil before, when the first one counts.
    package internal(set) var logisticsChoice: Int?
    /// What the seller took off (negative) or put on.
    package internal(set) var adjustmentFen: Int64 = 0
    package internal(set) var refundedFen: Int64 = 0
    /// Refunds have a track of their own beside the status.
    package internal(set) var refundState: RefundState?
    package internal(set) var dispute: Dispute?
    package internal(set) var shipment: Shipment?
    /// What `alipay.acquire.refund` gave back, by its `out_request_no`, in fen.
    package internal(set) var refundRequests: [String: Int64] = [:]
    package internal(set) var paidAtMs: Int64?
    package internal(set) var logisticsAtMs: Int64?
    package internal(set) var sentGoodsAtMs: Int64?
    package internal(set) var closedAtMs: Int64?
    package internal(set) var refundedAtMs: Int64?
    package internal(set) var changedAtMs: Int64
    /// Where the last request for this trade wants notifications and the buyer, and how written.
    package var notifyURL: String?
    package var returnURL: String?
    package var dialect: Dialect

    package init(
        tradeNo: String, partner: String, order: TradeOrder, buyer: SimulatedBuyer, notifyURL: String?,
        returnURL: String?, createdAtMs: Int64, closesAtMs: Int64?, dialect: Dialect = Dialect()
    ) {
        self.tradeNo = tradeNo
        self.partner = partner
        self.order = order
        self.buyer = buyer
        self.notifyURL = notifyURL
        self.returnURL = returnURL
        self.createdAtMs = createdAtMs
        self.closesAtMs = closesAtMs
        self.dialect = dialect
        flow = order.flow
        changedAtMs = createdAtMs
    }

    /// What the buyer pays: price × quantity + discount + the logistics fee that is the buyer's + the seller's adjustment.
    package var totalFen: Int64 { order.totalFen + (logistics?.chargedFen ?? 0) + adjustmentFen }
    /// Alipay adds it to price × quantity; negative is cheaper.
    package var discountFen: Int64 { order.discountFen + adjustmentFen }
    package var isPaid: Bool { paidAtMs != nil }
    package var leftFen: Int64 { totalFen - refundedFen }
    /// `REFUND_SUCCESS` once money went back, or where a dispute stands.
    package var refundStatus: String? { refundState?.rawValue }

    /// The logistics that count now; nil unless the money goes or may go into escrow.
    package var logistics: LogisticsOption? {
        guard flow != .instant, order.logistics.indices.contains(logisticsChoice ?? 0) else { return nil }
        return order.logistics[logisticsChoice ?? 0]
    }

    /// Moves the trade, or says why not and leaves it as it was.
    ///
    /// - Parameter refundable: whether the contract is advanced direct pay, where a paid trade is TRADE_SUCCESS first.
    package mutating func apply(_ move: TradeMove, atMs: Int64, refundable: Bool) throws(TradeRefusal) {
        switch move {
        case .pay: try pay(atMs, by: flow == .escrow ? .escrow : .instant, refundable)
        case .payInstant: try pay(atMs, by: .instant, refundable)
        case .payEscrow: try pay(atMs, by: .escrow, refundable)
        case .freeze: try freeze(atMs)
        case .unfreeze: try unfreeze()
        case .close: try close(atMs)
        case .finish: try finish(atMs)
        case .refund(let fen): try refund(fen, atMs)
        case .refundOnce(let fen, let requestNo): try refundOnce(fen, requestNo, atMs)
        case .changePrice(let fen): try changePrice(fen)
        case .chooseLogistics(let place): try chooseLogistics(place, atMs)
        case .sendGoods(let shipment): try sendGoods(shipment, atMs)
        case .confirmReceipt: try confirmReceipt()
        case .paySeller: try paySeller(atMs)
        case .openDispute(let fen, let returnsGoods): try openDispute(fen, returnsGoods, atMs)
        case .agreeRefund: try agreeRefund(atMs)
        case .refuseRefund: try refuseRefund()
        case .returnGoods: try returnGoods()
        case .confirmReturn: try confirmReturn(atMs)
        case .closeDispute: try closeDispute()
        }
        changedAtMs = atMs
    }

    func refusal(_ what: String) -> TradeRefusal {
        TradeRefusal(code: .wrongStatus, message: "a trade that is \(status.rawValue) cannot \(what)")
    }
}
