import HTTP
import Synchronization

/// Sends with another sender, and counts.
final class CountedSender: HTTPSender {
    struct Counts: Sendable {
        var inFlight = 0
        var inFlightMax = 0
        /// Answers of 2xx.
        var taken = 0
        /// Any other end.
        var failed = 0
    }

    private let sender: any HTTPSender
    private let state = Mutex(Counts())
    private let onFirst: @Sendable (OutboundRequest) -> Void

    /// - Parameter onFirst: called with the first request, before it is sent.
    init(_ sender: any HTTPSender, onFirst: @escaping @Sendable (OutboundRequest) -> Void = { _ in }) {
        self.sender = sender
        self.onFirst = onFirst
    }

    var counts: Counts { state.withLock { $0 } }

    func send(
        _ request: OutboundRequest, then: @escaping @Sendable (Result<OutboundResponse, SendError>) -> Void
    ) {
        let isFirst = state.withLock { counts in
            counts.inFlight += 1
            counts.inFlightMax = max(counts.inFlightMax, counts.inFlight)
            return counts.taken == 0 && counts.failed == 0 && counts.inFlightMax == 1
        }
        if isFirst { onFirst(request) }
        sender.send(request) { [self] answer in
            end(answer)
            then(answer)
        }
    }

    private func end(_ answer: Result<OutboundResponse, SendError>) {
        let isTaken = if case .success(let response) = answer { (200...299).contains(response.status) } else { false }
        state.withLock { counts in
            counts.inFlight -= 1
            if isTaken { counts.taken += 1 } else { counts.failed += 1 }
        }
    }
}
