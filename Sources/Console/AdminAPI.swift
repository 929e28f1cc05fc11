import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/api/notifications`: the journal of all tenants, for the command line and whoever runs the service.
struct AdminAPI: Sendable {
    static let prefix = "/api/"
    static let limitDefault = 20
    static let limits = 1...100

    let house: House
    let accept: AcceptNotification

    func handle(_ request: Request, _ reply: any Reply) {
        let segments = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).map(
            String.init)
        let isPost = request.method == .post
        switch (segments.count, segments.first) {
        case (1, "notifications") where !isPost: list(request, reply)
        case (2, "notifications") where !isPost: show(segments[1], reply)
        case (3, "notifications") where !isPost && segments[2] == "explanation": explain(segments[1], reply)
        case (3, "notifications") where isPost && segments[2] == "replay": replay(segments[1], request, reply)
        default: reply.send(AdminAPI.error(404, "not_found", "there is nothing at this path by this method"))
        }
    }

    private func list(_ request: Request, _ reply: any Reply) {
        var query = NotificationQuery(tenant: nil, limit: AdminAPI.limitDefault)
        for pair in String(decoding: request.query, as: UTF8.self).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let value = parts.count == 2 ? parts[1] : ""
            switch parts[0] {
            case "tenant": query.tenant = value
            case "starting_after": query.startingAfter = value
            case "limit":
                guard let limit = Int(value), AdminAPI.limits.contains(limit) else {
                    return reply.send(AdminAPI.error(400, "invalid_request", "limit must be from 1 to 100"))
                }
                query.limit = limit
            case "verdict":
                guard let verdict = Verdict(rawValue: value) else {
                    let names = Verdict.allCases.map(\.rawValue).joined(separator: ", ")
                    return reply.send(AdminAPI.error(400, "invalid_request", "verdict must be one of \(names)"))
                }
                query.verdict = verdict
            default:
                return reply.send(AdminAPI.error(400, "invalid_request", "unknown parameter \(parts[0].prefix(64))"))
            }
        }
        let limit = query.limit
        query.limit += 1
        house.store.read { [query] reader throws(StoreError) in
            try reader.notifications(query)
        } then: { result in
            guard case .success(let rows) = result else { return reply.send(AdminAPI.unavailable) }
            var out = JSONWriter()
            Shape.writeList(Array(rows.prefix(limit)), hasMore: rows.count > limit, to: &out) { row, out in
                AdminAPI.write(row, to: &out)
            }
            reply.send(Response(status: 200, contentType: "application/json", body: out.bytes))
        }
    }

    private func show(_ id: String, _ reply: any Reply) {
        find(id, reply) { row, _ in
            var out = JSONWriter()
            AdminAPI.write(row, to: &out)
            reply.send(Response(status: 200, contentType: "application/json", body: out.bytes))
        }
    }

    private func explain(_ id: String, _ reply: any Reply) {
        find(id, reply) { [self] row, payment in
            guard let tenant = house.tenants.current.tenant(row.tenant) else {
                return reply.send(
                    AdminAPI.error(409, "tenant_not_served", "the tenant \(row.tenant) is not served now"))
            }
            let explanation = ExplainNotification().run(row, payment: payment, tenant)
            var out = JSONWriter()
            AdminAPI.write(explanation, to: &out)
            reply.send(Response(status: 200, contentType: "application/json", body: out.bytes))
        }
    }

    private func replay(_ id: String, _ request: Request, _ reply: any Reply) {
        guard let accept = AdminAPI.accept(request.body) else {
            return reply.send(
                AdminAPI.error(400, "invalid_request", "the body must be {} or {\"accept\": true or false}"))
        }
        find(id, reply) { [self] row, _ in
            guard let tenant = house.tenants.current.tenant(row.tenant) else {
                return reply.send(
                    AdminAPI.error(409, "tenant_not_served", "the tenant \(row.tenant) is not served now"))
            }
            house.logger.info(
                "notification replayed",
                ["notification": .text(row.id), "tenant": .text(tenant.id), "accept": .text(accept ? "yes" : "no")])
            self.accept.replay(row, from: tenant, accept: accept) { reply.send(AdminAPI.response($0)) }
        }
    }

    /// Nil for a body that says something else.
    private static func accept(_ body: [UInt8]) -> Bool? {
        if body.isEmpty { return false }
        guard case .object(let members)? = try? JSONReader.read(body, depthMax: 2) else { return nil }
        guard let first = members.first else { return false }
        guard members.count == 1, first.name == "accept", case .bool(let accept) = first.value else { return nil }
        return accept
    }

    private static func response(_ outcome: AcceptNotification.ReplayOutcome) -> Response {
        switch outcome {
        case .replayed(let row):
            var out = JSONWriter()
            write(row, to: &out)
            return Response(status: 200, contentType: "application/json", body: out.bytes)
        case .settled(let row):
            return error(
                409, "settled", "\(row.id) was answered success (\(row.verdict.rawValue)); there is nothing to replay")
        case .unreadable(let why): return error(409, "malformed", "the stored body is not a whole message: \(why)")
        case .badSignature:
            return error(
                409, "bad_signature",
                "none of the tenant's keys gives this signature; nobody can vouch for such a message (see explain)")
        case .unavailable: return unavailable
        }
    }

    private func find(
        _ id: String, _ reply: any Reply, _ then: @escaping @Sendable (Notification, Payment?) -> Void
    ) {
        guard IdentifierSource.isWellFormed(id, .notification) else { return reply.send(AdminAPI.notFound) }
        house.store.read { reader throws(StoreError) -> (Notification, Payment?)? in
            guard let row = try reader.notification(id: id) else { return nil }
            return (
                row,
                try row.payment.map { id throws(StoreError) in try reader.payment(id: id, tenant: row.tenant) } ?? nil
            )
        } then: { result in
            switch result {
            case .failure: reply.send(AdminAPI.unavailable)
            case .success(nil): reply.send(AdminAPI.notFound)
            case .success(let (row, payment)?): then(row, payment)
            }
        }
    }

    // MARK: - Shapes

    private static func write(_ row: Notification, to out: inout JSONWriter) {
        out.beginObject()
        out.field("tenant", row.tenant)
        out.name("notification")
        Shape.write(row, to: &out)
        out.endObject()
    }

    private static func write(_ explanation: ExplainNotification.Explanation, to out: inout JSONWriter) {
        out.beginObject()
        out.field("tenant", explanation.row.tenant)
        out.name("notification")
        Shape.write(explanation.row, to: &out)
        out.field("advice", explanation.advice)
        switch explanation.signature {
        case nil: out.field("signature", "none")
        case true?: out.field("signature", "equal")
        case false?: out.field("signature", "not_equal")
        }
        out.name("findings")
        out.beginArray()
        for finding in explanation.findings {
            out.beginObject()
            out.field("code", finding.code)
            out.field("sentence", finding.sentence)
            out.field("cure", finding.cure)
            out.endObject()
        }
        out.endArray()
        out.name("fields")
        out.beginArray()
        for field in explanation.fields {
            out.beginObject()
            out.field("name", field.key)
            out.field("value", field.value)
            out.endObject()
        }
        out.endArray()
        out.field("next", explanation.next)
        out.endObject()
    }

    private static let notFound = error(404, "not_found", "there is no such notification")
    private static let unavailable = error(503, "unavailable", "the store cannot do this now; nothing was done")

    static func error(_ status: Int, _ code: String, _ detail: String) -> Response {
        var out = JSONWriter(reservingCapacity: 256)
        out.beginObject()
        out.field("code", code)
        out.field("detail", detail)
        out.endObject()
        return Response(status: status, contentType: "application/problem+json", body: out.bytes)
    }
}
