import Platform
import Synchronization

/// What is left to do when the store closes, and who waits for it.
final class Ending: Sendable {
    private struct State {
        var threads: [OwnThread] = []
        var lock: FileLock?
        var waiting: [@Sendable () -> Void] = []
        var isOver = false
    }

    private let state: Mutex<State>

    init(lock: FileLock) {
        state = Mutex(State(lock: lock))
    }

    /// A thread that ends before the writer does.
    func add(_ thread: OwnThread) {
        state.withLock { $0.threads.append(thread) }
    }

    /// To be called by the writer, once: waits for the other threads.
    func join() {
        let threads = state.withLock { $0.threads }
        for thread in threads { thread.join() }
    }

    /// To be called by the writer, once: lets go of the file and tells everybody.
    func finish() {
        let waiting = state.withLock { state in
            state.isOver = true
            state.lock = nil
            defer { state.waiting = [] }
            return state.waiting
        }
        for then in waiting { then() }
    }

    /// Calls `then` when it is over; at once if it is.
    func whenOver(_ then: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            if !state.isOver { state.waiting.append(then) }
            return state.isOver
        }
        if isOver { then() }
    }
}
