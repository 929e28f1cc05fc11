import HTTP

/// A path under `/v1`.
enum Route: Sendable, Hashable {
    case payments
    case payment(String)
    case cancel(String)
    case sync(String)
    case shipments(String)
    /// Under a payment.
    case refundsOf(String)
    case refunds
    case refund(String)
    case events
    case event(String)
    case redelivery(String)
    case deliveries
    case delivery(String)
    case replay
    case webhookTest
    case notifications
    case none

    init(_ segments: [String]) {
        // A slash too many is another path.
        let count = segments.contains("") ? 0 : segments.count
        switch (count, segments.first) {
        case (1, "payments"): self = .payments
        case (2, "payments"): self = .payment(segments[1])
        case (3, "payments"): self = Route(payment: segments[1], segments[2])
        case (1, "refunds"): self = .refunds
        case (2, "refunds"): self = .refund(segments[1])
        case (1, "events"): self = .events
        case (2, "events"): self = .event(segments[1])
        case (3, "events") where segments[2] == "redeliver": self = .redelivery(segments[1])
        case (1, "deliveries"): self = .deliveries
        case (2, "deliveries") where segments[1] == "replay": self = .replay
        case (2, "deliveries"): self = .delivery(segments[1])
        case (2, "webhooks") where segments[1] == "test": self = .webhookTest
        case (1, "notifications"): self = .notifications
        default: self = .none
        }
    }

    private init(payment id: String, _ part: String) {
        switch part {
        case "cancel": self = .cancel(id)
        case "sync": self = .sync(id)
        case "shipments": self = .shipments(id)
        case "refunds": self = .refundsOf(id)
        default: self = .none
        }
    }

    /// For metrics: the path with its variable parts named.
    var name: String {
        switch self {
        case .payments: "/v1/payments"
        case .payment: "/v1/payments/{id}"
        case .cancel: "/v1/payments/{id}/cancel"
        case .sync: "/v1/payments/{id}/sync"
        case .shipments: "/v1/payments/{id}/shipments"
        case .refundsOf: "/v1/payments/{id}/refunds"
        case .refunds: "/v1/refunds"
        case .refund: "/v1/refunds/{id}"
        case .events: "/v1/events"
        case .event: "/v1/events/{id}"
        case .redelivery: "/v1/events/{id}/redeliver"
        case .deliveries: "/v1/deliveries"
        case .delivery: "/v1/deliveries/{id}"
        case .replay: "/v1/deliveries/replay"
        case .webhookTest: "/v1/webhooks/test"
        case .notifications: "/v1/notifications"
        case .none: "/v1"
        }
    }

    func check(_ method: Method) throws(Problem) {
        let allowed: [Method]
        switch self {
        case .payments: allowed = [.get, .head, .post]
        case .cancel, .sync, .shipments, .refundsOf, .redelivery, .replay, .webhookTest: allowed = [.post]
        case .payment, .refunds, .refund, .events, .event, .deliveries, .delivery, .notifications:
            allowed = [.get, .head]
        case .none: return
        }
        guard !allowed.contains(method) else { return }
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        var problem = Problem(.methodNotAllowed, "this path takes \(names)")
        problem.allow = names
        throw problem
    }
}
