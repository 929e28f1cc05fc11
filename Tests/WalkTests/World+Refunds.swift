import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// What the walks around refunds share.
extension World {
    static let refundService = "refund_fastpay_by_platform_nopwd"

    func refund(
        _ payment: String, _ body: String = "{}", on service: Service
    ) async throws -> (status: Int, json: JSONValue) {
        let (status, json, _) = try await call(.post, "/v1/payments/\(payment)/refunds", on: service, body: body)
        return (status, json)
    }

    /// A refund that is made; answers it.
    func makeRefund(_ payment: String, _ body: String = "{}", on service: Service) async throws -> JSONValue {
        let (status, json) = try await refund(payment, body, on: service)
        #expect(status == 201, "\(json)")
        return json
    }

    func readRefund(_ id: String, on service: Service) async throws -> JSONValue {
        try await call(.get, "/v1/refunds/\(id)", on: service).json
    }

    /// All refunds of that payment, newest first.
    func refunds(_ payment: String, on service: Service) async throws -> [JSONValue] {
        try await call(.get, "/v1/refunds?payment=\(payment)&limit=100", on: service).json["data"]?.elements ?? []
    }

    /// Every notification from now on is lost on the way.
    func loseNotifications() throws { alipay.simulator.set(try #require(Fault(.notification, .drop, count: 10_000))) }

    /// What has gone back of a trade at Alipay, fen.
    func refundedAtAlipay(_ trade: String) -> Int64? { alipay.simulator.trade(trade)?.refundedFen }

    /// The next webhook, which has to be of that type.
    func expectWebhook(
        _ type: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        let webhook = try await nextWebhook()
        #expect(webhook["type"]?.text == type, "\(webhook)", sourceLocation: sourceLocation)
        return webhook["data"] ?? .null
    }
}
