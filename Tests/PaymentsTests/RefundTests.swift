import Payments
import Testing

/// How a refund moves from what Alipay says of it.
struct RefundTests {
    // MARK: Every status against every report

    /// Written as status, `provider.code`, message; `=` for no change. Alipay's earlier code and message are those of `refund`.
    private static let table: [(status: Refund.Status, report: RefundReport, becomes: String)] = [
        (.pending, .accepted, "open: pending, OLD, none"),
        (.pending, .succeeded, "settled: succeeded, none, none"),
        (.pending, .failed(code: "NEW"), "settled: failed, NEW, Alipay refused the refund: NEW"),
        (.pending, .locked(code: "NEW"), "open: pending, NEW, another refund of this trade is being carried out"),
        (.pending, .notFound, "open: pending, OLD, old"),
        (.pending, .unknown(why: "no answer", code: nil), "open: unknown, OLD, no answer"),
        (.pending, .unknown(why: "busy", code: "NEW"), "open: unknown, NEW, busy"),
        (.unknown, .accepted, "open: pending, OLD, none"),
        (.unknown, .succeeded, "settled: succeeded, none, none"),
        (.unknown, .failed(code: "NEW"), "settled: failed, NEW, Alipay refused the refund: NEW"),
        (.unknown, .locked(code: "NEW"), "open: pending, NEW, another refund of this trade is being carried out"),
        (.unknown, .notFound, "open: unknown, OLD, old"),
        (.unknown, .unknown(why: "no answer", code: nil), "open: unknown, OLD, no answer"),
        (.unknown, .unknown(why: "busy", code: "NEW"), "open: unknown, NEW, busy"),
        (.failed, .accepted, "="),
        (.failed, .succeeded, "settled: succeeded, none, none"),
        (.failed, .failed(code: "NEW"), "="),
        (.failed, .locked(code: "NEW"), "="),
        (.failed, .notFound, "="),
        (.failed, .unknown(why: "no answer", code: nil), "="),
        (.failed, .unknown(why: "busy", code: "NEW"), "="),
        (.succeeded, .accepted, "="),
        (.succeeded, .succeeded, "="),
        (.succeeded, .failed(code: "NEW"), "="),
        (.succeeded, .locked(code: "NEW"), "="),
        (.succeeded, .notFound, "="),
        (.succeeded, .unknown(why: "no answer", code: nil), "="),
        (.succeeded, .unknown(why: "busy", code: "NEW"), "="),
    ]

    @Test func `the table has every status and report once`() {
        let reports: [RefundReport] = [
            .accepted, .succeeded, .failed(code: "NEW"), .locked(code: "NEW"), .notFound,
            .unknown(why: "no answer", code: nil), .unknown(why: "busy", code: "NEW"),
        ]
        for status in Refund.Status.allCases {
            for report in reports {
                #expect(Self.table.count { $0.status == status && $0.report == report } == 1)
            }
        }
        #expect(Self.table.count == Refund.Status.allCases.count * reports.count)
    }

    @Test func `every report moves every status as the table says`() {
        for row in Self.table {
            let before = Self.refund(row.status)
            var refund = before
            let transition = refund.apply(row.report, nowMs: reportedAt)
            let place: Comment = "\(row.status) × \(row.report)"
            #expect(describe(transition, refund, before: before) == row.becomes, place)
            if row.becomes == "=" {
                #expect(refund == before, place)
            } else {
                #expect(transition == (refund.status.isOpen ? .open : .settled(from: row.status)), place)
                #expect((refund.checkAtMs == nil) == !refund.status.isOpen, place)
            }
        }
    }

    private func describe(_ transition: RefundTransition, _ refund: Refund, before: Refund) -> String {
        let now = "\(refund.status.rawValue), \(refund.providerCode ?? "none"), \(refund.lastError?.message ?? "none")"
        switch transition {
        case .unchanged: return refund == before ? "=" : "unchanged, and yet \(now)"
        case .open: return "open: \(now)"
        case .settled: return "settled: \(now)"
        }
    }

