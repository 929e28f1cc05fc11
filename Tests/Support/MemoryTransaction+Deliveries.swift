import Payments

/// A replay and the last delivery it looked at.
struct MemoryReplay: Sendable {
    var replay: Replay
    /// A delivery's time and place.
    var cursor: (atMs: Int64, place: Int64)
    /// It takes none that came after this one.
    let lastPlace: Int64
    /// Endpoints whose pending deliveries it takes.
    let held: Set<String>
}

// What can be read of deliveries.
extension MemoryTransaction {
    /// As they stand in the table, where none is held, in the order of their making.
    private func inOrder(_ isWanted: (Delivery) -> Bool) -> [Delivery] {
        tables.deliveries.values.filter(isWanted).sorted { place($0) < place($1) }
    }

    private func place(_ delivery: Delivery) -> (Int64, Int64) {
        (delivery.createdAtMs, tables.deliveryPlaces[delivery.id] ?? 0)
    }

    private func pending(_ line: DeliveryLine) -> [Delivery] {
        inOrder { $0.status == .pending && $0.line == line }.sorted { dueMs($0) < dueMs($1) }
    }

    private func dueMs(_ delivery: Delivery) -> Int64 { delivery.nextAttemptAtMs ?? .max }

    private func hold(_ key: EndpointKey, nowMs: Int64) -> EndpointHold? {
        tables.endpointStates[key]?.hold.flatMap { $0.isInForce(atMs: nowMs) ? $0 : nil }
    }

    private func shown(_ delivery: Delivery, nowMs: Int64) -> Delivery {
        guard delivery.status == .pending, let hold = hold(delivery.endpointKey, nowMs: nowMs) else { return delivery }
        var delivery = delivery
        delivery.status = .held
        delivery.hold = hold
        return delivery
    }

    private func due(_ delivery: Delivery) -> DueDelivery? {
        tables.event(delivery.event).map { DueDelivery(delivery: delivery, event: $0) }
    }

    func delivery(
        id: String, tenant: String, nowMs: Int64
    ) throws(StoreError) -> (delivery: Delivery, attempts: [Attempt])? {
        guard let delivery = tables.deliveries[id], delivery.tenant == tenant else { return nil }
        return (shown(delivery, nowMs: nowMs), told(id))
    }

    private func told(_ id: String) -> [Attempt] { Array(tables.attempts[id, default: []].suffix(Attempt.toldMax)) }

    func deliveryID(event: String, endpoint: String, tenant: String) throws(StoreError) -> String? {
        let found = tables.deliveries.values.filter { delivery in
            delivery.event == event && delivery.endpoint == endpoint && delivery.tenant == tenant
        }
        return found.max { place($0).1 < place($1).1 }?.id
    }

    func deliveries(_ query: DeliveryQuery) throws(StoreError) -> [(delivery: Delivery, attempts: [Attempt])] {
        let ofTenant = inOrder { $0.tenant == query.tenant }.reversed().map { shown($0, nowMs: query.nowMs) }
        var rest = ofTenant[...]
        if let cursor = query.startingAfter {
            guard let index = rest.firstIndex(where: { $0.id == cursor }) else { return [] }
            rest = rest[(index + 1)...]
        }
        let matching = rest.filter { delivery in
            (query.status.map { $0 == delivery.status } ?? true) && (query.event.map { $0 == delivery.event } ?? true)
                && (query.endpoint.map { $0 == delivery.endpoint } ?? true)
        }
        return matching.prefix(max(query.limit, 0)).map { ($0, told($0.id)) }
    }

    func endpointStates() throws(StoreError) -> [EndpointState] {
        tables.endpointStates.values.sorted { ($0.key.tenant, $0.key.endpoint) < ($1.key.tenant, $1.key.endpoint) }
    }

    func dueDeliveries(_ line: DeliveryLine, nowMs: Int64, limit: Int) throws(StoreError) -> [DueDelivery] {
        pending(line).filter { dueMs($0) <= nowMs }.prefix(max(limit, 0)).compactMap(due)
    }

