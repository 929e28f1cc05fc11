import Diagnostics

/// Moves trades and tells the merchants what became of them.
struct TradeDesk: Sendable {
    /// An unpaid trade without `it_b_pay` closes after this long; Alipay's default is 15 days.
    static let closesAfterMs: Int64 = 15 * 86_400_000

    let accounts: Accounts
    let book: TradeBook
    let notifier: Notifier
    let buyer: SimulatedBuyer
    let clock: any Clock
    let alarms: Alarms

    /// The trade of a request for the cashier; a new one begins here and closes by itself when its time is over.
    func open(_ request: DirectPayRequest, partner: String) throws(GatewayError) -> Trade {
        let nowMs = clock.nowMs
        let closesAtMs = request.closesAtMs(nowMs: nowMs) ?? nowMs + TradeDesk.closesAfterMs
        let (trade, isNew) = try book.open(partner: partner, order: request.order, nowMs: nowMs) { tradeNo in
            Trade(
                tradeNo: tradeNo, partner: partner, order: request.order, buyer: buyer, notifyURL: request.notifyURL,
                returnURL: request.returnURL, createdAtMs: nowMs, closesAtMs: closesAtMs)
        }
        guard isNew else { return refresh(trade, request) }
        let tradeNo = trade.tradeNo
        alarms.set(atMs: closesAtMs, isNeeded: { book[tradeNo]?.status == .waitBuyerPay }) {
            _ = try? move(tradeNo, .close)
        }
        announce(trade)
        return trade
    }

    @discardableResult
    func move(_ tradeNo: String, _ move: TradeMove) throws(TradeRefusal) -> Trade {
        let nowMs = clock.nowMs
        let trade = try book.change(tradeNo) { trade throws(TradeRefusal) in
            let refundable = accounts[partner: trade.partner]?.contract.refundable ?? true
            try trade.apply(move, atMs: nowMs, refundable: refundable)
        }
        announce(trade)
        return trade
    }

    /// A second trade for the same `out_trade_no`, paid: what happens when a buyer pays in two windows.
    func payAgain(_ tradeNo: String) throws(TradeRefusal) -> Trade {
        let nowMs = clock.nowMs
        let second = book.double(tradeNo, nowMs: nowMs) { first, number in
            Trade(
                tradeNo: number, partner: first.partner, order: first.order, buyer: first.buyer,
                notifyURL: first.notifyURL,
                returnURL: first.returnURL, createdAtMs: nowMs, closesAtMs: nil)
        }
        guard let second else {
            throw TradeRefusal(code: .noSuchTrade, message: "there is no trade \(tradeNo), or too many for its order")
        }
        return try move(second.tradeNo, .pay)
    }

    /// Later requests for one trade may bring new addresses.
    private func refresh(_ trade: Trade, _ request: DirectPayRequest) -> Trade {
        let changed = try? book.change(trade.tradeNo) { trade throws(TradeRefusal) in
            trade.notifyURL = request.notifyURL
            trade.returnURL = request.returnURL
        }
        return changed ?? trade
    }

    private func announce(_ trade: Trade) {
        guard let contract = accounts[partner: trade.partner]?.contract else { return }
        let isWanted =
            switch trade.status {
            case .waitBuyerPay: contract.notifiesWaitBuyerPay
            case .closed: trade.isPaid || contract.notifiesClosed
            case .pending, .success, .finished: true
            }
        if isWanted { notifier.announce(trade) }
    }
}
