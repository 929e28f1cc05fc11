import Dispatch
import Payments
import Synchronization

/// What waits for one of a few threads: first come, first served, never more than `capacity`.
final class WorkQueue<Job: Sendable>: Sendable {
    private struct State {
        /// A ring; `count` jobs from `first` on.
        var ring: [Job?]
        var first = 0
        var count = 0
        /// Threads that wait in `take` and have not been called yet.
        var idle = 0
        /// Set once: what is added from then on is refused with it.
        var refusal: StoreError?
    }

    private let state: Mutex<State>
    private let calls = DispatchSemaphore(value: 0)

    init(capacity: Int) {
        state = Mutex(State(ring: Array(repeating: nil, count: capacity)))
    }

    /// How many wait.
    var count: Int { state.withLock { $0.count } }

    var isClosed: Bool { state.withLock { $0.refusal != nil } }

    /// - Returns: why the job was not taken; nil if it was.
    func add(_ job: Job) -> StoreError? {
        let (refusal, mustCall): (StoreError?, Bool) = state.withLock { state in
            if let refusal = state.refusal { return (refusal, false) }
            guard state.count < state.ring.count else { return (.overloaded, false) }
            state.ring[(state.first + state.count) % state.ring.count] = job
            state.count += 1
            guard state.idle > 0 else { return (nil, false) }
            state.idle -= 1
            return (nil, true)
        }
        if mustCall { calls.signal() }
        return refusal
    }

    /// Waits until there is something, and takes as much as there is, `max` at most.
    ///
    /// - Returns: nothing once the queue is closed and empty.
    func take(max: Int) -> [Job] {
        while true {
            let (jobs, isOver): ([Job], Bool) = state.withLock { state in
                let jobs = Self.remove(max, from: &state)
                guard jobs.isEmpty, state.refusal == nil else { return (jobs, true) }
                state.idle += 1
                return ([], false)
            }
            if isOver { return jobs }
            calls.wait()
        }
    }

    /// Whatever waits, without waiting.
    func drain() -> [Job] {
        state.withLock { Self.remove($0.count, from: &$0) }
    }

    /// Refuses all further jobs; those that wait can still be taken.
    func close(_ refusal: StoreError) {
        let idle = state.withLock { state in
            if state.refusal == nil { state.refusal = refusal }
            defer { state.idle = 0 }
            return state.idle
        }
        for _ in 0..<idle { calls.signal() }
    }

    private static func remove(_ max: Int, from state: inout State) -> [Job] {
        var jobs: [Job] = []
        let taken = min(max, state.count)
        jobs.reserveCapacity(taken)
        for _ in 0..<taken {
            if let job = state.ring[state.first].take() { jobs.append(job) }
            state.first = (state.first + 1) % state.ring.count
        }
        state.count -= taken
        return jobs
    }
}
