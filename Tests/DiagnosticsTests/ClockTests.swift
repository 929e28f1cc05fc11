import Diagnostics
import Support
import Synchronization
import Testing

struct ClockTests {
    /// What was called, and when.
    private final class Calls: Sendable {
        private let made = Mutex<[String]>([])
        func note(_ call: String) { made.withLock { $0.append(call) } }
        var all: [String] { made.withLock { $0 } }
    }

    @Test func `a manual clock makes the calls in order of time, then of asking, each at its own time`() {
        let clock = ManualClock(nowMs: 1_000)
        let calls = Calls()
        for (atMs, name) in [(1_030, "c"), (1_010, "a"), (1_030, "d"), (1_020, "b"), (1_031, "late")]
            as [(Int64, String)]
        {
            _ = clock.schedule(atMs: atMs) { calls.note("\(name) \(clock.nowMs)") }
        }
        #expect(clock.scheduledCount == 5 && calls.all.isEmpty)
        clock.advance(byMs: 9)
        #expect(calls.all.isEmpty && clock.nowMs == 1_009)
        clock.advance(byMs: 21)
        #expect(calls.all == ["a 1010", "b 1020", "c 1030", "d 1030"] && clock.nowMs == 1_030)
        clock.advance(byMs: 1)
        #expect(calls.all.last == "late 1031" && clock.scheduledCount == 0)
    }

    @Test func `a call for the past is made at the next move, and time does not step back for it`() {
        let clock = ManualClock(nowMs: 1_000)
        let calls = Calls()
        _ = clock.schedule(atMs: 5) { calls.note("\(clock.nowMs)") }
        #expect(calls.all.isEmpty)
        clock.advance(byMs: 0)
        #expect(calls.all == ["1000"])
    }

    @Test func `a call may ask for another, which is made in the same move if its time is within it`() {
        let clock = ManualClock(nowMs: 0)
        let calls = Calls()
        @Sendable func tick() {
            calls.note("\(clock.nowMs)")
            _ = clock.schedule(atMs: clock.nowMs + 10) { tick() }
        }
        _ = clock.schedule(atMs: 10) { tick() }
        clock.advance(byMs: 35)
        #expect(calls.all == ["10", "20", "30"] && clock.nowMs == 35 && clock.scheduledCount == 1)
    }

    @Test func `a call that is taken back is not made, also by an earlier call of the same move`() {
        let clock = ManualClock(nowMs: 0)
        let calls = Calls()
        let first = clock.schedule(atMs: 10) { calls.note("first") }
        let third = clock.schedule(atMs: 30) { calls.note("third") }
        _ = clock.schedule(atMs: 20) {
            calls.note("second")
            third.cancel()
        }
        first.cancel()
        #expect(clock.scheduledCount == 2)
        clock.advance(byMs: 100)
        #expect(calls.all == ["second"] && clock.scheduledCount == 0)
        third.cancel()
    }

    @Test func `the system's clock makes a call, once, and those for the past at once`() async {
        let clock = SystemClock()
        let calls = Calls()
        for delayMs in [-60_000, 0, 3] as [Int64] {
            await withCheckedContinuation { continuation in
                _ = clock.schedule(atMs: clock.nowMs + delayMs) {
                    calls.note("\(delayMs)")
                    continuation.resume()
                }
            }
        }
        #expect(calls.all == ["-60000", "0", "3"])
    }

    @Test func `the system's clock keeps the order of the times, and leaves out what is taken back`() async {
        let clock = SystemClock()
        let calls = Calls()
        let nowMs = clock.nowMs
        await withCheckedContinuation { continuation in
            _ = clock.schedule(atMs: nowMs + 60) {
                calls.note("last")
                continuation.resume()
            }
            _ = clock.schedule(atMs: nowMs + 20) { calls.note("first") }
            clock.schedule(atMs: nowMs + 40) { calls.note("taken back") }.cancel()
        }
        #expect(calls.all == ["first", "last"])
    }

    @Test func `the system's clock counts from 1970`() {
        // After this was written, and before the year 2200.
        #expect((1_767_323_045_000...7_258_118_400_000).contains(SystemClock().nowMs))
    }
}