    func nextDueMs(_ line: DeliveryLine, afterMs nowMs: Int64) throws(StoreError) -> Int64? {
        pending(line).map(dueMs).first { $0 > nowMs }
    }

    func openLines() throws(StoreError) -> [OpenLine] {
        let lines = Dictionary(grouping: inOrder { $0.status == .pending }, by: \.line)
        return lines.map { OpenLine(line: $0, nextDueMs: $1.map(dueMs).min() ?? 0) }.sorted { a, b in
            let (first, second) = (a.line.endpoint, b.line.endpoint)
            return (first.tenant, first.endpoint, a.line.lane) < (second.tenant, second.endpoint, b.line.lane)
        }
    }

    func deliveryCounts() throws(StoreError) -> DeliveryCounts {
        let open = Dictionary(grouping: inOrder { $0.status == .pending }, by: \.endpointKey).map { key, deliveries in
            EndpointBacklog(
                key: key, count: deliveries.count,
                oldestCreatedAtMs: deliveries.filter { $0.lane != .replay }.map(\.createdAtMs).min())
        }
        return DeliveryCounts(
            accepted: tables.acceptedCount, delivered: tables.deliveredCount, exhausted: tables.exhaustedCount,
            open: open.sorted { ($0.key.tenant, $0.key.endpoint) < ($1.key.tenant, $1.key.endpoint) })
    }

    private func isInRange(_ delivery: Delivery, of filter: ReplayFilter, nowMs: Int64) -> Bool {
        isInRange(delivery, of: filter, held: heldEndpoints(filter, nowMs: nowMs))
    }

    private func heldEndpoints(_ filter: ReplayFilter, nowMs: Int64) -> Set<String> {
        guard filter.statuses.contains(.held) else { return [] }
        let states = tables.endpointStates.values.filter { state in
            state.key.tenant == filter.tenant && state.hold?.isInForce(atMs: nowMs) ?? false
        }
        return Set(states.map(\.key.endpoint))
    }

    private func isInRange(_ delivery: Delivery, of filter: ReplayFilter, held: Set<String>) -> Bool {
        let isOfStatus =
            switch delivery.status {
            case .exhausted: filter.statuses.contains(.exhausted)
            case .pending: held.contains(delivery.endpoint)
            case .held, .delivered: false
            }
        return isOfStatus && delivery.tenant == filter.tenant
            && filter.endpoint ?? delivery.endpoint == delivery.endpoint
            && delivery.createdAtMs >= filter.sinceMs && delivery.createdAtMs < filter.untilMs
    }

    func replayableCount(_ filter: ReplayFilter, nowMs: Int64, limit: Int) throws(StoreError) -> Int {
        let looks = inOrder { isInRange($0, of: filter, nowMs: nowMs) }.count
        return looks >= limit
            ? limit
            : inOrder { delivery in
                isInRange(delivery, of: filter, nowMs: nowMs) && filter.types?.contains(delivery.eventType) ?? true
            }.count
    }

    func openReplays() throws(StoreError) -> [Replay] { tables.replays.map(\.replay) }

    func oldAttempts(
        beforeMs: Int64, nowMs: Int64, after page: AttemptPage?, limit: Int
    ) throws(StoreError) -> AttemptPage {
        var keys: [AttemptPage.Key] = []
        var lookedAt = 0
        for delivery in tables.deliveries.values.sorted(by: { place($0).1 < place($1).1 }) {
            for attempt in tables.attempts[delivery.id, default: []] {
                let key = AttemptPage.Key(delivery: place(delivery).1, number: attempt.number)
                if let last = page?.last, (key.delivery, key.number) <= (last.delivery, last.number) { continue }
                let isMade = delivery.createdAtMs <= nowMs
                guard delivery.createdAtMs < beforeMs || !isMade else { return AttemptPage(keys: keys, last: nil) }
                if isMade && attempt.startedAtMs < beforeMs && delivery.status != .pending { keys.append(key) }
                lookedAt += 1
                if lookedAt == limit { return AttemptPage(keys: keys, last: key) }
            }
        }
        return AttemptPage(keys: keys, last: nil)
    }
}

