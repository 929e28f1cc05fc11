import Payments
import Testing
import Webhooks

/// What is in memory, and what is read when.
struct SchedulerReadingTests {
    @Test func `what does not fit the window stays in the store, and is read when little is left`() {
        var desk = SchedulerDesk()
        let all = desk.dues(1...30)
        // Four are out and sixteen wait; the others are in the store alone, and so is what comes later.
        #expect(desk.hear(all) == all[0..<4].map { .send($0) })
        #expect(desk.hear([desk.due("later")]) == [])
        var asked: [DeliveryScheduler.LineRead] = []
        var next = 1
        while asked.isEmpty {
            desk.nowMs += 1
            asked = reads(desk.take("a\(next)"))
            next += 1
        }
        // The cap has grown to 6 by then, and the window is four times as wide.
        #expect(asked.count == 1)
        #expect(asked[0].line == all[0].delivery.line)
        let out = desk.scheduler.sendingCount
        #expect(asked[0].limit - out >= 16)
        #expect(asked[0].limit - out <= 24)
    }

    @Test func `of a read what is out, loaded or over is passed over`() {
        var desk = SchedulerDesk(inFlightMax: 1)
        let all = desk.dues(1...40)
        var actions = desk.hear(all)
        var order = sent(actions)
        var asked = reads(actions)
        while let now = order.last, now != "a40" {
            // What a read shows is as it was before this one was taken.
            let shown = all[(order.count - 1)...]
            actions = desk.take(now)
            if let read = asked.popLast() { actions += desk.found(read, Array(shown.prefix(read.limit))) }
            order += sent(actions)
            asked += reads(actions)
        }
        #expect(order == all.map(\.delivery.id))
    }

    @Test func `what is heard of while its line is read is sent once, after what is older`() {
        var desk = SchedulerDesk(inFlightMax: 1)
        let asked = reads(desk.hear(.live))
        let (one, two) = (desk.due("1"), desk.due("2"))
        desk.nowMs += 5
        let (three, four) = (desk.due("3"), desk.due("4"))
        #expect(desk.hear([three]) == [])
        #expect(desk.hear([four]) == [])
        // The read saw the third as well, but not the fourth.
        #expect(sent(desk.found(asked[0], [one, two, three])) == ["1"])
        #expect(sent(desk.take("1")) == ["2"])
        #expect(sent(desk.take("2")) == ["3"])
        #expect(sent(desk.take("3")) == ["4"])
        #expect(desk.take("4") == [])
    }

    @Test func `a read may be faster than the news`() {
        var desk = SchedulerDesk()
        let asked = reads(desk.hear(.live))
        let due = desk.due("1")
        #expect(sent(desk.found(asked[0], [due])) == ["1"])
        #expect(desk.hear([due]) == [])
    }

    @Test func `a line that changed while it was read is read again`() {
        var desk = SchedulerDesk()
        let asked = reads(desk.hear(.live))
        #expect(desk.hear(.live) == [])
        let again = reads(desk.found(asked[0], []))
        #expect(again.map(\.line) == asked.map(\.line))
        #expect(desk.found(again[0], []) == [])
    }

    @Test func `one that is due again before its attempt has ended is read again once it has`() {
        var desk = SchedulerDesk()
        _ = desk.hear([desk.due("1")])
        _ = desk.answered("1")
        // Kept as delivered and sent again on request, and told of that first.
        let again = desk.due("1", lane: .replay, attempts: 1)
        let asked = reads(desk.hear(.replay))
        #expect(sent(desk.found(asked[0], [again])) == [])
        let more = reads(desk.ended("1", .recorded(nextAttemptAtMs: nil)))
        #expect(more.map(\.line.lane) == [.replay])
        #expect(sent(desk.found(more[0], [again])) == ["1"])
    }

    @Test func `thirty-two lines are one read, and two reads are out at a time`() {
        var desk = SchedulerDesk()
        let lines = (1...100).map { DeliveryLine(endpoint: EndpointKey(tenant: "t", endpoint: "e\($0)"), lane: .live) }
        let actions = desk.scheduler.heard(DeliveryNews(lines: Set(lines)), nowMs: desk.nowMs)
        let batches = actions.compactMap { if case .read(let reads) = $0 { reads } else { nil } }
        #expect(batches.map(\.count) == [1, 32] || batches.map(\.count) == [32, 32])
        var asked = batches
        var seen: [DeliveryLine] = []
        while !asked.isEmpty {
            #expect(asked.count <= 2)
            let reads = asked.removeFirst()
            seen += reads.map(\.line)
            let found = reads.map { DeliveryScheduler.LineRows(read: $0, rows: [], nextDueMs: nil) }
            for case .read(let more) in desk.scheduler.wasRead(found, nowMs: desk.nowMs) { asked.append(more) }
        }
        #expect(seen.count == 100)
        #expect(Set(seen) == Set(lines))
    }

