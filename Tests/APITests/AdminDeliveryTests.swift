import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// `/api/deliveries` and `/api/events` of the admin listener.
struct AdminDeliveryTests {
    @Test(arguments: Engine.allCases)
    func `deliveries are listed by tenant, status, endpoint and event`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            try await desk.keep(1)
            try await desk.keep(2, DeliverySample(endpoint: "erp", status: .delivered))
            try await desk.keep(1, DeliverySample(tenant: "teashop"))
            func list(_ query: String) async -> [String] {
                await desk.ask(admin: "/api/deliveries?\(query)").deliveries
            }
            #expect(await list("tenant=bookshop") == ["dlv_bookshop_2", "dlv_bookshop_1"])
            #expect(await list("tenant=teashop") == ["dlv_teashop_1"])
            #expect(await list("tenant=bookshop&status=exhausted") == ["dlv_bookshop_1"])
            #expect(await list("tenant=bookshop&endpoint=erp") == ["dlv_bookshop_2"])
            #expect(await list("tenant=bookshop&event=evt_bookshop_1") == ["dlv_bookshop_1"])
            #expect(await list("tenant=bookshop&event=evt_teashop_1") == [])
            #expect(await list("tenant=bookshop&starting_after=dlv_bookshop_2") == ["dlv_bookshop_1"])
            let first = await desk.ask(admin: "/api/deliveries?tenant=bookshop&limit=1")
            #expect(first.deliveries == ["dlv_bookshop_2"])
            #expect(first.hasMore == .bool(true))
        }
    }

    @Test func `a delivery is what its merchant sees, with whose it is`() async throws {
        let desk = Desk()
        try await desk.keep(1)
        let theirs = await desk.call(.get, "/v1/deliveries/dlv_bookshop_1").text
        let row = #"{"tenant":"bookshop","delivery":\#(theirs)}"#
        #expect(await desk.ask(admin: "/api/deliveries/dlv_bookshop_1?tenant=bookshop").text == row)
        #expect(
            await desk.ask(admin: "/api/deliveries?tenant=bookshop").text
                == #"{"object":"list","data":[\#(row)],"has_more":false}"#)
    }

    @Test(arguments: [
        ("/api/deliveries", 400, "tenant is required"), ("/api/deliveries?tenant=", 400, "tenant is required"),
        ("/api/deliveries/dlv_bookshop_1", 400, "tenant is required"),
        ("/api/deliveries?tenant=bookshop&limit=0", 400, "limit must be from 1 to 100"),
        ("/api/deliveries?tenant=bookshop&limit=101", 400, "limit must be from 1 to 100"),
        (
            "/api/deliveries?tenant=bookshop&status=lost", 400,
            "status must be one of pending, delivered, held, exhausted"
        ),
        ("/api/deliveries?tenant=bookshop&since=x", 400, "unknown parameter since"),
        (
            "/api/deliveries?tenant=bookshop&starting_after=dlv_teashop_1", 400,
            "starting_after names nothing of this tenant's"
        ),
        ("/api/deliveries?tenant=toyshop", 404, "no tenant toyshop is served now"),
        ("/api/deliveries/dlv_teashop_1?tenant=bookshop", 404, "this tenant has no such delivery"),
        ("/api/deliveries/dlv_bookshop_1?tenant=teashop", 404, "this tenant has no such delivery"),
        ("/api/deliveries/replay?tenant=bookshop", 404, "this tenant has no such delivery"),
        ("/api/events/evt_bookshop_1", 404, "there is nothing at this path by this method"),
        ("/api/", 404, "there is nothing at this path by this method"),
    ])
    func `a question that cannot be answered is told why`(target: String, status: Int, detail: String) async throws {
        let desk = Desk()
        try await desk.keep(1)
        try await desk.keep(1, DeliverySample(tenant: "teashop"))
        let answer = await desk.ask(admin: target)
        #expect(answer.status == status)
        #expect(answer.detail == detail)
        #expect(answer.headers["Content-Type"] == "application/problem+json")
    }

    @Test func `the deliveries of a tenant whose file is gone can be looked at`() async throws {
        let desk = Desk()
        try await desk.keep(1)
        desk.tenants.replace(with: TenantSnapshot([.teashop]))
        #expect(await desk.ask(admin: "/api/deliveries?tenant=bookshop").deliveries == ["dlv_bookshop_1"])
    }

    // MARK: - Once more

    @Test func `an event is sent again`() async throws {
        let desk = Desk(startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        try await desk.keep(1)
        let answer = await desk.post("/api/events/evt_bookshop_1/redeliver", #"{"tenant": "bookshop"}"#)
        #expect(answer.status == 202)
        #expect(answer.deliveries == ["dlv_bookshop_1"])
        #expect(desk.sent == ["https://shop.example/hooks evt_bookshop_1"])
        #expect(await desk.statuses() == ["delivered"])
    }

    @Test(arguments: [
        ("{}", 400, "tenant is required"), ("", 400, "tenant is required"),
        (#"{"tenant": 1}"#, 400, "tenant must be text, not a number"),
        ("[]", 400, "the body must be a JSON object"), ("{", 400, "the body must be a JSON object"),
        (#"{"tenant": "bookshop", "x": 1}"#, 400, "unknown field x"),
        (#"{"tenant": "bookshop", "endpoint": "erp"}"#, 400, "endpoint must be one of default, refunds"),
        (#"{"tenant": "toyshop"}"#, 404, "no tenant toyshop is served now"),
        (#"{"tenant": "teashop"}"#, 404, "this tenant has no such event"),
        (
            #"{"tenant": "bookshop", "endpoint": "refunds"}"#, 409,
            "the endpoint refunds does not take this event, a payment.succeeded"
        ),
    ])
    func `an event is not sent again for a question at fault`(body: String, status: Int, detail: String) async throws {
        let desk = Desk(tenants: [.bookshop(endpoints: [.shop, .onlyRefunds]), .teashop], startsWorker: true)
        try await desk.keep(1)
        // A body is what makes it JSON.
        let headers = body.isEmpty ? [("Content-Type", "application/json")] : []
        let answer = await desk.post("/api/events/evt_bookshop_1/redeliver", body, headers: headers)
        #expect(answer.status == status)
        #expect(answer.detail == detail)
        #expect(desk.sent == [])
        #expect(await desk.statuses() == ["exhausted"])
    }

    @Test func `the deliveries of a time are sent again`() async throws {
        let desk = Desk()
        try await desk.keep(1, DeliverySample(agoMs: 1))
        try await desk.keep(1, DeliverySample(tenant: "teashop", agoMs: 1))
        let answer = await desk.post(
            "/api/deliveries/replay",
            #"{"tenant": "bookshop", "since": "2026-01-01T00:00:00Z", "status": ["exhausted", "held"], "types": ["payment.succeeded"]}"#
        )
        #expect(answer.status == 202)
        #expect(answer.text == #"{"object":"replay","id":"\#(answer.id)","count":1}"#)
        let none = await desk.post(
            "/api/deliveries/replay",
            #"{"tenant": "bookshop", "since": "2026-01-01T00:00:00Z", "types": ["payment.held"]}"#)
        #expect(none.text == #"{"object":"replay","id":null,"count":0}"#)
    }

    @Test(arguments: [
        (#"{"since": "2026-01-01T00:00:00Z"}"#, 400, "tenant is required"),
        (#"{"tenant": "toyshop", "since": "2026-01-01T00:00:00Z"}"#, 404, "no tenant toyshop is served now"),
        (#"{"tenant": "bookshop"}"#, 400, "since is required"),
        (
            #"{"tenant": "bookshop", "since": "x", "until": "y"}"#, 400,
            """
            since must be an RFC 3339 time such as 2026-01-02T03:04:05Z; \
            until must be an RFC 3339 time such as 2026-01-02T03:04:05Z
            """
        ),
        (
            #"{"tenant": "bookshop", "since": "2026-01-01T00:00:00Z", "status": "held"}"#, 400,
            "status must be an array of texts"
        ),
        (
            #"{"tenant": "bookshop", "since": "2026-01-01T00:00:00Z", "types": ["paid", 1]}"#, 400,
            "types must be an array of texts"
        ),
    ])
    func `a replay at fault is told why`(body: String, status: Int, detail: String) async throws {
        let desk = Desk()
        try await desk.keep(1, DeliverySample(agoMs: 1))
        let answer = await desk.post("/api/deliveries/replay", body)
        #expect(answer.status == status)
        #expect(answer.detail == detail)
        #expect(await desk.statuses() == ["exhausted"])
    }

    @Test(arguments: [
        "/api/deliveries/replay", "/api/events/evt_bookshop_1/redeliver", "/api/endpoints/bookshop/default/disable",
    ])
    func `no web page and no other kind of body can do any of it`(target: String) async throws {
        let desk = Desk(startsWorker: true)
        try await desk.keep(1, DeliverySample(agoMs: 1))
        let body = #"{"tenant": "bookshop", "since": "2026-01-01T00:00:00Z"}"#
        for header in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
            #expect(await desk.post(target, body, headers: [header]).status == 403)
        }
        #expect(await desk.post(target, body, headers: [("Content-Type", "text/plain")]).status == 415)
        #expect(await desk.post(target, body, headers: [("Host", "evil.example")]).status == 403)
        #expect(await desk.statuses() == ["exhausted"])
        #expect(desk.worker.endpointStates == [])
    }
}

extension Desk {
    fileprivate func post(_ target: String, _ body: String, headers: [(String, String)] = []) async -> Reading {
        await ask(admin: target, method: .post, headers: headers, body: body)
    }
}

extension Reading {
    /// The ids of a list's deliveries.
    fileprivate var deliveries: [String] {
        guard case .array(let rows)? = json["data"] else { return [] }
        return rows.map { $0["delivery"]?["id"]?.text ?? "-" }
    }
}
