import Synchronization

/// How many requests may be on the wire, all loops of a client together; loops that find none take turns.
final class Slots: Sendable {
    private struct State {
        var freeCount: Int
        /// Loops that found none, each once, the first one first. Empty while any is free.
        var waiting: [Int] = []
    }

    private let state: Mutex<State>
    private let inboxes: [Inbox]

    /// - Parameter inboxes: of the loops, by their number.
    init(count: Int, inboxes: [Inbox]) {
        state = Mutex(State(freeCount: count))
        self.inboxes = inboxes
    }

    /// - Returns: whether the loop has one now; if not, it finds ``Inbox/Item/slot`` in its inbox when it is its turn.
    func take(for loop: Int) -> Bool {
        state.withLock { state in
            if state.freeCount > 0 {
                state.freeCount -= 1
                return true
            }
            if !state.waiting.contains(loop) { state.waiting.append(loop) }
            return false
        }
    }

    /// - Returns: whether it is the giver's own again, whose turn it was.
    func giveBack(from loop: Int) -> Bool {
        state.withLock { state in
            while !state.waiting.isEmpty {
                let next = state.waiting.removeFirst()
                // A loop that has ended takes nothing.
                if next == loop || inboxes[next].put(.slot) { return next == loop }
            }
            state.freeCount += 1
            return false
        }
    }
}