    @Test func `all windows together are bounded, an endpoint's by a quarter of what is free`() {
        var desk = SchedulerDesk(inFlightMax: 1) { $0.loadedBytesMax = 20_000 }
        let dues = (1...8).map { desk.due("\($0)", bytes: 1_000) }
        // The first two fit, and the first of them is sent.
        let actions = desk.hear(dues)
        #expect(sent(actions) == ["1"])
        let asked = reads(actions)
        #expect(asked.count == 1)
        #expect(sent(desk.take("1")) == ["2"])
        // Two more.
        #expect(desk.found(asked[0], dues) == [])
        let more = desk.take("2")
        #expect(sent(more) == ["3"])
        #expect(reads(more).count == 1)
        #expect(sent(desk.take("3")) == ["4"])
        #expect(desk.take("4") == [])
    }

    @Test func `many slow endpoints with backlogs leave room to read for another`() {
        var desk = SchedulerDesk(inFlightMax: 1) { $0.loadedBytesMax = 640_000 }
        for number in 1...92 {
            let backlog = (1...20).map { desk.due("\(number)-\($0)", "slow\(number)", bytes: 488) }
            var asked = reads(desk.hear(backlog))
            while let read = asked.popLast() { asked += reads(desk.found(read, Array(backlog.prefix(read.limit)))) }
        }
        #expect(reads(desk.hear(.live, of: "quick")).map(\.line.endpoint.endpoint) == ["quick"])
    }

    @Test func `a far time is remembered once, however often its line is read before`() {
        var desk = SchedulerDesk()
        let farMs = desk.nowMs + 3_600_000
        for number in 1...50 {
            _ = desk.hear([desk.due("\(number)", inMs: 1_000)])
            desk.nowMs += 1_000
            let asked = reads(desk.timer())
            #expect(asked.count == 1)
            _ = desk.found(asked[0], [], nextDueMs: farMs)
        }
        #expect(desk.scheduler.dueTimeCount <= 3)
    }

    @Test func `one that is larger than all is not kept when it is heard of, but sent when it is read`() {
        var desk = SchedulerDesk { $0.loadedBytesMax = 20_000 }
        let huge = desk.due("huge", bytes: 100_000)
        let actions = desk.hear([huge])
        #expect(sent(actions) == [])
        #expect(sent(desk.found(reads(actions)[0], [huge])) == ["huge"])
    }

    @Test func `a line that cannot be read is put off for five seconds, and no other with it`() {
        var desk = SchedulerDesk()
        let asked = reads(desk.hear(.live))
        #expect(desk.scheduler.readFailed(asked, nowMs: desk.nowMs) == [.wakeAt(desk.nowMs + 5_000)])
        #expect(reads(desk.hear(.live, of: "b")).map(\.line.endpoint.endpoint) == ["b"])
        desk.nowMs += 5_000
        #expect(reads(desk.timer()).map(\.line.endpoint.endpoint) == ["a"])
    }

    @Test func `lines that cannot be read together are read one by one after five seconds`() {
        var desk = SchedulerDesk()
        // As many reads are out as may be, so that the next lines are read together.
        let first = reads(desk.hear(.live, of: "x"))[0]
        let second = reads(desk.hear(.live, of: "y"))[0]
        #expect(desk.hear(.live) + desk.hear(.live, of: "b") == [])
        let both = reads(desk.found(first, []))
        #expect(both.map(\.line.endpoint.endpoint) == ["a", "b"])
        #expect(desk.scheduler.readFailed(both, nowMs: desk.nowMs) == [.wakeAt(desk.nowMs + 5_000)])
        #expect(desk.found(second, []) == [])
        #expect(desk.hear(.live, of: "c") == [])
        desk.nowMs += 5_000
        let alone = desk.timer().compactMap { if case .read(let reads) = $0 { reads } else { nil } }
        #expect(alone.map(\.count) == [1, 1])
    }

