import Synchronization

/// Lets an async test wait for something that happens on a thread.
final class Signal: Sendable {
    private let state = Mutex<(count: Int, waiting: [(count: Int, CheckedContinuation<Void, Never>)])>((0, []))

    func raise() {
        let due = state.withLock { state in
            state.count += 1
            let due = state.waiting.filter { $0.count <= state.count }
            state.waiting.removeAll { $0.count <= state.count }
            return due
        }
        for (_, continuation) in due { continuation.resume() }
    }

    func wait(count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                if state.count >= count { return true }
                state.waiting.append((count, continuation))
                return false
            }
            if isDue { continuation.resume() }
        }
    }
}
