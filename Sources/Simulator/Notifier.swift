import Diagnostics
import HTTP
import Synchronization

/// Posts notifications to merchants, and again until one is answered `success`.
final class Notifier: Sendable {
    static let notificationsMax = 100_000
    /// Messages that wait to be overtaken; more go out in their turn.
    static let heldMax = 1000
    /// An answer longer than this is not read to its end.
    private static let answerBytesMax = 65_536
    private static let success = Array("success".utf8)

    private struct Held {
        let notifyID: String
        let suffered: Suffered
    }

    private struct State {
        var notifications = BoundedMap<String, Notification>(capacity: Notifier.notificationsMax)
        var held: [Held] = []
        var isStopped = false
    }

    /// Between tries.
    private let gapsMs: [Int64]
    private let accounts: Accounts
    private let signer: Signer
    private let ids: NotifyIDs
    private let faults: FaultPlan
    private let speed: Int64
    private let timeout: Duration
    private let sender: any HTTPSender
    private let clock: any Clock
    private let alarms: Alarms
    private let log: Logger
    private let state = Mutex(State())

    init(
        settings: SimulatorSettings, accounts: Accounts, signer: Signer, ids: NotifyIDs, faults: FaultPlan,
        sender: any HTTPSender, clock: any Clock, log: Logger
    ) {
        gapsMs = settings.repeats.gapsMs
        self.accounts = accounts
        self.signer = signer
        self.ids = ids
        self.faults = faults
        speed = Int64(settings.speed)
        timeout = settings.notifyTimeout
        self.sender = sender
        self.clock = clock
        alarms = Alarms(capacity: 2 * Notifier.notificationsMax + 2 * Fault.countMax, clock: clock)
        self.log = log
    }

    /// Tells the merchant what the trade is now; nothing is sent for a trade without `notify_url`.
    ///
    /// - Parameter otherURL: in the place of the trade's, where a request named one.
    func announce(_ trade: Trade, action: NotifyAction? = nil, otherURL: String? = nil) {
        guard let url = otherURL ?? trade.notifyURL else { return }
        let id = NotifyIDs.notification()
        begin(
            Notification(
                notifyID: id, partner: trade.partner, tradeNo: trade.tradeNo, status: trade.status, batchNo: nil,
                url: url, dialect: trade.dialect,
                fields: TradeMessages.notification(of: trade, id: id, action: action), totalFen: trade.totalFen))
    }

    /// Tells the merchant the results of a batch of refunds, if it said where.
    func announce(_ batch: SimulatedRefund) {
        guard let url = batch.notifyURL else { return }
        let id = NotifyIDs.notification()
        let fields = Fields([
            "notify_type": "batch_refund_notify", "notify_id": id, "batch_no": batch.batchNo,
            "success_num": String(batch.successCount), "result_details": batch.resultDetails,
        ])
        begin(
            Notification(
                notifyID: id, partner: batch.partner, tradeNo: nil, status: nil, batchNo: batch.batchNo, url: url,
                dialect: batch.dialect, fields: fields, totalFen: 0))
    }

    private func begin(_ notification: Notification) {
        state.withLock { _ = $0.notifications.put(notification.notifyID, notification) }
        deliver(notification.notifyID)
    }

    func newest(_ limit: Int, tradeNo: String?) -> [Notification] {
        state.withLock { $0.notifications.newest(limit) { tradeNo == nil || $0.tradeNo == tradeNo } }
    }

    /// Nothing is sent from now on.
    func stop() { state.withLock { $0.isStopped = true } }

    // MARK: one try

    private func deliver(_ id: String) {
        guard countTry(id) else { return }
        let suffered = faults.take(.notification)
        if suffered.contains(.drop) {
            drop(id, suffered)
        } else if suffered.contains(.outOfOrder), hold(id, suffered) {
            // Should nothing come to overtake it, it goes when a repeat would have.
            after(gapsMs[0] / speed) { $0.release(id) }
        } else {
            send(id, suffered)
        }
    }

    /// Counts a try, if there is one to make.
    private func countTry(_ id: String) -> Bool {
        state.withLock { state in
            guard !state.isStopped else { return false }
            let begun: Bool? = state.notifications.change(id) { notification in
                guard notification.state == .pending else { return false }
                notification.triesBegun += 1
                notification.nextAttemptAtMs = nil
                return true
            }
            return begun ?? false
        }
    }

    private func send(_ id: String, _ suffered: Suffered) {
        if suffered.contains(.slow) {
            after(suffered.delayMs) { $0.transmit(id, suffered) }
        } else {
            transmit(id, suffered)
        }
    }

    private func transmit(_ id: String, _ suffered: Suffered) {
        let copies = suffered.contains(.duplicate) ? 2 : 1
        let messages = (0..<copies).compactMap { message(id, suffered, isCopy: $0 > 0) }
        for (index, request) in messages {
            sender.send(request) { self.answered(id, attempt: index, $0) }
        }
    }

