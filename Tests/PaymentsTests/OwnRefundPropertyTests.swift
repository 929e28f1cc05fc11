import Payments
import Support
import Testing

/// Refunds made here and on Alipay's site at once: in the end the merchant knows of every fen, once.
struct OwnRefundPropertyTests {
    private static let runs = 200
    private static let stepsMax = 80

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `whatever goes back by whichever way is counted once`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for run in 0..<Self.runs {
            var shop = Shop()
            for _ in 0..<Int.random(in: 1...Self.stepsMax, using: &random) { shop.step(&random) }
            shop.settleEverything()
            if let problem = shop.problem {
                Issue.record("seed \(seed), run \(run): \(problem)\n\(shop.log.joined(separator: "\n"))")
                return
            }
        }
    }

    @Test func `the runs reach every way in which a refund can end`() {
        var random = SeededGenerator(seed: 5)
        var ends = Set<String>()
        for _ in 0..<Self.runs {
            var shop = Shop()
            for _ in 0..<Int.random(in: 1...Self.stepsMax, using: &random) { shop.step(&random) }
            shop.settleEverything()
            ends.formUnion(shop.ends)
        }
        #expect(
            ends == [
                "succeeded", "refused", "given up", "gone back after it was given up", "refunded elsewhere",
                "all given back", "part given back", "nothing given back",
            ])
    }
}

/// A paid payment, its refunds at Alipay and here, and what is on the way between the two.
private struct Shop {
    /// A refund as it stands at Alipay.
    private enum There { case onItsWay, done, refused }

    private struct Ours {
        var refund: Refund
        var there = There.onItsWay
    }

    private var told = Told(.succeeded)
    private var ours: [Ours] = []
    /// All that Alipay has given back, fen.
    private var goneMinor: Int64 = 0
    private var answers: [TradeReport] = []
    private var nowMs = reportedAt
    private(set) var log: [String] = []
    private(set) var ends = Set<String>()
    private var ownProblem: String?

    var problem: String? { ownProblem ?? told.problem }

    mutating func step(_ random: inout SeededGenerator) {
        nowMs += 43_200_000
        switch Int.random(in: 0..<10, using: &random) {
        case 0: ask(for: random.pick([Int64.random(in: 1...price, using: &random), restMinor]))
        case 1: if let index = pick(&random, where: { $0.there == .onItsWay }) { carryOut(index) }
        case 2, 3, 4: if let index = pick(&random, where: { $0.refund.status.isOpen }) { look(at: index) }
        case 5:
            if Int.random(in: 0..<3, using: &random) == 0 { refundElsewhere(.random(in: 1...price, using: &random)) }
        case 6: answers.append(answer())
        case 7: if !answers.isEmpty { take(answers.remove(at: Int.random(in: 0..<answers.count, using: &random))) }
        case 8: if goneMinor > 0 { notify() }
        default: take(answer())
        }
        if told.payment.amountRefundedMinor > goneMinor { ownProblem = "more counted than Alipay gave back" }
    }

    /// What is on its way arrives or is given up, and the last thing is that Alipay is asked about the trade.
    mutating func settleEverything() {
        for late in answers { take(late) }
        for _ in 0..<Refund.notFoundTimes {
            nowMs += 43_200_000
            for index in ours.indices where ours[index].refund.status.isOpen { look(at: index) }
        }
        // As much went back elsewhere: that one of these was not part of it is Alipay's to say.
        for index in ours.indices where ours[index].refund.status.isOpen {
            ours[index].there = .refused
            look(at: index)
        }
        take(answer())
        let refundedMinor = told.payment.amountRefundedMinor
        if refundedMinor != goneMinor { ownProblem = ownProblem ?? "\(refundedMinor) counted of \(goneMinor)" }
        let ownMinor = ours.filter { $0.refund.status == .succeeded }.reduce(0) { $0 + $1.refund.amountMinor }
        if told.refundedByUs != ownMinor { ownProblem = ownProblem ?? "not the sum of our own refunds" }
        if ours.contains(where: { ($0.there == .done) != ($0.refund.status == .succeeded) }) {
            ownProblem = ownProblem ?? "a refund that is not what it is at Alipay"
        }
        ends.insert(goneMinor == 0 ? "nothing given back" : goneMinor == price ? "all given back" : "part given back")
    }