    @Test func `what is told again of an open refund changes its next look and nothing that a merchant sees`() {
        var refund = Self.refund(.pending)
        _ = refund.apply(.unknown(why: "no answer", code: nil), nowMs: reportedAt)
        #expect(refund.updatedAtMs == reportedAt && refund.lastError?.atMs == reportedAt)
        _ = refund.apply(.unknown(why: "no answer", code: nil), nowMs: reportedAt + 10_000)
        #expect(refund.updatedAtMs == reportedAt && refund.lastError?.atMs == reportedAt)
        #expect(refund.checkAtMs == reportedAt + 40_000)
    }

    @Test func `a refund that failed and has gone back after all did succeed, once`() {
        var refund = Self.refund(.failed)
        #expect(refund.apply(.succeeded, nowMs: reportedAt) == .settled(from: .failed))
        #expect(refund.status == .succeeded && refund.updatedAtMs == reportedAt)
        #expect(refund.lastError == nil && refund.providerCode == nil && refund.checkAtMs == nil)
        #expect(refund.apply(.succeeded, nowMs: reportedAt + 1) == .unchanged)
        #expect(refund.apply(.failed(code: "NEW"), nowMs: reportedAt + 1) == .unchanged)
    }

    // MARK: When it is looked after

    @Test func `the looks are 10 s, 30 s, 2 min, 10 min and 1 h apart, then 6 h`() {
        var refund = Self.refund(.pending)
        var nowMs = reportedAt
        for delayMs: Int64 in [10_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000, 21_600_000, 21_600_000] {
            #expect(refund.apply(.unknown(why: "no answer", code: nil), nowMs: nowMs) == .open)
            #expect(refund.checkAtMs == nowMs + delayMs)
            nowMs += delayMs
        }
        #expect(refund.checkCount == 8)
    }

    @Test func `whatever leaves it open counts as a look`() {
        var refund = Self.refund(.pending)
        _ = refund.apply(.accepted, nowMs: reportedAt)
        #expect(refund.checkAtMs == reportedAt + 10_000)
        _ = refund.apply(.locked(code: "BATCH_REFUND_LOCK_ERROR"), nowMs: reportedAt)
        #expect(refund.checkAtMs == reportedAt + 30_000)
        _ = refund.apply(.notFound, nowMs: reportedAt)
        #expect(refund.checkAtMs == reportedAt + 120_000)
        _ = refund.apply(.notFound, nowMs: reportedAt, countsNotFound: false)
        #expect(refund.checkAtMs == reportedAt + 600_000)
        _ = refund.apply(.succeeded, nowMs: reportedAt)
        #expect(refund.checkAtMs == nil)
    }

    // MARK: Given up

    private static let dayMs: Int64 = 86_400_000

    @Test(arguments: [
        (times: 3, overMs: dayMs, mayGiveUp: true),
        (times: 3, overMs: dayMs - 1, mayGiveUp: false),
        (times: 2, overMs: dayMs, mayGiveUp: false),
        (times: 2, overMs: 30 * dayMs, mayGiveUp: false),
        (times: 4, overMs: dayMs, mayGiveUp: true),
        (times: 100, overMs: dayMs - 1, mayGiveUp: false),
        (times: 1, overMs: 0, mayGiveUp: false),
    ])
    func `not found three times over a day is what it takes`(times: Int, overMs: Int64, mayGiveUp: Bool) {
        for status in [Refund.Status.pending, .unknown] {
            var refund = Self.refund(status)
            for look in 0..<times {
                let isLast = look == times - 1
                _ = refund.apply(.notFound, nowMs: reportedAt + (isLast ? overMs : 0))
            }
            #expect(refund.notFoundCount == times)
            #expect(refund.mayBeGivenUp(nowMs: reportedAt + overMs) == mayGiveUp)
            #expect(refund.status == status)
        }
    }

