import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/v1/events`: the log that a merchant can pull from, so that a lost webhook loses nothing.
struct EventRoutes: Sendable {
    let house: House

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
}
