import Payments

/// What an attempt says of its endpoint.
enum AttemptVerdict: Sendable, Hashable {
    case taken
    /// It answers, but did not take it (3xx, 4xx): no sign that it is down.
    case answered
    /// 429, 503.
    case overloaded
    /// Another 5xx, or what is no HTTP.
    case broken
    /// Not reached, or not answered.
    case silent
    /// 410: it wants no more.
    case gone
    /// Nothing was sent, for its URL or address is not allowed.
    case unsent

    init(_ attempt: Attempt) {
        self =
            switch attempt.outcome {
            case .taken: .taken
            case .status: AttemptVerdict.of(status: attempt.statusCode ?? 0)
            case .dns, .connect, .tls, .timeout, .reset: .silent
            case .malformed: .broken
            case .refusedDestination, .url: .unsent
            }
    }

    /// Whether it counts towards opening the breaker.
    var opensBreaker: Bool { self == .overloaded || self == .broken || self == .silent }

    private static func of(status: Int) -> AttemptVerdict {
        switch status {
        case 410: .gone
        case 429, 503: .overloaded
        case 300...499: .answered
        default: .broken
        }
    }
}
