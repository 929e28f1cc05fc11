package import Payments
import SQLite

extension SQLiteReader {
    package func delivery(
        id: String, tenant: String, nowMs: Int64
    ) throws(StoreError) -> (delivery: Delivery, attempts: [Attempt])? {
        try asked { () throws(SQLiteError) in try deliveries.delivery(id: id, tenant: tenant, nowMs: nowMs) }
    }

    package func deliveryID(event: String, endpoint: String, tenant: String) throws(StoreError) -> String? {
        try asked { () throws(SQLiteError) in
            try deliveries.newestID(event: event, endpoint: endpoint, tenant: tenant)
        }
    }

    /// Costs one or two steps of an index for every endpoint that the tenant ever had, and what the list holds. An event's
    /// are in the order of commits, others' in the order of their times.
    package func deliveries(
        _ query: DeliveryQuery
    ) throws(StoreError) -> [(delivery: Delivery, attempts: [Attempt])] {
        try asked { () throws(SQLiteError) in try deliveries.deliveries(query) }
    }

    package func endpointStates() throws(StoreError) -> [EndpointState] {
        try asked { () throws(SQLiteError) in try endpoints.states() }
    }

    package func dueDeliveries(_ line: DeliveryLine, nowMs: Int64, limit: Int) throws(StoreError) -> [DueDelivery] {
        try asked { () throws(SQLiteError) in try lines.due(line, nowMs: nowMs, limit: limit) }
    }

    package func nextDueMs(_ line: DeliveryLine, afterMs nowMs: Int64) throws(StoreError) -> Int64? {
        try asked { () throws(SQLiteError) in try lines.nextDueMs(line, afterMs: nowMs) }
    }

    package func openLines() throws(StoreError) -> [OpenLine] {
        try asked { () throws(SQLiteError) in try lines.open() }
    }

    /// Walks the pending deliveries' part of an index.
    package func deliveryCounts() throws(StoreError) -> DeliveryCounts {
        try asked { () throws(SQLiteError) in try lines.counts(unsaved: unsavedTotals) }
    }

    /// Looks at what was made in the filter's time only; with types, at each one's event.
    package func replayableCount(_ filter: ReplayFilter, nowMs: Int64, limit: Int) throws(StoreError) -> Int {
        try asked { () throws(SQLiteError) in try replays.count(filter, nowMs: nowMs, limit: limit) }
    }

    package func openReplays() throws(StoreError) -> [Replay] {
        try asked { () throws(SQLiteError) in try replays.open() }
    }

    package func oldAttempts(
        beforeMs: Int64, nowMs: Int64, after page: AttemptPage?, limit: Int
    ) throws(StoreError) -> AttemptPage {
        try asked { () throws(SQLiteError) in
            try attempts.old(beforeMs: beforeMs, nowMs: nowMs, after: page, limit: limit)
        }
    }
}
