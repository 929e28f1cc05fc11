// Until the stores have them.
extension Store {
    package func observeDeliveries(_ observer: @escaping @Sendable (DeliveryNews) -> Void) {}
}

extension DeliveryReader {
    package func delivery(
        id: String, tenant: String, nowMs: Int64
    ) throws(StoreError) -> (delivery: Delivery, attempts: [Attempt])? { preconditionFailure("pending") }
    package func endpointStates() throws(StoreError) -> [EndpointState] { preconditionFailure("pending") }
    package func dueDeliveries(_ line: DeliveryLine, nowMs: Int64, limit: Int) throws(StoreError) -> [DueDelivery] {
        preconditionFailure("pending")
    }
    package func nextDueMs(_ line: DeliveryLine, afterMs nowMs: Int64) throws(StoreError) -> Int64? {
        preconditionFailure("pending")
    }
    package func openLines() throws(StoreError) -> [OpenLine] { preconditionFailure("pending") }
    package func deliveryCounts() throws(StoreError) -> DeliveryCounts { preconditionFailure("pending") }
    package func replayableCount(_ filter: ReplayFilter, nowMs: Int64, limit: Int) throws(StoreError) -> Int {
        preconditionFailure("pending")
    }
    package func openReplays() throws(StoreError) -> [Replay] { preconditionFailure("pending") }
    package func oldAttempts(
        beforeMs: Int64, after page: AttemptPage?, limit: Int
    ) throws(StoreError) -> AttemptPage { preconditionFailure("pending") }
}

extension DeliveryTransaction {
    package func insert(_ delivery: Delivery, of event: Event) throws(StoreError) { preconditionFailure("pending") }
    package func record(_ attempt: Attempt, of delivery: Delivery, nowMs: Int64) throws(StoreError) -> Bool {
        preconditionFailure("pending")
    }
    package func put(_ state: EndpointState) throws(StoreError) -> Bool { preconditionFailure("pending") }
    package func requeue(delivery id: String, tenant: String, nowMs: Int64) throws(StoreError) -> Delivery? {
        preconditionFailure("pending")
    }
    package func insert(_ replay: Replay) throws(StoreError) { preconditionFailure("pending") }
    package func advance(_ replay: Replay, nowMs: Int64, limit: Int) throws(StoreError) -> Replay? {
        preconditionFailure("pending")
    }
    package func removeAttempts(_ page: AttemptPage) throws(StoreError) { preconditionFailure("pending") }
}
