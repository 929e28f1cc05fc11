import App
import Crypto
import Diagnostics
import HTTP
import JSON
import Support
import Testing
import Webhooks

/// Several endpoints of one merchant, each with its own events, headers and secrets.
@Suite(.timeLimit(.minutes(2))) struct WebhookEndpointTests {
    private func isSigned(
        _ message: Receiver.Message, by secret: String, _ clock: ManualClock
    ) throws -> Bool {
        let secrets = [try WebhookSecret(Secret(secret))]
        do {
            try StandardWebhooks.verify(
                message.headers, body: message.body, secrets: secrets, nowSeconds: clock.nowMs / 1000)
            return true
        } catch { return false }
    }

    @Test func `each endpoint has the events that it asks for, and waits for no other`() async throws {
        let clock = ManualClock()
        let receiver = try Receiver(clock: clock)
        defer { receiver.stop() }
        let section = World.endpoints([
            (id: "all", url: receiver.url("/all"), lines: []),
            (id: "shop", url: receiver.url("/shop"), lines: ["events: [payment.succeeded, payment.canceled]"]),
            (id: "erp", url: receiver.url("/erp"), lines: ["events: [refund.succeeded, refund.failed]"]),
        ])
        try await World.run(World.Options(webhookSection: section), clock: clock) { world, service in
            receiver.always(500, at: "/shop")
            let id = try await world.paid("ORDER-1", on: service, clock)
            _ = try await world.makeRefund(id, on: service)
            let all = try await world.arrive(2, at: "/all", of: receiver, clock)
            #expect(all.map(\.type) == ["payment.succeeded", "refund.succeeded"])
            #expect(try await world.arrive(1, at: "/erp", of: receiver, clock).map(\.id) == [all[1].id])
            #expect(try await world.arrive(1, at: "/shop", of: receiver, clock).map(\.id) == [all[0].id])
            _ = try await world.deliveries("status=delivered", are: 3, on: service, clock)
            #expect(try await world.deliveries("endpoint=shop", on: service).count == 1)
            #expect(try await world.deliveries("endpoint=erp", on: service).count == 1)

            // A test goes where it is sent, whatever events the endpoint has.
            let (status, test, _) = try await world.call(
                .post, "/v1/webhooks/test", on: service, body: #"{"endpoint": "erp"}"#)
            #expect(status == 200 && test["endpoint"]?.text == "erp")
            #expect(try await world.arrive(2, at: "/erp", of: receiver, clock)[1].type == "webhook.test")

            // An event that is sent again goes to the named one, or to all that take it.
            _ = try await world.call(
                .post, "/v1/events/\(all[1].id)/redeliver", on: service, body: #"{"endpoint": "all"}"#)
            #expect(try await world.arrive(3, at: "/all", of: receiver, clock)[2].id == all[1].id)
            // One that is on its way is not sent twice.
            try await world.until(clock, "its end") {
                try await world.deliveries("event=\(all[1].id)", on: service).allSatisfy {
                    $0["status"]?.text == "delivered"
                }
            }
            _ = try await world.call(.post, "/v1/events/\(all[1].id)/redeliver", on: service)
            #expect(try await world.arrive(4, at: "/all", of: receiver, clock)[3].id == all[1].id)
            #expect(try await world.arrive(3, at: "/erp", of: receiver, clock)[2].id == all[1].id)
            let (wrong, _, _) = try await world.call(
                .post, "/v1/events/\(all[1].id)/redeliver", on: service, body: #"{"endpoint": "shop"}"#)
            #expect((400...499).contains(wrong))
            #expect(receiver.messages(at: "/shop").count == 1)
        }
    }

    @Test func `an endpoint's own headers arrive beside ours`() async throws {
        let lines = ["headers:", "  X-Shop: \"42\"", "  Authorization: Bearer of-the-merchant"]
        try await World.withReceiver(lines) { world, service, receiver, clock in
            _ = try await world.paid("ORDER-1", on: service, clock)
            let headers = try #require(try await world.arrive(1, of: receiver, clock).first?.headers)
            #expect(headers.values("X-Shop") == ["42"])
            #expect(headers.values("Authorization") == ["Bearer of-the-merchant"])
            #expect(headers.values("Content-Type") == ["application/json"])
            #expect(headers.values("User-Agent").first?.hasPrefix("PayRelay/") == true)
            #expect(try isSigned(receiver.messages()[0], by: world.secret, clock))
            _ = try await world.deliveries("status=delivered", are: 1, on: service, clock)
        }
    }

    @Test(arguments: ["webhook-id", "Webhook-Signature", "content-type", "Host", "user-agent", "Content-Length"])
    func `a header of ours in the file keeps the service from starting`(name: String) throws {
        let section = World.endpoint("http://127.0.0.1:1/", ["headers:", "  \(name): x"])
        let world = try World(World.Options(webhookSection: section))
        defer { world.stop() }
        let error = #expect(throws: World.Broken.self) { try world.start().stop() }
        #expect(error?.description.contains("not the file's to set") == true)
    }

    @Test func `while a secret is changed, either one verifies`() async throws {
        let new = WebhookSecret.generate().revealText()
        let clock = ManualClock()
        let receiver = try Receiver(clock: clock)
        defer { receiver.stop() }
        let section = World.endpoint(
            receiver.url(), ["secrets: [file:secrets/new.whsec, file:secrets/shop.whsec]"])
        var options = World.Options(webhookSection: section)
        options.files = ["tenants/secrets/new.whsec": new + "\n"]
        try await World.run(options, clock: clock) { world, service in
            _ = try await world.paid("ORDER-1", on: service, clock)
            let message = try #require(try await world.arrive(1, of: receiver, clock).first)
            #expect(try isSigned(message, by: new, clock))
            #expect(try isSigned(message, by: world.secret, clock))
            #expect(try !isSigned(message, by: WebhookSecret.generate().revealText(), clock))
        }
    }

    @Test func `a try is made with the file's URL, secret and headers of its own moment`() async throws {
        let new = WebhookSecret.generate().revealText()
        let lines = ["schedule: [0s, 1m]", "jitter: 0%"]
        try await World.withRestarts(lines + ["headers: {X-Round: \"1\"}"]) { world, receiver, clock in
            let first = try world.start()
            receiver.answer(500)
            let id = try await world.paid("ORDER-1", on: first, clock)
            let event = try await world.event("payment.succeeded", of: id, on: first, clock)
            _ = try await world.tried(1, event, on: first, clock)
            first.stop()
            try world.put("tenants/secrets/new.whsec", new + "\n")
            try world.put(
                webhookSection: World.endpoint(
                    receiver.url("/new"),
                    lines + ["headers: {X-Round: \"2\"}", "secrets: [file:secrets/new.whsec]"]))
            let second = try world.start()
            defer { second.stop() }
            clock.advance(byMs: 60_000)
            let again = try #require(try await world.arrive(1, at: "/new", of: receiver, clock).first)
            let before = try #require(receiver.messages().first)
            #expect(again.id == before.id && again.body == before.body && again.timestamp == before.timestamp + 60)
            #expect(before.headers["X-Round"] == "1" && again.headers["X-Round"] == "2")
            #expect(try isSigned(before, by: world.secret, clock) && !isSigned(before, by: new, clock))
            #expect(try isSigned(again, by: new, clock) && !isSigned(again, by: world.secret, clock))
            #expect(try await world.tried(2, event, on: second, clock)["status"]?.text == "delivered")
        }
    }

    @Test func `an endpoint that the file no longer has is held until it has it again`() async throws {
        let lines = ["schedule: [0s, 1m, 1m]", "jitter: 0%"]
        try await World.withRestarts(lines) { world, receiver, clock in
            let first = try world.start()
            receiver.answer(500)
            let id = try await world.paid("ORDER-1", on: first, clock)
            let event = try await world.event("payment.succeeded", of: id, on: first, clock)
            _ = try await world.tried(1, event, on: first, clock)
            first.stop()
            try world.put(webhookSection: World.endpoints([(id: "erp", url: receiver.url("/erp"), lines: lines)]))
            let second = try world.start()
            clock.advance(byMs: 60_000)
            let held = try await world.deliveries("status=held", are: 1, on: second, clock)
            #expect(held.first?["waiting_for"]?["reason"]?.text == "endpoint_missing")
            try await world.until(clock, "the alarm") {
                try await world.alarms("endpoint_missing", on: second) == 1
            }
            _ = try await world.paid("ORDER-2", on: second, clock)
            #expect(try await world.arrive(1, at: "/erp", of: receiver, clock).first?.reference == "ORDER-2")
            _ = try await world.deliveries("status=delivered", are: 1, on: second, clock)
            second.stop()

            try world.put(webhookSection: World.endpoint(receiver.url(), lines))
            let third = try world.start()
            defer { third.stop() }
            #expect(try await world.arrive(2, of: receiver, clock).last?.reference == "ORDER-1")
            _ = try await world.deliveries("status=delivered", are: 2, on: third, clock)
        }
    }
}
