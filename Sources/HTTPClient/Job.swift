import HTTP

/// One request on its way through the client.
struct Job: Sendable {
    let request: OutboundRequest
    /// Where it goes, or what is wrong with it; decided before it reached the loop.
    let destination: Result<Destination, SendError>
    let startedAt: ContinuousClock.Instant
    let deadline: ContinuousClock.Instant
    let then: @Sendable (Result<OutboundResponse, SendError>) -> Void

    /// From 1 ms to a day, whatever the request asks for.
    static let timeoutRange: ClosedRange<Duration> = .milliseconds(1) ... .seconds(86_400)

    /// - Parameter known: where the URLs of earlier requests lead.
    init(
        _ request: OutboundRequest, known: KnownDestinations,
        then: @escaping @Sendable (Result<OutboundResponse, SendError>) -> Void
    ) {
        startedAt = .now
        let range = Job.timeoutRange
        deadline = startedAt + min(max(request.timeout, range.lowerBound), range.upperBound)
        self.request = request
        self.then = then
        destination = Job.destination(of: request, known)
    }

    var elapsed: Duration { .now - startedAt }

    /// Rounded up, so that 0 means that the deadline has passed.
    var remainingMs: Int { (deadline - .now).wholeMs }

    func failure(_ code: SendError.Code, _ message: String, address: IPAddress? = nil) -> SendError {
        SendError(code: code, message: message, address: address?.description, duration: elapsed)
    }

    private static func destination(
        of request: OutboundRequest, _ known: KnownDestinations
    ) -> Result<Destination, SendError> {
        if let problem = RequestCheck.problem(with: request) { return .failure(problem) }
        let parsed = Result { () throws(SendError) in try known.destination(of: request.url) }
        return parsed.flatMap { destination in
            guard destination.scheme == .https || request.policy.allowHTTP else {
                return .failure(SendError(code: .url, message: "The URL's scheme is http, and only https is allowed."))
            }
            return .success(destination)
        }
    }
}

extension Duration {
    /// Milliseconds, rounded up; 0 for what is negative.
    var wholeMs: Int {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
