import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/v1/deliveries` and `/v1/webhooks/test`: why did my webhook not arrive?
struct DeliveryRoutes: Sendable {
    let house: House
    let testWebhook: TestWebhook
    let idempotent: IdempotentCall

    func list(_ call: APIRequest) throws(Problem) {
        var query = try QueryParameters(call.request.query, known: ["status", "event", "limit", "starting_after"])
        let limit = query.limit()
        let asked = DeliveryQuery(
            tenant: call.tenant.id, status: query.choice("status", Delivery.Status.self), event: query.text("event"),
            startingAfter: query.text("starting_after"), limit: limit + 1
        )
        try query.check()
        ListCall(house: house, call: call, limit: limit).run(cursor: "starting_after") { reader throws(StoreError) in
            if let cursor = asked.startingAfter, try reader.delivery(id: cursor, tenant: asked.tenant) == nil {
                return nil
            }
            return try reader.deliveries(asked)
        } each: { (found: (delivery: Delivery, attempts: [Attempt]), out: inout JSONWriter) in
            Shape.write(found.delivery, attempts: found.attempts, to: &out)
        }
    }

    func read(_ call: APIRequest, _ id: String) throws(Problem) {
        try JSONBody.refuseQuery(call.request)
        let tenant = call.tenant.id
        ListCall(house: house, call: call, limit: 1).one(
            { reader throws(StoreError) in try reader.delivery(id: id, tenant: tenant) }, name: "delivery"
        ) { found, out in
            Shape.write(found.delivery, attempts: found.attempts, to: &out)
        }
    }

    /// The body may name one of several endpoints: `{"endpoint": "erp"}`; the first of the file otherwise.
    func test(_ call: APIRequest) throws(Problem) {
        try idempotent.run(call) { _, answer in
            let endpoint: String
            do throws(Problem) { endpoint = try DeliveryRoutes.endpoint(call) } catch {
                return answer(call.response(error))
            }
            testWebhook.run(endpoint: endpoint, tenant: call.tenant) { outcome in
                switch outcome {
                case .unavailable(let why):
                    answer(call.response(Problem(.unavailable, why)))
                case .attempted(let delivery, let attempt):
                    var out = JSONWriter()
                    Shape.write(delivery, attempts: [attempt], to: &out)
                    answer(.json(status: 200, out.bytes))
                }
            }
        }
    }

    private static func endpoint(_ call: APIRequest) throws(Problem) -> String {
        try JSONBody.refuseQuery(call.request)
        let known = call.tenant.endpointIDs
        var fields = BodyFields(try JSONBody.optionalMembers(call.request))
        let name = fields.text("endpoint") ?? known[0]
        if !known.contains(name) { fields.fail("endpoint", "endpoint must be one of \(known.joined(separator: ", "))") }
        fields.refuseTheRest()
        if !fields.errors.isEmpty { throw .invalid(fields.errors) }
        return name
    }
}
