/// Something that goes wrong on request.
///
/// A fault of notifications strikes the next `count` messages on the wire, repeats included, so that the repeat after
/// a spoilt one is whole.
package struct Fault: Sendable, Hashable {
    /// What goes wrong.
    package enum Target: String, Sendable, CaseIterable {
        case notification
        /// Answers of `single_trade_query`.
        case query
        /// Answers of `notify_verify`.
        case verify
    }

    package enum Kind: String, Sendable, CaseIterable {
        case badSignature = "bad_signature"
        /// One fen more than was paid, signed.
        case wrongAmount = "wrong_amount"
        /// Another seller's id and e-mail, signed.
        case wrongSeller = "wrong_seller"
        /// Sent twice at once.
        case duplicate
        /// Sent after the next one was answered.
        case outOfOrder = "out_of_order"
        /// Later by `delayMs`.
        case slow
        /// Lost on the way; repeats come as if it had not been answered.
        case drop
        case status500 = "status_500"
        case noAnswer = "no_answer"
        case unsigned
        case answerFalse = "false"
        case answerInvalid = "invalid"
    }

    package static let countMax = 10_000
    package static let delayMsMax: Int64 = 600_000

    package let target: Target
    package let kind: Kind
    /// For how many messages, 1 to ``countMax``.
    package let count: Int
    /// With `slow`, 1 to ``delayMsMax``.
    package let delayMs: Int64

    /// - Returns: nil if the target does not know that kind, or a number is out of range.
    package init?(_ target: Target, _ kind: Kind, count: Int = 1, delayMs: Int64 = 1000) {
        guard Fault.kinds(of: target).contains(kind), (1...Fault.countMax).contains(count),
            (1...Fault.delayMsMax).contains(delayMs)
        else { return nil }
        self.target = target
        self.kind = kind
        self.count = count
        self.delayMs = delayMs
    }

    package static func kinds(of target: Target) -> [Kind] {
        switch target {
        case .notification: [.badSignature, .wrongAmount, .wrongSeller, .duplicate, .outOfOrder, .slow, .drop]
        case .query: [.badSignature, .wrongAmount, .wrongSeller, .unsigned, .slow, .status500, .noAnswer]
        case .verify: [.answerFalse, .answerInvalid, .slow, .status500, .noAnswer]
        }
    }
}
