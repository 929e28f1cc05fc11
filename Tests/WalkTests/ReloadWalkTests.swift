import App
import Diagnostics
import Foundation
import HTTP
import JSON
import Simulator
import Support
import Testing

/// The tenants' files are edited while the product runs. The clock is the test's: what an edit needs falls due when the test
/// lets it.
struct ReloadWalkTests {
    private let clock = ManualClock()

    private func edit(_ world: World, _ file: String, _ change: (String) -> String) throws {
        let path = "\(world.folder)/tenants/\(file)"
        try world.put("tenants/\(file)", change(try String(contentsOfFile: path, encoding: .utf8)))
    }

    private func ready(_ service: Service, _ world: World) async throws -> JSONValue {
        try JSONReader.read(
            try await world.send(.get, "http://127.0.0.1:\(service.adminPort)/readyz").body)
    }

    private func admin(
        _ method: HTTP.Method, _ path: String, _ service: Service, _ world: World
    ) async throws -> (status: Int, json: JSONValue) {
        let response = try await world.send(
            method, "http://127.0.0.1:\(service.adminPort)\(path)",
            headers: method == .post ? [("Content-Type", "application/json")] : [], body: method == .post ? "{}" : "")
        return (response.status, try JSONReader.read(response.body))
    }

    /// Waits for what an edit leads to; the test's clock goes as fast as the real one.
    private func until(_ condition: () async throws -> Bool) async throws {
        var last = ContinuousClock.now
        while !Task.isCancelled {
            if try await condition() { return }
            let passedMs = Int64((ContinuousClock.now - last) / .milliseconds(1))
            last += .milliseconds(passedMs)
            clock.advance(byMs: passedMs)
            await Task.yield()
        }
        throw World.Broken(description: "what was waited for did not come about")
    }

    private func standing(_ tenant: String, _ service: Service, _ world: World) async throws -> String? {
        let (_, list) = try await admin(.get, "/api/tenants", service, world)
        return list["data"]?.elements.first { $0["id"]?.text == tenant }?["standing"]?.text
    }

    private func createStatus(
        _ reference: String, key: String = World.apiKey, _ service: Service, _ world: World
    ) async throws -> (Int, String?) {
        let body = """
            {"merchant_reference": "\(reference)", "amount": 100, "currency": "CNY", "subject": "Book", "channel": "web"}
            """
        let (status, json, _) = try await world.call(.post, "/v1/payments", on: service, key: key, body: body)
        return (status, json["code"]?.text)
    }

    @Test func `an edit takes effect while the product runs, and the audit tells of it`() async throws {
        try await World.run(clock: clock) { world, service in
            try edit(world, "bookshop.yaml") { $0.replacing("products: [web/instant]", with: "products: [qr/instant]") }
            try await until { try await createStatus("ORDER-\(UUID().uuidString)", service, world).0 == 422 }
            #expect(try await createStatus("ORDER-T", key: World.otherKey, service, world).0 == 201)
            var rows: [JSONValue] = []
            try await until {
                let (_, changes) = try await admin(.get, "/api/changes?tenant=bookshop", service, world)
                rows = changes["data"]?.elements ?? []
                return rows.map { $0["kind"]?.text } == ["changed", "added"]
            }
            #expect(rows.first?["fields"] == .array([.string("products[0]")]))
            #expect(rows.first?["file_sha256"]?.text?.count == 64)
        }
    }

    @Test func `a broken file leaves the last good version serving, touches nobody else, and shows everywhere`()
        async throws
    {
        try await World.run(clock: clock) { world, service in
            try edit(world, "bookshop.yaml") { $0.replacing("name: Bookshop", with: "name: Bookshop\nporducts: 1") }
            try await until { try await standing("bookshop", service, world) == "stale" }
            #expect(try await createStatus("ORDER-1", service, world).0 == 201)
            #expect(try await createStatus("ORDER-1", key: World.otherKey, service, world).0 == 201)
            let ready = try await ready(service, world)
            #expect(ready["ready"] == .bool(true))
            #expect(ready["tenants"]?["served_by_last_good_version"] == .array([.string("bookshop")]))
            let problem =
                "\(world.folder)/tenants/bookshop.yaml:2:1: unknown key \"porducts\"; did you mean \"products\"?"
            #expect(ready["problems"] == .array([.string(problem)]))
            #expect(try await world.metric(#"payrelay_tenant_file_bad{tenant="bookshop"}"#, on: service) == 1)
            #expect(world.log.lines.contains { "\($0)".contains("tenants/bookshop.yaml:2:1") })
            let (status, problems) = try await admin(.get, "/api/problems?tenant=bookshop", service, world)
            #expect(status == 200 && "\(problems)".contains("porducts"))

            try edit(world, "bookshop.yaml") { $0.replacing("\nporducts: 1", with: "") }
            try await until { try await standing("bookshop", service, world) == "serving" }
            #expect(try await world.metric(#"payrelay_tenant_file_bad{tenant="bookshop"}"#, on: service) == 0)
        }
    }

