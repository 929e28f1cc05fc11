import Support
import Synchronization

/// A merchant's server that takes whatever comes, but for the first request: that one has no answer until it is told to
/// give one.
final class HangingReceiver: Sendable {
    private final class State: Sendable {
        let hasCome = Atomic<Bool>(false)
        let isReleased = Atomic<Bool>(false)
    }

    private static let taken = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

    private let state = State()
    private let server: RawServer

    init() {
        server = RawServer { [state] peer in
            guard peer.number == 0 else { return peer.answerAll(HangingReceiver.taken) }
            guard peer.request() != nil else { return }
            state.hasCome.store(true, ordering: .relaxed)
            while !state.isReleased.load(ordering: .relaxed), peer.pause(ms: 10) {}
            peer.write(HangingReceiver.taken)
        }
    }

    var url: String { server.url() }
    var connectionCount: Int { server.acceptCount }

    /// Whether the request without an answer is there.
    var hasCome: Bool { state.hasCome.load(ordering: .relaxed) }

    /// Gives it its answer.
    func release() { state.isReleased.store(true, ordering: .relaxed) }
}
