import Payments
import Support
import Testing

/// However the news of a trade comes, the merchant ends up with the same truth.
struct LifeCycleTests {
    private static let runsEach = 60
    private static let stepsMax = 80

    @Test(arguments: LifeCycle.all)
    func `news that comes in order ends as the life cycle does`(cycle: LifeCycle) {
        var told = Told(cycle.payment)
        for index in cycle.moments.indices {
            if told.take(cycle.report(of: index, from: .notification), atMs: reportedAt) {
                _ = told.take(cycle.report(of: index, from: .query), atMs: reportedAt)
            }
        }
        #expect(told.problem == nil)
        #expect(LifeCycle.End(of: told.payment) == cycle.end)
    }

    @Test(arguments: LifeCycle.all, [1, 2, 3] as [UInt64])
    func `news that overtakes, repeats and gets lost ends the same, if Alipay is asked in the end`(
        cycle: LifeCycle, seed: UInt64
    ) {
        var random = SeededGenerator(seed: seed)
        for run in 0..<Self.runsEach {
            var post = Post(cycle, lossPercent: random.pick([0, 30, 100]))
            for _ in 0..<Self.stepsMax where !(post.isOver && Int.random(in: 0..<4, using: &random) == 0) {
                post.step(&random)
            }
            post.goToTheEnd(&random)
            let missed = post.told.sawSuccess ? nil : cycle.endIfSuccessWasNotSeen
            let end = LifeCycle.End(of: post.told.payment)
            let settled = post.told.payment
            post.bringEverythingAgain()
            guard post.told.problem == nil, end == missed ?? cycle.end, post.told.payment == settled else {
                Issue.record("seed \(seed), run \(run): \(post.told.problem ?? "another end")\n\(end)\n\(post.log)")
                return
            }
        }
    }
}

/// Alipay, the post between it and us, and us.
private struct Post {
    private let cycle: LifeCycle
    /// Of notifications, that never come.
    private let lossPercent: Int
    /// The moment that the trade is in; -1 before it began.
    private var now = -1
    /// On the way: notifications of earlier moments, and answers that somebody waits for.
    private var underWay: [TradeReport] = []
    private var delivered: [TradeReport] = []
    private(set) var told: Told

    init(_ cycle: LifeCycle, lossPercent: Int) {
        self.cycle = cycle
        self.lossPercent = lossPercent
        told = Told(cycle.payment)
    }

    /// What was told, in the order in which it came.
    var log: String {
        delivered.map { "\($0.source) \($0.word) \($0.refundStatus ?? "") \($0.refundedMinor ?? 0)" }
            .joined(separator: "\n")
    }

    var isOver: Bool { now == cycle.moments.count - 1 }

    mutating func step(_ random: inout SeededGenerator) {
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1: advance(&random)
        case 2: if now >= 0 { take(cycle.report(of: now, from: .query)) }
        case 3: if now >= 0 { underWay.append(cycle.report(of: now, from: .query)) }
        default: deliver(&random)
        }
    }

    /// The trade goes on to its end, and the last thing is that Alipay is asked.
    mutating func goToTheEnd(_ random: inout SeededGenerator) {
        while !isOver { advance(&random) }
        take(cycle.report(of: now, from: .query))
    }

    /// What comes late changes nothing any more.
    mutating func bringEverythingAgain() {
        for report in delivered + underWay where report.source == .notification { take(report) }
    }

    private mutating func advance(_ random: inout SeededGenerator) {
        guard !isOver else { return }
        now += 1
        if Int.random(in: 0..<100, using: &random) >= lossPercent {
            underWay.append(cycle.report(of: now, from: .notification))
        }
    }

    /// Any of those under way; a notification may come once more later.
    private mutating func deliver(_ random: inout SeededGenerator) {
        guard !underWay.isEmpty else { return }
        let index = Int.random(in: 0..<underWay.count, using: &random)
        let report = underWay[index]
        if report.source == .query || Bool.random(using: &random) { underWay.remove(at: index) }
        take(report)
    }

    private mutating func take(_ report: TradeReport) {
        delivered.append(report)
        guard told.take(report, atMs: reportedAt) else { return }
        let answer = cycle.report(of: now, from: .query)
        delivered.append(answer)
        _ = told.take(answer, atMs: reportedAt)
    }
}
