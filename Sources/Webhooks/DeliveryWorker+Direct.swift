package import Payments

/// The result of an attempt that somebody waits for: the delivery as it is now, and the attempt.
package typealias DirectAnswer = @Sendable (Result<(Delivery, Attempt), DirectError>) -> Void

/// Why there is no attempt to show.
package enum DirectError: Error, Sendable, Hashable, CustomStringConvertible {
    /// This delivery is on its way already.
    case inFlight
    /// Too many of these at a time, to this endpoint or in all; nothing was sent.
    case busy
    /// Shutting down: nothing was sent, or nothing is known of what was; no try is counted.
    case stopping
    /// This process has too much to do to send it now; no try is counted, and the worker's own round makes up for it.
    case notBegun
    /// The endpoint is not in the directory; nothing was sent.
    case endpointMissing
    /// No secret of the endpoint is in force any more; nothing was sent.
    case secretsLapsed
    /// The event could not be stored; nothing was sent.
    case notStored(StoreError)
    /// It was sent, but the delivery was changed meanwhile; the attempt is not kept.
    case superseded
    /// It was sent, but the store could not keep the result.
    case store(StoreError)

    /// One sentence for the one who waits.
    package var description: String {
        switch self {
        case .inFlight: "this delivery is on its way already"
        case .busy: "too many test deliveries are on their way; nothing was done"
        case .notStored: "the event could not be stored; nothing was done"
        case .stopping: "the gateway is shutting down"
        case .notBegun: "the gateway has too much to do at the moment; it will be sent later"
        case .endpointMissing: "the endpoint is not there any more"
        case .secretsLapsed: "all secrets of the endpoint have lapsed; nothing was sent"
        case .superseded: "the delivery was changed while it was on its way"
        case .store: "it was sent, but its result could not be stored"
        }
    }
}

extension DeliveryWorker {
    /// Stores a new event with its delivery and sends it now, past the queue; answers once the result is kept. If it cannot
    /// begin, nothing is stored.
    ///
    /// The delivery is stored as pending. Its maker sets `nextAttemptAtMs` some minutes ahead, so that the worker takes it up
    /// only if no attempt came of it, because this process died for one.
    ///
    /// - Parameters:
    ///   - isLastTry: whether a failure makes it exhausted; otherwise the endpoint's schedule goes on.
    ///   - then: called exactly once, on a thread of the store or the sender, or on this one; must not block.
    package func deliverNew(_ due: DueDelivery, isLastTry: Bool, then: @escaping DirectAnswer) {
        if let refusal = claimDirect(due) { return then(.failure(DirectError(refusal))) }
        store.write { transaction throws(StoreError) in
            try transaction.insert(due.event, deliveries: [due.delivery])
        } then: { [self] result in
            switch result {
            case .success: attempt(due, isLastTry: isLastTry, then: then)
            case .failure(let error):
                advance { $0.ended(due.delivery.id, .superseded, nowMs: $1) }
                then(.failure(.notStored(error)))
            }
        }
    }
}

extension DirectError {
    fileprivate init(_ refusal: DeliveryScheduler.DirectRefusal) {
        self =
            switch refusal {
            case .inFlight: .inFlight
            case .busy: .busy
            case .stopping: .stopping
            }
    }
}
