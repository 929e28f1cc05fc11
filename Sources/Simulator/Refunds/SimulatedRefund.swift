/// One batch of refunds, with a password or without.
package struct SimulatedRefund: Sendable, Hashable {
    package enum State: String, Sendable {
        /// The seller has not typed the password yet.
        case waitingForSeller = "waiting_for_seller"
        /// Accepted, and its trades are locked.
        case inProgress = "in_progress"
        case done
    }

    package struct Item: Sendable, Hashable {
        package let tradeNo: String
        package let amountFen: Int64
        package let reason: String
        /// `SUCCESS` or Alipay's code, once it is done.
        package internal(set) var result: String?
    }

    package static let success = "SUCCESS"

    package let batchNo: String
    package let partner: String
    /// 1 to 1000, each of another trade.
    package internal(set) var items: [Item]
    package let notifyURL: String?
    package let dialect: Dialect
    package let createdAtMs: Int64
    package internal(set) var state: State

    package var successCount: Int { items.count { $0.result == SimulatedRefund.success } }

    /// `trade_no^amount^result#…`, as notifications have it; empty until it is done.
    package var resultDetails: String {
        items.compactMap { item in
            item.result.map { "\(item.tradeNo)^\(Yuan.text(item.amountFen))^\($0)" }
        }.joined(separator: "#")
    }

    /// Whether another request asks for the very same.
    func agrees(with other: SimulatedRefund) -> Bool {
        items.map { [$0.tradeNo, Yuan.text($0.amountFen)] }
            == other.items.map { [$0.tradeNo, Yuan.text($0.amountFen)] }
    }
}
