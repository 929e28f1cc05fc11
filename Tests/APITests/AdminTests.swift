import API
import Console
import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// `/healthz`, `/readyz`, `/metrics`, and what draining does on both sides.
struct AdminTests {
    @Test func `the token is asked for everywhere but for health`() async {
        let desk = Desk(adminToken: Desk.adminToken)
        #expect(await desk.ask(admin: "/healthz").status == 200)
        for target in ["/readyz", "/metrics", "/elsewhere"] {
            let answer = await desk.ask(admin: target)
            #expect(answer.status == 401)
            #expect(answer.headers["WWW-Authenticate"] == "Bearer")
            #expect(!answer.text.contains(Desk.adminToken))
        }
    }

    @Test(arguments: [
        ("Bearer admin-token-of-24-letters", 200), ("bearer admin-token-of-24-letters", 200),
        ("Bearer admin-token-of-24-letterz", 401), ("Bearer bdmin-token-of-24-letters", 401),
        ("Bearer admin-token-of-24-letter", 401), ("Bearer admin-token-of-24-lettersx", 401), ("Bearer ", 401),
        ("Bearer", 401), ("", 401), ("admin-token-of-24-letters", 401), ("Basic admin-token-of-24-letters", 401),
        ("Bearer sk_bookshop_3f1c", 401),
    ])
    func `only the whole token opens`(authorization: String, status: Int) async {
        let desk = Desk(adminToken: Desk.adminToken)
        for target in ["/readyz", "/metrics"] {
            let answer = await desk.ask(admin: target, headers: [("Authorization", authorization)])
            #expect(answer.status == status)
        }
    }

    @Test func `two Authorization headers are none`() async {
        let desk = Desk(adminToken: Desk.adminToken)
        let header = ("Authorization", "Bearer \(Desk.adminToken)")
        #expect(await desk.ask(admin: "/metrics", headers: [header, header]).status == 401)
    }

    @Test func `without a token it is open`() async {
        #expect(await Desk().ask(admin: "/metrics").status == 200)
        #expect(await Desk().ask(admin: "/metrics", method: .head).status == 200)
    }

    @Test(arguments: ["evil.example", "127.evil.example:8081", "", "localhost.evil.example", "[::2]:8081"])
    func `without a token a name that somebody pointed at this machine opens nothing`(host: String) async {
        for target in ["/metrics", "/readyz", "/api/notifications"] {
            #expect(await Desk().ask(admin: target, headers: [("Host", host)]).status == 403)
        }
        #expect(await Desk().ask(admin: "/healthz", headers: [("Host", host)]).status == 200)
    }

    @Test(arguments: ["127.0.0.1:8081", "127.0.0.2", "localhost:8081", "[::1]:8081"])
    func `without a token this machine's own addresses are open`(host: String) async {
        #expect(await Desk().ask(admin: "/metrics", headers: [("Host", host)]).status == 200)
    }

    @Test(arguments: ["/healthz", "/readyz", "/metrics", "/elsewhere"])
    func `nothing can be posted`(target: String) async {
        for method in [HTTP.Method.post, .put, .delete, HTTP.Method(rawValue: "OPTIONS")] {
            let answer = await Desk().ask(admin: target, method: method)
            #expect(answer.status == 405)
            #expect(answer.headers["Allow"] == "GET, HEAD")
        }
    }

    @Test(arguments: ["/", "/metrics/", "/v1/payments", "/healthz/x"])
    func `there is nothing else`(target: String) async {
        #expect(await Desk().ask(admin: target).status == 404)
    }

