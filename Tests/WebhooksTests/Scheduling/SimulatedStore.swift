import Payments
import Webhooks

/// The pending deliveries of a simulation, as the store would tell of them.
struct SimulatedStore {
    private struct Place: Comparable {
        let dueMs: Int64
        let number: Int

        static func < (a: Place, b: Place) -> Bool { a.dueMs == b.dueMs ? a.number < b.number : a.dueMs < b.dueMs }
    }

    private var pending: [String: DueDelivery] = [:]
    private var numbers: [String: Int] = [:]
    /// Each in the order of falling due.
    private var lines: [DeliveryLine: [Place]] = [:]
    private var ids: [Int: String] = [:]
    private var made = 0

    var count: Int { pending.count }

    func delivery(_ id: String) -> Delivery? { pending[id]?.delivery }
    func due(_ id: String) -> DueDelivery? { pending[id] }

    mutating func put(_ due: DueDelivery) {
        remove(due.delivery.id)
        let id = due.delivery.id
        if numbers[id] == nil {
            made += 1
            numbers[id] = made
            ids[made] = id
        }
        pending[id] = due
        let place = SimulatedStore.place(due.delivery, numbers[id] ?? 0)
        var places = lines.removeValue(forKey: due.delivery.line) ?? []
        var index = places.count
        while index > 0, place < places[index - 1] { index -= 1 }
        places.insert(place, at: index)
        lines[due.delivery.line] = places
    }

    mutating func remove(_ id: String) {
        guard let old = pending.removeValue(forKey: id)?.delivery, let number = numbers[id] else { return }
        let place = SimulatedStore.place(old, number)
        guard let index = lines[old.line]?.firstIndex(of: place) else { return }
        lines[old.line]?.remove(at: index)
        if lines[old.line]?.isEmpty == true { lines[old.line] = nil }
    }

    /// As `DeliveryTransaction.record`: moves a delivery on if it is as the attempt found it.
    mutating func record(_ number: Int, _ id: String, nextAttemptAtMs: Int64?) -> Bool {
        guard let due = pending[id], due.delivery.attemptCount == number - 1 else { return false }
        guard let nextAttemptAtMs else {
            remove(id)
            return true
        }
        var delivery = due.delivery
        delivery.attemptCount = number
        delivery.nextAttemptAtMs = nextAttemptAtMs
        if delivery.lane == .live { delivery.lane = .retry }
        put(DueDelivery(delivery: delivery, event: due.event))
        return true
    }

    /// As `DeliveryTransaction.requeue` for one that is pending; false if it is not.
    mutating func requeuePending(_ id: String, nowMs: Int64) -> Bool {
        guard let due = pending[id] else { return false }
        var delivery = due.delivery
        delivery.nextAttemptAtMs = nowMs
        delivery.roundBase = delivery.attemptCount
        put(DueDelivery(delivery: delivery, event: due.event))
        return true
    }

    func read(_ reads: [DeliveryScheduler.LineRead], nowMs: Int64) -> [DeliveryScheduler.LineRows] {
        reads.map { read in
            let places = lines[read.line] ?? []
            let rows = places.prefix(read.limit).prefix { $0.dueMs <= nowMs }.compactMap { place in
                ids[place.number].flatMap { pending[$0] }
            }
            let next = places.first { $0.dueMs > nowMs }?.dueMs
            return DeliveryScheduler.LineRows(read: read, rows: rows, nextDueMs: next)
        }
    }

    func openLines() -> [OpenLine] {
        lines.compactMap { line, places in places.first.map { OpenLine(line: line, nextDueMs: $0.dueMs) } }
            .sorted { ($0.line.endpoint.endpoint, $0.line.lane) < ($1.line.endpoint.endpoint, $1.line.lane) }
    }

    private static func place(_ delivery: Delivery, _ number: Int) -> Place {
        Place(dueMs: delivery.nextAttemptAtMs ?? 0, number: number)
    }
}
