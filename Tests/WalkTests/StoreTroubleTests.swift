import App
import HTTP
import JSON
import SQLite
import Storage
import Support
import Testing

/// A store that cannot write: nobody is promised anything, and nothing is half done.
@Suite(.timeLimit(.minutes(2))) struct StoreTroubleTests {
    @Test func `a locked database is fail to Alipay and 503 to merchants, and nothing is lost by it`() async throws {
        var options = World.Options(alipay: ["notify_verify: false"])
        options.store.busyTimeoutMs = 20
        try await World.run(options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            let other = try Connection(path: world.databasePath, mode: .readWriteCreate)
            try other.execute("BEGIN EXCLUSIVE")
            #expect(try await world.told(message, on: service) == "fail")
            #expect(try await world.post("nonsense", on: service).text == "fail")
            try await world.expectUnavailable("ORDER-2", on: service)
            // What is there can still be read.
            #expect(try await world.payment(id, on: service)["status"]?.text == "requires_action")
            try other.execute("ROLLBACK")
            try await world.expectAppliedOnce(message, id, on: service)
            _ = try await world.create("ORDER-2", on: service)
        }
    }

    @Test func `a full disk is fail to Alipay and 503 to merchants, and nothing is lost by it`() async throws {
        var options = World.Options(alipay: ["notify_verify: false"])
        options.store.fileBytesMax = 512 << 10
        let world = try World(options)
        defer { world.stop() }
        var service = try world.start()
        let (id, trade) = try await world.open("ORDER-1", on: service)
        let filled = try await world.fillDisk(on: service)
        try await world.expectUnavailable("ORDER-2", on: service)
        // Large enough to need room that is not there.
        var message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
        message.fields["body"] = String(repeating: "x", count: 60_000)
        #expect(try await world.told(message, on: service) == "fail")
        let now = try await world.payment(id, on: service)
        #expect(
            now["status"]?.text == "requires_action" && now["sequence"]?.int64 == 0
                && now["provider"]?["trade_no"] == .null)
        #expect(try await world.events(on: service).isEmpty)
        #expect(try await world.verdicts(on: service) == [])
        service.stop()

        service = try world.start(store: SQLiteStoreSettings())
        try await world.expectAppliedOnce(message, id, on: service)
        _ = try await world.create("ORDER-2", on: service)
        #expect(try await world.payment(filled, on: service)["status"]?.text == "requires_action")
        service.stop()
    }

    /// With nothing but refusals to give it would never be started anew.
    @Test func `a service whose database another process has taken over ends by itself, with status 1`() async throws {
        let world = try World()
        defer { world.stop() }
        let url = try world.putPorts()
        let gateway = try world.startProcess()
        let other = try Connection(path: world.databasePath, mode: .readWriteCreate, busyTimeoutMs: 10_000)
        try other.execute("UPDATE owner SET epoch = epoch + 1")
        let body = #"{"merchant_reference": "ORDER-1", "amount": 1, "subject": "x", "channel": "web"}"#
        // It may be over before it is asked.
        let answer = try? await world.call(.post, at: "\(url)/v1/payments", body: body)
        #expect(answer.map { $0.status == 503 } ?? true)
        #expect(gateway.waitForEnd() == 1)
        #expect(gateway.log.contains { $0.contains("the store writes no more") })
        // Whoever watches over it starts it again.
        #expect(try world.startProcess().terminate() == 0)
    }
}

extension World {
    /// Creates large payments until there is no room; answers the last that was created.
    fileprivate func fillDisk(on service: Service) async throws -> String {
        let description = String(repeating: "满", count: 1000)
        var last = ""
        for number in 0..<1000 {
            let body = """
                {"merchant_reference": "FILL-\(number)", "amount": 1, "subject": "x", "channel": "web", \
                "description": "\(description)"}
                """
            let (status, json, _) = try await call(.post, "/v1/payments", on: service, body: body)
            if status != 201 { return last }
            last = json["id"]?.text ?? ""
        }
        throw Broken(description: "the disk did not fill")
    }

    fileprivate func expectUnavailable(_ reference: String, on service: Service) async throws {
        let description = String(repeating: "满", count: 1000)
        let body = """
            {"merchant_reference": "\(reference)", "amount": 1, "subject": "x", "channel": "web", "description": "\(description)"}
            """
        let (status, problem, headers) = try await call(.post, "/v1/payments", on: service, body: body)
        #expect(status == 503 && problem["code"]?.text == "unavailable")
        #expect(problem["retryable"] == .bool(true) && problem["outcome"]?.text == "known")
        #expect(headers["Content-Type"] == "application/problem+json")
        let found = try await call(.get, "/v1/payments?merchant_reference=\(reference)", on: service).json
        #expect(found["data"]?.elements.isEmpty == true)
    }

    /// The notification that was answered `fail` before.
    fileprivate func expectAppliedOnce(_ message: HandMadeNotification, _ id: String, on service: Service) async throws
    {
        #expect(try await told(message, on: service) == "success")
        #expect(try await told(message, on: service) == "success")
        #expect(try await nextWebhook()["type"]?.text == "payment.succeeded")
        #expect(try await verdicts(on: service) == ["repeat", "applied"])
        #expect(try await eventTypes(on: service) == ["payment.succeeded"])
        let now = try await payment(id, on: service)
        #expect(
            now["status"]?.text == "succeeded" && now["sequence"]?.int64 == 1 && now["amount_paid"]?.int64 == 12_050)
    }
}
