import Simulator
import Support
import Synchronization
import Testing

@Suite struct BoundsTests {
    @Test func `a full map lets the oldest go, and a change makes nothing younger`() {
        var map = BoundedMap<Int, String>(capacity: 3)
        for key in 1...3 { map.put(key, "\(key)") }
        map.put(1, "changed")
        #expect(map.count == 3)
        #expect(map.put(4, "4") == "changed")
        #expect(map[1] == nil)
        #expect(map.newest(2) == ["4", "3"])
        for key in 5...1000 { map.put(key, "\(key)") }
        #expect(map.newest(10) == ["1000", "999", "998"])
    }

    @Test func `alarms ring in the order of their times, ties as they were set`() {
        let clock = ManualClock(nowMs: 0)
        let alarms = Alarms(capacity: 1000, clock: clock)
        let rung = Mutex<[Int]>([])
        let times: [Int64] = [50, 10, 30, 10, 40, 20, 10, 50, 5]
        for (number, atMs) in times.enumerated() { alarms.set(atMs: atMs) { rung.withLock { $0.append(number) } } }
        #expect(clock.scheduledCount == 1)
        clock.advance(byMs: 10)
        #expect(rung.withLock { $0 } == [8, 1, 3, 6])
        clock.advance(byMs: 40)
        #expect(rung.withLock { $0 } == [8, 1, 3, 6, 5, 2, 4, 0, 7])
        #expect(alarms.count == 0)
    }

    @Test func `a hundred alarms in any order ring in order`() {
        let clock = ManualClock(nowMs: 0)
        let alarms = Alarms(capacity: 1000, clock: clock)
        let rung = Mutex<[Int64]>([])
        // 37 is prime to 101, so every time from 1 to 100 comes once.
        for number in 1...100 as ClosedRange<Int64> {
            let atMs = number * 37 % 101
            alarms.set(atMs: atMs) { rung.withLock { $0.append(atMs) } }
        }
        clock.advance(byMs: 100)
        #expect(rung.withLock { $0 } == Array(1...100))
    }

    @Test func `when room is short what nobody needs goes, and only then is one refused`() {
        let clock = ManualClock(nowMs: 0)
        let alarms = Alarms(capacity: 4, clock: clock)
        let rung = Mutex<[Int]>([])
        for number in 1...4 {
            alarms.set(atMs: 10, isNeeded: { number > 2 }) { rung.withLock { $0.append(number) } }
        }
        for number in 5...7 { alarms.set(atMs: 10) { rung.withLock { $0.append(number) } } }
        #expect(alarms.count == 4)
        clock.advance(byMs: 10)
        #expect(rung.withLock { $0 } == [3, 4, 5, 6])
    }

    @Test func `only 16 trades share an order`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade()
        for _ in 2...16 { try world.simulator.payAgain(trade.tradeNo) }
        #expect(throws: TradeRefusal.self) { try world.simulator.payAgain(trade.tradeNo) }
        #expect(world.simulator.trades().count == 16)
    }
}
