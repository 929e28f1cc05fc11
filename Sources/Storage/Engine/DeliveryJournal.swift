import Payments

/// By how much the durable counters of deliveries grow.
struct DeliveryTotals: Hashable {
    var accepted = 0
    var delivered = 0
    var exhausted = 0

    static let none = DeliveryTotals()

    mutating func countEnd(_ status: Delivery.Status) {
        switch status {
        case .delivered: delivered += 1
        case .exhausted: exhausted += 1
        case .pending, .held: break
        }
    }
}

/// What the bodies of one commit do to deliveries, in their order. It only grows, so that what the last body did can be
/// taken back.
struct DeliveryJournal {
    private struct Change {
        let id: String
        /// Where it fell due, or will sooner than it would have; nil if it did not.
        let line: DeliveryLine?
    }

    private struct Mark {
        var made = 0
        var changes = 0
        var totals = DeliveryTotals.none
    }

    private var made: [DueDelivery] = []
    private var changes: [Change] = []
    private(set) var totals = DeliveryTotals.none
    private var mark = Mark()

    /// A body begins.
    mutating func setMark() { mark = Mark(made: made.count, changes: changes.count, totals: totals) }

    /// The body that began last has left nothing behind.
    mutating func backToMark() {
        made.removeLast(made.count - mark.made)
        changes.removeLast(changes.count - mark.changes)
        totals = mark.totals
    }

    mutating func wasMade(_ due: DueDelivery) {
        totals.accepted += 1
        totals.countEnd(due.delivery.status)
        if due.delivery.status == .pending { made.append(due) }
    }

    /// An attempt moved it on; it is `status` now.
    mutating func wasTried(_ id: String, status: Delivery.Status) {
        totals.countEnd(status)
        changes.append(Change(id: id, line: nil))
    }

    mutating func fellDue(_ id: String, in line: DeliveryLine) {
        changes.append(Change(id: id, line: line))
    }

    mutating func wasRequeued(_ delivery: Delivery, hadEnded: Bool) {
        if hadEnded { totals.accepted += 1 }
        fellDue(delivery.id, in: delivery.line)
    }

    /// What there is to tell of it.
    ///
    /// - Parameter find: reads a delivery that was made and then changed, as it is now.
    func news<Failure: Error>(
        _ find: (Delivery) throws(Failure) -> Delivery?
    ) throws(Failure) -> DeliveryNews {
        var news = DeliveryNews(made: made)
        guard !changes.isEmpty else { return news }
        var indices: [String: Int] = [:]
        for (index, due) in made.enumerated() { indices[due.delivery.id] = index }
        var changed: Set<Int> = []
        for change in changes {
            if let index = indices[change.id] {
                changed.insert(index)
            } else if let line = change.line {
                news.lines.insert(line)
            }
        }
        for index in changed.sorted(by: >) {
            let due = made[index]
            if let now = try find(due.delivery), now.status == .pending {
                news.made[index] = DueDelivery(delivery: now, event: due.event)
            } else {
                news.made.remove(at: index)
            }
        }
        return news
    }
}
