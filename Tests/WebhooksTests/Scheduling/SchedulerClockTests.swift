import Payments
import Testing
import Webhooks

/// A wall clock that is set back by eight hours, as on a machine that started with local time.
struct SchedulerClockTests {
    /// Surveyed just now, in 2026.
    private func surveyed() -> SchedulerDesk {
        var desk = SchedulerDesk()
        desk.nowMs = 1_767_323_045_000
        _ = desk.timer()
        _ = desk.scheduler.surveyed([], states: [], nowMs: desk.nowMs)
        return desk
    }

    /// The next step is the first that sees it.
    private func setBack(_ desk: inout SchedulerDesk, byMs ms: Int64 = 28_800_000) { desk.nowMs -= ms }

    // MARK: - What was to come

    @Test func `an open breaker lets its probe out when the time that it had left is over`() throws {
        var desk = surveyed()
        for _ in 1...20 { desk.failOne(status: 500) }
        desk.nowMs += 10_000
        #expect(desk.hear(.live) == [])
        setBack(&desk)
        let actions = desk.timer()
        #expect(kept(actions).map(\.hold?.untilMs) == [desk.nowMs + 20_000])
        #expect(kept(actions).map(\.revision) == [21])
        #expect(wakes(actions) == [desk.nowMs + 20_000])
        desk.nowMs += 19_999
        #expect(reads(desk.timer()) == [])
        desk.nowMs += 1
        let asked = try #require(reads(desk.timer()).first)
        #expect(sent(desk.found(asked, [desk.due("probe")])) == ["probe"])
    }

    @Test func `the hold of a breaker whose probe is out is over, as it was`() throws {
        var desk = surveyed()
        for _ in 1...20 { desk.failOne(status: 500) }
        desk.nowMs += 30_000
        _ = desk.timer()
        #expect(sent(desk.hear([desk.due("probe")])) == ["probe"])
        setBack(&desk)
        let state = try #require(kept(desk.timer()).first)
        #expect(state.hold?.isInForce(atMs: desk.nowMs) == false)
        #expect(desk.answered("probe").state?.hold == nil)
    }

    @Test func `a survey looks at once, and every minute from then on`() {
        var desk = surveyed()
        setBack(&desk)
        #expect(desk.timer() == [.survey])
        let line = DeliveryLine(endpoint: SchedulerDesk.key, lane: .live)
        let actions = desk.scheduler.surveyed(
            [OpenLine(line: line, nextDueMs: desk.nowMs)], states: [], nowMs: desk.nowMs)
        #expect(reads(actions).map(\.line) == [line])
        #expect(wakes(actions) == [desk.nowMs + 60_000])
        desk.nowMs += 60_000
        #expect(desk.timer() == [.survey])
    }

    @Test func `whatever comes first sees it, once`() {
        var desk = surveyed()
        setBack(&desk)
        let due = desk.due("1")
        #expect(desk.hear([due]) == [.survey, .send(due)])
        #expect(desk.take("1") == [])
    }

    @Test func `a survey that is out is not followed by another`() {
        var desk = surveyed()
        desk.nowMs += 60_000
        #expect(desk.timer() == [.survey])
        setBack(&desk)
        #expect(desk.timer() == [])
        #expect(desk.scheduler.surveyed([], states: [], nowMs: desk.nowMs) == [.wakeAt(desk.nowMs + 60_000)])
    }

    @Test func `a pause of reads ends when the time that it had left is over`() {
        var desk = surveyed()
        // As many reads are out as may be, so that the next lines are read together.
        let first = reads(desk.hear(.live, of: "x"))[0]
        let second = reads(desk.hear(.live, of: "y"))[0]
        #expect(desk.hear(.live) + desk.hear(.live, of: "b") == [])
        let both = reads(desk.found(first, []))
        #expect(desk.scheduler.readFailed(both, nowMs: desk.nowMs) == [.wakeAt(desk.nowMs + 5_000)])
        #expect(desk.found(second, []) == [])
        setBack(&desk)
        #expect(desk.timer() == [.survey, .wakeAt(desk.nowMs + 5_000)])
        desk.nowMs += 5_000
        #expect(reads(desk.timer()).map(\.line.endpoint.endpoint) == ["a", "b"])
    }

    @Test func `one whose result could not be kept is left alone for as long as it had left`() {
        var desk = surveyed()
        let due = desk.due("1")
        _ = desk.hear([due])
        _ = desk.answered("1")
        _ = desk.ended("1", .unrecorded)
        setBack(&desk)
        #expect(wakes(desk.timer()) == [desk.nowMs + 30_000])
        desk.nowMs += 30_000
        #expect(reads(desk.timer()).map(\.line) == [due.delivery.line])
    }

