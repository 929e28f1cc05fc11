import Payments
import Testing
import Webhooks

/// The breaker, disabled and missing endpoints, and what is kept of them.
struct SchedulerHealthTests {
    private static let day: Int64 = 24 * 60 * 60_000

    /// Its breaker opened just now, for `openMs`.
    private func open(_ times: Int = 1) -> SchedulerDesk {
        var desk = SchedulerDesk()
        for _ in 1...20 { desk.failOne(status: 500) }
        for _ in 1..<times {
            desk.nowMs = desk.state?.hold?.untilMs ?? 0
            _ = desk.timer()
            desk.failOne(status: 500)
        }
        return desk
    }

    private func openMs(_ desk: SchedulerDesk) -> Int64? { desk.state?.hold?.untilMs.map { $0 - desk.nowMs } }

    // MARK: - Opening

    @Test(arguments: [(5, 5_000, true), (5, 4_999, false), (4, 60_000, false)])
    func `it opens after five failures in a row over five seconds`(count: Int, spanMs: Int, opens: Bool) {
        var desk = SchedulerDesk()
        for _ in 1..<count { desk.failOne(status: 500, tookMs: 0) }
        desk.nowMs += Int64(spanMs)
        let state = desk.failOne(status: 502, tookMs: 0)
        #expect((state?.hold != nil) == opens)
        if opens {
            #expect(state?.hold?.reason == .circuitOpen)
            #expect(state?.hold?.detail == "5 tries in a row failed, the last with status 502")
        }
    }

    @Test func `a success in between breaks the row, and so does an answer that is no failure`() {
        var desk = SchedulerDesk()
        for _ in 1...4 { desk.failOne(status: 500) }
        desk.nowMs += 10_000
        _ = desk.hear([desk.due("1")])
        _ = desk.take("1")
        #expect(desk.failOne(status: 500)?.hold == nil)
        for _ in 1...3 { desk.failOne(status: 500) }
        desk.nowMs += 10_000
        #expect(desk.failOne(status: 404)?.hold == nil)
        #expect(desk.failOne(status: 500)?.hold == nil)
    }

    @Test func `it opens when half of twenty within a minute failed`() {
        var desk = SchedulerDesk()
        for number in 1...10 {
            _ = desk.hear([desk.due("\(number)")])
            _ = desk.take("\(number)")
        }
        for _ in 1...9 { #expect(desk.failOne(status: 429)?.hold == nil) }
        #expect(
            desk.failOne(.timeout)?.hold?.detail == "10 of 20 tries within a minute failed, the last with timeout")
    }

    @Test func `nineteen are too few, and older than a minute is too old`() {
        var desk = SchedulerDesk()
        for number in 1...19 {
            desk.nowMs += 100
            // No four in a row last.
            let state = number % 2 == 1 ? desk.failOne(status: 500) : desk.failOne(status: 400)
            #expect(state?.hold == nil)
        }
        desk.nowMs += 60_000
        #expect(desk.failOne(status: 500)?.hold == nil)
    }

    @Test func `no other answer opens it, and what was not sent neither`() {
        var desk = SchedulerDesk()
        for step in 1...60 {
            desk.nowMs += 500
            let state = step % 2 == 1 ? desk.failOne(status: 301 + step % 3) : desk.failOne(.refusedDestination)
            #expect(state != nil && state?.hold == nil)
        }
        #expect(desk.state?.failureCount == 60)
    }

    // MARK: - Open

    @Test(arguments: [(1, 30_000), (2, 60_000), (3, 120_000), (5, 480_000), (6, 600_000), (8, 600_000)])
    func `it stays open twice as long each time, up to ten minutes`(times: Int, fullMs: Int) {
        #expect(openMs(open(times)) == Int64(fullMs))
    }

    @Test func `at least half as long`() {
        var desk = SchedulerDesk()
        for _ in 1...20 { desk.failOne(status: 500, jitter: 0) }
        #expect(openMs(desk) == 15_000)
    }

