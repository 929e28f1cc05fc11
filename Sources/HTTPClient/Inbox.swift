import HTTP
import Synchronization

/// What other threads tell the loop's thread.
final class Inbox: Sendable {
    enum Item: Sendable {
        case send(Job)
        /// Refused before it was looked at; it waits here only for the thread that must say so.
        case refuse(Job, SendError)
        case resolved(id: UInt64, Result<[IPAddress], SendError>)
        /// One more request of this loop may be on the wire, see ``Slots``.
        case slot
    }

    private struct State {
        var items: [Item] = []
        var stopAt: ContinuousClock.Instant?
        /// Whether the loop is in poll, or about to be, and must be woken.
        var asleep = false
        /// nil once the loop has ended.
        var multi: Multi?
    }

    private let state: Mutex<State>

    init(waking multi: Multi) { state = Mutex(State(multi: multi)) }

    /// - Returns: false if the loop has ended and will not see the item.
    func put(_ item: Item) -> Bool {
        state.withLock { state in
            guard state.multi != nil else { return false }
            state.items.append(item)
            wake(&state)
            return true
        }
    }

    /// Asks the loop to end at the given time, sooner if nothing is in flight. A second call can only hasten it.
    func stop(at time: ContinuousClock.Instant) {
        state.withLock { state in
            state.stopAt = min(state.stopAt ?? time, time)
            wake(&state)
        }
    }

    /// The loop takes what came since it last did, in exchange for its empty array, so that both keep their memory.
    ///
    /// - Returns: when to end, once a shutdown was asked for.
    func take(into items: inout [Item]) -> ContinuousClock.Instant? {
        state.withLock { state in
            state.asleep = false
            swap(&state.items, &items)
            return state.stopAt
        }
    }

    /// The loop asks before it polls; false if something came meanwhile.
    func mayLoopSleep(stopSeen: Bool) -> Bool {
        state.withLock { state in
            state.asleep = state.items.isEmpty && (state.stopAt == nil || stopSeen)
            return state.asleep
        }
    }

    /// The loop ends; what is returned came too late for it.
    func close() -> [Item] {
        state.withLock { state in
            state.multi = nil
            defer { state.items = [] }
            return state.items
        }
    }

    private func wake(_ state: inout State) {
        guard state.asleep else { return }
        state.asleep = false
        state.multi?.wake()
    }
}
