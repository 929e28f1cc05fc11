import Diagnostics
import Synchronization

/// What attempts came to that the store could not take; each is tried again after 1 s, 2 s, 4 s, 8 s, 16 s and then every
/// 30 s, until it can. As many as there may be requests and results out, at most.
final class UnkeptResults: Sendable {
    private static let pauseMsAtFirst: Int64 = 1_000
    private static let pauseMsMax: Int64 = 30_000

    private struct Waiting {
        let call: any ScheduledCall
        let again: @Sendable () -> Void
    }

    private struct State {
        /// By delivery.
        var waiting: [String: Waiting] = [:]
        var isHurried = false
        var isStopped = false
    }

    private let clock: any Clock
    private let state = Mutex(State())

    init(_ clock: any Clock) { self.clock = clock }

    /// - Parameters:
    ///   - failures: how often the store did not take it, from 1.
    ///   - again: tries once more; called at most once.
    /// - Returns: whether it will be tried again.
    func keepLater(_ delivery: String, failures: Int, again: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if state.isStopped { return false }
            let pauseMs = UnkeptResults.pauseMs(afterFailures: state.isHurried ? 1 : failures)
            let call = clock.schedule(atMs: clock.nowMs + pauseMs) { [weak self] in self?.run(delivery) }
            state.waiting[delivery] = Waiting(call: call, again: again)
            return true
        }
    }

    /// Tries all of them now, and those that fail again every second: there is not much time left.
    func hurry() {
        let waiting = state.withLock { state in
            state.isHurried = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for result in waiting {
            result.call.cancel()
            result.again()
        }
    }

    /// - Returns: how many are given up.
    func stop() -> Int {
        let waiting = state.withLock { state in
            state.isStopped = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for result in waiting { result.call.cancel() }
        return waiting.count
    }

    private func run(_ delivery: String) {
        state.withLock { $0.waiting.removeValue(forKey: delivery) }?.again()
    }

    private static func pauseMs(afterFailures failures: Int) -> Int64 {
        min(pauseMsAtFirst << Int64(min(failures - 1, 5)), pauseMsMax)
    }
}
