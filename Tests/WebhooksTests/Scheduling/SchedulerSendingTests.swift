import Payments
import Testing
import Webhooks

/// What is sent when: caps, slots, turns, lanes.
struct SchedulerSendingTests {
    @Test func `a fresh delivery is sent at once, without a read`() {
        var desk = SchedulerDesk()
        let due = desk.due("1")
        #expect(desk.hear([due]) == [.send(due)])
        #expect(desk.scheduler.sendingCount == 1)
        #expect(desk.take("1") == [])
        #expect(desk.scheduler.sendingCount == 0)
    }

    @Test func `nothing is sent before the first survey said who is held`() {
        var desk = SchedulerDesk(isSurveyed: false)
        let due = desk.due("1")
        #expect(sent(desk.hear([due])) == [])
        let actions = desk.scheduler.surveyed([], states: [], nowMs: desk.nowMs)
        #expect(reads(actions).map(\.line) == [due.delivery.line])
        #expect(sent(desk.found(reads(actions)[0], [due])) == ["1"])
    }

    @Test func `one that is not due yet is read when its time comes`() {
        var desk = SchedulerDesk()
        let due = desk.due("1", inMs: 5_000)
        #expect(desk.hear([due]) == [.wakeAt(desk.nowMs + 5_000)])
        desk.nowMs += 5_000
        let actions = desk.timer()
        #expect(reads(actions).map(\.line) == [due.delivery.line])
        #expect(sent(desk.found(reads(actions)[0], [due])) == ["1"])
    }

