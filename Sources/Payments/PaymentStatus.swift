/// Where a payment stands. It moves forward only.
package enum PaymentStatus: String, Sendable, CaseIterable {
    /// The buyer has something to do.
    case requiresAction = "requires_action"
    /// Alipay has it, the outcome is open.
    case processing
    /// The money is in escrow; the merchant must ship.
    case held
    /// Shipped; the buyer must confirm.
    case shipped
    /// The money is the merchant's.
    case succeeded
    /// Closed, no money kept: a cancel was asked, or a refund out of escrow.
    case canceled
    /// Not paid in time.
    case expired

    /// Where it stands on the way from `requires_action` to an end; all ends are equally far.
    package var rank: Int {
        switch self {
        case .requiresAction: 0
        case .processing: 1
        case .held: 2
        case .shipped: 3
        case .succeeded, .canceled, .expired: 4
        }
    }

    /// Closed without the merchant having the money.
    package var isClosed: Bool { self == .canceled || self == .expired }

    /// The type of the event that tells of having come here; nil for the first status, which nobody is told of.
    package var eventType: EventType? {
        switch self {
        case .requiresAction: nil
        case .processing: .paymentProcessing
        case .held: .paymentHeld
        case .shipped: .paymentShipped
        case .succeeded: .paymentSucceeded
        case .canceled: .paymentCanceled
        case .expired: .paymentExpired
        }
    }
}
