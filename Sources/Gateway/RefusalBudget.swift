import Synchronization

/// What messages that anybody can post may cost: a bounded number of journal rows, and one question to Alipay a minute.
///
/// Of a tenant's messages of one kind the first 60 of a minute have a row each; beyond them one has whenever the minute's
/// count has doubled (the 120th, the 240th, the 480th, …). After 2,000 rows in 24 hours only the first of a minute has one,
/// so that a flood of days adds at most 3,440 rows a day: 32 MB, with bodies of 8 KiB.
package final class RefusalBudget: Sendable {
    package enum Kind: Sendable, CaseIterable {
        /// Without a valid signature: anybody can make as many as they like.
        case unsigned
        /// With one: whoever holds a copy can post it as often as they like. They have room of their own, so that a forger
        /// hides nothing that Alipay signed.
        case signed
    }

    package static let journalledPerMinuteMax = 60
    package static let journalledPerDayMax = 2000
    /// Of one signed message that is refused again and again, in 24 hours; Alipay itself sends it eight times.
    package static let copiesPerDayMax = 16
    /// Alipay's own messages have one or two KiB; anybody can post 64.
    package static let bodyBytesKept = 8192
    package static let explanationCharactersMax = 300

    private static let minuteMs: Int64 = 60_000
    private static let hourMs: Int64 = 3_600_000
    private static let dayMs: Int64 = 86_400_000

    private struct Spent {
        /// When the minute began in which messages are counted.
        var minuteStartMs: Int64
        var inMinute = 0
        var dayStartMs: Int64
        var rowsInDay = 0
        /// Messages since the last row, which have none.
        var waiting = 0
    }

    private struct Tenant {
        var unsigned: Spent
        var signed: Spent
        /// When Alipay was asked last.
        var askedAtMs: Int64?

        init(nowMs: Int64) {
            unsigned = Spent(minuteStartMs: nowMs, dayStartMs: nowMs)
            signed = unsigned
        }

        subscript(kind: Kind) -> Spent {
            get { kind == .unsigned ? unsigned : signed }
            set { if kind == .unsigned { unsigned = newValue } else { signed = newValue } }
        }

        /// Whether forgetting it changes nothing but the number of those that a next row would stand for.
        func isIdle(_ nowMs: Int64) -> Bool {
            Kind.allCases.allSatisfy { RefusalBudget.isOver(dayMs, since: self[$0].dayStartMs, nowMs) }
                && askedAtMs.map { RefusalBudget.isOver(minuteMs, since: $0, nowMs) } ?? true
        }
    }

    private struct State {
        var tenants: [String: Tenant] = [:]
        var sweptAtMs: Int64?
    }

    private let state = Mutex(State())
    private let copies = MessageTally(spanMs: dayMs, perTenantMax: 5000)

    package init() {}

    /// Counts one more message.
    ///
    /// - Returns: how many the row that it may have stands for, itself included; nil if it has none.
    package func journal(_ kind: Kind, _ tenant: String, nowMs: Int64) -> Int? {
        spend(tenant, nowMs) { tenant in
            var spent = tenant[kind]
            defer { tenant[kind] = spent }
            if RefusalBudget.isOver(RefusalBudget.minuteMs, since: spent.minuteStartMs, nowMs) {
                (spent.minuteStartMs, spent.inMinute) = (nowMs, 0)
            }
            if RefusalBudget.isOver(RefusalBudget.dayMs, since: spent.dayStartMs, nowMs) {
                (spent.dayStartMs, spent.rowsInDay) = (nowMs, 0)
            }
            spent.inMinute += 1
            spent.waiting += 1
            let hasRow =
                spent.rowsInDay < RefusalBudget.journalledPerDayMax
                ? RefusalBudget.isSample(spent.inMinute) : spent.inMinute == 1
            guard hasRow else { return nil }
            defer { spent.waiting = 0 }
            spent.rowsInDay += 1
            return spent.waiting
        }
    }

    /// The row that was to stand for them was not made: the next one does.
    package func giveBack(_ count: Int, _ kind: Kind, _ tenant: String, nowMs: Int64) {
        spend(tenant, nowMs) { $0[kind].waiting += count }
    }

    /// Whether a signed message was refused so often that one row more of it says nothing new.
    package func isCopy(_ signature: String, tenant: String, nowMs: Int64) -> Bool {
        copies.count(signature, tenant: tenant, nowMs: nowMs).map { $0 > RefusalBudget.copiesPerDayMax } ?? true
    }

    package func mayAsk(_ tenant: String, nowMs: Int64) -> Bool {
        spend(tenant, nowMs) { tenant in
            if let asked = tenant.askedAtMs, !RefusalBudget.isOver(RefusalBudget.minuteMs, since: asked, nowMs) {
                return false
            }
            tenant.askedAtMs = nowMs
            return true
        }
    }

    /// How many tenants it knows of: those that had such messages within a day, and an hour.
    package var tenantCount: Int { state.withLock { $0.tenants.count } }

    private func spend<Value>(_ id: String, _ nowMs: Int64, _ body: (inout Tenant) -> Value) -> Value {
        state.withLock { state in
            if RefusalBudget.isOver(RefusalBudget.hourMs, since: state.sweptAtMs ?? .min, nowMs) {
                state.sweptAtMs = nowMs
                state.tenants = state.tenants.filter { !$0.value.isIdle(nowMs) }
            }
            return body(&state.tenants[id, default: Tenant(nowMs: nowMs)])
        }
    }

    /// The first 60, and from there on each doubling.
    private static func isSample(_ number: Int) -> Bool {
        let (times, rest) = number.quotientAndRemainder(dividingBy: journalledPerMinuteMax)
        return number <= journalledPerMinuteMax || (rest == 0 && times.nonzeroBitCount == 1)
    }

    /// Also when the clock was set back.
    private static func isOver(_ spanMs: Int64, since startMs: Int64, _ nowMs: Int64) -> Bool {
        nowMs.subtractingReportingOverflow(startMs).partialValue >= spanMs || nowMs < startMs || startMs == .min
    }
}