    @Test func `an endpoint begins with four at a time, and one more for as many successes`() {
        var desk = SchedulerDesk(inFlightMax: 6)
        #expect(sent(desk.hear(desk.dues(1...20))) == ["a1", "a2", "a3", "a4"])
        #expect(sent(desk.take("a1")) == ["a5"])
        #expect(sent(desk.take("a2")) == ["a6"])
        #expect(sent(desk.take("a3")) == ["a7"])
        #expect(sent(desk.take("a4")) == ["a8", "a9"])
        for id in ["a5", "a6", "a7", "a8"] { #expect(sent(desk.take(id)).count == 1) }
        #expect(sent(desk.take("a9")).count == 2)
        // Its settings allow no more.
        for id in ["a10", "a11", "a12", "a13", "a14", "a15"] { #expect(sent(desk.take(id)).count <= 1) }
    }

    @Test func `no answer means one at a time, too many means half of it, once for all that was sent before`() {
        var desk = SchedulerDesk()
        _ = desk.hear(desk.dues(1...30))
        desk.nowMs += 10
        // From 4 to 2: one of four comes back, and none is sent; then one is missing.
        #expect(sent(desk.answered("a1", status: 503).actions) == [])
        #expect(sent(desk.answered("a2", status: 429).actions) == [])
        #expect(sent(desk.answered("a3", status: 429).actions) == ["a5"])
        desk.nowMs += 10
        #expect(sent(desk.answered("a5", .connect).actions) == [])
        #expect(sent(desk.answered("a4").actions).count <= 2)
    }

    @Test func `no more than the slots are used, and no more than twice as many have results on the way`() {
        var desk = SchedulerDesk { $0.inFlightMax = 3 }
        let actions = desk.hear((1...12).map { desk.due("\($0)", "e\($0)") })
        #expect(sent(actions) == ["1", "2", "3"])
        #expect(sent(desk.answered("1").actions) == ["4"])
        #expect(sent(desk.answered("2").actions) == ["5"])
        #expect(sent(desk.answered("3").actions) == ["6"])
        #expect(sent(desk.answered("4").actions) == [])
        #expect(desk.scheduler.sendingCount == 6)
        #expect(sent(desk.ended("1", .recorded(nextAttemptAtMs: nil))) == ["7"])
    }

    @Test func `an id is out until its attempt has ended`() {
        var desk = SchedulerDesk()
        let due = desk.due("1")
        #expect(sent(desk.hear([due])) == ["1"])
        _ = desk.answered("1")
        #expect(sent(desk.hear([due])) == [])
        #expect(desk.scheduler.claimDirect(due) == .inFlight)
        _ = desk.ended("1", .recorded(nextAttemptAtMs: nil))
        #expect(desk.scheduler.claimDirect(due) == nil)
    }

    @Test func `a tenant has a quarter of the slots`() {
        var desk = SchedulerDesk { $0.inFlightMax = 200 }
        let many = (1...60).map { desk.due("\($0)", "e\($0)", tenant: "big") }
        #expect(sent(desk.hear(many)).count == 50)
        #expect(sent(desk.hear([desk.due("x", "x", tenant: "small")])) == ["x"])
        #expect(sent(desk.take("1")) == ["51"])
    }

    @Test func `but thirty-two in any case`() {
        var desk = SchedulerDesk { $0.inFlightMax = 40 }
        #expect(sent(desk.hear((1...60).map { desk.due("\($0)", "e\($0)", tenant: "big") })).count == 32)
    }

    @Test func `tenants take turns, however much one of them has`() {
        var desk = SchedulerDesk { $0.inFlightMax = 1 }
        _ = desk.hear([desk.due("0", "z", tenant: "z")])
        _ = desk.hear(desk.dues(1...6, "a", tenant: "big"))
        _ = desk.hear([desk.due("b1", "b", tenant: "small"), desk.due("b2", "b", tenant: "small")])
        _ = desk.hear([desk.due("c1", "c", tenant: "tiny")])
        var order: [String] = []
        var now = "0"
        for _ in 0..<6 {
            desk.nowMs += 100
            now = sent(desk.take(now, tookMs: 100))[0]
            order.append(now)
        }
        #expect(order == ["a1", "b1", "c1", "a2", "b2", "a3"])
    }

    @Test func `endpoints of a tenant take turns among themselves`() {
        var desk = SchedulerDesk { $0.inFlightMax = 1 }
        _ = desk.hear([desk.due("0", "z")])
        _ = desk.hear(desk.dues(1...4, "a"))
        _ = desk.hear(desk.dues(1...2, "b"))
        var order: [String] = []
        var now = "0"
        for _ in 0..<5 {
            desk.nowMs += 100
            now = sent(desk.take(now, tookMs: 100))[0]
            order.append(now)
        }
        #expect(order == ["a1", "b1", "a2", "b2", "a3"])
    }

    @Test func `a slow tenant gets fewer turns when slots are scarce, by the time it takes`() {
        var desk = SchedulerDesk { $0.inFlightMax = 1 }
        _ = desk.hear([desk.due("0", "z", tenant: "z")])
        _ = desk.hear((1...40).map { desk.due("slow\($0)", "s\($0)", tenant: "slow") })
        _ = desk.hear((1...40).map { desk.due("quick\($0)", "q\($0)", tenant: "quick") })
        var (slow, quick) = (0, 0)
        var now = "0"
        for _ in 0..<33 {
            let tookMs: Int64 = now.hasPrefix("slow") ? 1_000 : 100
            desk.nowMs += tookMs
            now = sent(desk.take(now, tookMs: tookMs))[0]
            if now.hasPrefix("slow") { slow += 1 } else { quick += 1 }
        }
        #expect((3...4).contains(slow))
        #expect(quick == 33 - slow)
    }

    @Test func `who was idle has saved up nothing`() {
        var desk = SchedulerDesk { $0.inFlightMax = 1 }
        _ = desk.hear(desk.dues(1...30, "a", tenant: "busy"))
        var now = "a1"
        for _ in 0..<10 {
            desk.nowMs += 100
            now = sent(desk.take(now, tookMs: 100))[0]
        }
        _ = desk.hear(desk.dues(1...5, "b", tenant: "late"))
        var order = ""
        for _ in 0..<6 {
            desk.nowMs += 100
            now = sent(desk.take(now, tookMs: 100))[0]
            order += now.prefix(1)
        }
        #expect(order.contains("a"))
        #expect(order.count { $0 == "a" } >= 2)
    }

    @Test func `of twelve eight are live, three retries and one a replay`() {
        var desk = SchedulerDesk(inFlightMax: 1)
        _ = desk.hear([desk.due("0")])
        for lane in Delivery.Lane.allCases {
            // All read at once: they are too many to be heard of.
            let asked = desk.hear(lane)
            #expect(asked == [])
        }
        desk.nowMs += 1
        let asked = reads(desk.take("0"))
        #expect(asked.map(\.line.lane) == [.live, .retry, .replay])
        let found = asked.map { read in
            DeliveryScheduler.LineRows(
                read: read, rows: (0..<8).map { desk.due("\(read.line.lane)\($0)", lane: read.line.lane) },
                nextDueMs: nil)
        }
        var now = sent(desk.scheduler.wasRead(found, nowMs: desk.nowMs))[0]
        var lanes: [Character: Int] = [:]
        for _ in 0..<12 {
            lanes[now.dropFirst(2).first ?? " ", default: 0] += 1
            now = sent(desk.take(now))[0]
        }
        #expect(lanes == ["v": 8, "t": 3, "p": 1])
    }

    @Test func `what nobody else wants goes to the lanes that are there`() {
        var desk = SchedulerDesk(inFlightMax: 1)
        _ = desk.hear([desk.due("0")] + (1...5).map { desk.due("r\($0)", lane: .replay) })
        var now = "0"
        for number in 1...5 {
            now = sent(desk.take(now))[0]
            #expect(now == "r\(number)")
        }
    }

    @Test func `at most two at a time are sent to an endpoint for somebody who waits`() {
        var desk = SchedulerDesk()
        #expect(desk.scheduler.claimDirect(desk.due("1")) == nil)
        #expect(desk.scheduler.claimDirect(desk.due("2")) == nil)
        #expect(desk.scheduler.claimDirect(desk.due("3")) == .busy)
        #expect(desk.scheduler.sendingCount == 2)
        _ = desk.take("1")
        #expect(desk.scheduler.claimDirect(desk.due("3")) == nil)
        // An endpoint that was met so takes its turn as any other.
        #expect(sent(desk.hear([desk.due("4")])) == ["4"])
    }

    @Test func `one merchant's endpoints that hang leave room for others who wait`() {
        var desk = SchedulerDesk()
        for number in 1...8 {
            #expect(desk.scheduler.claimDirect(desk.due("a\(number)", "endpoint-\(number)")) == nil)
        }
        #expect(desk.scheduler.claimDirect(desk.due("a9", "endpoint-9")) == .busy)
        #expect(desk.scheduler.claimDirect(desk.due("b1", "endpoint-1", tenant: "other")) == nil)
        _ = desk.take("a1")
        #expect(desk.scheduler.claimDirect(desk.due("a9", "endpoint-9")) == nil)
    }

    @Test func `one that is loaded is taken out for somebody who waits`() {
        var desk = SchedulerDesk(inFlightMax: 1)
        let dues = desk.dues(1...3)
        _ = desk.hear(dues)
        #expect(desk.scheduler.claimDirect(dues[1]) == nil)
        #expect(sent(desk.take("a1")) == ["a3"])
    }

    @Test func `told to stop, it sends nothing and says when nothing is out`() {
        var desk = SchedulerDesk(inFlightMax: 1)
        _ = desk.hear(desk.dues(1...3))
        #expect(desk.scheduler.stop(nowMs: desk.nowMs) == [])
        #expect(desk.hear([desk.due("x", "x")]) == [])
        #expect(desk.scheduler.claimDirect(desk.due("y", "y")) == .stopping)
        #expect(desk.answered("a1").actions == [])
        #expect(desk.ended("a1", .recorded(nextAttemptAtMs: nil)) == [.drained])
        #expect(desk.timer() == [])
    }

    @Test func `with nothing out it has stopped at once`() {
        var desk = SchedulerDesk()
        #expect(desk.scheduler.stop(nowMs: desk.nowMs) == [.drained])
        #expect(desk.scheduler.stop(nowMs: desk.nowMs) == [])
    }
}