    @Test func `a day in which it may still be sent or opened does not count`() {
        var refund = Self.refund(.pending)
        for hour: Int64 in 0..<72 {
            _ = refund.apply(.notFound, nowMs: reportedAt + hour * 3_600_000, countsNotFound: false)
        }
        #expect(refund.notFoundCount == 0 && refund.firstNotFoundAtMs == nil)
        #expect(!refund.mayBeGivenUp(nowMs: reportedAt + 72 * 3_600_000))
    }

    @Test(arguments: [RefundReport.accepted, .locked(code: "BATCH_REFUND_LOCK_ERROR")])
    func `a word that Alipay has it starts the count again`(word: RefundReport) {
        var refund = Self.refund(.unknown)
        for _ in 0..<3 { _ = refund.apply(.notFound, nowMs: reportedAt) }
        _ = refund.apply(word, nowMs: reportedAt)
        #expect(refund.notFoundCount == 0 && refund.firstNotFoundAtMs == nil)
        for _ in 0..<3 { _ = refund.apply(.notFound, nowMs: reportedAt + Self.dayMs) }
        #expect(!refund.mayBeGivenUp(nowMs: reportedAt + Self.dayMs))
        #expect(refund.mayBeGivenUp(nowMs: reportedAt + 2 * Self.dayMs))
    }

    @Test func `no answer in between neither counts nor starts again`() {
        var refund = Self.refund(.pending)
        for _ in 0..<2 { _ = refund.apply(.notFound, nowMs: reportedAt) }
        _ = refund.apply(.unknown(why: "no answer", code: nil), nowMs: reportedAt + Self.dayMs)
        #expect(!refund.mayBeGivenUp(nowMs: reportedAt + Self.dayMs))
        _ = refund.apply(.notFound, nowMs: reportedAt + Self.dayMs)
        #expect(refund.mayBeGivenUp(nowMs: reportedAt + Self.dayMs))
    }

    @Test func `a clock that was set back gives nothing up`() {
        var refund = Self.refund(.pending)
        for _ in 0..<3 { _ = refund.apply(.notFound, nowMs: reportedAt) }
        #expect(!refund.mayBeGivenUp(nowMs: reportedAt - 30 * Self.dayMs))
    }

    @Test func `a refund that is given up has failed, says why, and is looked after no more`() {
        var refund = Self.refund(.unknown)
        for _ in 0..<3 { _ = refund.apply(.notFound, nowMs: reportedAt) }
        let nowMs = reportedAt + Self.dayMs
        #expect(refund.giveUp(nowMs: nowMs) == .settled(from: .unknown))
        #expect(refund.status == .failed && refund.providerCode == "REFUND_NOT_EXIST" && refund.checkAtMs == nil)
        #expect(
            refund.lastError
                == LastError(
                    code: "provider_refused", message: "Alipay has no such refund, and nothing went back", atMs: nowMs))
        #expect(!refund.mayBeGivenUp(nowMs: nowMs + Self.dayMs))
    }

    /// The answer that it was done may come while the trade is being asked about.
    @Test(arguments: [Refund.Status.succeeded, .failed])
    func `a settled refund is not given up`(status: Refund.Status) {
        var refund = Self.refund(status)
        #expect(refund.giveUp(nowMs: reportedAt) == .unchanged)
        #expect(refund == Self.refund(status))
    }

    /// One that has been told of once already, with an old code and message.
    private static func refund(_ status: Refund.Status) -> Refund {
        var refund = Refund(
            id: "re_01J9ZK3V5W8Q2M4N6P8R0S2T4V", tenant: "bookshop", payment: "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V",
            amountMinor: 3_000, origin: .api, method: .noPassword, tradeNo: firstTrade, batchNo: "20260102re1",
            status: status, createdAtMs: createdAt, updatedAtMs: createdAt)
        refund.providerCode = "OLD"
        refund.lastError = LastError(code: "outcome_open", message: "old", atMs: createdAt)
        return refund
    }
}
