import Synchronization

/// One call at a time that a clock owes, until it is stopped.
package final class OwedCall: Sendable {
    private struct State {
        var call: (any ScheduledCall)?
        var isStopped = false
    }

    private let clock: any Clock
    private let state = Mutex(State())

    package init(_ clock: any Clock) { self.clock = clock }

    /// In the place of a call that is still owed.
    package func make(inMs delayMs: Int64, _ body: @escaping @Sendable () -> Void) {
        let old: (any ScheduledCall)? = state.withLock { state in
            if state.isStopped { return nil }
            let old = state.call
            state.call = clock.schedule(atMs: clock.nowMs + delayMs, body)
            return old
        }
        old?.cancel()
    }

    package func stop() {
        let call = state.withLock { state in
            state.isStopped = true
            return state.call
        }
        call?.cancel()
    }
}