    @Test func `while it is open nothing is sent, read or loaded`() {
        var desk = SchedulerDesk()
        for _ in 1...19 { desk.failOne(status: 500) }
        // The cap is at 4 still: four are out and three are loaded.
        #expect(sent(desk.hear(desk.dues(1...7))).count == 4)
        let actions = desk.answered("a1", status: 500).actions
        #expect(desk.state?.hold != nil)
        #expect(sent(actions) == [] && reads(actions) == [])
        #expect(desk.hear([desk.due("new")]) == [])
        #expect(desk.hear(.retry) == [])
        // What was out answers, which does not close it.
        for id in ["a2", "a3", "a4"] { #expect(sent(desk.take(id)) == []) }
        #expect(desk.state?.hold?.reason == .circuitOpen)
        #expect(desk.state?.failingSinceMs == nil)
    }

    @Test func `when its time is over one message goes out, a live one if there is one`() {
        var desk = open()
        #expect(desk.hear(.retry) == [])
        #expect(desk.hear([desk.due("live"), desk.due("live2")]) == [])
        desk.nowMs += 30_000
        let asked = reads(desk.timer())
        #expect(asked.map(\.line.lane) == [.live])
        #expect(asked[0].limit == 1)
        #expect(sent(desk.found(asked[0], [desk.due("live")])) == ["live"])
        #expect(desk.hear([desk.due("other", lane: .retry)]) == [])
    }

    @Test func `if no live one is there, another`() {
        var desk = open()
        _ = desk.hear(.live)
        _ = desk.hear(.retry)
        desk.nowMs += 30_000
        let live = reads(desk.timer())
        let retry = reads(desk.found(live[0], []))
        #expect(retry.map(\.line.lane) == [.retry])
        #expect(sent(desk.found(retry[0], [desk.due("r", lane: .retry)])) == ["r"])
    }

    @Test func `a success closes it, and it grows from one at a time`() {
        var desk = open()
        desk.nowMs += 30_000
        _ = desk.timer()
        #expect(sent(desk.hear(desk.dues(1...3))) == ["a1"])
        let (state, actions) = desk.answered("a1")
        #expect(state?.hold == nil)
        #expect(state?.failureCount == 0 && state?.openCount == 0 && state?.failingSinceMs == nil)
        let asked = reads(actions)
        #expect(asked.count == 1)
        _ = desk.ended("a1", .recorded(nextAttemptAtMs: nil))
        #expect(sent(desk.found(asked[0], desk.dues(2...9))) == ["a2"])
        #expect(sent(desk.take("a2")).count == 2)
    }

    @Test func `a counted failure opens it for longer, another answer closes it`() {
        var desk = open()
        desk.nowMs += 30_000
        _ = desk.timer()
        #expect(desk.failOne(.connect)?.hold?.untilMs == desk.nowMs + 60_000)
        desk.nowMs += 60_000
        _ = desk.timer()
        let state = desk.failOne(status: 404)
        #expect(state?.hold == nil)
        #expect(state?.failureCount == 22)
    }

    @Test func `a probe of which nothing is known is followed by another`() {
        var desk = open()
        desk.nowMs += 30_000
        _ = desk.timer()
        #expect(sent(desk.hear([desk.due("1")])) == ["1"])
        _ = desk.ended("1", .unrecorded)
        #expect(sent(desk.hear([desk.due("2")])) == ["2"])
    }

    @Test func `an admin can have it try at once`() {
        var desk = open()
        #expect(desk.hear([desk.due("1")]) == [])
        let asked = reads(desk.scheduler.probe(SchedulerDesk.key, nowMs: desk.nowMs))
        #expect(sent(desk.found(asked[0], [desk.due("1")])) == ["1"])
        #expect(desk.scheduler.probe(SchedulerDesk.key, nowMs: desk.nowMs) == [])
    }

    @Test func `a message that somebody waits for closes it as well`() {
        var desk = open()
        _ = desk.hear([desk.due("1")])
        #expect(desk.scheduler.claimDirect(desk.due("now")) == nil)
        let (state, actions) = desk.answered("now")
        #expect(state != nil && state?.hold == nil)
        #expect(reads(actions).count == 1)
    }

    @Test func `an open breaker goes on after a restart`() {
        let before = open()
        let untilMs = before.state?.hold?.untilMs ?? 0
        var desk = SchedulerDesk(states: [before.state].compactMap(\.self))
        #expect(desk.scheduler.states == [before.state].compactMap(\.self))
        #expect(sent(desk.hear([desk.due("1")])) == [])
        desk.nowMs = untilMs
        #expect(reads(desk.timer()).count == 1)
    }

    @Test func `one whose time passed meanwhile lets a message out at once`() {
        let hold = EndpointHold(reason: .circuitOpen, sinceMs: 1, untilMs: 2, detail: "")
        let state = EndpointState(
            key: SchedulerDesk.key, hold: hold, failingSinceMs: 1, failureCount: 9, openCount: 2, urlDigest: "u",
            revision: 9)
        var desk = SchedulerDesk(states: [state])
        #expect(sent(desk.hear(desk.dues(1...3))) == ["a1"])
        #expect(desk.fail("a1")?.hold?.untilMs == desk.nowMs + 120_000)
    }

    // MARK: - What is kept

    @Test func `steady success changes nothing, each failure does, and so does the success after it`() {
        var desk = SchedulerDesk()
        _ = desk.hear([desk.due("1")])
        #expect(desk.answered("1").state == nil)
        #expect(desk.scheduler.states == [])
        let first = desk.failOne(status: 500)
        #expect(first?.revision == 1 && first?.failureCount == 1 && first?.failingSinceMs == desk.nowMs)
        #expect(first?.urlDigest == "u")
        #expect(desk.failOne(status: 500)?.revision == 2)
        _ = desk.hear([desk.due("2")])
        #expect(desk.answered("2").state?.revision == 3)
        _ = desk.hear([desk.due("3")])
        #expect(desk.answered("3").state == nil)
    }

    @Test func `what could not be kept with its attempt is kept half a minute later`() {
        var desk = SchedulerDesk()
        _ = desk.hear([desk.due("1")])
        let state = desk.answered("1", status: 410).state
        #expect(kept(desk.ended("1", .unrecorded)) == [])
        desk.nowMs += 30_000
        #expect(kept(desk.timer()) == [state].compactMap(\.self))
    }

    // MARK: - Disabled

    @Test func `410 disables it at once`() {
        var desk = SchedulerDesk(inFlightMax: 1)
        _ = desk.hear(desk.dues(1...3))
        let (state, actions) = desk.answered("a1", status: 410)
        #expect(state?.hold == EndpointHold(reason: .disabled, sinceMs: desk.nowMs, detail: "it answered 410 (gone)"))
        #expect(sent(actions) == [])
        desk.nowMs += 1_000_000
        #expect(sent(desk.timer()) == [])
    }

    @Test(arguments: [(20, 3, 0, true), (19, 3, 0, false), (20, 2, 0, false), (20, 3, -1, false)])
    func `five days without success disable it, if twenty tries of three events failed`(
        tries: Int, events: Int, offMs: Int, disables: Bool
    ) {
        let state = EndpointState(
            key: SchedulerDesk.key, failingSinceMs: 1_000_000, failureCount: tries - 1,
            failedEvents: Array(["x", "y"].prefix(events - 1)), urlDigest: "u", revision: 5)
        var desk = SchedulerDesk(states: [state])
        desk.nowMs += 5 * SchedulerHealthTests.day + Int64(offMs)
        #expect((desk.failOne(status: 404)?.hold?.reason == .disabled) == disables)
    }

    @Test func `an admin disables and enables it`() {
        var desk = SchedulerDesk(inFlightMax: 1)
        _ = desk.hear(desk.dues(1...3))
        desk.failOne(at: "b", status: 500)
        let (changed, actions) = desk.scheduler.setDisabled(
            true, SchedulerDesk.key, detail: "they asked for it", nowMs: desk.nowMs)
        #expect(changed)
        #expect(kept(actions).map(\.hold?.detail) == ["they asked for it"])
        #expect(!desk.scheduler.setDisabled(true, SchedulerDesk.key, detail: "", nowMs: desk.nowMs).changed)
        #expect(sent(desk.take("a1")) == [])
        let enabled = desk.scheduler.setDisabled(false, SchedulerDesk.key, detail: "", nowMs: desk.nowMs)
        #expect(enabled.changed)
        #expect(kept(enabled.actions).map(\.hold) == [nil])
        #expect(reads(enabled.actions).count == 1)
        #expect(!desk.scheduler.setDisabled(false, SchedulerDesk.key, detail: "", nowMs: desk.nowMs).changed)
    }

    @Test func `enabling closes the breaker and forgets the failures`() {
        var desk = open(3)
        let (changed, actions) = desk.scheduler.setDisabled(false, SchedulerDesk.key, detail: "", nowMs: desk.nowMs)
        #expect(changed)
        let state = kept(actions).first
        #expect(state?.hold == nil && state?.failureCount == 0 && state?.openCount == 0)
        #expect(sent(desk.hear([desk.due("1")])) == ["1"])
    }

    @Test func `what was learnt at another URL is forgotten`() {
        var desk = SchedulerDesk(inFlightMax: 1)
        let dues = desk.dues(1...2)
        _ = desk.hear(dues)
        let state = desk.answered("a1", status: 410).state
        _ = desk.ended("a1", .recorded(nextAttemptAtMs: desk.nowMs + 5_000))
        desk.directory.set(SchedulerDesk.key, EndpointFacts(inFlightMax: 4, urlDigest: "v"))
        let actions = desk.scheduler.endpointsChanged(nowMs: desk.nowMs)
        let fresh = EndpointState(key: SchedulerDesk.key, urlDigest: "v", revision: (state?.revision ?? 0) + 1)
        #expect(kept(actions) == [fresh])
        #expect(sent(desk.found(reads(actions)[0], [dues[1]])) == ["a2"])
    }

    @Test func `an answer from the old URL says nothing of the new one`() {
        var desk = SchedulerDesk()
        _ = desk.hear([desk.due("1")])
        desk.directory.set(SchedulerDesk.key, EndpointFacts(inFlightMax: 4, urlDigest: "v"))
        _ = desk.scheduler.endpointsChanged(nowMs: desk.nowMs)
        #expect(desk.answered("1", status: 410).state == nil)
        #expect(desk.scheduler.states == [])
    }

    @Test func `a state that was kept of another URL does not count after a restart`() {
        let hold = EndpointHold(reason: .disabled, sinceMs: 1, detail: "")
        let state = EndpointState(key: SchedulerDesk.key, hold: hold, urlDigest: "old", revision: 7)
        var desk = SchedulerDesk(isSurveyed: false)
        let actions = desk.scheduler.surveyed([], states: [state], nowMs: desk.nowMs)
        #expect(kept(actions) == [EndpointState(key: SchedulerDesk.key, urlDigest: "u", revision: 8)])
        #expect(sent(desk.hear([desk.due("1")])) == ["1"])
    }

    // MARK: - Missing

    @Test func `an endpoint that no file has is held until one does`() {
        var desk = SchedulerDesk()
        let key = EndpointKey(tenant: "shop", endpoint: "missing")
        let actions = desk.hear([desk.due("1", "missing")])
        let hold = EndpointHold(reason: .missing, sinceMs: desk.nowMs, detail: "no tenant's file has it")
        #expect(kept(actions) == [EndpointState(key: key, hold: hold, urlDigest: "", revision: 1)])
        #expect(sent(actions) == [] && reads(actions) == [])
        #expect(desk.scheduler.endpointsChanged(nowMs: desk.nowMs) == [])
    }

    @Test(arguments: EndpointHold.Reason.allCases)
    func `one that is missing after a restart is kept so only if it was not held for good`(
        reason: EndpointHold.Reason
    ) {
        let key = EndpointKey(tenant: "shop", endpoint: "missing")
        let hold = EndpointHold(
            reason: reason, sinceMs: 1, untilMs: reason == .circuitOpen ? 9_000_000 : nil, detail: "")
        let state = EndpointState(key: key, hold: hold, urlDigest: "x", revision: 5)
        var desk = SchedulerDesk(isSurveyed: false)
        let line = DeliveryLine(endpoint: key, lane: .live)
        let actions = desk.scheduler.surveyed(
            [OpenLine(line: line, nextDueMs: 5)], states: [state], nowMs: desk.nowMs)
        let changes = reason == .circuitOpen || reason == .secretsLapsed
        #expect(kept(actions).map(\.revision) == (changes ? [6] : []))
        #expect(reads(actions) == [])
        #expect(desk.scheduler.states.map(\.hold?.reason) == [changes ? .missing : reason])
    }

    @Test func `one that vanishes is found again by a change of the directory or a survey`() {
        let table = ModelDirectory([SchedulerDesk.key])
        var desk = SchedulerDesk()
        desk.scheduler = DeliveryScheduler(limits: WorkerLimits()) { [table] in table.facts($0) }
        _ = desk.scheduler.start(nowMs: desk.nowMs)
        _ = desk.scheduler.surveyed([], states: [], nowMs: desk.nowMs)
        _ = desk.hear([desk.due("1")])
        table.set(SchedulerDesk.key, nil)
        #expect(kept(desk.ended("1", .unsendable)).map(\.hold?.reason) == [.missing])
        #expect(desk.hear([desk.due("2")]) == [])
        table.set(SchedulerDesk.key, EndpointFacts(inFlightMax: 1, urlDigest: "a"))
        let actions = desk.scheduler.endpointsChanged(nowMs: desk.nowMs)
        #expect(kept(actions).map(\.hold) == [nil])
        #expect(reads(actions).count == 1)
        table.set(SchedulerDesk.key, nil)
        _ = desk.scheduler.endpointsChanged(nowMs: desk.nowMs)
        table.set(SchedulerDesk.key, EndpointFacts(inFlightMax: 1, urlDigest: "a"))
        let line = DeliveryLine(endpoint: SchedulerDesk.key, lane: .live)
        let found = desk.scheduler.surveyed(
            [OpenLine(line: line, nextDueMs: desk.nowMs)], states: [], nowMs: desk.nowMs)
        #expect(kept(found).map(\.hold) == [nil])
    }

    @Test func `facts are asked for again before something is sent, once a second`() {
        let table = ModelDirectory([SchedulerDesk.key])
        var desk = SchedulerDesk()
        desk.scheduler = DeliveryScheduler(limits: WorkerLimits()) { [table] in table.facts($0) }
        _ = desk.scheduler.start(nowMs: desk.nowMs)
        _ = desk.scheduler.surveyed([], states: [], nowMs: desk.nowMs)
        _ = desk.hear([desk.due("1")])
        table.set(SchedulerDesk.key, nil)
        desk.nowMs += 1_001
        let actions = desk.hear([desk.due("2")])
        #expect(sent(actions) == [])
        #expect(kept(actions).map(\.hold?.reason) == [.missing])
    }

    @Test func `a disabled one that is missing too stays disabled when it comes back`() {
        let table = ModelDirectory([SchedulerDesk.key])
        var desk = SchedulerDesk()
        desk.scheduler = DeliveryScheduler(limits: WorkerLimits()) { [table] in table.facts($0) }
        _ = desk.scheduler.start(nowMs: desk.nowMs)
        _ = desk.scheduler.surveyed([], states: [], nowMs: desk.nowMs)
        _ = desk.scheduler.setDisabled(true, SchedulerDesk.key, detail: "", nowMs: desk.nowMs)
        table.set(SchedulerDesk.key, nil)
        #expect(desk.scheduler.endpointsChanged(nowMs: desk.nowMs) == [])
        table.set(SchedulerDesk.key, EndpointFacts(inFlightMax: 1, urlDigest: "a"))
        #expect(desk.scheduler.endpointsChanged(nowMs: desk.nowMs) == [])
        #expect(desk.state?.hold?.reason == .disabled)
    }

    @Test func `one that is disabled while no file has it stays so when one does, at whatever URL`() {
        let table = ModelDirectory([])
        var desk = SchedulerDesk()
        desk.scheduler = DeliveryScheduler(limits: WorkerLimits()) { [table] in table.facts($0) }
        _ = desk.scheduler.start(nowMs: desk.nowMs)
        _ = desk.scheduler.surveyed([], states: [], nowMs: desk.nowMs)
        _ = desk.hear([desk.due("1")])
        _ = desk.scheduler.setDisabled(true, SchedulerDesk.key, detail: "moving", nowMs: desk.nowMs)
        #expect(desk.state?.urlDigest == "")
        table.set(SchedulerDesk.key, EndpointFacts(inFlightMax: 1, urlDigest: "a"))
        let actions = desk.scheduler.endpointsChanged(nowMs: desk.nowMs)
        #expect(kept(actions).map(\.hold?.detail) == ["moving"])
        #expect(kept(actions).map(\.urlDigest) == ["a"])
        #expect(sent(actions) == [] && reads(actions) == [])
        // From then on its URL is known.
        table.set(SchedulerDesk.key, EndpointFacts(inFlightMax: 1, urlDigest: "b"))
        #expect(kept(desk.scheduler.endpointsChanged(nowMs: desk.nowMs)).map(\.hold) == [nil])
    }

    @Test func `one that vanishes is held from when something waits for it, and as long as that`() {
        let table = ModelDirectory([SchedulerDesk.key])
        var desk = SchedulerDesk()
        desk.scheduler = DeliveryScheduler(limits: WorkerLimits()) { [table] in table.facts($0) }
        _ = desk.scheduler.start(nowMs: desk.nowMs)
        _ = desk.scheduler.surveyed([], states: [], nowMs: desk.nowMs)
        _ = desk.hear([desk.due("1")])
        table.set(SchedulerDesk.key, nil)
        #expect(kept(desk.scheduler.endpointsChanged(nowMs: desk.nowMs)) == [])
        #expect(kept(desk.take("1")) == [])
        #expect(desk.state == nil)
        #expect(kept(desk.hear([desk.due("2")])).map(\.hold?.reason) == [.missing])
        let line = DeliveryLine(endpoint: SchedulerDesk.key, lane: .live)
        let open = OpenLine(line: line, nextDueMs: desk.nowMs)
        desk.nowMs += 60_000
        #expect(kept(desk.scheduler.surveyed([open], states: [], nowMs: desk.nowMs)) == [])
        desk.nowMs += 60_000
        #expect(kept(desk.scheduler.surveyed([], states: [], nowMs: desk.nowMs)).map(\.hold) == [nil])
        #expect(kept(desk.scheduler.endpointsChanged(nowMs: desk.nowMs)) == [])
    }

    @Test func `what falls due later is held as well`() {
        var desk = SchedulerDesk()
        #expect(kept(desk.hear([desk.due("1", "missing", inMs: 60_000)])).map(\.hold?.reason) == [.missing])
    }

    @Test(arguments: [EndpointHold.Reason.missing, .secretsLapsed, .circuitOpen])
    func `a hold of one that no file has is not kept after a restart if nothing waits`(reason: EndpointHold.Reason) {
        let key = EndpointKey(tenant: "shop", endpoint: "missing")
        let hold = EndpointHold(
            reason: reason, sinceMs: 1, untilMs: reason == .circuitOpen ? 9_000_000 : nil, detail: "")
        let state = EndpointState(key: key, hold: hold, urlDigest: "x", revision: 5)
        var desk = SchedulerDesk(isSurveyed: false)
        let actions = desk.scheduler.surveyed([], states: [state], nowMs: desk.nowMs)
        #expect(kept(actions).map(\.hold) == [nil])
        #expect(kept(actions).map(\.revision) == [6])
    }
}
