import App
import HTTP
import JSON
import Payments
import Simulator
import Support
import Testing

/// What a hostile Alipay does, and what it sees; and what a merchant and an operator see of it.
extension World {
    static let shopNotifyPath = "/notify/bookshop"

    /// Posts a body to the first tenant's notify URL, unless another path is given.
    func post(
        _ body: String, to path: String = World.shopNotifyPath,
        headers: [(String, String)] = [("Content-Type", "application/x-www-form-urlencoded; text/html; charset=UTF-8")],
        on service: Service
    ) async throws -> (status: Int, text: String, headers: Headers) {
        let response = try await send(.post, service.publicURL + path, headers: headers, body: body)
        return (response.status, String(decoding: response.body, as: UTF8.self), response.headers)
    }

    /// What Alipay reads in answer to a notification: `success`, `fail` or whatever else came.
    func told(
        _ notification: HandMadeNotification, to path: String = World.shopNotifyPath, on service: Service
    ) async throws -> String {
        let (status, text, headers) = try await post(notification.body, to: path, on: service)
        #expect(status == 200 && headers["Content-Type"] == "text/plain")
        return text
    }

    /// The first tenant's journal, newest first.
    func journal(on service: Service, key: String = World.apiKey) async throws -> [JSONValue] {
        try await call(.get, "/v1/notifications?limit=100", on: service, key: key).json["data"]?.elements ?? []
    }

    func verdicts(on service: Service, key: String = World.apiKey) async throws -> [String] {
        try await journal(on: service, key: key).compactMap { $0["verdict"]?.text }
    }

    /// The newest verdict on that message, among what else the simulator may be sending meanwhile.
    func verdict(of notification: HandMadeNotification, on service: Service) async throws -> String? {
        let id = notification.fields["notify_id"]
        return try await journal(on: service).first { $0["notify_id"]?.text == id }?["verdict"]?.text
    }

    /// The first tenant's events, oldest first.
    func events(on service: Service) async throws -> [JSONValue] {
        try await call(.get, "/v1/events?limit=100", on: service).json["data"]?.elements ?? []
    }

    func eventTypes(on service: Service) async throws -> [String] {
        try await events(on: service).compactMap { $0["type"]?.text }
    }

    /// Creates a payment and lets its buyer reach the cashier.
    func open(_ reference: String, on service: Service, extra: String = "") async throws -> (id: String, trade: String)
    {
        let payment = try await create(reference, on: service, extra: extra)
        return (try #require(payment["id"]?.text), try await openCashier(payment))
    }

    /// Creates a payment that is paid; its first webhook has come.
    func pay(_ reference: String, on service: Service, extra: String = "") async throws -> (id: String, trade: String) {
        let (id, trade) = try await open(reference, on: service, extra: extra)
        _ = try alipay.simulator.move(trade, .pay)
        #expect(try await nextWebhook()["type"]?.text == "payment.succeeded")
        return (id, trade)
    }

    func metrics(on service: Service) async throws -> String {
        let response = try await send(.get, "http://127.0.0.1:\(service.adminPort)/metrics")
        return String(decoding: response.body, as: UTF8.self)
    }

    /// A metric's value, by its name and labels as they are printed; 0 if there is none.
    func metric(_ name: String, on service: Service) async throws -> Int {
        let line = try await metrics(on: service).split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
    }
}
