import App
import JSON
import Support

/// What the walks share that need Alipay's silence, and time that a test moves.
extension World {
    /// The rest of a payment in escrow.
    static let escrow = """
        , "settlement": "escrow", "shipping": {"options": [{"carrier_type": "express", "fee": 0, "paid_by": "seller"}], \
        "receiver": {"name": "叶文洁", "address": "北京市海淀区", "zip": "100084", "phone": "13800000000"}}
        """

    func status(_ id: String, on service: Service) async throws -> String? {
        try await payment(id, on: service)["status"]?.text
    }

    /// The next webhook that the shop takes; what falls due meanwhile is called.
    func nextWebhook(_ clock: ManualClock) async throws -> JSONValue {
        let ticking = Task {
            while !Task.isCancelled {
                clock.advance(byMs: 0)
                await Task.yield()
            }
        }
        defer { ticking.cancel() }
        return try await nextWebhook()
    }

    func alarms(_ kind: String, tenant: String = "bookshop", on service: Service) async throws -> Int {
        try await metric(#"payrelay_alarms_total{tenant="\#(tenant)",kind="\#(kind)"}"#, on: service)
    }

    /// Whether Alipay is known to refuse that service of the first tenant's contract.
    func isRefused(_ name: String, on service: Service) async throws -> Bool {
        try await metric(
            #"payrelay_provider_services_refused{tenant="bookshop",service="\#(name)"}"#, on: service) == 1
    }
}
