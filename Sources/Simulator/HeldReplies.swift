import Diagnostics
import HTTP
import Synchronization

/// Peers that are left without an answer: at most `repliesMax`, each for at most `heldMs`.
final class HeldReplies: Sendable {
    static let repliesMax = 256
    static let heldMs: Int64 = 300_000

    private struct State {
        var replies: [UInt64: any Reply] = [:]
        var serial: UInt64 = 0
    }

    private let state = Mutex(State())
    private let clock: any Clock

    init(clock: any Clock) { self.clock = clock }

    /// Keeps the peer waiting; one too many is answered 503 at once.
    func hold(_ reply: any Reply) {
        let key: UInt64? = state.withLock { state in
            guard state.replies.count < HeldReplies.repliesMax else { return nil }
            state.serial += 1
            state.replies[state.serial] = reply
            return state.serial
        }
        guard let key else { return HeldReplies.end(reply) }
        _ = clock.schedule(atMs: clock.nowMs + HeldReplies.heldMs) { self.release(key) }
    }

    var count: Int { state.withLock { $0.replies.count } }

    /// Ends every wait.
    func releaseAll() {
        let replies = state.withLock { state in
            defer { state.replies = [:] }
            return state.replies.values
        }
        for reply in replies { HeldReplies.end(reply) }
    }

    private func release(_ key: UInt64) {
        if let reply = state.withLock({ $0.replies.removeValue(forKey: key) }) { HeldReplies.end(reply) }
    }

    private static func end(_ reply: any Reply) { reply.send(.plain("held long enough\n", status: 503)) }
}
