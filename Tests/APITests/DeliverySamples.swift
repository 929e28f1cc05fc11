import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// An event and its one delivery, as a test wants them.
struct DeliverySample {
    var tenant = "bookshop"
    var endpoint = "default"
    var type = EventType.paymentSucceeded
    /// Pending deliveries are due in a day.
    var status = Delivery.Status.exhausted
    /// After the clock's time.
    var agoMs: Int64 = 0

    static let laterMs: Int64 = 86_400_000
}

extension Desk {
    /// Keeps the event `evt_<tenant>_<number>` and its delivery `dlv_<tenant>_<number>`.
    func keep(_ number: Int, _ sample: DeliverySample = DeliverySample()) async throws {
        let atMs = clock.nowMs - sample.agoMs
        let id = "\(sample.tenant)_\(number)"
        let event = Event(
            id: "evt_\(id)", tenant: sample.tenant, type: sample.type, payment: nil, sequence: 0, timestampMs: atMs,
            body: Array("{\"id\":\"evt_\(id)\",\"type\":\"\(sample.type.rawValue)\",\"data\":{}}".utf8))
        let pending = Delivery(
            id: "dlv_\(id)", tenant: sample.tenant, event: event.id, eventType: sample.type, endpoint: sample.endpoint,
            nextAttemptAtMs: clock.nowMs + DeliverySample.laterMs, createdAtMs: atMs)
        try await store.write { transaction throws(StoreError) in
            try transaction.insert(event, deliveries: [pending])
            guard sample.status != .pending else { return }
            var ended = pending
            ended.status = sample.status
            ended.attemptCount = 1
            ended.nextAttemptAtMs = nil
            let isTaken = sample.status == .delivered
            let attempt = Attempt(
                number: 1, startedAtMs: atMs, durationMs: 80, outcome: isTaken ? .taken : .status,
                statusCode: isTaken ? 204 : 500, error: isTaken ? nil : "the endpoint answered 500",
                address: "203.0.113.7", responseExcerpt: isTaken ? [] : Array("oh no".utf8))
            guard try transaction.record(attempt, of: ended, nowMs: atMs) != nil else {
                throw StoreError(code: .broken, message: "the sample is not pending")
            }
        }
    }

    /// The status of each delivery of the tenant, newest first.
    func statuses(key: String = Desk.bookshopKey) async -> [String] {
        guard case .array(let rows)? = await call(.get, "/v1/deliveries?limit=100", key: key).json["data"] else {
            return []
        }
        return rows.map { $0["status"]?.text ?? "-" }
    }

    /// An admin's word, kept.
    func setDisabled(_ disabled: Bool, _ endpoint: String, tenant: String = "bookshop") async throws {
        let key = EndpointKey(tenant: tenant, endpoint: endpoint)
        let result = await withCheckedContinuation { continuation in
            worker.setDisabled(disabled, key, detail: "the test says so") { continuation.resume(returning: $0) }
        }
        #expect(try result.get())
    }

    /// Tests until the breaker of the bookshop's endpoint, which fails, is open.
    func openBreaker() async throws {
        for _ in 1...100 {
            if worker.endpointStates.compactMap(\.hold?.reason) == [.circuitOpen] { return }
            _ = await call(.post, "/v1/webhooks/test")
            clock.advance(byMs: 1000)
        }
        Issue.record("the breaker does not open")
    }

    /// Each request to an endpoint: where, and which event.
    var sent: [String] { endpoints.requests.map { "\($0.url) \($0.headers["webhook-id"] ?? "-")" } }
}

extension EndpointSettings {
    static let onlyRefunds = EndpointSettings(
        id: "refunds", url: "https://refunds.example/in", secrets: [WebhookSecret(bytes: Array(96..<128))],
        events: .only([.refundSucceeded, .refundFailed]))
}
