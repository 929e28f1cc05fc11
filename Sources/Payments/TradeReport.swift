/// What Alipay says about one trade, by a notification or in answer to a query.
package struct TradeReport: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        case notification
        /// Alipay was asked, and said so at that moment.
        case query
    }

    package let source: Source
    package let tradeNo: String
    /// Alipay's own word, as it stood.
    package let word: String
    package let state: TradeState
    /// What the buyer is charged, fen; nil if the message does not say.
    package let amountMinor: Int64?
    /// When the buyer paid; nil if the message does not say that they did.
    package let paidAtMs: Int64?
    /// Alipay's `refund_status`; nil if there is none.
    package let refundStatus: String?
    /// All that has been given back to the buyer so far, fen; only a query tells.
    package let refundedMinor: Int64?
    /// Who paid, as Alipay shows it.
    package let buyer: String?

    package init(
        source: Source, tradeNo: String, word: String, state: TradeState, amountMinor: Int64?, paidAtMs: Int64? = nil,
        refundStatus: String? = nil, refundedMinor: Int64? = nil, buyer: String? = nil
    ) {
        self.source = source
        self.tradeNo = tradeNo
        self.word = word
        self.state = state
        self.amountMinor = amountMinor
        self.paidAtMs = paidAtMs
        self.refundStatus = refundStatus
        self.refundedMinor = refundedMinor
        self.buyer = buyer
    }

    /// The same, as if Alipay had said so when it was asked.
    package var asAnswer: TradeReport {
        TradeReport(
            source: .query, tradeNo: tradeNo, word: word, state: state, amountMinor: amountMinor, paidAtMs: paidAtMs,
            refundStatus: refundStatus, refundedMinor: refundedMinor, buyer: buyer)
    }

    /// The same answer, and that money went back if a message of the same trade says so: not every query tells of refunds.
    package func tellingOfRefund(in message: TradeReport?) -> TradeReport {
        guard refundedMinor == nil, refundStatus == nil, let message, message.saysRefunded else { return self }
        return TradeReport(
            source: source, tradeNo: tradeNo, word: word, state: state, amountMinor: amountMinor, paidAtMs: paidAtMs,
            refundStatus: message.refundStatus, buyer: buyer)
    }

    /// `REFUND_SUCCESS`: money went back to the buyer.
    package var saysRefunded: Bool { refundStatus == TradeReport.refundSuccess }

    /// The `refund_status` while it is open; nil once it ended in a refund or in none, or with the trade.
    package var openDispute: String? {
        saysRefunded || refundStatus == TradeReport.refundClosed || state == .closed ? nil : refundStatus
    }

    /// Whether `openDispute` says something: a report without `refund_status` ends none, but for the end of the trade.
    package var tellsOfDispute: Bool { refundStatus != nil || state == .closed }

    /// Whether the trade was paid at some time, whatever became of it.
    package var showsPayment: Bool { state.moneyCame || paidAtMs != nil || refundStatus != nil }

    package static let refundSuccess = "REFUND_SUCCESS"
    package static let refundClosed = "REFUND_CLOSED"
}

/// What Alipay's word means, in our terms.
package enum TradeState: Sendable, Hashable {
    /// The trade exists; the buyer has not paid.
    case waitingForBuyer
    /// A bank is confirming; no money yet.
    case confirming
    /// Paid, but the seller's account is frozen.
    case frozen
    /// The money is in escrow.
    case held
    /// In escrow, the goods are on their way.
    case shipped
    /// The seller has the money.
    case succeeded(refundable: Bool)
    /// Over: unpaid, or paid and given back.
    case closed

    /// Whether the buyer's money has left them, and not come back.
    package var moneyCame: Bool {
        switch self {
        case .frozen, .held, .shipped, .succeeded: true
        case .waitingForBuyer, .confirming, .closed: false
        }
    }

    /// How far along the trade is; a later report of the same trade never has a smaller one.
    package var rank: Int {
        switch self {
        case .waitingForBuyer: 0
        case .confirming: 1
        case .frozen: 2
        case .held: 3
        case .shipped: 4
        case .succeeded(let refundable): refundable ? 5 : 6
        case .closed: 7
        }
    }
}
