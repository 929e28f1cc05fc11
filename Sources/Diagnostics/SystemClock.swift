import Dispatch
import FoundationEssentials
import Synchronization

/// The machine's clock; timers count monotonic time, so a step of the wall clock neither loses nor repeats a call.
package final class SystemClock: Clock {
    private let queue = DispatchQueue(label: "payrelay.clock")

    package init() {}

    package var nowMs: Int64 {
        Int64((Date.now.timeIntervalSince1970 * 1000).rounded(.down))
    }

    package func schedule(atMs: Int64, _ body: @escaping @Sendable () -> Void) -> any ScheduledCall {
        let call = Call(body)
        let delayMs = max(atMs - nowMs, 0)
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(delayMs))) { call.run() }
        return call
    }

    private final class Call: ScheduledCall {
        private let body: Mutex<(@Sendable () -> Void)?>
        init(_ body: @escaping @Sendable () -> Void) { self.body = Mutex(body) }
        func cancel() { body.withLock { $0 = nil } }
        func run() {
            let body = body.withLock { body in
                defer { body = nil }
                return body
            }
            body?()
        }
    }
}
