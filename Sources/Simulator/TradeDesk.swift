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
    func open(_ request: CashierOrder, partner: String) throws(GatewayError) -> Trade {
        let nowMs = clock.nowMs
        let closesAtMs = request.closesAtMs(nowMs: nowMs) ?? nowMs + TradeDesk.closesAfterMs
        let (trade, isNew) = try book.open(partner: partner, order: request.order, nowMs: nowMs) { tradeNo in
            Trade(
                tradeNo: tradeNo, partner: partner, order: request.order, buyer: buyer, notifyURL: request.notifyURL,
                returnURL: request.returnURL, createdAtMs: nowMs, closesAtMs: closesAtMs, dialect: request.dialect)
        }
        guard isNew else { return refresh(trade, request) }
        let tradeNo = trade.tradeNo
        alarms.set(atMs: closesAtMs, isNeeded: { book[tradeNo]?.status == .waitBuyerPay }) {
            _ = try? move(tradeNo, .close)
        }
        announce(trade, .create)
        return trade
    }

    /// Moves a trade and tells its merchant.
    ///
    /// - Parameters:
    ///   - action: why, if not what the move says by itself.
    ///   - notifyURL: in the place of the trade's.
    @discardableResult
    func move(
        _ tradeNo: String, _ move: TradeMove, action: NotifyAction? = nil, notifyURL: String? = nil
    ) throws(TradeRefusal) -> Trade {
        if needsLogistics(tradeNo, move) { try self.move(tradeNo, .chooseLogistics(0)) }
        let nowMs = clock.nowMs
        let trade = try book.change(tradeNo) { trade throws(TradeRefusal) in
            let contract = accounts[partner: trade.partner]?.contract ?? SimulatorAccount.Contract()
            try trade.apply(move, atMs: nowMs, refundable: contract.refundable)
            if move == .confirmReceipt, contract.paysSellerAtOnce {
                try trade.apply(.paySeller, atMs: nowMs, refundable: contract.refundable)
            }
        }
        announce(trade, move.kind, action, notifyURL)
        return trade
    }

    /// Who pays into escrow has filled in the address before; Alipay tells the merchant that, too.
    private func needsLogistics(_ tradeNo: String, _ move: TradeMove) -> Bool {
        guard let trade = book[tradeNo], trade.status == .waitBuyerPay, trade.logisticsChoice == nil else {
            return false
        }
        return (move == .payEscrow && trade.order.flow != .instant) || (move == .pay && trade.order.flow == .escrow)
    }

    /// A second trade for the same `out_trade_no`, paid: what happens when a buyer pays in two windows.
    func payAgain(_ tradeNo: String) throws(TradeRefusal) -> Trade {
        let nowMs = clock.nowMs
        let second = book.double(tradeNo, nowMs: nowMs) { first, number in
            Trade(
                tradeNo: number, partner: first.partner, order: first.order, buyer: first.buyer,
                notifyURL: first.notifyURL, returnURL: first.returnURL, createdAtMs: nowMs, closesAtMs: nil,
                dialect: first.dialect)
        }
        guard let second else {
            throw TradeRefusal(code: .noSuchTrade, message: "there is no trade \(tradeNo), or too many for its order")
        }
        return try move(second.tradeNo, .pay)
    }

    /// Later requests for one trade may bring new addresses, and another charset or kind of signature.
    private func refresh(_ trade: Trade, _ request: CashierOrder) -> Trade {
        let changed = try? book.change(trade.tradeNo) { trade throws(TradeRefusal) in
            trade.notifyURL = request.notifyURL
            trade.returnURL = request.returnURL
            trade.dialect = request.dialect
        }
        return changed ?? trade
    }

    private func announce(
        _ trade: Trade, _ kind: NotifyAction.Kind, _ action: NotifyAction? = nil, _ notifyURL: String? = nil
    ) {
        guard let contract = accounts[partner: trade.partner]?.contract else { return }
        let isWanted =
            switch trade.status {
            case .waitBuyerPay: contract.notifiesWaitBuyerPay
            case .closed: trade.isPaid || contract.notifiesClosed
            case .waitSellerSendGoods, .waitBuyerConfirmGoods, .waitSysPaySeller, .pending, .success, .finished: true
            }
        guard isWanted else { return }
        let isAcquire = ServiceName(rawValue: trade.order.service)?.isAcquire ?? false
        notifier.announce(
            trade, action: isAcquire ? action ?? NotifyAction(kind: kind) : nil, otherURL: notifyURL)
    }
}

extension TradeMove {
    /// What an acquire service's notification calls it.
    fileprivate var kind: NotifyAction.Kind {
        switch self {
        case .pay, .payInstant, .payEscrow, .freeze, .unfreeze: .pay
        case .close: .close
        case .finish, .confirmReceipt, .paySeller: .finish
        case .refund, .refundOnce, .agreeRefund, .refuseRefund, .confirmReturn, .openDispute, .returnGoods,
            .closeDispute:
            .refund
        case .changePrice, .chooseLogistics, .sendGoods: .create
        }
    }
}