    @Test func `what the doctor finds in a good file is said at its load, and listed`() async throws {
        try await World.run(clock: clock) { world, service in
            try world.put("tenants/secrets/short.key", "tooshort\n")
            try edit(world, "teashop.yaml") { $0.replacing("file:secrets/teashop.key", with: "file:secrets/short.key") }
            try await until { try await finding("teashop", service, world) > 0 }
            try await until {
                world.log.lines.contains {
                    $0.message == "the doctor found something; payrelay doctor tells more"
                        && "\($0)".contains("teashop")
                }
            }
            #expect(!world.log.lines.contains { "\($0)".contains("tooshort") })
        }
    }

    private func finding(_ tenant: String, _ service: Service, _ world: World) async throws -> Int64 {
        let (_, list) = try await admin(.get, "/api/tenants", service, world)
        return list["data"]?.elements.first { $0["id"]?.text == tenant }?["findings"]?.int64 ?? 0
    }

    @Test func `after a restart a broken file's tenant is down, and Alipay is told to come again`() async throws {
        let world = try World(clock: clock)
        defer { world.stop() }
        let first = try world.start()
        let payment = try await world.create("ORDER-1", on: first)
        _ = try await world.openCashier(payment)
        first.stop()
        try edit(world, "bookshop.yaml") { $0.replacing("name: Bookshop\n", with: "") }
        let second = try world.startAsItIs()
        defer { second.stop() }
        let notify = try await world.send(.post, "\(second.publicURL)/notify/bookshop", body: "a=b")
        #expect(notify.status == 503)
        #expect(try await world.send(.post, "\(second.publicURL)/notify/nobody", body: "a=b").status == 404)
        let (status, json, _) = try await world.call(.get, "/v1/payments", on: second)
        #expect(status == 503 && json["code"]?.text == "unavailable")
        #expect(try await world.call(.get, "/v1/payments", on: second, key: "sk_nobody").status == 401)
        #expect(try await world.call(.get, "/v1/payments", on: second, key: World.otherKey).status == 200)
        #expect(try await standing("bookshop", second, world) == "broken")
        // Mended, it serves at once, and nothing is lost.
        try edit(world, "bookshop.yaml") { "name: Bookshop\n" + $0 }
        try await until { try await world.call(.get, "/v1/payments", on: second).status == 200 }
        #expect(try await world.payment(payment["id"]?.text ?? "", on: second)["status"]?.text == "requires_action")
    }

    /// The buyer is at Alipay's cashier, and the file that says how to read what Alipay will post is gone.
    @Test func `a service that starts without a tenant's file says so, has Alipay come again, and loses nothing`()
        async throws
    {
        let world = try World(clock: clock)
        defer { world.stop() }
        let first = try world.start()
        let payment = try await world.create("ORDER-1", on: first)
        let id = try #require(payment["id"]?.text)
        let trade = try await world.openCashier(payment)
        first.stop()
        let path = "\(world.folder)/tenants/bookshop.yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try FileManager.default.removeItem(atPath: path)
        let second = try world.startAsItIs()
        #expect(try await standing("bookshop", second, world) == "missing")
        #expect(try await world.metric(#"payrelay_tenants{state="missing"}"#, on: second) == 1)
        let ready = try await ready(second, world)
        #expect(ready["tenants"]?["without_a_file"] == .array([.string("bookshop")]))
        #expect(try await world.send(.post, "\(second.publicURL)/notify/bookshop", body: "a=b").status == 503)
        #expect(try await world.send(.get, "\(second.publicURL)/checkout/\(id)").status == 503)
        second.stop()
        // Nor does one more start forget it.
        let third = try world.startAsItIs()
        defer { third.stop() }
        #expect(try await standing("bookshop", third, world) == "missing")
        let (_, changes) = try await admin(.get, "/api/changes?tenant=bookshop", third, world)
        #expect(changes["data"]?.elements.map { $0["kind"]?.text } == ["removed", "added"])

        try world.put("tenants/bookshop.yaml", text)
        try await until { try await standing("bookshop", third, world) == "serving" }
        _ = try await world.send(.post, "\(world.alipay.url)/cashier/\(trade)/pay")
        try await until { try await world.status(id, on: third) == "succeeded" }
        try await until {
            let (_, changes) = try await admin(.get, "/api/changes?tenant=bookshop&limit=1", third, world)
            return changes["data"]?.elements.first?["kind"]?.text == "restored"
        }
    }

