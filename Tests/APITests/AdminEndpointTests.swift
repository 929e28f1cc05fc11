import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// `/api/endpoints` of the admin listener.
struct AdminEndpointTests {
    private static let secretive = EndpointSettings(
        id: "erp", url: "https://erp.example:8443/in/t0ken?key=hush#x", secrets: [WebhookSecret(bytes: Array(64..<96))],
        inFlightMax: 5)

    private func row(
        _ tenant: String, _ endpoint: String, url: String?, hold: String = "null", waiting: Int = 0,
        oldest: String = "null", inFlightMax: Int? = 32
    ) -> String {
        """
        {"tenant":"\(tenant)","endpoint":"\(endpoint)","url":\(url.map { "\"\($0)\"" } ?? "null"),\
        "in_force":\(url != nil),"hold":\(hold),"failing_since":null,"failure_count":0,\
        "backlog":{"count":\(waiting),"oldest":\(oldest)},"in_flight_max":\(inFlightMax.map(String.init) ?? "null")}
        """
    }

    @Test(arguments: Engine.allCases)
    func `every endpoint in force is listed, and those of which something waits, without what may be secret`(
        engine: Engine
    ) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(
                with: TenantSnapshot([.teashop, .bookshop(endpoints: [.shop, AdminEndpointTests.secretive])]))
            try await desk.keep(1, DeliverySample(status: .pending))
            try await desk.keep(2, DeliverySample(status: .pending, agoMs: 1000))
            try await desk.keep(3, DeliverySample(status: .exhausted))
            try await desk.keep(4, DeliverySample(endpoint: "gone", status: .pending))
            let answer = await desk.ask(admin: "/api/endpoints")
            #expect(answer.status == 200)
            let rows = [
                row(
                    "bookshop", "default", url: "https://shop.example", waiting: 2,
                    oldest: #""2026-01-02T03:04:04.000Z""#),
                row("bookshop", "erp", url: "https://erp.example:8443", inFlightMax: 5),
                row("bookshop", "gone", url: nil, waiting: 1, oldest: #""2026-01-02T03:04:05.000Z""#, inFlightMax: nil),
                row("teashop", "default", url: "https://tea.example"),
            ]
            #expect(
                answer.text == #"{"object":"list","data":[\#(rows.joined(separator: ","))],"has_more":false}"#)
            #expect(!answer.text.contains("t0ken") && !answer.text.contains("hush"))
        }
    }

    @Test func `it can be asked for one tenant's, and page by page`() async throws {
        let desk = Desk(tenants: [.teashop, .bookshop(endpoints: [.shop, .erp, .onlyRefunds])])
        func list(_ query: String) async -> [String] { await desk.ask(admin: "/api/endpoints?\(query)").endpoints }
        let all = ["bookshop/default", "bookshop/erp", "bookshop/refunds", "teashop/default"]
        #expect(await list("") == all)
        #expect(await list("tenant=teashop") == ["teashop/default"])
        #expect(await list("limit=2") == Array(all[0...1]))
        #expect(await desk.ask(admin: "/api/endpoints?limit=2").hasMore == .bool(true))
        #expect(await list("limit=2&starting_after=bookshop/erp") == Array(all[2...3]))
        #expect(await desk.ask(admin: "/api/endpoints?limit=2&starting_after=bookshop/erp").hasMore == .bool(false))
        #expect(await list("starting_after=teashop/default") == [])
        #expect(await list("starting_after=bookshop/f") == Array(all[2...3]))
    }

    @Test(arguments: [
        ("?limit=0", 400, "limit must be from 1 to 1000"), ("?limit=1001", 400, "limit must be from 1 to 1000"),
        ("?status=held", 400, "unknown parameter status"),
        ("?starting_after=bookshop", 400, "starting_after must be a tenant, / and an endpoint"),
        ("?tenant=toyshop", 404, "no tenant toyshop is served now"),
        ("/bookshop", 404, "there is nothing at this path by this method"),
    ])
    func `a question that cannot be answered is told why`(rest: String, status: Int, detail: String) async {
        let answer = await Desk().ask(admin: "/api/endpoints" + rest)
        #expect(answer.status == status)
        #expect(answer.detail == detail)
    }

    @Test func `an endpoint is disabled, shows why, and is enabled again`() async throws {
        let desk = Desk(startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        func say(_ verb: String, body: String = "{}") async -> String {
            await desk.ask(admin: "/api/endpoints/bookshop/default/\(verb)", method: .post, body: body).text
        }
        func answer(disabled: Bool, changed: Bool) -> String {
            #"{"tenant":"bookshop","endpoint":"default","disabled":\#(disabled),"changed":\#(changed)}"#
        }
        #expect(await say("enable") == answer(disabled: false, changed: false))
        #expect(await say("disable") == answer(disabled: true, changed: true))
        #expect(await say("disable") == answer(disabled: true, changed: false))
        let hold = """
            {"reason":"endpoint_disabled","since":"2026-01-02T03:04:05.000Z","until":null,\
            "detail":"an admin disabled it"}
            """
        let held = await desk.ask(admin: "/api/endpoints?tenant=bookshop")
        #expect(held.text.contains(row("bookshop", "default", url: "https://shop.example", hold: hold)), "\(held.text)")
        _ = await desk.payment(at: "TRADE_SUCCESS")
        #expect(desk.sent == [])
        #expect(await desk.statuses() == ["held"])
        #expect(await say("enable") == answer(disabled: false, changed: true))
        #expect(desk.sent.count == 1)
        #expect(await desk.statuses() == ["delivered"])
        #expect(await desk.ask(admin: "/api/endpoints?tenant=bookshop").text.contains(#""hold":null"#))
    }

    @Test(arguments: ["toyshop/default", "bookshop/erp", "teashop/erp", "bookshop/", "/default"])
    func `an endpoint that nobody knows is not there`(name: String) async {
        let desk = Desk(startsWorker: true)
        for verb in ["enable", "disable"] {
            let answer = await desk.ask(admin: "/api/endpoints/\(name)/\(verb)", method: .post, body: "{}")
            #expect(answer.status == 404)
            #expect(answer.detail == "there is no such endpoint of such a tenant")
        }
        #expect(desk.worker.endpointStates == [])
    }

    @Test(arguments: [
        ("", #"{"reason": "x"}"#, "unknown field reason"), ("", "[]", "the body must be a JSON object"),
        ("?tenant=x", "{}", "unknown parameter tenant"),
    ])
    func `enabling and disabling take no more words`(query: String, body: String, detail: String) async {
        let desk = Desk(startsWorker: true)
        let answer = await desk.ask(
            admin: "/api/endpoints/bookshop/default/disable\(query)", method: .post, body: body)
        #expect(answer.status == 400)
        #expect(answer.detail == detail)
        #expect(desk.worker.endpointStates == [])
    }

    @Test func `a store that fails is 503`() async {
        let store = MemoryStore()
        let desk = Desk(store: store, startsWorker: true)
        store.failNextReads(1)
        #expect(await desk.ask(admin: "/api/endpoints").status == 503)
        store.failNextWrites(1)
        let answer = await desk.ask(admin: "/api/endpoints/bookshop/default/disable", method: .post, body: "{}")
        #expect(answer.status == 503)
    }
}

extension Reading {
    /// `tenant/endpoint` of a list.
    fileprivate var endpoints: [String] {
        guard case .array(let rows)? = json["data"] else { return [] }
        return rows.map { "\($0["tenant"]?.text ?? "-")/\($0["endpoint"]?.text ?? "-")" }
    }
}
