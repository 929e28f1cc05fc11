import App
import Diagnostics
import HTTP
import JSON
import SQLite
import Simulator
import Support
import Testing

/// What the walks around webhooks share.
extension World {
    /// A section `webhook` for an endpoint on this machine.
    static func endpoint(_ url: String, _ lines: [String] = []) -> String {
        "webhook:\n" + endpointLines(url, lines).map { "  \($0)\n" }.joined()
    }

    /// A section `webhooks`.
    static func endpoints(_ all: [(id: String, url: String, lines: [String])]) -> String {
        "webhooks:\n"
            + all.map { entry in
                "  - id: \(entry.id)\n" + endpointLines(entry.url, entry.lines).map { "    \($0)\n" }.joined()
            }.joined()
    }

    private static func endpointLines(_ url: String, _ lines: [String]) -> [String] {
        let isSigned = lines.contains { $0.hasPrefix("secrets:") }
        return ["url: \(url)", "allow_http: true", "allow_private_network: true"]
            + (isSigned ? [] : ["secrets: [file:secrets/shop.whsec]"]) + lines
    }

    /// A gateway whose first tenant has one endpoint, of a receiver; time stands still.
    static func withReceiver(
        _ lines: [String] = [], _ body: (World, Service, Receiver, ManualClock) async throws -> Void
    ) async throws {
        try await withRestarts(lines) { world, receiver, clock in
            let service = try world.start()
            do { try await body(world, service, receiver, clock) } catch {
                service.stop()
                throw error
            }
            service.stop()
        }
    }

    /// The same for whoever starts and stops the gateway itself.
    static func withRestarts(
        _ lines: [String] = [], _ body: (World, Receiver, ManualClock) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        let receiver = try Receiver(clock: clock)
        defer { receiver.stop() }
        let options = Options(webhookSection: endpoint(receiver.url(), lines))
        let world = try World(options, clock: clock)
        defer { world.stop() }
        try await body(world, receiver, clock)
        try world.expectConservation()
    }

    // MARK: - Events

    /// Lets the buyer pay and waits until the payment is; the event is on its way then.
    func paid(_ reference: String, on service: Service, _ clock: ManualClock) async throws -> String {
        let (id, trade) = try await open(reference, on: service)
        _ = try alipay.simulator.move(trade, .pay)
        try await until(clock, "the payment of \(reference)") { try await status(id, on: service) == "succeeded" }
        return id
    }

    /// Gives back so many fen of a payment, and waits until that is done; answers its event.
    func refunded(_ payment: String, _ amount: Int, on service: Service, _ clock: ManualClock) async throws -> String {
        let refund = try await makeRefund(payment, #"{"amount": \#(amount)}"#, on: service)
        return try await event("refund.succeeded", of: try #require(refund["id"]?.text), on: service, clock)
    }

    /// A payment of the second tenant, likewise.
    func paidAtTeashop(_ reference: String, on service: Service, _ clock: ManualClock) async throws -> String {
        let body = """
            {"merchant_reference": "\(reference)", "amount": 100, "subject": "tea", "channel": "web"}
            """
        let (status, payment, _) = try await call(
            .post, "/v1/payments", on: service, key: World.otherKey, body: body)
        #expect(status == 201, "\(payment)")
        _ = try await send(.get, payment["next_action"]?["provider_url"]?.text ?? "")
        let trade = try #require(
            alipay.simulator.trade(partner: World.otherAccount.partner, outTradeNo: reference))
        _ = try alipay.simulator.move(trade.tradeNo, .pay)
        let id = try #require(payment["id"]?.text)
        try await until(clock, "the payment of \(reference)") {
            try await call(.get, "/v1/payments/\(id)", on: service, key: World.otherKey).json["status"]?.text
                == "succeeded"
        }
        return id
    }

    /// The event of that type about that payment or refund, once there is one; of the first tenant's.
    func event(_ type: String, of id: String, on service: Service, _ clock: ManualClock) async throws -> String {
        var found: String?
        try await until(clock, "\(type) of \(id)") {
            found = try await events(on: service).first {
                $0["type"]?.text == type && $0["data"]?["id"]?.text == id
            }?["id"]?.text
            return found != nil
        }
        return try #require(found)
    }

    // MARK: - Deliveries

    /// The deliveries that a query such as `status=held` finds, newest first, 100 at most.
    func deliveries(
        _ query: String, on service: Service, key: String = World.apiKey
    ) async throws -> [JSONValue] {
        let (status, json, _) = try await call(.get, "/v1/deliveries?limit=100&\(query)", on: service, key: key)
        guard status == 200 else { throw Broken(description: "deliveries answered \(status): \(json)") }
        return json["data"]?.elements ?? []
    }

    /// The only delivery of that event.
    func delivery(of event: String, on service: Service) async throws -> JSONValue {
        let found = try await deliveries("event=\(event)", on: service)
        #expect(found.count == 1)
        return try #require(found.first)
    }

    /// Waits until that event has been tried so often, and says what its delivery is then.
    func tried(
        _ times: Int, _ event: String, on service: Service, _ clock: ManualClock
    ) async throws -> JSONValue {
        var found = JSONValue.null
        try await until(clock, "try \(times) of \(event)") {
            found = try await delivery(of: event, on: service)
            return found["attempts"]?.elements.count == times
        }
        return found
    }

    /// Waits until the deliveries that a query finds are so many.
    func deliveries(
        _ query: String, are count: Int, on service: Service, _ clock: ManualClock
    ) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        try await until(clock, "\(count) deliveries with \(query)") {
            found = try await deliveries(query, on: service)
            return found.count == count
        }
        return found
    }

    /// How many tries the first tenant's newest 100 deliveries had, all together.
    func tries(on service: Service) async throws -> Int {
        try await deliveries("endpoint=default", on: service).reduce(0) { $0 + ($1["attempts"]?.elements.count ?? 0) }
    }

    /// So many messages at a path of a receiver; what falls due meanwhile is called.
    func arrive(
        _ count: Int, at path: String = Receiver.path, of receiver: Receiver, _ clock: ManualClock
    ) async throws -> [Receiver.Message] {
        let ticking = Task {
            while !Task.isCancelled {
                clock.advance(byMs: 0)
                await Task.yield()
            }
        }
        defer { ticking.cancel() }
        return try await receiver.arrive(count, at: path)
    }

    /// How the admin's API shows an endpoint.
    func endpointRow(
        _ endpoint: String = "default", tenant: String = "bookshop", on service: Service
    ) async throws -> JSONValue {
        let response = try await send(.get, "http://127.0.0.1:\(service.adminPort)/api/endpoints?tenant=\(tenant)")
        #expect(response.status == 200)
        let rows = try JSONReader.read(response.body)["data"]?.elements ?? []
        return try #require(rows.first { $0["endpoint"]?.text == endpoint })
    }

    /// Every delivery that was ever made has ended or waits; to be called while no service runs.
    func expectConservation(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let connection = try Connection(path: databasePath, mode: .readOnly, busyTimeoutMs: 1000)
        let ended = try connection.prepare(
            "SELECT accepted > 0, accepted - delivered - exhausted FROM delivery_totals"
        ).first { [try $0.int64(0), try $0.int64(1)] }
        let open = try connection.prepare("SELECT count(*) FROM deliveries WHERE status = 'pending'")
            .first { try $0.int64(0) }
        #expect(ended == [1, try #require(open)], sourceLocation: sourceLocation)
    }
}