// What can be changed of deliveries.
extension MemoryTransaction {
    /// What is to be told of it once it is kept.
    var news: DeliveryNews {
        let made = madeIDs.compactMap { tables.deliveries[$0] }.filter { $0.status == .pending }.compactMap(due)
        let others = changedIDs.subtracting(madeIDs).compactMap { tables.deliveries[$0] }
        return DeliveryNews(made: made, lines: Set(others.filter { $0.status == .pending }.map(\.line)))
    }

    func insert(_ delivery: Delivery, of event: Event) throws(StoreError) {
        guard tables.eventIndex[event.id] != nil else { throw missing("event") }
        guard delivery.event == event.id, delivery.tenant == event.tenant, delivery.eventType == event.type,
            delivery.orderedPayment == nil
                || delivery.orderedPayment == event.payment && delivery.sequence == event.sequence
        else { throw StoreError(code: .broken, message: "a delivery carries another event") }
        try checkIsStatusOfRow(delivery)
        guard (delivery.status == .pending) == (delivery.nextAttemptAtMs != nil) else {
            throw StoreError(code: .broken, message: "what is pending, and that alone, is due at some time")
        }
        guard tables.deliveries[delivery.id] == nil else { throw conflict("there is a delivery of that id") }
        var delivery = delivery
        if delivery.status == .pending, hasEarlier(than: delivery) {
            delivery.behindDueMs = delivery.nextAttemptAtMs
            delivery.nextAttemptAtMs = max(dueMs(delivery), delivery.createdAtMs + Delivery.orderWaitMs)
        }
        tables.deliveryPlaces[delivery.id] = Int64(tables.deliveryPlaces.count + 1)
        tables.deliveries[delivery.id] = delivery
        tables.acceptedCount += 1
        countEnd(delivery.status)
        madeIDs.append(delivery.id)
    }

    /// The open deliveries of its payment to its endpoint, the first one first.
    private func openOfPayment(_ delivery: Delivery) -> [Delivery] {
        guard let payment = delivery.orderedPayment else { return [] }
        return inOrder { other in
            other.status == .pending && other.orderedPayment == payment && other.endpoint == delivery.endpoint
        }.sorted { ($0.sequence, place($0).1) < ($1.sequence, place($1).1) }
    }

    private func hasEarlier(than delivery: Delivery) -> Bool {
        openOfPayment(delivery).first.map { $0.sequence < delivery.sequence } ?? false
    }

    private func countEnd(_ status: Delivery.Status) {
        if status == .delivered { tables.deliveredCount += 1 }
        if status == .exhausted { tables.exhaustedCount += 1 }
    }

    private func checkIsStatusOfRow(_ delivery: Delivery) throws(StoreError) {
        guard delivery.status != .held else {
            throw StoreError(code: .broken, message: "held is what an endpoint is, and no delivery's own status")
        }
    }

    func record(_ attempt: Attempt, of delivery: Delivery, nowMs: Int64) throws(StoreError) -> Delivery.Status? {
        try checkIsStatusOfRow(delivery)
        guard var stored = tables.deliveries[delivery.id], stored.tenant == delivery.tenant,
            stored.status == .pending, attempt.number >= 1, stored.attemptCount == attempt.number - 1
        else { return nil }
        let isLate = delivery.status != .delivered && stored.roundBase != delivery.roundBase
        stored.attemptCount = attempt.number
        stored.behindDueMs = nil
        if !isLate {
            stored.status = delivery.status
            stored.nextAttemptAtMs = delivery.nextAttemptAtMs
        }
        if stored.status == .pending && stored.lane == .live { stored.lane = .retry }
        tables.deliveries[stored.id] = stored
        tables.attempts[stored.id, default: []].append(attempt)
        guard stored.status != .pending else {
            if isLate { changedIDs.insert(stored.id) }
            return .pending
        }
        countEnd(stored.status)
        if var next = openOfPayment(stored).first, let dueMs = next.behindDueMs {
            next.behindDueMs = nil
            next.nextAttemptAtMs = max(nowMs, dueMs)
            tables.deliveries[next.id] = next
            changedIDs.insert(next.id)
        }
        return stored.status
    }

