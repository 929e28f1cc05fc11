import HTTPClient
import Testing

struct LookupTurnsTests {
    /// Of four threads; these hosts were slow the last time.
    private func turns(slow hosts: [String]) -> LookupTurns {
        var turns = LookupTurns(threadCount: 4)
        for host in hosts { _ = turns.ended(host, wasSlow: true) }
        return turns
    }

    private func begin(_ count: Int, of turns: inout LookupTurns) -> [String?] {
        var hosts: [String?] = []
        for _ in 0..<count { hosts.append(turns.next()) }
        return hosts
    }

    @Test func `who came first is first, slow or not`() {
        var turns = turns(slow: ["slow"])
        for host in ["a", "slow", "b"] { turns.add(host) }
        let begun = begin(4, of: &turns)
        #expect(begun == ["a", "slow", "b", nil])
    }

    @Test func `slow hosts hold half of the threads, and one begins when another ends`() {
        var turns = turns(slow: ["slow1", "slow2", "slow3"])
        for host in ["slow1", "slow2", "slow3", "a"] { turns.add(host) }
        let begun = begin(4, of: &turns)
        #expect(begun == ["slow1", "slow2", "a", nil])
        let wakesAfterQuick = turns.ended("a", wasSlow: false)
        let begunAfterQuick = begin(1, of: &turns)
        #expect(!wakesAfterQuick && begunAfterQuick == [nil])
        let wakesAfterSlow = turns.ended("slow1", wasSlow: true)
        let begunAfterSlow = begin(1, of: &turns)
        #expect(wakesAfterSlow && begunAfterSlow == ["slow3"])
        let wakesForNobody = turns.ended("slow2", wasSlow: true)
        #expect(!wakesForNobody)
    }

    @Test func `a host is slow no more after a quick lookup`() {
        var turns = turns(slow: ["slow1", "slow2", "other"])
        for host in ["slow1", "slow2"] { turns.add(host) }
        _ = begin(2, of: &turns)
        _ = turns.ended("other", wasSlow: false)
        turns.add("other")
        let begun = begin(1, of: &turns)
        #expect(begun == ["other"])
    }

    @Test func `a host that is given up leaves its queue`() {
        var turns = turns(slow: ["slow"])
        for host in ["slow", "a", "b"] { turns.add(host) }
        for host in ["slow", "a"] { turns.remove(host) }
        let begun = begin(2, of: &turns)
        #expect(begun == ["b", nil])
    }

    @Test func `with a single thread slow hosts have it in their turn`() {
        var turns = LookupTurns(threadCount: 1)
        _ = turns.ended("slow", wasSlow: true)
        turns.add("slow")
        let begun = begin(1, of: &turns)
        #expect(begun == ["slow"])
    }

    @Test func `slow hosts that wait leave room for others to wait`() {
        let slow = (1...1_001).map { "slow\($0)" }
        var turns = turns(slow: slow)
        for host in slow.prefix(1_000) { turns.add(host) }
        #expect(!turns.hasRoom(for: "slow1001"))
        #expect(turns.hasRoom(for: "a"))
    }

    @Test func `so many hosts are known to be slow and no more`() {
        let turns = turns(slow: (0...4_096).map { "slow\($0)" })
        #expect(turns.slowHostCount == 4_096)
    }
}
