/// One change of a trade, or the results of one batch of refunds, on its way to a merchant, with every try.
package struct Notification: Sendable {
    package enum State: String, Sendable {
        /// Not answered `success` yet; there may be a next try.
        case pending
        case acknowledged
        /// All tries are used up.
        case exhausted
    }

    /// One message on the wire, or one that a fault kept from it.
    package struct Attempt: Sendable {
        package enum Outcome: Sendable, Hashable {
            case waiting
            /// The first ``bodyBytesKept`` bytes of the answer.
            case answered(status: Int, body: [UInt8])
            /// No answer; the sender's code.
            case failed(String)
            case dropped
        }

        package static let bodyBytesKept = 128

        /// From 1; a copy that a fault made carries its original's number.
        package let number: Int
        package let isCopy: Bool
        package let sentAtMs: Int64
        package let faults: [Fault.Kind]
        package internal(set) var outcome: Outcome
    }

    package let notifyID: String
    package let partner: String
    /// Nil for a batch of refunds.
    package let tradeNo: String?
    package let status: TradeStatus?
    /// Nil for a trade.
    package let batchNo: String?
    package let url: String
    package let dialect: Dialect
    /// Everything but `notify_time`, `sign_type` and `sign`.
    let fields: Fields
    /// The trade's; 0 for a batch.
    let totalFen: Int64
    package internal(set) var state = State.pending
    package internal(set) var attempts: [Attempt] = []
    /// Scheduled tries begun; copies do not count.
    package internal(set) var triesBegun = 0
    package internal(set) var nextAttemptAtMs: Int64?
}
