import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/api/notifications`: the journal of all tenants.
struct AdminNotifications: Sendable {
    let house: House
    let accept: AcceptNotification

    func list(_ request: Request, _ reply: any Reply) throws(AdminProblem) {
        let asked = try AdminQuery(
            request,
            known: ["tenant", "verdict", "payment", "since", "until", "limit", "starting_after"])
        let limit = try asked.limit()
        let query = NotificationQuery(
            tenant: asked.text("tenant"), verdict: try asked.choice("verdict", Verdict.self),
            payment: asked.text("payment"), receivedFromMs: try asked.time("since"),
            receivedBeforeMs: try asked.time("until"),
            startingAfter: asked.text("starting_after"), limit: limit + 1)
        house.store.read { reader throws(StoreError) -> [Notification]? in
            if let cursor = query.startingAfter, try reader.notification(id: cursor) == nil { return nil }
            return try reader.notifications(query)
        } then: { [house] result in
            guard case .success(let found) = result else { return reply.send(AdminProblem.unavailable.response) }
            guard let rows = found else {
                return reply.send(AdminProblem.invalid("starting_after names nothing that is kept").response)
            }
            if rows.isEmpty, let tenant = query.tenant, house.tenants.current.tenant(tenant) == nil {
                return reply.send(AdminProblem.noTenant(tenant).response)
            }
            var out = JSONWriter()
            Shape.writeList(Array(rows.prefix(limit)), hasMore: rows.count > limit, to: &out) { row, out in
                AdminNotifications.write(row, to: &out)
            }
            reply.send(AdminAPI.json(out))
        }
    }

    func show(_ id: String, _ reply: any Reply) {
        find(id, reply) { [self] row, payment in
            let shown = ShowNotification().run(row, payment: payment, house.tenants.current.tenant(row.tenant))
            var out = JSONWriter()
            out.beginObject()
            AdminNotifications.writeMembers(row, to: &out)
            out.field("signature", shown.signature.rawValue)
            AdminNotifications.write(shown.fields, to: &out)
            out.endObject()
            reply.send(AdminAPI.json(out))
        }
    }

    func explain(_ id: String, _ reply: any Reply) {
        find(id, reply) { [self] row, payment in
            guard let tenant = house.tenants.current.tenant(row.tenant) else {
                return reply.send(AdminProblem.notServed(row.tenant).response)
            }
            let explanation = ExplainNotification().run(row, payment: payment, tenant)
            var out = JSONWriter()
            AdminNotifications.write(explanation, to: &out)
            reply.send(AdminAPI.json(out))
        }
    }

    func replay(_ id: String, _ request: Request, _ reply: any Reply) {
        guard let accept = AdminNotifications.accept(request.body) else {
            return reply.send(
                AdminProblem.invalid("the body must be {} or {\"accept\": true or false}").response)
        }
        find(id, reply) { [self] row, _ in
            guard let tenant = house.tenants.current.tenant(row.tenant) else {
                return reply.send(AdminProblem.notServed(row.tenant).response)
            }
            house.logger.info(
                "notification replayed",
                ["notification": .text(row.id), "tenant": .text(tenant.id), "accept": .text(accept ? "yes" : "no")])
            self.accept.replay(row, from: tenant, accept: accept) { reply.send(AdminNotifications.response($0)) }
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
            return AdminAPI.json(out)
        case .settled(let row):
            return AdminProblem(
                409, "settled", "\(row.id) was answered success (\(row.verdict.rawValue)); there is nothing to replay"
            ).response
        case .unreadable(let why):
            return AdminProblem(409, "malformed", "the stored body is not a whole message: \(why)").response
        case .badSignature:
            return AdminProblem(
                409, "bad_signature",
                "none of the tenant's keys gives this signature; nobody can vouch for such a message (see explain)"
            ).response
        case .unavailable: return AdminProblem.unavailable.response
        }
    }

    private func find(
        _ id: String, _ reply: any Reply, _ then: @escaping @Sendable (Notification, Payment?) -> Void
    ) {
        guard IdentifierSource.isWellFormed(id, .notification) else {
            return reply.send(AdminNotifications.notFound.response)
        }
        house.store.read { reader throws(StoreError) -> (Notification, Payment?)? in
            guard let row = try reader.notification(id: id) else { return nil }
            return (
                row,
                try row.payment.map { id throws(StoreError) in try reader.payment(id: id, tenant: row.tenant) } ?? nil
            )
        } then: { result in
            switch result {
            case .failure: reply.send(AdminProblem.unavailable.response)
            case .success(nil): reply.send(AdminNotifications.notFound.response)
            case .success(let (row, payment)?): then(row, payment)
            }
        }
    }

    // MARK: - Shapes

    private static func write(_ row: Notification, to out: inout JSONWriter) {
        out.beginObject()
        writeMembers(row, to: &out)
        out.endObject()
    }

    private static func writeMembers(_ row: Notification, to out: inout JSONWriter) {
        out.field("tenant", row.tenant)
        out.field("replay_of", row.replayOf)
        out.name("notification")
        Shape.write(row, to: &out)
    }

    private static func write(_ fields: [MetadataEntry], to out: inout JSONWriter) {
        out.name("fields")
        out.beginArray()
        for field in fields {
            out.beginObject()
            out.field("name", field.key)
            out.field("value", field.value)
            out.endObject()
        }
        out.endArray()
    }

    private static func write(_ explanation: ExplainNotification.Explanation, to out: inout JSONWriter) {
        out.beginObject()
        writeMembers(explanation.row, to: &out)
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
        write(explanation.fields, to: &out)
        out.field("next", explanation.next)
        out.endObject()
    }

    private static let notFound = AdminProblem(404, "not_found", "there is no such notification")
}