    @Test func `ready tells which tenants are broken, and serves the others`() async {
        let desk = Desk(tenants: [.bookshop()], broken: ["toyshop", "bakery"])
        let answer = await desk.ask(admin: "/readyz")
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == "application/json")
        #expect(
            answer.text == """
                {"ready":true,"draining":false,"store":"ok",\
                "tenants":{"good":1,"stale":0,"draining":0,"bad":2,"missing":0,\
                "broken":["bakery","toyshop"],"served_by_last_good_version":[],"removed":[],"without_a_file":[]},\
                "configuration_errors":0,"configuration_warnings":0,"problems":[]}
                """)
    }

    @Test func `a store that does not answer makes it unready, and leaves it healthy`() async {
        let store = MemoryStore()
        let desk = Desk(store: store)
        store.failNextReads(1)
        let answer = await desk.ask(admin: "/readyz")
        #expect(answer.status == 503)
        #expect(answer.json["ready"] == .bool(false))
        #expect(answer.json["store"]?.text == "unavailable")
        #expect(await desk.ask(admin: "/healthz").status == 200)
        #expect(await desk.ask(admin: "/readyz").status == 200)
    }

    @Test func `draining turns everybody away, says so, and stays healthy`() async {
        let desk = Desk()
        let payment = await desk.create().id
        desk.handler.drain()
        desk.admin.drain()
        for (method, path) in [
            (HTTP.Method.get, "/v1/payments/\(payment)"), (.post, "/v1/payments"), (.post, "/notify/bookshop"),
            (.get, "/return/bookshop"), (.get, "/checkout/\(payment)"), (.get, "/nothing"),
        ] {
            let answer = await desk.call(method, path)
            #expect(answer.status == 503)
            #expect(answer.code == "unavailable")
            #expect(!answer.text.contains("success"))
        }
        let ready = await desk.ask(admin: "/readyz")
        #expect(ready.status == 503)
        #expect(ready.json["draining"] == .bool(true))
        #expect(await desk.ask(admin: "/healthz").status == 200)
        #expect(await desk.ask(admin: "/metrics").status == 200)
    }

    @Test func `the metrics tell requests, notifications, backlog, store and tenants`() async throws {
        try await Desk.run(on: .sqlite) { desk in
            _ = await desk.create()
            _ = await desk.create { $0["amount"] = "0" }
            _ = await desk.call(.post, "/notify/bookshop", key: nil, body: "a=b")
            _ = await desk.call(.post, "/notify/nobody", key: nil, body: "a=b")
            let event = Event(
                id: "evt_1", tenant: "bookshop", type: .paymentSucceeded, payment: nil, sequence: 0,
                timestampMs: desk.clock.nowMs, body: [])
            let delivery = Delivery(
                id: "dlv_1", tenant: "bookshop", event: "evt_1", eventType: .paymentSucceeded, endpoint: "default",
                nextAttemptAtMs: desk.clock.nowMs + 86_400_000, createdAtMs: desk.clock.nowMs)
            try await desk.store.write { transaction throws(StoreError) in
                try transaction.insert(event, deliveries: [delivery])
            }
            desk.clock.advance(byMs: 61_000)
            // The worker counts when it starts, on a thread of the store's.
            desk.worker.start()
            var answer = await desk.ask(admin: "/metrics")
            for _ in 1...100_000 where !answer.text.contains("payrelay_deliveries_waiting{") {
                await Task.yield()
                answer = await desk.ask(admin: "/metrics")
            }
            #expect(answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = answer.text.split(separator: "\n").map(String.init)
            for line in [
                #"payrelay_http_requests_total{route="/v1/payments",status="201"} 1"#,
                #"payrelay_http_requests_total{route="/v1/payments",status="400"} 1"#,
                #"payrelay_http_requests_total{route="/notify/{tenant}",status="200"} 1"#,
                #"payrelay_http_request_seconds_count{route="/v1/payments"} 2"#,
                #"payrelay_notifications_total{tenant="bookshop",verdict="malformed"} 1"#,
                #"payrelay_notifications_total{tenant="",verdict="unknown_tenant"} 1"#,
                #"payrelay_payments_created_total{tenant="bookshop"} 1"#,
                #"payrelay_deliveries_waiting{status="pending"} 1"#, #"payrelay_deliveries_waiting{status="held"} 0"#,
                "payrelay_oldest_undelivered_age_seconds 61", #"payrelay_tenants{state="good"} 2"#,
                #"payrelay_tenants{state="bad"} 0"#,
            ] { #expect(lines.contains(line), "\(line)") }
        }
    }

    @Test func `the store's own metrics are among them`() async throws {
        try await Desk.run(on: .sqlite) { desk in
            _ = await desk.create()
            let text = await desk.ask(admin: "/metrics").text
            #expect(text.contains("payrelay_store_commit_batch_size_count "))
            #expect(text.contains(#"payrelay_store_queue_depth{queue="write"} 0"#))
        }
    }

    @Test func `tenants are counted as they are now`() async {
        let desk = Desk()
        desk.tenants.replace(with: TenantSnapshot([.bookshop()], broken: ["teashop"]))
        let text = await desk.ask(admin: "/metrics").text
        #expect(text.contains("payrelay_tenants{state=\"good\"} 1\n"))
        #expect(text.contains("payrelay_tenants{state=\"bad\"} 1\n"))
    }
}
