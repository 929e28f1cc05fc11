import FoundationEssentials
import Platform
import Synchronization
import Testing

struct OwnThreadTests {
    @Test func `join returns after the body has`() {
        let ran = Atomic(false)
        OwnThread.start(name: "worker") { ran.store(true, ordering: .releasing) }.join()
        let hasRun = ran.load(ordering: .acquiring)
        #expect(hasRun)
    }

    @Test func `a second join returns as well`() {
        let runs = Atomic(0)
        let thread = OwnThread.start(name: "worker") { runs.add(1, ordering: .relaxed) }
        thread.join()
        thread.join()
        let count = runs.load(ordering: .relaxed)
        #expect(count == 1)
    }

    @Test func `a thread that nobody joins still runs its body`() async {
        await withCheckedContinuation { continuation in
            _ = OwnThread.start(name: "worker") { continuation.resume() }
        }
    }

    @Test(arguments: [
        ("", ""),
        ("sqlite-writer", "sqlite-writer"),
        ("fifteen-bytes-x", "fifteen-bytes-x"),
        ("sixteen-bytes-xy", "sixteen-bytes-x"),
        ("支付宝支付宝", "支付宝支付"),
        ("a支付宝支付宝", "a支付宝支"),
    ])
    func `a thread bears its name, cut to 15 bytes between characters`(_ name: String, _ shown: String) {
        let seen = Mutex("")
        OwnThread.start(name: name) {
            let text = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
            seen.withLock { $0 = text ?? "" }
        }
        .join()
        let comm = seen.withLock { $0 }
        #expect(comm == shown + "\n")
    }

    @Test func `a body may use most of a mebibyte of stack`() {
        let sum = Atomic(0)
        OwnThread.start(name: "deep") { sum.store(deep(800), ordering: .releasing) }.join()
        let levels = sum.load(ordering: .acquiring)
        #expect(levels == 800)
    }
}

/// Calls itself `levels` times, with a kibibyte of stack each.
@inline(never)
private func deep(_ levels: Int) -> Int {
    var room = InlineArray<128, Int>(repeating: 1)
    guard levels > 1 else { return room[0] }
    room[levels % 128] = deep(levels - 1)
    return room[levels % 128] + 1
}
