package import Crypto
package import Diagnostics
package import HTTP

/// Alipay's side of the partner/key interface: all its services, the cashier, notifications with their repeats, faults
/// on request.
///
/// It shares no code with the gateway's own idea of the protocol, so that the two cannot agree on a mistake.
package final class AlipaySimulator: HTTPHandler {
    private let accounts: Accounts
    private let book = TradeBook()
    private let ids = NotifyIDs()
    private let signer: Signer
    private let plan: FaultPlan
    private let held: HeldReplies
    private let notifier: Notifier
    private let desk: TradeDesk
    private let refundDesk: RefundDesk
    private let gateway: GatewayEndpoint
    private let cashier: CashierEndpoint

    package init(settings: SimulatorSettings, sender: any HTTPSender, clock: any Clock, logger: Logger) {
        accounts = Accounts(settings.accounts)
        plan = FaultPlan(settings.faults)
        held = HeldReplies(clock: clock)
        signer = Signer(alipayKey: AlipayKey(settings.alipayKey))
        notifier = Notifier(
            settings: settings, accounts: accounts, signer: signer, ids: ids, faults: plan, sender: sender,
            clock: clock, log: logger)
        desk = TradeDesk(
            accounts: accounts, book: book, notifier: notifier, buyer: settings.buyer, clock: clock,
            alarms: Alarms(capacity: 2 * TradeBook.tradesMax, clock: clock))
        refundDesk = RefundDesk(
            book: RefundBook(), trades: book, desk: desk, notifier: notifier, faults: plan)
        let pages = CashierPage(base: settings.publicURL)
        let answers = SignedAnswers(signer: signer)
        let codes = QRCodes(clock: clock)
        let antiPhishing = AntiPhishing(clock: clock)
        let services = Services(
            cashier: CashierServices(accounts: accounts, desk: desk, pages: pages, antiPhishing: antiPhishing),
            tradeQuery: TradeQuery(book: book, answers: answers),
            sendGoods: SendGoods(book: book, desk: desk, answers: answers),
            closeTrade: CloseTrade(book: book, desk: desk, answers: answers),
            timestamp: QueryTimestamp(antiPhishing: antiPhishing, answers: answers),
            refunds: RefundServices(accounts: accounts, desk: refundDesk, pages: pages, answers: answers, clock: clock),
            acquire: AcquireServices(
                accounts: accounts, book: book, desk: desk, refunds: refundDesk.book, codes: codes, pages: pages,
                answers: answers))
        gateway = GatewayEndpoint(
            authenticator: Authenticator(accounts: accounts, signer: signer), faults: plan, held: held, clock: clock,
            pages: pages, services: services,
            notifyVerify: NotifyVerify(accounts: accounts, ids: ids, clock: clock))
        cashier = CashierEndpoint(
            accounts: accounts, book: book, desk: desk, refunds: refundDesk, codes: codes, ids: ids, pages: pages,
            signer: signer,
            clock: clock)
    }

    package func handle(_ request: Request, _ reply: any Reply) {
        if GatewayEndpoint.paths.contains(request.path) || request.path == GatewayEndpoint.notifyQueryPath {
            gateway.handle(request, reply)
        } else if request.path.hasPrefix(CashierEndpoint.prefix) {
            reply.send(cashier.answer(request))
        } else if request.path.hasPrefix(ControlEndpoint.prefix) {
            reply.send(ControlEndpoint(simulator: self).answer(request))
        } else {
            reply.send(.notFound)
        }
    }

    // MARK: the same in process

    /// Most trades or notifications of one list.
    package static let listMax = 1000

    /// The trade that `out_trade_no` means: the first one paid, else the last one made.
    package func trade(partner: String, outTradeNo: String) -> Trade? {
        book.trade(partner: partner, outTradeNo: outTradeNo)
    }

    package func trade(_ tradeNo: String) -> Trade? { book[tradeNo] }

    /// Newest first, at most ``listMax``.
    package func trades(outTradeNo: String? = nil, limit: Int = AlipaySimulator.listMax) -> [Trade] {
        book.newest(min(limit, AlipaySimulator.listMax), outTradeNo: outTradeNo)
    }

    /// Newest first, at most ``listMax``.
    package func notifications(tradeNo: String? = nil, limit: Int = AlipaySimulator.listMax) -> [Notification] {
        notifier.newest(min(limit, AlipaySimulator.listMax), tradeNo: tradeNo)
    }

    /// Moves a trade and notifies its merchant.
    @discardableResult
    package func move(_ tradeNo: String, _ move: TradeMove) throws(TradeRefusal) -> Trade {
        try desk.move(tradeNo, move)
    }

    /// Pays a second trade for the same order and notifies its merchant.
    @discardableResult
    package func payAgain(_ tradeNo: String) throws(TradeRefusal) -> Trade { try desk.payAgain(tradeNo) }

    /// The trade that begins when a buyer scans a `qr_code` of `alipay.acquire.precreate`, or goes on.
    ///
    /// - Throws: TRADE_NOT_EXIST for a code that is unknown, too old or cancelled.
    package func scan(_ qrCode: String) throws(GatewayError) -> Trade {
        try cashier.open(code: qrCode.split(separator: "/").last.map(String.init) ?? "")
    }

    /// A batch of refunds.
    package func refund(partner: String, batchNo: String) -> SimulatedRefund? { refundDesk.book[partner, batchNo] }

    /// Newest first, at most ``listMax``.
    package func refunds(limit: Int = AlipaySimulator.listMax) -> [SimulatedRefund] {
        refundDesk.book.newest(min(limit, AlipaySimulator.listMax))
    }

    /// Carries out a batch that is in progress, or types the seller's password for one that waits for it, and notifies
    /// its merchant; one that is done stays as it is.
    ///
    /// - Returns: nil if there is none.
    /// - Throws: BATCH_REFUND_LOCK_ERROR while another refund of one of its trades is in progress.
    @discardableResult
    package func carryOutRefund(partner: String, batchNo: String) throws(GatewayError) -> SimulatedRefund? {
        try refundDesk.carryOut(partner: partner, batchNo: batchNo)
    }

    /// Where the cashier sends the buyer of a paid trade, with a fresh `notify_id`; nil without `return_url`.
    package func returnURL(of tradeNo: String) -> String? {
        guard let trade = book[tradeNo], trade.isPaid else { return nil }
        return cashier.returnURL(of: trade)
    }

    /// Sets a fault in the place of one of the same target and kind.
    package func set(_ fault: Fault) { plan.set(fault) }

    /// No fault from now on; peers that were left waiting are answered 503.
    package func clearFaults() {
        plan.clear()
        held.releaseAll()
    }

    /// What is left of the faults.
    package var pendingFaults: [Fault] { plan.pending }

    /// How many peers are left without an answer.
    package var heldReplies: Int { held.count }

    /// Sends nothing more and ends every wait; the listener is its owner's to stop.
    package func stop() {
        notifier.stop()
        held.releaseAll()
    }

    /// What merchants check Alipay's RSA signatures with, as PEM.
    package var alipayPublicKey: String { signer.alipayKey.publicKeyText }

    /// From now on Alipay signs with another pair of its own.
    package func change(alipayKey: RSAPrivateKey) { signer.alipayKey.change(to: alipayKey) }

    package var partners: [String] { accounts.all.map(\.partner) }
}
