package import Diagnostics
import Synchronization

/// Calls that are owed later, however many, with one call of the clock at a time.
///
/// Entries that nobody needs any more are dropped when the room is used up, so a simulator that runs for weeks under
/// load holds no more of them than it has trades and notifications.
package final class Alarms: Sendable {
    fileprivate struct Entry {
        let atMs: Int64
        /// Breaks ties: what was set first goes first.
        let order: UInt64
        let isNeeded: @Sendable () -> Bool
        let body: @Sendable () -> Void

        func precedes(_ other: Entry) -> Bool { (atMs, order) < (other.atMs, other.order) }
    }

    fileprivate struct State {
        /// A binary heap, the earliest entry first.
        var heap: [Entry] = []
        var order: UInt64 = 0
        var armed: (atMs: Int64, call: any ScheduledCall)?
    }

    private let capacity: Int
    private let clock: any Clock
    private let state = Mutex(State())

    /// - Parameter capacity: at least twice as many as can be needed at once.
    package init(capacity: Int, clock: any Clock) {
        self.capacity = capacity
        self.clock = clock
    }

    /// Calls `body` once at `atMs` or soon after it, on the clock's thread, unless there is no room.
    ///
    /// - Parameter isNeeded: asked when room is short; must not set an alarm.
    package func set(
        atMs: Int64, isNeeded: @escaping @Sendable () -> Bool = { true }, _ body: @escaping @Sendable () -> Void
    ) {
        state.withLock { state in
            if state.heap.count >= capacity { state.keepNeeded() }
            guard state.heap.count < capacity else { return }
            state.order += 1
            state.push(Entry(atMs: atMs, order: state.order, isNeeded: isNeeded, body: body))
            arm(&state)
        }
    }

    /// How many are owed.
    package var count: Int { state.withLock { $0.heap.count } }

    private func ring() {
        let due = state.withLock { state in
            state.armed = nil
            var due: [Entry] = []
            while let first = state.heap.first, first.atMs <= clock.nowMs { due.append(state.pop(first)) }
            arm(&state)
            return due
        }
        for entry in due { entry.body() }
    }

    /// One call of the clock, for the earliest entry.
    private func arm(_ state: inout State) {
        guard let first = state.heap.first else { return }
        if let armed = state.armed {
            guard first.atMs < armed.atMs else { return }
            armed.call.cancel()
        }
        state.armed = (first.atMs, clock.schedule(atMs: first.atMs) { self.ring() })
    }
}

extension Alarms.State {
    fileprivate mutating func push(_ entry: Alarms.Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes `first`, the top of the heap, away.
    fileprivate mutating func pop(_ first: Alarms.Entry) -> Alarms.Entry {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].precedes(heap[least])
            {
                least = child
            }
            guard least != parent else { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    fileprivate mutating func keepNeeded() {
        let needed = heap.filter { $0.isNeeded() }
        heap = []
        for entry in needed { push(entry) }
    }
}
