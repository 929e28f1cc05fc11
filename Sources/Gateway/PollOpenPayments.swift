import Diagnostics
import Payments
import Synchronization
import Tenants

/// Looks at payments and refunds when their time comes, so that nothing depends on notifications alone.
///
/// The times stand in the store: what was due while the process was down is looked at when it is up again.
package final class PollOpenPayments: Sendable {
    /// Looks under way at once, of all tenants and of one.
    package static let lookingMax = 64
    package static let perTenantMax = 4
    /// Checks of one read.
    static let readMax = 2 * lookingMax
    /// How long after a failed look the same thing is tried again, and how long an idle poller sleeps at most.
    static let pauseMs: Int64 = 10_000
    static let sleepMsMax: Int64 = 60_000

    fileprivate struct State {
        var looking: Set<DueCheck.Subject> = []
        var perTenant: [String: Int] = [:]
        /// What failed, and when it may be tried again.
        var resting: [DueCheck.Subject: Int64] = [:]
        /// Tenants that something is due for and that are not served now; forgotten at `unservedUntilMs`.
        var unserved: Set<String> = []
        var unservedUntilMs: Int64 = 0
        var isReading = false
        var wantsRead = false
        var isStopped = false
        var alarm: (any ScheduledCall)?
        /// When the alarm goes off; nil without one.
        var alarmAtMs: Int64?
        /// The earliest time that the bell told of while something was read.
        var rungMs = Int64.max
        var drained: (@Sendable () -> Void)?
    }

    private let house: House
    private let state = Mutex(State())

    package init(_ house: House) { self.house = house }

    package func start() {
        house.checkBell.listen { [weak self] atMs in self?.wake(byMs: atMs) }
        read()
    }

    /// Something was written that falls due then: no sleep goes past it.
    private func wake(byMs atMs: Int64) {
        let isLate = state.withLock { state in
            // While something is read there is no alarm; its end sets one, this time in mind.
            if state.isReading { state.rungMs = min(state.rungMs, atMs) }
            return state.alarmAtMs.map { $0 > atMs } ?? !state.isReading
        }
        if isLate { sleep(untilMs: max(atMs, house.clock.nowMs + 1)) }
    }

    /// Begins nothing new; calls `then` when what is under way has ended.
    package func stop(then: @escaping @Sendable () -> Void) {
        house.checkBell.listen(nil)
        let isIdle = state.withLock { state in
            state.isStopped = true
            state.silence()
            if !state.looking.isEmpty { state.drained = then }
            return state.looking.isEmpty
        }
        if isIdle { then() }
    }

    private func read() {
        let nowMs = house.clock.nowMs
        let busy: [String]? = state.withLock { state in
            guard !state.isStopped, state.looking.count < PollOpenPayments.lookingMax else { return nil }
            guard !state.isReading else {
                state.wantsRead = true
                return nil
            }
            state.isReading = true
            state.wantsRead = false
            state.silence()
            if state.unservedUntilMs <= nowMs { state.unserved = [] }
            return state.perTenant.filter { $0.value >= PollOpenPayments.perTenantMax }.map(\.key) + state.unserved
        }
        guard let busy else { return }
        house.store.read { reader throws(StoreError) in
            // Those that are looked at, or rest, stay due: a few more are read in their place.
            let due = try reader.dueChecks(nowMs: nowMs, passingOver: busy, limit: PollOpenPayments.readMax)
            return (due, try reader.nextCheckMs(afterMs: nowMs))
        } then: { [weak self] result in
            self?.take(result, nowMs: nowMs)
        }
    }

    private func take(_ result: Result<([DueCheck], Int64?), StoreError>, nowMs: Int64) {
        let due = (try? result.get())?.0 ?? []
        let next = (try? result.get())?.1
        var rungMs = Int64.max
        let begun: [DueCheck] = state.withLock { state in
            state.isReading = false
            swap(&state.rungMs, &rungMs)
            state.resting = state.resting.filter { $0.value > nowMs }
            guard !state.isStopped else { return [] }
            return due.filter { state.begin($0) }
        }
        for check in begun { Task { await look(check) } }
        // One tenant's backlog may fill what was read: with its turns taken it is passed over, and the others have theirs.
        let isMore = !begun.isEmpty && due.count == PollOpenPayments.readMax
        let again = state.withLock { $0.wantsRead } || isMore
        if again { return read() }
        var wakeMs = min(next ?? .max, rungMs, nowMs + PollOpenPayments.sleepMsMax)
        // Something is due that could not begin: its tenant is busy, or it rests.
        if begun.count < due.count { wakeMs = min(wakeMs, nowMs + PollOpenPayments.pauseMs) }
        sleep(untilMs: max(wakeMs, nowMs + 1))
    }

    /// The call is made out under the lock: one that is over before it is written down would be waited for without end.
    private func sleep(untilMs: Int64) {
        state.withLock { state in
            let isEarlier = state.alarmAtMs.map { untilMs < $0 } ?? true
            guard !state.isStopped, !state.isReading, isEarlier else { return }
            state.silence()
            state.alarm = house.clock.schedule(atMs: untilMs) { [weak self] in self?.read() }
            state.alarmAtMs = untilMs
        }
    }

    private func look(_ check: DueCheck) async {
        var failed = false
        do {
            switch check.subject {
            case .payment(let id): try await lookAtPayment(id, check.tenant)
            case .refund(let id): try await lookAtRefund(id, check.tenant)
            }
        } catch {
            failed = true
            house.logger.error(
                "look not stored", ["subject": .text("\(check.subject)"), "error": .text(error.description)])
        }
        let restUntilMs = failed ? house.clock.nowMs + PollOpenPayments.pauseMs : nil
        let drained = state.withLock { $0.end(check, restUntilMs: restUntilMs) }
        if let drained { return drained() }
        read()
    }

    private func lookAtPayment(_ id: String, _ tenantID: String) async throws(StoreError) {
        let payment = try await house.store.read { reader throws(StoreError) in
            try reader.payment(id: id, tenant: tenantID)
        }
        guard let payment, let due = payment.checkAtMs, due <= house.clock.nowMs else { return }
        guard let tenant = house.tenants.current.tenant(tenantID) else { return passOver(tenantID) }
        try await CheckPayment(house: house, tenant: tenant).run(payment)
    }

    private func lookAtRefund(_ id: String, _ tenantID: String) async throws(StoreError) {
        let found = try await house.store.read { reader throws(StoreError) -> (Refund, Payment)? in
            guard let refund = try reader.refund(id: id, tenant: tenantID),
                let payment = try reader.payment(id: refund.payment, tenant: tenantID)
            else { return nil }
            return (refund, payment)
        }
        guard let (refund, payment) = found, let due = refund.checkAtMs, due <= house.clock.nowMs else { return }
        guard let tenant = house.tenants.current.tenant(tenantID) else { return passOver(tenantID) }
        try await CheckRefund(house: house, tenant: tenant).run(refund, payment)
    }

    /// The tenant is not served now: what is due for it is left for later, and stands in nobody's way.
    private func passOver(_ tenant: String) {
        let untilMs = house.clock.nowMs + PollOpenPayments.sleepMsMax
        state.withLock { state in
            if state.unserved.isEmpty { state.unservedUntilMs = untilMs }
            state.unserved.insert(tenant)
        }
    }
}

extension PollOpenPayments.State {
    fileprivate mutating func silence() {
        alarm?.cancel()
        alarm = nil
        alarmAtMs = nil
    }

    fileprivate mutating func begin(_ check: DueCheck) -> Bool {
        guard looking.count < PollOpenPayments.lookingMax, resting[check.subject] == nil,
            perTenant[check.tenant, default: 0] < PollOpenPayments.perTenantMax,
            looking.insert(check.subject).inserted
        else { return false }
        perTenant[check.tenant, default: 0] += 1
        return true
    }

    fileprivate mutating func end(_ check: DueCheck, restUntilMs: Int64?) -> (@Sendable () -> Void)? {
        looking.remove(check.subject)
        let count = perTenant[check.tenant, default: 1] - 1
        perTenant[check.tenant] = count > 0 ? count : nil
        if let restUntilMs { resting[check.subject] = restUntilMs }
        guard isStopped, looking.isEmpty else { return nil }
        defer { drained = nil }
        return drained
    }
}