    @Test func `a retry comes at the moment that the store has for it`() {
        var desk = surveyed()
        _ = desk.hear([desk.due("1")])
        _ = desk.answered("1", status: 500)
        _ = desk.ended("1", .recorded(nextAttemptAtMs: desk.nowMs + 5_000))
        setBack(&desk)
        #expect(desk.timer() == [.survey, .wakeAt(desk.nowMs + 28_805_000)])
        desk.nowMs += 28_805_000
        #expect(reads(desk.timer()).map(\.line.lane) == [.retry])
    }

    // MARK: - How old things are

    @Test func `requests that are out are as old as they were`() {
        var desk = surveyed()
        // Its cap grows until more than four may be out.
        for number in 0..<600 where sent(desk.hear([desk.due("w\(number)")])) == ["w\(number)"] {
            _ = desk.take("w\(number)")
        }
        #expect(sent(desk.hear(desk.dues(1...4))).count == 4)
        setBack(&desk)
        _ = desk.timer()
        desk.nowMs += 1_000
        #expect(sent(desk.hear([desk.due("5")])) == ["5"])
        desk.nowMs += 1
        #expect(sent(desk.hear([desk.due("6")])) == [])
        #expect(sent(desk.take("a1", tookMs: 1_001)) == ["6"])
    }

    @Test func `an endpoint that says it is too much gets less, whenever that was said last`() {
        var desk = surveyed()
        #expect(sent(desk.hear(desk.dues(1...30))).count == 4)
        desk.nowMs += 10
        // From 4 to 2.
        #expect(sent(desk.answered("a1", status: 503).actions) == [])
        #expect(sent(desk.answered("a2", status: 429).actions) == [])
        #expect(sent(desk.answered("a3", status: 429).actions) == ["a5"])
        setBack(&desk)
        #expect(sent(desk.timer()) == [])
        #expect(sent(desk.answered("a4").actions) == ["a6"])
        desk.nowMs += 10
        #expect(sent(desk.answered("a5", status: 404).actions) == ["a7"])
        // From 2 to 1: the seventh is out.
        #expect(sent(desk.answered("a6", status: 503).actions) == [])
    }

    @Test func `five failures in a row over five seconds open the breaker`() {
        var desk = surveyed()
        for _ in 1...4 { desk.failOne(status: 500, tookMs: 0) }
        setBack(&desk)
        _ = desk.timer()
        desk.nowMs += 5_000
        #expect(desk.failOne(status: 500, tookMs: 0)?.hold?.reason == .circuitOpen)
    }

    @Test func `what failed more than a minute ago counts no more`() {
        var desk = surveyed()
        for number in 1...19 {
            desk.nowMs += 100
            // No four in a row last.
            if number % 2 == 1 { desk.failOne(status: 500) } else { desk.failOne(status: 400) }
        }
        setBack(&desk)
        _ = desk.timer()
        desk.nowMs += 60_000
        #expect(desk.failOne(status: 500)?.hold == nil)
    }

    @Test func `an endpoint fails since no later than now`() {
        var desk = surveyed()
        desk.failOne(status: 500)
        setBack(&desk)
        #expect(desk.failOne(status: 500)?.failingSinceMs == desk.nowMs)
    }

    @Test func `a lapse of secrets is seen before the next message goes out, within a second`() {
        var desk = surveyed()
        _ = desk.hear([desk.due("1")])
        desk.directory.set(SchedulerDesk.key, EndpointFacts(inFlightMax: 32, urlDigest: "u", canSign: false))
        setBack(&desk)
        _ = desk.timer()
        desk.nowMs += 1_001
        let actions = desk.hear([desk.due("2")])
        #expect(sent(actions) == [])
        #expect(kept(actions).map(\.hold?.reason) == [.secretsLapsed])
    }

    // MARK: - What is no step

    @Test func `a clock that is put right by two seconds changes nothing`() {
        var desk = surveyed()
        setBack(&desk, byMs: 2_000)
        #expect(desk.timer() == [.wakeAt(desk.nowMs + 62_000)])
    }

    @Test func `small corrections one after the other are a step once they are more than that together`() {
        var desk = surveyed()
        setBack(&desk, byMs: 1_500)
        #expect(!desk.timer().contains(.survey))
        setBack(&desk, byMs: 1_500)
        #expect(desk.timer() == [.survey])
    }
}
