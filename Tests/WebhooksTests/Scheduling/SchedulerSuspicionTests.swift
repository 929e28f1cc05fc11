import Payments
import Testing
import Webhooks

/// What keeps endpoints that may be dead from the slots of those that are well.
struct SchedulerSuspicionTests {
    /// With a cap of 32 and a mean answer time of 50 ms.
    private func warm(slots: Int = 2_000) -> SchedulerDesk {
        var desk = SchedulerDesk { $0.inFlightMax = slots }
        for number in 0..<600 where sent(desk.hear([desk.due("w\(number)")])) == ["w\(number)"] {
            _ = desk.take("w\(number)")
        }
        return desk
    }

    @Test func `an endpoint that is silent for more than a second with four out gets no more`() {
        var desk = warm()
        #expect(sent(desk.hear(desk.dues(1...4))).count == 4)
        desk.nowMs += 1_000
        #expect(sent(desk.hear([desk.due("5")])) == ["5"])
        desk.nowMs += 1
        #expect(sent(desk.hear([desk.due("6")])) == [])
        // It answers after all.
        #expect(sent(desk.take("a1", tookMs: 1_001)) == ["6"])
    }

    @Test func `with three out it gets more`() {
        var desk = warm()
        _ = desk.hear(desk.dues(1...3))
        desk.nowMs += 14_000
        #expect(sent(desk.hear([desk.due("4"), desk.due("5")])) == ["4"])
    }

    @Test func `it is not silent while it answers others, but may not keep four that are overdue`() {
        var desk = warm()
        _ = desk.hear(desk.dues(1...4))
        for step in 1...3 {
            desk.nowMs += 300
            #expect(sent(desk.hear([desk.due("q\(step)")])) == ["q\(step)"])
            desk.nowMs += 10
            _ = desk.take("q\(step)", tookMs: 10)
        }
        desk.nowMs += 70
        #expect(sent(desk.hear([desk.due("in time")])) == ["in time"])
        desk.nowMs += 1
        #expect(sent(desk.hear([desk.due("late")])) == [])
        #expect(sent(desk.take("a1", tookMs: 1_001)) == ["late"])
    }

    @Test func `a slow endpoint is given four times its mean`() {
        var desk = SchedulerDesk()
        for number in 1...40 {
            _ = desk.hear([desk.due("s\(number)")])
            desk.nowMs += 2_000
            _ = desk.take("s\(number)", tookMs: 2_000)
        }
        _ = desk.hear(desk.dues(1...4))
        desk.nowMs += 8_000
        #expect(sent(desk.hear([desk.due("5")])) == ["5"])
        desk.nowMs += 1
        #expect(sent(desk.hear([desk.due("6")])) == [])
    }

    @Test func `when slots are scarce, fewer are left with an endpoint that is silent, and sooner`() {
        // 60 of 64 slots are used by a hundred others.
        var desk = warm(slots: 64)
        _ = desk.hear([desk.due("1")])
        _ = desk.hear((1...59).map { desk.due("o\($0)", "o\($0)", tenant: "t\($0)") })
        desk.nowMs += 300
        #expect(sent(desk.hear([desk.due("2")])) == ["2"])
        desk.nowMs += 1
        #expect(sent(desk.hear([desk.due("3")])) == [])
        // Slots are free again.
        var more: [String] = []
        for number in 1...59 { more += sent(desk.take("o\(number)", tookMs: 301)) }
        #expect(more == ["3"])
    }

    @Test func `endpoints that failed five times in a row share a tenth of the slots`() {
        var desk = SchedulerDesk { $0.inFlightMax = 50 }
        for endpoint in 1...8 {
            for _ in 1...5 { desk.failOne(at: "e\(endpoint)", status: 500) }
        }
        let dues = (1...8).map { desk.due("\($0)", "e\($0)") }
        #expect(sent(desk.hear(dues)) == ["1", "2", "3", "4", "5"])
        #expect(sent(desk.hear([desk.due("well", "well")])) == ["well"])
        #expect(sent(desk.take("2")) == ["6"])
        // One that is well again leaves them, and takes what it has.
        #expect(sent(desk.hear([desk.due("2b", "e2"), desk.due("2c", "e2")])) == ["2b", "2c"])
    }

    @Test func `four failures are not yet five`() {
        var desk = SchedulerDesk { $0.inFlightMax = 50 }
        for endpoint in 1...8 {
            for _ in 1...4 { desk.failOne(at: "e\(endpoint)", status: 500) }
        }
        #expect(sent(desk.hear((1...8).map { desk.due("\($0)", "e\($0)") })).count == 8)
    }

    @Test func `requests that are out for long leave a quarter of the slots to endpoints that are proven`() {
        var desk = SchedulerDesk { $0.inFlightMax = 64 }
        // 47 endpoints hang: one more and a quarter is left.
        _ = desk.hear((1...47).map { desk.due("h\($0)", "h\($0)", tenant: "t\($0)") })
        desk.nowMs += 1_001
        #expect(sent(desk.hear([desk.due("p1", "p")])) == ["p1"])
        _ = desk.take("p1")
        #expect(sent(desk.hear([desk.due("x1", "x1")])) == ["x1"])
        // Now only who took something since has them, but for a sixteenth.
        let new = (1...6).map { desk.due("n\($0)", "n\($0)", tenant: "n\($0)") }
        #expect(sent(desk.hear(new)) == ["n1", "n2", "n3"])
        #expect(sent(desk.hear([desk.due("p2", "p")])) == ["p2"])
        #expect(sent(desk.take("n1")) == ["n4"])
        // The hanging ones are over.
        var more: [String] = []
        for number in 1...40 {
            _ = desk.answered("h\(number)", .timeout)
            more += sent(desk.ended("h\(number)", .recorded(nextAttemptAtMs: desk.nowMs + 60_000)))
        }
        _ = more
        #expect(desk.scheduler.sendingCount == 47 - 40 + 1 + 1 + 5)
    }
}
