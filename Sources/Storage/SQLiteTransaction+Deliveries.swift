package import Payments
import SQLite

extension SQLiteTransaction {
    package func insert(_ event: Event, deliveries made: [Delivery]) throws(StoreError) {
        for delivery in made { try check(delivery, carries: event) }
        let seq = try write { () throws(SQLiteError) in try eventWrites.insert(event) }
        for delivery in made {
            try alsoWrite { () throws(SQLiteError) in try insert(delivery, of: event, eventSeq: seq) }
        }
    }

    package func insert(_ delivery: Delivery, of event: Event) throws(StoreError) {
        try check(delivery, carries: event)
        let seq = try asked { () throws(SQLiteError) in try events.seq(of: event.id, tenant: event.tenant) }
        guard let seq else { throw StoreError(code: .broken, message: "there is no event \(event.id)") }
        try write { () throws(SQLiteError) in try insert(delivery, of: event, eventSeq: seq) }
    }

    private func check(_ delivery: Delivery, carries event: Event) throws(StoreError) {
        let isOfEvent =
            delivery.event == event.id && delivery.tenant == event.tenant && delivery.eventType == event.type
        let isInOrder =
            delivery.orderedPayment == nil
            || delivery.orderedPayment == event.payment && delivery.sequence == event.sequence
        guard isOfEvent && isInOrder else {
            throw StoreError(code: .broken, message: "a delivery carries another event than \(event.id)")
        }
        try checkIsStatusOfRow(delivery)
    }

    private func checkIsStatusOfRow(_ delivery: Delivery) throws(StoreError) {
        guard delivery.status != .held else {
            throw StoreError(code: .broken, message: "held is what an endpoint is, and no delivery's own status")
        }
    }

    private func insert(_ delivery: Delivery, of event: Event, eventSeq: Int64) throws(SQLiteError) {
        var delivery = delivery
        if delivery.status == .pending, try deliveryWrites.isBehind(delivery) {
            delivery.wait(untilMs: delivery.createdAtMs + Delivery.orderWaitMs)
        }
        try deliveryWrites.insert(delivery, eventSeq: eventSeq)
        journal.wasMade(DueDelivery(delivery: delivery, event: event))
    }

    package func record(_ attempt: Attempt, of delivery: Delivery, nowMs: Int64) throws(StoreError) -> Delivery.Status?
    {
        try checkIsStatusOfRow(delivery)
        guard attempt.number >= 1 else { return nil }
        let moved = try write { () throws(SQLiteError) in try deliveryWrites.move(delivery, by: attempt) }
        guard let moved else { return nil }
        try alsoWrite { () throws(SQLiteError) in try attemptWrites.insert(attempt, deliverySeq: moved.seq) }
        journal.wasTried(delivery.id, status: moved.status)
        if moved.status == .pending, moved.roundBase != delivery.roundBase {
            // Somebody asked for it while this try was out: it is due by that, and not by the try's schedule.
            journal.fellDue(delivery.id, in: DeliveryLine(endpoint: delivery.endpointKey, lane: moved.lane))
        }
        if moved.status != .pending, let payment = moved.orderedPayment {
            try release(payment: payment, delivery.endpointKey, nowMs: nowMs)
        }
        return moved.status
    }

    private func release(payment: String, _ key: EndpointKey, nowMs: Int64) throws(StoreError) {
        let released = try alsoWrite { () throws(SQLiteError) in
            try deliveryWrites.release(payment: payment, endpoint: key.endpoint, nowMs: nowMs)
        }
        if let released {
            journal.fellDue(released.id, in: DeliveryLine(endpoint: key, lane: released.lane))
        }
    }

    package func put(_ state: EndpointState) throws(StoreError) -> Bool {
        try write { () throws(SQLiteError) in try endpointWrites.put(state) }
    }

    package func requeue(delivery id: String, tenant: String, nowMs: Int64) throws(StoreError) -> Delivery? {
        let found = try asked { () throws(SQLiteError) in try deliveries.row(id: id, tenant: tenant) }
        guard let found else { return nil }
        return try write { () throws(SQLiteError) in
            try deliveries.shown(try requeue(found, nowMs: nowMs), nowMs: nowMs)
        }
    }

