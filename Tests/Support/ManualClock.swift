package import Diagnostics
import Synchronization

/// A clock that stands still until a test moves it.
package final class ManualClock: Clock {
    private struct State {
        var nowMs: Int64
        var order = 0
        var calls: [(atMs: Int64, order: Int, call: Call)] = []
    }

    private let state: Mutex<State>

    /// - Parameter nowMs: unix milliseconds; 2026-01-02T03:04:05Z unless said otherwise.
    package init(nowMs: Int64 = 1_767_323_045_000) {
        state = Mutex(State(nowMs: nowMs))
    }

    package var nowMs: Int64 { state.withLock { $0.nowMs } }

    package func schedule(atMs: Int64, _ body: @escaping @Sendable () -> Void) -> any ScheduledCall {
        let call = Call(body)
        state.withLock { state in
            state.order += 1
            state.calls.append((atMs, state.order, call))
        }
        return call
    }

    /// How many calls are still owed.
    package var scheduledCount: Int { state.withLock { $0.calls.count { !$0.call.isDone } } }

    /// Moves time on and makes the calls that fall due, each at its own time, on this thread.
    package func advance(byMs ms: Int64) {
        let target = nowMs + ms
        while let call = next(until: target) { call.run() }
    }

    /// Sets the wall clock back. Calls are owed after as long as before, as those of the machine's clock are.
    package func setBack(byMs ms: Int64) {
        state.withLock { state in
            state.nowMs -= ms
            for index in state.calls.indices { state.calls[index].atMs -= ms }
        }
    }

    /// The next call until then; if there is none the time becomes `targetMs`, in the same step, so that whoever schedules
    /// meanwhile is either called or sees the new time.
    private func next(until targetMs: Int64) -> Call? {
        state.withLock { state in
            state.calls.removeAll { $0.call.isDone }
            guard
                let index = state.calls.indices.min(by: {
                    (state.calls[$0].atMs, state.calls[$0].order) < (state.calls[$1].atMs, state.calls[$1].order)
                }), state.calls[index].atMs <= targetMs
            else {
                state.nowMs = max(state.nowMs, targetMs)
                return nil
            }
            let due = state.calls.remove(at: index)
            state.nowMs = max(state.nowMs, due.atMs)
            return due.call
        }
    }

    private final class Call: ScheduledCall {
        /// In a struct: a bare closure would be wrapped in another thunk by each look through `withLock`.
        private struct State {
            var body: (@Sendable () -> Void)?
        }

        private let state: Mutex<State>
        init(_ body: @escaping @Sendable () -> Void) { state = Mutex(State(body: body)) }
        var isDone: Bool { state.withLock { $0.body == nil } }
        func cancel() { state.withLock { $0.body = nil } }
        func run() {
            let body = state.withLock { state in
                defer { state.body = nil }
                return state.body
            }
            body?()
        }
    }
}