    @Test func `a tenant that is missing is ended by an admin's word`() async throws {
        let world = try World(clock: clock)
        defer { world.stop() }
        let first = try world.start()
        _ = try await world.create("ORDER-1", on: first)
        first.stop()
        try FileManager.default.removeItem(atPath: "\(world.folder)/tenants/bookshop.yaml")
        let second = try world.startAsItIs()
        defer { second.stop() }
        let (status, json) = try await admin(.post, "/api/tenants/bookshop/drop", second, world)
        #expect(status == 200 && json["dropped"] == .bool(true))
        #expect(try await standing("bookshop", second, world) == nil)
        #expect(try await world.send(.post, "\(second.publicURL)/notify/bookshop", body: "a=b").status == 404)
    }

    /// Alipay knows an open payment by the partner that it was made with.
    @Test func `another partner is refused while payments are open, running or at a start, and taken once none is`()
        async throws
    {
        let world = try World(clock: clock)
        defer { world.stop() }
        let first = try world.start()
        let payment = try await world.create("ORDER-1", on: first)
        let id = try #require(payment["id"]?.text)
        let partner = World.account.partner
        try edit(world, "bookshop.yaml") { $0.replacing(partner, with: "2088000000000099") }
        try await until { try await standing("bookshop", first, world) == "stale" }
        let (_, problems) = try await admin(.get, "/api/problems?tenant=bookshop", first, world)
        #expect(
            problems["data"]?.elements.compactMap { $0["message"]?.text }.contains(
                "alipay.partner: payments or refunds of this tenant are open that Alipay knows by partner \(partner); "
                    + "a new contract needs a file of its own") == true)
        // It goes on as it was.
        #expect(try await world.call(.post, "/v1/payments/\(id)/sync", on: first).status == 200)
        first.stop()