    private func requeue(_ row: DeliveryRow, nowMs: Int64) throws(SQLiteError) -> Delivery {
        var row = row
        let hadEnded = row.delivery.status == .delivered || row.delivery.status == .exhausted
        let isBehind = row.delivery.status == .exhausted ? try deliveryWrites.isBehind(row.delivery) : false
        row.delivery.beginAnew(isBehind: isBehind, nowMs: nowMs)
        try deliveryWrites.update(row)
        journal.wasRequeued(row.delivery, hadEnded: hadEnded)
        return row.delivery
    }

    package func bringForward(
        _ line: DeliveryLine, afterMs: Int64, nowMs: Int64, limit: Int
    ) throws(StoreError) -> Int {
        let ids = try write { () throws(SQLiteError) in
            try deliveryWrites.bringForward(line, afterMs: afterMs, nowMs: nowMs, limit: limit)
        }
        for id in ids { journal.fellDue(id, in: line) }
        return ids.count
    }

    package func insert(_ replay: Replay) throws(StoreError) {
        try write { () throws(SQLiteError) in
            try replayWrites.insert(
                replay, held: try replays.heldEndpoints(replay.filter, nowMs: replay.createdAtMs))
        }
    }

    /// Looks at `Replay.looksPerStep` deliveries at most, whether or not it takes them.
    package func advance(_ replay: Replay, nowMs: Int64, limit: Int) throws(StoreError) -> Replay? {
        let found = try asked { () throws(SQLiteError) in try replayWrites.row(id: replay.id) }
        guard var row = found else { return nil }
        let places = try asked { () throws(SQLiteError) in
            try replayWrites.next(
                row, in: try replays.ranges(row.replay.filter, held: row.heldEndpoints), count: Replay.looksPerStep)
        }
        let doneBefore = row.replay.done
        var rest = places[...]
        while row.replay.done - doneBefore < limit, let place = rest.popFirst() {
            row.cursor = place
            if try alsoWrite({ () throws(SQLiteError) in try take(place, for: row, nowMs: nowMs) }) {
                row.replay.done += 1
            }
        }
        let isOver = rest.isEmpty && places.count < Replay.looksPerStep
        try write { () throws(SQLiteError) in isOver ? try replayWrites.remove(row) : try replayWrites.keep(row) }
        return isOver ? nil : row.replay
    }

    /// - Returns: whether the delivery was one for the replay.
    private func take(_ place: ListBound, for row: ReplayRow, nowMs: Int64) throws(SQLiteError) -> Bool {
        guard place.seq <= row.lastDelivery, let found = try deliveries.row(seq: place.seq),
            row.replay.filter.types?.contains(found.delivery.eventType) ?? true
        else { return false }
        _ = try requeue(found, nowMs: nowMs)
        return true
    }

    package func removeAttempts(_ page: AttemptPage) throws(StoreError) {
        try write { () throws(SQLiteError) in
            for key in page.keys { try attemptWrites.remove(key) }
        }
    }
}

extension Replay {
    /// How many deliveries one step looks at.
    fileprivate static let looksPerStep = 500
}

extension Delivery {
    /// It comes behind an earlier one of its payment, until then at the latest.
    fileprivate mutating func wait(untilMs: Int64) {
        guard let dueMs = nextAttemptAtMs else { return }
        behindDueMs = dueMs
        nextAttemptAtMs = max(dueMs, untilMs)
    }

    /// Somebody asks for it again: its schedule starts from here, and it is due unless it waits for its turn.
    ///
    /// - Parameter isBehind: whether it is exhausted and an earlier one of its payment is open.
    fileprivate mutating func beginAnew(isBehind: Bool, nowMs: Int64) {
        roundBase = attemptCount
        if status == .pending {
            // One that waits for its turn goes on waiting, and is due then.
            if let dueMs = behindDueMs { behindDueMs = min(dueMs, nowMs) } else { nextAttemptAtMs = nowMs }
            return
        }
        // What was taken once is known there, whatever came after it.
        if status == .delivered { orderedPayment = nil }
        status = .pending
        lane = .replay
        nextAttemptAtMs = nowMs
        if isBehind { wait(untilMs: nowMs + Delivery.orderWaitMs) }
    }
}
