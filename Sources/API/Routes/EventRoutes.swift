import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/v1/events`: the log that a merchant can pull from, so that a lost webhook loses nothing.
struct EventRoutes: Sendable {
    let house: House
    let relay: Relay
    let idempotent: IdempotentCall

    func list(_ call: APIRequest) throws(Problem) {
        var query = try QueryParameters(call.request.query, known: ["after", "type", "limit"])
        let limit = query.limit()
        let type = query.choice("type", EventType.self)
        let after = query.text("after")
        try query.check()
        let tenant = call.tenant.id
        ListCall(house: house, call: call, limit: limit).run(cursor: "after") { reader throws(StoreError) in
            try reader.events(tenant: tenant, after: after, type: type, limit: limit + 1)
        } each: { event, out in
            Shape.write(event, to: &out)
        }
    }

    func read(_ call: APIRequest, _ id: String) throws(Problem) {
        try JSONBody.refuseQuery(call.request)
        let tenant = call.tenant.id
        ListCall(house: house, call: call, limit: 1).one(
            { reader throws(StoreError) in try reader.event(id: id, tenant: tenant) }, name: "event"
        ) { event, out in
            Shape.write(event, to: &out)
        }
    }

    /// Sends the event again, to the endpoint that the body names or to every one that takes it; answers with the
    /// deliveries that will bring it.
    func redeliver(_ call: APIRequest, _ id: String) throws(Problem) {
        let claim = try IdempotencyClaim.read(call.request, tenant: call.tenant.id, nowMs: call.nowMs)
        let asked: Result<String?, Problem>
        do { asked = .success(try call.endpointNamed()) } catch { asked = .failure(error) }
        let redeliver = relay.redeliver.asked(by: call.request.id)
        try idempotent.commit(call, claim, asked) { endpoint, transaction throws(StoreError) in
            let outcome = try redeliver.perform(
                event: id, endpoint: endpoint, tenant: call.tenant, nowMs: call.nowMs, in: transaction)
            switch outcome {
            case .unknownEvent: return (.made(call.response(.noSuchEvent)), nil)
            case .notTaken(let why): return (.made(call.response(Problem(.notDeliverable, why))), nil)
            case .redelivered(let found):
                var out = JSONWriter()
                Shape.writeList(found, hasMore: false, to: &out) { found, out in
                    Shape.write(found.delivery, attempts: found.attempts, nowMs: call.nowMs, to: &out)
                }
                return (.made(.json(status: 202, out.bytes)), found.map(\.delivery))
            }
        } then: {
            redeliver.noteRedelivered($0)
        }
    }
}