        let second = try world.startAsItIs()
        defer { second.stop() }
        #expect(try await standing("bookshop", second, world) == "broken")
        #expect(try await world.send(.post, "\(second.publicURL)/notify/bookshop", body: "a=b").status == 503)
        try edit(world, "bookshop.yaml") { $0.replacing("2088000000000099", with: partner) }
        try await until { try await standing("bookshop", second, world) == "serving" }
        #expect(try await world.cancel(id, on: second).status == 200)
        try edit(world, "bookshop.yaml") { $0.replacing(partner, with: "2088000000000099") }
        try await until {
            let (_, list) = try await admin(.get, "/api/tenants", second, world)
            return list["data"]?.elements.contains { $0["partner"]?.text == "2088000000000099" } == true
        }
    }

    @Test func `a removed file stops new payments, and what is open goes on until it has ended`() async throws {
        try await World.run(clock: clock) { world, service in
            let payment = try await world.create("ORDER-1", on: service)
            let id = payment["id"]?.text ?? ""
            let trade = try await world.openCashier(payment)
            let text = try String(contentsOfFile: "\(world.folder)/tenants/bookshop.yaml", encoding: .utf8)
            try FileManager.default.removeItem(atPath: "\(world.folder)/tenants/bookshop.yaml")
            try await until { try await standing("bookshop", service, world) == "draining" }

            #expect(try await createStatus("ORDER-2", service, world) == (409, "tenant_draining"))
            // The same payment again is no new one.
            let again = try await world.call(
                .post, "/v1/payments", on: service,
                body: """
                    {"merchant_reference": "ORDER-1", "amount": 12050, "currency": "CNY", "subject": "三体 (1-3)", \
                    "channel": "web"}
                    """)
            #expect(again.status == 200)
            // The buyer pays; Alipay's word is taken, and the merchant is told.
            _ = try await world.send(.post, "\(world.alipay.url)/cashier/\(trade)/pay")
            let webhook = try await world.nextWebhook(clock)
            #expect(webhook["type"]?.text == "payment.succeeded")
            #expect(try await world.status(id, on: service) == "succeeded")

            try world.put("tenants/bookshop.yaml", text)
            try await until { try await standing("bookshop", service, world) == "serving" }
            #expect(try await createStatus("ORDER-2", service, world).0 == 201)
        }
    }

    @Test func `an admin's word ends a removed tenant at once; without a file there is nothing to drop`() async throws {
        try await World.run(clock: clock) { world, service in
            #expect(try await admin(.post, "/api/tenants/bookshop/drop", service, world).status == 409)
            #expect(try await admin(.post, "/api/tenants/nobody/drop", service, world).status == 404)
            _ = try await world.create("ORDER-1", on: service)
            try FileManager.default.removeItem(atPath: "\(world.folder)/tenants/bookshop.yaml")
            try await until { try await standing("bookshop", service, world) == "draining" }
            let (status, json) = try await admin(.post, "/api/tenants/bookshop/drop", service, world)
            #expect(status == 200 && json["dropped"] == .bool(true))
            #expect(try await standing("bookshop", service, world) == nil)
            #expect(try await world.send(.post, "\(service.publicURL)/notify/bookshop", body: "a=b").status == 404)
            #expect(try await world.call(.get, "/v1/payments", on: service).status == 401)
            try await until {
                let (_, changes) = try await admin(.get, "/api/changes?tenant=bookshop&limit=2", service, world)
                return changes["data"]?.elements.map { $0["kind"]?.text } == ["dropped", "removed"]
            }
        }
    }

    @Test func `after a restart what a removed tenant had to deliver is held, and goes out when the file is back`()
        async throws
    {
        // Nothing listens there.
        var options = World.Options()
        options.webhookSection = """
            webhook:
              url: http://127.0.0.1:9/hooks
              secrets: [file:secrets/shop.whsec]
              allow_http: true
              allow_private_network: true

            """
        let world = try World(options, clock: clock)
        defer { world.stop() }
        let first = try world.start()
        let payment = try await world.create("ORDER-1", on: first)
        let trade = try await world.openCashier(payment)
        _ = try await world.send(.post, "\(world.alipay.url)/cashier/\(trade)/pay")
        try await world.until(clock) { try await world.status(payment["id"]?.text ?? "", on: first) == "succeeded" }
        first.stop()
        let text = try String(contentsOfFile: "\(world.folder)/tenants/bookshop.yaml", encoding: .utf8)
        try FileManager.default.removeItem(atPath: "\(world.folder)/tenants/bookshop.yaml")
        let second = try world.startAsItIs()
        defer { second.stop() }
        try await until {
            let (_, endpoints) = try await admin(.get, "/api/endpoints?tenant=bookshop", second, world)
            return "\(endpoints)".contains("missing")
        }
        try world.put("tenants/bookshop.yaml", text.replacing("http://127.0.0.1:9/hooks", with: world.shop.hookURL))
        let webhook = try await arrival(world)
        #expect(webhook["type"]?.text == "payment.succeeded")
    }

    /// The next webhook; the test's clock goes as fast as the real one.
    private func arrival(_ world: World) async throws -> JSONValue {
        try await until { !world.shop.merchant.received.isEmpty }
        return try JSONReader.read(world.shop.merchant.received[0].body)
    }

    @Test func `a reload that is asked for answers what came of it`() async throws {
        try await World.run(clock: clock) { world, service in
            let (status, nothing) = try await admin(.post, "/api/reload", service, world)
            #expect(status == 200 && nothing["changes"] == .array([]))
            // Plain http to the simulator.
            #expect(nothing["problems"]?.elements.allSatisfy { $0["severity"]?.text == "warning" } == true)
            // The test's clock stands still: nothing but the reload looks at the file.
            try edit(world, "teashop.yaml") { $0.replacing("name: Teashop", with: "name: Tea") }
            let (_, report) = try await admin(.post, "/api/reload", service, world)
            #expect(report["changes"]?.elements.first?["tenant"]?.text == "teashop")
            #expect(report["changes"]?.elements.first?["fields"] == .array([.string("name")]))
            try edit(world, "teashop.yaml") { _ in "name: [" }
            let (broken, problems) = try await admin(.post, "/api/reload", service, world)
            #expect(broken == 200)
            let errors = problems["problems"]?.elements.filter { $0["severity"]?.text == "error" } ?? []
            #expect(errors.map { $0["file"]?.text } == ["\(world.folder)/tenants/teashop.yaml"])
        }
    }

    @Test func `a request in flight keeps the version it began with`() async throws {
        try await World.onLine(World.Options(products: ["qr/instant"]), clock: clock) { world, service, line in
            line.trouble("alipay.acquire.precreate", .answerKept)
            let body = """
                {"merchant_reference": "ORDER-1", "amount": 100, "currency": "CNY", "subject": "Book", "channel": "qr"}
                """
            async let asked = world.call(.post, "/v1/payments", on: service, body: body)
            try await world.until(nil, "the call") { line.waiting == 1 }
            try FileManager.default.removeItem(atPath: "\(world.folder)/tenants/bookshop.yaml")
            try await until { try await standing("bookshop", service, world) == "draining" }
            line.release()
            let (status, payment, _) = try await asked
            #expect(status == 201 && payment["next_action"]?["type"]?.text == "qr_code")
        }
    }
}