    func put(_ state: EndpointState) throws(StoreError) -> Bool {
        if let stored = tables.endpointStates[state.key], stored.revision >= state.revision { return false }
        tables.endpointStates[state.key] = state
        return true
    }

    func requeue(delivery id: String, tenant: String, nowMs: Int64) throws(StoreError) -> Delivery? {
        guard let delivery = tables.deliveries[id], delivery.tenant == tenant else { return nil }
        return shown(requeue(delivery, nowMs: nowMs), nowMs: nowMs)
    }

    private func requeue(_ delivery: Delivery, nowMs: Int64) -> Delivery {
        var delivery = delivery
        delivery.roundBase = delivery.attemptCount
        if delivery.status == .pending {
            if let dueMs = delivery.behindDueMs {
                delivery.behindDueMs = min(dueMs, nowMs)
            } else {
                delivery.nextAttemptAtMs = nowMs
            }
        } else {
            let waits = delivery.status == .exhausted && hasEarlier(than: delivery)
            if delivery.status == .delivered { delivery.orderedPayment = nil }
            delivery.status = .pending
            delivery.lane = .replay
            delivery.nextAttemptAtMs = waits ? nowMs + Delivery.orderWaitMs : nowMs
            delivery.behindDueMs = waits ? nowMs : nil
            tables.acceptedCount += 1
        }
        tables.deliveries[delivery.id] = delivery
        changedIDs.insert(delivery.id)
        return delivery
    }

    func bringForward(
        _ line: DeliveryLine, afterMs: Int64, nowMs: Int64, limit: Int
    ) throws(StoreError) -> Int {
        let far = pending(line).filter { dueMs($0) > afterMs }.prefix(max(limit, 0))
        for var delivery in far {
            let isBehind = delivery.behindDueMs != nil
            delivery.behindDueMs = isBehind ? nowMs : nil
            delivery.nextAttemptAtMs = isBehind ? nowMs + Delivery.orderWaitMs : nowMs
            tables.deliveries[delivery.id] = delivery
            changedIDs.insert(delivery.id)
        }
        return far.count
    }

    func insert(_ replay: Replay) throws(StoreError) {
        tables.replays.append(
            MemoryReplay(
                replay: replay, cursor: (.min, .min), lastPlace: Int64(tables.deliveryPlaces.count),
                held: heldEndpoints(replay.filter, nowMs: replay.createdAtMs)))
    }

    func advance(_ replay: Replay, nowMs: Int64, limit: Int) throws(StoreError) -> Replay? {
        guard let index = tables.replays.firstIndex(where: { $0.replay.id == replay.id }) else { return nil }
        var stored = tables.replays[index]
        let rest = inOrder { delivery in
            isInRange(delivery, of: stored.replay.filter, held: stored.held)
                && stored.replay.filter.types?.contains(delivery.eventType) ?? true
                && place(delivery) > stored.cursor && place(delivery).1 <= stored.lastPlace
        }
        for delivery in rest.prefix(max(limit, 0)) {
            _ = requeue(delivery, nowMs: nowMs)
            stored.cursor = place(delivery)
            stored.replay.done += 1
        }
        if rest.count <= limit {
            tables.replays.remove(at: index)
            return nil
        }
        tables.replays[index] = stored
        return stored.replay
    }

    func removeAttempts(_ page: AttemptPage) throws(StoreError) {
        let ids = Dictionary(uniqueKeysWithValues: tables.deliveryPlaces.map { ($1, $0) })
        for key in page.keys {
            guard let id = ids[key.delivery] else { continue }
            tables.attempts[id]?.removeAll { $0.number == key.number }
        }
    }
}