    @Test func `many that fall due one after the other are read together ten times a second`() {
        var desk = SchedulerDesk()
        let line = desk.due("0", lane: .retry).delivery.line
        let due = (1...3).map { desk.due("\($0)", lane: .retry, inMs: Int64($0) * 10) }
        #expect(wakes(desk.hear(due)) == [desk.nowMs + 10])
        desk.nowMs += 10
        let asked = reads(desk.timer())
        #expect(asked.map(\.line) == [line])
        let actions = desk.found(asked[0], [due[0]], nextDueMs: desk.nowMs + 10)
        #expect(sent(actions) == ["1"])
        desk.nowMs += 10
        #expect(desk.timer() == [.wakeAt(desk.nowMs + 90)])
        desk.nowMs += 90
        #expect(reads(desk.timer()).map(\.line) == [line])
    }

    @Test func `the clock is asked for anew only if something falls due sooner`() {
        var desk = SchedulerDesk()
        #expect(wakes(desk.hear([desk.due("1", inMs: 9_000)])) == [desk.nowMs + 9_000])
        #expect(wakes(desk.hear([desk.due("2", inMs: 10_000)])) == [])
        #expect(wakes(desk.hear([desk.due("3", "b", inMs: 9_000)])) == [])
        #expect(wakes(desk.hear([desk.due("4", inMs: 8_000)])) == [desk.nowMs + 8_000])
    }

    @Test func `a failed one is read again in the lane of retries when its time comes`() {
        var desk = SchedulerDesk()
        _ = desk.hear([desk.due("1")])
        _ = desk.answered("1", status: 500)
        #expect(wakes(desk.ended("1", .recorded(nextAttemptAtMs: desk.nowMs + 5_000))) == [desk.nowMs + 5_000])
        desk.nowMs += 5_000
        #expect(reads(desk.timer()).map(\.line.lane) == [.retry])
    }

    @Test func `one whose result could not be kept is left alone for thirty seconds`() {
        var desk = SchedulerDesk()
        let due = desk.due("1")
        _ = desk.hear([due])
        _ = desk.answered("1")
        #expect(wakes(desk.ended("1", .unrecorded)) == [desk.nowMs + 30_000])
        #expect(desk.scheduler.sendingCount == 0)
        let asked = reads(desk.hear(.live))
        #expect(sent(desk.found(asked[0], [due])) == [])
        desk.nowMs += 30_000
        let again = reads(desk.timer())
        #expect(sent(desk.found(again[0], [due])) == ["1"])
    }

    @Test func `one that the store has otherwise is read again`() {
        var desk = SchedulerDesk()
        _ = desk.hear([desk.due("1")])
        _ = desk.answered("1")
        #expect(reads(desk.ended("1", .superseded)).count == 1)
    }

    @Test func `a survey every minute finds what was forgotten, and what is known costs no read`() {
        var desk = SchedulerDesk(inFlightMax: 1)
        let (one, two) = (desk.due("1"), desk.due("2"))
        _ = desk.hear([one, two])
        desk.nowMs += 60_000
        #expect(desk.timer().contains(.survey))
        let forgotten = DeliveryLine(endpoint: EndpointKey(tenant: "shop", endpoint: "b"), lane: .retry)
        let later = DeliveryLine(endpoint: EndpointKey(tenant: "shop", endpoint: "c"), lane: .retry)
        let actions = desk.scheduler.surveyed(
            [
                OpenLine(line: one.delivery.line, nextDueMs: desk.nowMs - 60_000),
                OpenLine(line: forgotten, nextDueMs: desk.nowMs), OpenLine(line: later, nextDueMs: desk.nowMs + 10),
            ], states: [], nowMs: desk.nowMs)
        #expect(reads(actions).map(\.line) == [forgotten])
        #expect(wakes(actions) == [desk.nowMs + 10])
        desk.nowMs += 60_000
        #expect(desk.timer().contains(.survey))
        #expect(wakes(desk.scheduler.surveyFailed(nowMs: desk.nowMs)) == [desk.nowMs + 5_000])
        desk.nowMs += 5_000
        #expect(desk.timer() == [.survey])
        // One that is older than what is known.
        let older = desk.scheduler.surveyed(
            [OpenLine(line: one.delivery.line, nextDueMs: desk.nowMs - 900_000)], states: [], nowMs: desk.nowMs)
        #expect(reads(older) == [])
        #expect(sent(desk.take("1")) == ["2"])
    }
}
