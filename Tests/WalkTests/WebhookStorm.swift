import App
import Diagnostics
import Foundation
import HTTP
import JSON
import Payments
import SQLite
import Simulator
import Storage
import Support
import Synchronization
import Testing
import Webhooks

/// A gateway that is killed again and again, buyers who pay meanwhile, and the receiver of two endpoints' webhooks.
final class WebhookStorm: Sendable {
    /// Gets each payment's events in their order; the other one as they come.
    static let ordered = "ordered"
    static let endpoints = [ordered, "loose"]
    private static let buyers = 4
    private static let eventTypes: [EventType] = [.paymentHeld, .paymentShipped, .paymentSucceeded]

    let world: World
    let receiver: UnsteadyReceiver
    private let url: String
    private let adminURL: String
    private let next = Atomic<Int>(0)

    init() throws {
        // Repeats of a notification come 20,000 times faster.
        world = try World(World.Options(speed: 20_000))
        receiver = try UnsteadyReceiver(
            secret: try WebhookSecret(Secret(world.secret)), seed: 20_260_104)
        let adminPort = try FreePort.find()
        adminURL = "http://127.0.0.1:\(adminPort)"
        url = try world.putPorts(adminPort: adminPort)
        try world.put("tenants/bookshop.yaml", tenant)
    }

    func stop() {
        receiver.stop()
        world.stop()
    }

    private var tenant: String {
        let tries = ["0s"] + Array(repeating: "1s", count: RetrySchedule.triesMax - 1)
        let endpoints = WebhookStorm.endpoints.map { id in
            """
              - id: \(id)
                url: \(receiver.url(id))
                secrets: [file:secrets/shop.whsec]
                schedule: [\(tries.joined(separator: ", "))]
                jitter: 50%
                timeout: 1s
                ordering: \(id == WebhookStorm.ordered ? "payment" : "none")
                allow_http: true
                allow_private_network: true

            """
        }
        return """
            name: Bookshop
            alipay:
              partner: "\(World.account.partner)"
              seller_email: \(World.account.sellerEmail)
              keys: [env:BOOKSHOP_KEY]
              gateway_url: \(world.alipay.gatewayURL)
            products: [web/escrow]
            api_keys:
              - {label: test, sha256: \(digest(World.apiKey))}
            webhooks:
            \(endpoints.joined())
            """
    }

    // MARK: - What is to be delivered

    /// A backlog: payments that have had three events each, none of them delivered.
    func seed(payments: Int) async throws {
        let clock = SystemClock()
        let store = try SQLiteStore(
            path: "\(world.folder)/payrelay.db", logger: .none, metrics: Metrics(), clock: clock)
        let (identifiers, endpoints) = (IdentifierSource(), try endpointSettings())
        for number in 0..<payments {
            let nowMs = clock.nowMs
            let payment = WebhookStorm.payment(number, identifiers, nowMs: nowMs)
            try await store.write { transaction throws(StoreError) in
                try transaction.insert(payment)
                for (index, type) in WebhookStorm.eventTypes.enumerated() {
                    let (id, sequence) = (identifiers.make(.event, nowMs: nowMs), Int64(index + 1))
                    let body = EventShape.body(
                        id: id, type: type, timestampMs: nowMs, sequence: sequence, subject: .payment(payment),
                        previousStatus: nil)
                    let event = Event(
                        id: id, tenant: payment.tenant, type: type, payment: payment.id, sequence: sequence,
                        timestampMs: nowMs, body: body)
                    let deliveries = endpoints.compactMap {
                        $0.delivery(of: event, id: identifiers.make(.delivery, nowMs: nowMs), nowMs: nowMs)
                    }
                    try transaction.insert(event, deliveries: deliveries)
                }
            }
        }
        await store.close()
    }

    private static func payment(_ number: Int, _ identifiers: IdentifierSource, nowMs: Int64) -> Payment {
        var payment = Payment(
            id: identifiers.make(.payment, nowMs: nowMs), tenant: "bookshop", merchantReference: "SEED-\(number)",
            amountMinor: 12_050, subject: "三体 (1-3)", channel: .web, settlement: .escrow, createdAtMs: nowMs,
            expiresAtMs: nowMs + 900_000)
        payment.status = .succeeded
        payment.amountPaidMinor = payment.amountMinor
        payment.sequence = Int64(eventTypes.count)
        payment.succeededAtMs = nowMs
        return payment
    }

    private func endpointSettings() throws -> [EndpointSettings] {
        let secret = try WebhookSecret(Secret(world.secret))
        return WebhookStorm.endpoints.map { id in
            EndpointSettings(
                id: id, url: receiver.url(id), secrets: [secret],
                ordering: id == WebhookStorm.ordered ? .payment : .none,
                allowHTTP: true, allowPrivateNetwork: true)
        }
    }

    /// Buyers buy, until the gateway no longer answers. The rest of each payment is between Alipay and the gateway.
    func buy() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<WebhookStorm.buyers {
                group.addTask { while await self.buyOnce() {} }
            }
        }
    }

    /// - Returns: whether the gateway answered.
    private func buyOnce() async -> Bool {
        let reference = "STORM-\(next.wrappingAdd(1, ordering: .relaxed).newValue)"
        let body = """
            {"merchant_reference": "\(reference)", "amount": 12050, "currency": "CNY", "subject": "三体", \
            "channel": "web"\(World.escrow)}
            """
        guard let (status, payment) = try? await call(.post, "/v1/payments", body: body) else { return false }
        #expect(status == 201)
        do {
            let trade = try await world.openCashier(payment)
            for move in [TradeMove.pay, .sendGoods(Trade.Shipment()), .confirmReceipt] {
                try world.alipay.simulator.move(trade, move)
            }
        } catch { Issue.record(error) }
        return true
    }

    // MARK: - What came of it

    /// Returns when Alipay has told all that it will tell, and no delivery waits.
    func untilAllIsTaken() async throws {
        try await world.until(nil, "the end of every notification") {
            world.alipay.simulator.notifications().allSatisfy { $0.state != .pending }
        }
        // One look at all of them: between two, those that are held could become pending.
        let open = try Connection(path: "\(world.folder)/payrelay.db", mode: .readOnly)
            .prepare("SELECT 1 FROM deliveries WHERE status IN ('pending', 'held') LIMIT 1")
        try await world.until(nil, "the end of every delivery") { try open.first { try $0.int64(0) } == nil }
    }

    /// Returns the metrics of a process once it has counted the deliveries.
    func metrics() async throws -> [Substring] {
        var lines: [Substring] = []
        try await world.until(nil, "a count of the deliveries") {
            lines = String(decoding: try await world.send(.get, adminURL + "/metrics").body, as: UTF8.self)
                .split(separator: "\n")
            return lines.contains { $0.hasPrefix("payrelay_deliveries_waiting{") }
        }
        return lines
    }

    private func call(
        _ method: HTTP.Method, _ path: String, body: String? = nil
    ) async throws -> (status: Int, json: JSONValue) {
        try await world.call(method, at: url + path, body: body)
    }
}
