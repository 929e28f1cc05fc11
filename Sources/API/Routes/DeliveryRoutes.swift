import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/v1/deliveries` and `/v1/webhooks/test`: why did my webhook not arrive?
struct DeliveryRoutes: Sendable {
    static let replayRetryAfterSeconds = 10
    static let countRetryAfterSeconds = 1

    let house: House
    let relay: Relay
    let idempotent: IdempotentCall

    func list(_ call: APIRequest) throws(Problem) {
        var query = try QueryParameters(
            call.request.query, known: ["status", "event", "endpoint", "limit", "starting_after"])
        let limit = query.limit()
        let asked = DeliveryQuery(
            tenant: call.tenant.id, status: query.choice("status", Delivery.Status.self), event: query.text("event"),
            endpoint: query.text("endpoint"), nowMs: call.nowMs, startingAfter: query.text("starting_after"),
            limit: limit + 1
        )
        try query.check()
        ListCall(house: house, call: call, limit: limit).run(cursor: "starting_after") { reader throws(StoreError) in
            if let cursor = asked.startingAfter,
                try reader.delivery(id: cursor, tenant: asked.tenant, nowMs: asked.nowMs) == nil
            {
                return nil
            }
            return try reader.deliveries(asked)
        } each: { (found: (delivery: Delivery, attempts: [Attempt]), out: inout JSONWriter) in
            Shape.write(found.delivery, attempts: found.attempts, nowMs: asked.nowMs, to: &out)
        }
    }

    func read(_ call: APIRequest, _ id: String) throws(Problem) {
        try JSONBody.refuseQuery(call.request)
        let (tenant, nowMs) = (call.tenant.id, call.nowMs)
        ListCall(house: house, call: call, limit: 1).one(
            { reader throws(StoreError) in try reader.delivery(id: id, tenant: tenant, nowMs: nowMs) }, name: "delivery"
        ) { found, out in
            Shape.write(found.delivery, attempts: found.attempts, nowMs: nowMs, to: &out)
        }
    }

    /// Has the deliveries of a time sent again: `{"since", "until", "status", "types", "endpoint"}`.
    func replay(_ call: APIRequest) throws(Problem) {
        let replay = relay.replay.asked(by: call.request.id)
        try idempotent.run(call) { claim throws(Problem) in
            let filter = try ReplayRequest(call).filter
            // With the replay goes the answer to a repeat, should this process not come to give its own.
            let outcome = await replay.run(filter) { replay, transaction throws(StoreError) in
                try claim?.end(DeliveryRoutes.answer(replay), in: transaction)
            }
            switch outcome {
            case .begun(let replay): return DeliveryRoutes.answer(replay)
            case .nothing: return DeliveryRoutes.answer(nil)
            case .tooMany(let why): throw .invalid([Problem.FieldError("/since", why)])
            case .tooManyOpen(let why): throw DeliveryRoutes.later(why, seconds: DeliveryRoutes.replayRetryAfterSeconds)
            case .counting(let why): throw DeliveryRoutes.later(why, seconds: DeliveryRoutes.countRetryAfterSeconds)
            case .unavailable: throw .unavailable
            }
        }
    }

    private static func answer(_ replay: Replay?) -> Response {
        var out = JSONWriter(reservingCapacity: 128)
        Shape.write(replay, to: &out)
        return .json(status: 202, out.bytes)
    }

    private static func later(_ why: String, seconds: Int) -> Problem {
        var problem = Problem(.rateLimited, why)
        problem.retryAfterSeconds = seconds
        return problem
    }

    /// The body may name one of several endpoints: `{"endpoint": "erp"}`; the first of the file otherwise.
    func test(_ call: APIRequest) throws(Problem) {
        let test = relay.test
        try idempotent.run(call) { _, answer in
            let endpoint: String
            do throws(Problem) { endpoint = try call.endpointNamed() ?? call.tenant.endpointIDs[0] } catch {
                return answer(call.response(error))
            }
            test.run(endpoint: endpoint, tenant: call.tenant) { outcome in
                switch outcome {
                case .unavailable(let why):
                    answer(call.response(Problem(.unavailable, why)))
                case .attempted(let delivery, let attempt):
                    var out = JSONWriter()
                    Shape.write(delivery, attempts: [attempt], nowMs: call.nowMs, to: &out)
                    answer(.json(status: 200, out.bytes))
                }
            }
        }
    }
}