    /// The request, and the place of its attempt; its minute of `notify_verify` begins.
    private func message(_ id: String, _ suffered: Suffered, isCopy: Bool) -> (Int, OutboundRequest)? {
        let nowMs = clock.nowMs
        let notification: Notification? = state.withLock { state in
            guard !state.isStopped else { return nil }
            return state.notifications.change(id) { notification in
                notification.attempts.append(
                    Notification.Attempt(
                        number: notification.triesBegun, isCopy: isCopy, sentAtMs: nowMs, faults: sorted(suffered),
                        outcome: .waiting))
                return notification
            }
        }
        guard let notification, let account = accounts[partner: notification.partner] else { return nil }
        ids.delivered(id, partner: notification.partner, atMs: nowMs)
        return (notification.attempts.count - 1, request(notification, account, suffered, nowMs))
    }

    private func request(
        _ notification: Notification, _ account: SimulatorAccount, _ suffered: Suffered, _ nowMs: Int64
    ) -> OutboundRequest {
        var fields = notification.fields
        fields.set("notify_time", BeijingTime.text(nowMs))
        if notification.batchNo == nil {
            suffered.spoil(&fields, totalFen: notification.totalFen)
        } else {
            suffered.spoilResults(&fields)
        }
        fields = signer.signed(fields, account, notification.dialect)
        if let sign = fields.text("sign") { fields.set("sign", suffered.spoil(sign)) }
        return OutboundRequest(
            method: .post, url: notification.url,
            headers: Headers([
                // Two types in one header, as Alipay sends them.
                (
                    "Content-Type",
                    "application/x-www-form-urlencoded; text/html; charset="
                        + notification.dialect.charset.rawValue.uppercased()
                ),
                ("User-Agent", "Mozilla/4.0"),
            ]),
            body: fields.formEncoded(), policy: .trusted, timeout: timeout,
            bodyLimit: .truncate(bytesKept: Notification.Attempt.bodyBytesKept, bytesMax: Notifier.answerBytesMax))
    }

    // MARK: what became of it

    private func answered(_ id: String, attempt index: Int, _ result: Result<OutboundResponse, SendError>) {
        let outcome: Notification.Attempt.Outcome
        var isTaken = false
        switch result {
        case .success(let response):
            isTaken = response.status == 200 && response.body == Notifier.success
            outcome = .answered(
                status: response.status, body: Array(response.body.prefix(Notification.Attempt.bodyBytesKept)))
        case .failure(let error): outcome = .failed(error.code.rawValue)
        }
        let repeats = record(id, index, outcome, isTaken)
        if isTaken { ids.void(id) }
        log.info("notification sent", ["notify_id": .text(id), "taken": .flag(isTaken)])
        if repeats { scheduleRepeat(id) }
        releaseHeld(except: id)
    }

    /// - Returns: whether a repeat is due.
    private func record(_ id: String, _ index: Int, _ outcome: Notification.Attempt.Outcome, _ isTaken: Bool) -> Bool {
        let repeats: Bool? = state.withLock { state in
            state.notifications.change(id) { notification in
                notification.attempts[index].outcome = outcome
                if isTaken {
                    notification.state = .acknowledged
                    notification.nextAttemptAtMs = nil
                }
                return notification.state == .pending && !notification.attempts[index].isCopy
            }
        }
        return repeats ?? false
    }

    private func drop(_ id: String, _ suffered: Suffered) {
        let nowMs = clock.nowMs
        _ = state.withLock { state in
            state.notifications.change(id) { notification in
                notification.attempts.append(
                    Notification.Attempt(
                        number: notification.triesBegun, isCopy: false, sentAtMs: nowMs, faults: sorted(suffered),
                        outcome: .dropped))
            }
        }
        scheduleRepeat(id)
    }

    private func scheduleRepeat(_ id: String) {
        let nowMs = clock.nowMs
        let atMs: Int64?? = state.withLock { state in
            state.notifications.change(id) { notification -> Int64? in
                let gap = notification.triesBegun - 1
                guard gapsMs.indices.contains(gap) else {
                    notification.state = .exhausted
                    return nil
                }
                let atMs = nowMs + max(gapsMs[gap] / speed, 1)
                notification.nextAttemptAtMs = atMs
                return atMs
            }
        }
        guard let atMs, let atMs else { return }
        after(atMs - nowMs, isNeeded: { $0.isPending(id) }) { $0.deliver(id) }
    }

    // MARK: out of order

    private func hold(_ id: String, _ suffered: Suffered) -> Bool {
        state.withLock { state in
            guard state.held.count < Notifier.heldMax else { return false }
            state.held.append(Held(notifyID: id, suffered: suffered))
            return true
        }
    }

    private func release(_ id: String) {
        let held = state.withLock { state in
            defer { state.held.removeAll { $0.notifyID == id } }
            return state.held.first { $0.notifyID == id }
        }
        if let held { send(id, held.suffered) }
    }

    private func releaseHeld(except id: String) {
        let held = state.withLock { state in state.held.map(\.notifyID).filter { $0 != id } }
        for id in held { release(id) }
    }

    private func after(
        _ ms: Int64, isNeeded: @escaping @Sendable (Notifier) -> Bool = { _ in true },
        _ body: @escaping @Sendable (Notifier) -> Void
    ) {
        alarms.set(atMs: clock.nowMs + max(ms, 1), isNeeded: { isNeeded(self) }) { body(self) }
    }

    private func isPending(_ id: String) -> Bool {
        state.withLock { $0.notifications[id]?.state == .pending }
    }

    private func sorted(_ suffered: Suffered) -> [Fault.Kind] {
        Fault.Kind.allCases.filter(suffered.contains)
    }
}
