import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/v1/notifications`: the tenant's own journal of what Alipay posted.
struct NotificationRoutes: Sendable {
    let house: House

    func list(_ call: APIRequest) throws(Problem) {
        var query = try QueryParameters(
            call.request.query, known: ["verdict", "created_after", "limit", "starting_after"])
        let limit = query.limit()
        let tenant = call.tenant.id
        let asked = NotificationQuery(
            tenant: tenant, verdict: query.choice("verdict", Verdict.self),
            receivedFromMs: query.time("created_after").map { $0 + 1 }, startingAfter: query.text("starting_after"),
            limit: limit + 1
        )
        try query.check()
        ListCall(house: house, call: call, limit: limit).run(cursor: "starting_after") { reader throws(StoreError) in
            if let cursor = asked.startingAfter, try reader.notification(id: cursor, tenant: tenant) == nil {
                return nil
            }
            return try reader.notifications(asked)
        } each: { notification, out in
            Shape.write(notification, to: &out)
        }
    }
}
