import Dispatch
import Gateway
import Synchronization
import Testing

/// Who has much signed waits for it, and nobody else does.
struct SigningTurnsTests {
    private final class Written: Sendable {
        private let names = Mutex<[String]>([])
        var all: [String] { names.withLock { $0 } }
        func add(_ name: String) { names.withLock { $0.append(name) } }
    }

    @Test func `tenants have their turns one after the other, each in the order in which it asked`() {
        let turns = SigningTurns()
        let written = Written()
        let (begun, gate, done) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        // While this one is at work the others come.
        turns.add("ash") {
            begun.signal()
            gate.wait()
        }
        begun.wait()
        for number in 1...3 { turns.add("ash") { written.add("ash \(number)") } }
        turns.add("birch") { written.add("birch 1") }
        turns.add("cedar") { written.add("cedar 1") }
        turns.add("birch") { written.add("birch 2") }
        turns.add("ash") { done.signal() }
        gate.signal()
        done.wait()
        #expect(written.all == ["ash 1", "birch 1", "cedar 1", "ash 2", "birch 2", "ash 3"])
    }

    @Test func `it goes on after nobody waited`() {
        let turns = SigningTurns()
        let done = DispatchSemaphore(value: 0)
        for _ in 1...1_000 {
            turns.add("ash") { done.signal() }
            done.wait()
        }
        let count = Atomic<Int>(0)
        for number in 1...1_000 { turns.add("tenant-\(number % 7)") { count.add(1, ordering: .relaxed) } }
        turns.add("last") { done.signal() }
        for number in 0..<7 { turns.add("tenant-\(number)") { done.signal() } }
        for _ in 0..<8 { done.wait() }
        #expect(count.load(ordering: .relaxed) == 1_000)
    }
}
