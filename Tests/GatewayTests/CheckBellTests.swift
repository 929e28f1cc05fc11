import Gateway
import Synchronization
import Testing

struct CheckBellTests {
    /// As deep as it would be if each ring went through one more closure than the one before, no stack would hold it.
    @Test func `it rings the same after half a million rings`() {
        let bell = CheckBell()
        let heard = Heard()
        bell.listen { heard.add($0) }
        for _ in 0..<500_000 { bell.ring(1) }
        bell.ring(nil)
        bell.listen(nil)
        bell.ring(1)
        #expect(heard.sum == 500_000)
    }

    private final class Heard: Sendable {
        private let total = Atomic<Int>(0)
        var sum: Int { total.load(ordering: .relaxed) }
        func add(_ atMs: Int64) { total.add(Int(atMs), ordering: .relaxed) }
    }
}