    // MARK: At Alipay

    private mutating func carryOut(_ index: Int) {
        let amountMinor = ours[index].refund.amountMinor
        let fits = goneMinor + amountMinor <= price
        ours[index].there = fits ? .done : .refused
        if fits { goneMinor += amountMinor }
        log.append("Alipay \(fits ? "gives back" : "refuses") \(amountMinor)")
    }

    private mutating func refundElsewhere(_ amountMinor: Int64) {
        guard goneMinor + amountMinor <= price else { return }
        goneMinor += amountMinor
        ends.insert("refunded elsewhere")
        log.append("the seller gives back \(amountMinor) at Alipay")
    }

    private func answer() -> TradeReport { report(from: .query, refundedMinor: goneMinor > 0 ? goneMinor : nil) }

    private func report(from source: TradeReport.Source, refundedMinor: Int64?) -> TradeReport {
        .sample(
            goneMinor == price ? .closed : .succeeded(refundable: true), from: source, paidAt: createdAt,
            refundStatus: goneMinor > 0 ? "REFUND_SUCCESS" : nil, refunded: refundedMinor)
    }

    // MARK: Here

    private var openMinor: Int64 { ours.filter { $0.refund.status.isOpen }.reduce(0) { $0 + $1.refund.amountMinor } }

    /// What a merchant may still ask for.
    private var restMinor: Int64 { price - told.payment.amountRefundedMinor - openMinor }

    private mutating func ask(for amountMinor: Int64) {
        let payment = told.payment
        guard payment.refundable, amountMinor > 0, amountMinor <= restMinor else { return }
        ours.append(
            Ours(
                refund: Refund(
                    id: "re_\(ours.count)", tenant: "bookshop", payment: payment.id, amountMinor: amountMinor,
                    origin: .api, method: .noPassword, tradeNo: firstTrade, status: .pending, createdAtMs: nowMs,
                    updatedAtMs: nowMs)))
        log.append("we ask for \(amountMinor)")
    }

    private mutating func look(at index: Int) {
        switch ours[index].there {
        case .done: settle(index, .succeeded, as: "succeeded")
        case .refused: settle(index, .failed(code: "REASON_TRADE_REFUND_FEE_ERR"), as: "refused")
        case .onItsWay:
            _ = ours[index].refund.apply(.notFound, nowMs: nowMs)
            guard ours[index].refund.mayBeGivenUp(nowMs: nowMs) else { return }
            take(answer())
            // Less went back than this one, beyond what is accounted for.
            guard goneMinor - told.payment.amountRefundedMinor < ours[index].refund.amountMinor else { return }
            _ = ours[index].refund.giveUp(nowMs: nowMs)
            ends.insert("given up")
            log.append("given up \(ours[index].refund.amountMinor)")
        }
    }

    private mutating func settle(_ index: Int, _ report: RefundReport, as end: String) {
        guard case .settled = ours[index].refund.apply(report, nowMs: nowMs) else { return }
        log.append("\(end): \(ours[index].refund.amountMinor)")
        ends.insert(end)
        guard ours[index].refund.status == .succeeded else { return }
        told.noteRefunded(amountMinor: ours[index].refund.amountMinor, atMs: nowMs)
    }

    private mutating func notify() {
        let notification = report(from: .notification, refundedMinor: nil)
        if told.take(notification, openRefundsMinor: openMinor, atMs: nowMs) { take(answer()) }
    }

    /// What the trade's total tells is believed only after those that were given up were asked about once more: one of
    /// them may be part of it.
    private mutating func take(_ answer: TradeReport) {
        for index in ours.indices where ours[index].refund.status == .failed && ours[index].there == .done {
            settle(index, .succeeded, as: "gone back after it was given up")
        }
        log.append("Alipay's total is \(answer.refundedMinor ?? 0), \(openMinor) under way")
        if told.take(answer, openRefundsMinor: openMinor, atMs: nowMs) { ownProblem = "a query in answer to a query" }
    }

    private func pick(_ random: inout SeededGenerator, where isWanted: (Ours) -> Bool) -> Int? {
        let wanted = ours.indices.filter { isWanted(ours[$0]) }
        return wanted.isEmpty ? nil : random.pick(wanted)
    }
}
