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
    /// The endpoint is not in the directory; nothing was sent.
    case endpointMissing
    /// It was sent, but the delivery was changed meanwhile; the attempt is not kept.
    case superseded
    /// It was sent, but the store could not keep the result.
    case store(StoreError)

    /// One sentence for the one who waits.
    package var description: String {
        switch self {
        case .inFlight: "this delivery is on its way already"
        case .busy: "too many test deliveries are on their way"
        case .stopping: "the gateway is shutting down"
        case .endpointMissing: "the endpoint is not there any more"
        case .superseded: "the delivery was changed while it was on its way"
        case .store: "it was sent, but its result could not be stored"
        }
    }
}

extension DeliveryWorker {
    /// Sends one delivery now, past the queue, and answers once the result is kept (`POST /v1/webhooks/test`).
    ///
    /// The delivery stands in the store as pending. Its maker sets `nextAttemptAtMs` some minutes ahead, so that the worker
    /// takes it up only if this process dies before the attempt.
    ///
    /// - Parameters:
    ///   - isLastTry: whether a failure makes it exhausted; otherwise the endpoint's schedule goes on.
    ///   - then: called exactly once, on a thread of the store or the sender, or on this one; must not block.
    package func deliverNow(_ due: DueDelivery, isLastTry: Bool, then: @escaping DirectAnswer) {
        switch claimDirect(due) {
        case nil: attempt(due, isLastTry: isLastTry, then: then)
        case .inFlight: then(.failure(.inFlight))
        case .busy: then(.failure(.busy))
        case .stopping: then(.failure(.stopping))
        }
    }
}
