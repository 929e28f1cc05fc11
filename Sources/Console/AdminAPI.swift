import Gateway
import HTTP
import JSON
import Tenants

/// What is under `/api/`, for the command line and whoever runs the service.
struct AdminAPI: Sendable {
    static let prefix = "/api/"

    private let notifications: AdminNotifications
    private let deliveries: AdminDeliveries
    private let endpoints: AdminEndpoints
    private let files: AdminFiles
    private let tenants: AdminTenants

    init(house: House, accept: AcceptNotification, relay: Relay, reloader: TenantReloader) {
        notifications = AdminNotifications(house: house, accept: accept)
        deliveries = AdminDeliveries(house: house, relay: relay)
        endpoints = AdminEndpoints(house: house, relay: relay)
        files = AdminFiles(house: house, reloader: reloader)
        tenants = AdminTenants(house: house)
    }

    func handle(_ request: Request, _ reply: any Reply) {
        let path = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).map(String.init)
        do throws(AdminProblem) {
            try request.method == .post ? post(path, request, reply) : get(path, request, reply)
        } catch { reply.send(error.response) }
    }

    private func get(_ path: [String], _ request: Request, _ reply: any Reply) throws(AdminProblem) {
        switch (path.count, path[0]) {
        case (1, "notifications"): try notifications.list(request, reply)
        case (2, "notifications"): notifications.show(path[1], reply)
        case (3, "notifications") where path[2] == "explanation": notifications.explain(path[1], reply)
        case (1, "deliveries"): try deliveries.list(request, reply)
        case (2, "deliveries"): try deliveries.show(path[1], request, reply)
        case (1, "endpoints"): try endpoints.list(request, reply)
        case (1, "tenants"): try files.list(request, reply)
        case (1, "changes"): try files.changes(request, reply)
        case (1, "problems"): try files.problems(request, reply)
        case (2, "tenants"): try tenants.show(path[1], request, reply)
        default: throw AdminAPI.nothing
        }
    }

    private func post(_ path: [String], _ request: Request, _ reply: any Reply) throws(AdminProblem) {
        switch (path.count, path[0], path.last) {
        case (3, "notifications", "replay"): notifications.replay(path[1], request, reply)
        case (2, "deliveries", "replay"): try deliveries.replay(request, reply)
        case (3, "events", "redeliver"): try deliveries.redeliver(path[1], request, reply)
        case (4, "endpoints", "enable"), (4, "endpoints", "disable"):
            try endpoints.set(disabled: path[3] == "disable", tenant: path[1], endpoint: path[2], request, reply)
        case (1, "reload", _): try files.reload(request, reply)
        case (3, "tenants", "drop"): try files.drop(path[1], request, reply)
        default: throw AdminAPI.nothing
        }
    }

    private static let nothing = AdminProblem(404, "not_found", "there is nothing at this path by this method")

    static func json(_ out: JSONWriter, status: Int = 200) -> Response {
        Response(status: status, contentType: "application/json", body: out.bytes)
    }
}
