import App
import HTTP
import JSON
import Support
import Testing

/// An endpoint that says 410 is sent nothing more until somebody means it to be.
@Suite(.timeLimit(.minutes(2))) struct WebhookGoneTests {
    private static let lines = ["schedule: [0s, 1m, 1m]", "jitter: 0%"]
    private static let held = #"payrelay_endpoints_held{tenant="bookshop",endpoint="default",reason="disabled"}"#

    /// One event is answered 410, and another is made afterwards.
    private func disable(_ world: World, _ service: Service, _ receiver: Receiver, _ clock: ManualClock) async throws {
        receiver.answer(410)
        _ = try await world.paid("ORDER-1", on: service, clock)
        _ = try await world.arrive(1, of: receiver, clock)
        _ = try await world.deliveries("status=held", are: 1, on: service, clock)
        _ = try await world.paid("ORDER-2", on: service, clock)
    }

    private func expectDisabled(_ world: World, _ service: Service, _ clock: ManualClock) async throws {
        let held = try await world.deliveries("status=held", are: 2, on: service, clock)
        for delivery in held {
            #expect(delivery["waiting_for"]?["reason"]?.text == "endpoint_disabled")
            #expect(delivery["waiting_for"]?["until"] == .null)
            #expect(delivery["waiting_for"]?["detail"]?.text?.contains("410") == true)
        }
        let row = try await world.endpointRow(on: service)
        #expect(row["hold"]?["reason"]?.text == "endpoint_disabled" && row["backlog"]?["count"]?.int64 == 2)
        let spoken = await world.payrelay("endpoints", "list", "bookshop", on: service)
        #expect(spoken.status == 0 && spoken.out.contains("disabled") && spoken.out.contains("410"), "\(spoken)")
        try await world.until(clock, "the metric") {
            try await world.metric(WebhookGoneTests.held, on: service) == 1
        }
    }

    @Test func `410 disables for good, and an admin's word sends what was held`() async throws {
        try await World.withRestarts(WebhookGoneTests.lines) { world, receiver, clock in
            let first = try world.start()
            try await disable(world, first, receiver, clock)
            try await expectDisabled(world, first, clock)
            #expect(try await world.alarms("endpoint_disabled", on: first) == 1)
            first.stop()

            let second = try world.start()
            defer { second.stop() }
            try await expectDisabled(world, second, clock)
            // Who had to be told was told already.
            #expect(try await world.alarms("endpoint_disabled", on: second) == 0)
            clock.advance(byMs: 7 * 24 * 60 * 60_000)
            _ = try await world.paidAtTeashop("TEA-1", on: second, clock)
            _ = try await world.nextWebhook(clock)
            #expect(receiver.messages().count == 1)

            let spoken = await world.payrelay("endpoints", "enable", "bookshop", on: second)
            #expect(spoken.status == 0 && spoken.out == "bookshop default is enabled\n", "\(spoken)")
            _ = try await world.deliveries("status=delivered", are: 2, on: second, clock)
            #expect(Set(receiver.messages().map(\.reference)) == ["ORDER-1", "ORDER-2"])
            #expect(receiver.messages().count == 3)
            #expect(try await world.endpointRow(on: second)["hold"] == .null)
            #expect(try await world.metric(WebhookGoneTests.held, on: second) == 0)
            let again = await world.payrelay("endpoints", "enable", "bookshop", on: second)
            #expect(again.out == "bookshop default is enabled already\n", "\(again)")
        }
    }

    @Test func `another URL in the tenant's file enables as well`() async throws {
        try await World.withRestarts(WebhookGoneTests.lines) { world, receiver, clock in
            let first = try world.start()
            try await disable(world, first, receiver, clock)
            first.stop()
            receiver.always(410)
            try world.put(webhookSection: World.endpoint(receiver.url("/new"), WebhookGoneTests.lines))
            let second = try world.start()
            defer { second.stop() }
            clock.advance(byMs: 60_000)
            let arrived = try await world.arrive(2, at: "/new", of: receiver, clock)
            #expect(Set(arrived.map(\.reference)) == ["ORDER-1", "ORDER-2"])
            _ = try await world.deliveries("status=delivered", are: 2, on: second, clock)
            #expect(receiver.messages().count == 1)
            #expect(try await world.endpointRow(on: second)["hold"] == .null)
        }
    }

    @Test func `a test of a disabled endpoint shows what the server says, and enables nothing`() async throws {
        try await World.withReceiver(WebhookGoneTests.lines) { world, service, receiver, clock in
            try await disable(world, service, receiver, clock)
            for (answer, status) in [(410, "exhausted"), (200, "delivered")] {
                receiver.answer(answer)
                let (code, shown, _) = try await world.call(.post, "/v1/webhooks/test", on: service)
                #expect(code == 200 && shown["status"]?.text == status, "\(shown)")
                let attempt = try #require(shown["attempts"]?.elements.first)
                #expect(attempt["status_code"]?.int64 == Int64(answer))
                #expect(attempt["response_excerpt"]?.text == (answer == 200 ? "taken" : Receiver.refusal))
                #expect(attempt["address"]?.text?.contains("127.0.0.1") == true)
            }
            #expect(try await world.endpointRow(on: service)["hold"]?["reason"]?.text == "endpoint_disabled")
            #expect(receiver.messages().map(\.type) == ["payment.succeeded", "webhook.test", "webhook.test"])
            #expect(try await world.deliveries("status=held", on: service).count == 2)
        }
    }

    @Test func `an endpoint whose first message is a test is sent the next event at once, or is disabled by it`()
        async throws
    {
        try await World.withRestarts(WebhookGoneTests.lines) { world, receiver, clock in
            let first = try world.start()
            _ = try await world.call(.post, "/v1/webhooks/test", on: first)
            _ = try await world.paid("ORDER-1", on: first, clock)
            #expect(try await world.arrive(2, of: receiver, clock).last?.reference == "ORDER-1")
            _ = try await world.deliveries("status=delivered", are: 2, on: first, clock)
            first.stop()

            let second = try world.start()
            receiver.answer(410)
            _ = try await world.call(.post, "/v1/webhooks/test", on: second)
            try await world.until(clock, "the alarm") {
                try await world.alarms("endpoint_disabled", on: second) == 1
            }
            second.stop()

            let third = try world.start()
            defer { third.stop() }
            _ = try await world.paid("ORDER-2", on: third, clock)
            let held = try await world.deliveries("status=held", are: 1, on: third, clock)
            #expect(held.first?["waiting_for"]?["reason"]?.text == "endpoint_disabled")
            #expect(receiver.messages().count == 3)
        }
    }

    @Test func `an admin disables and enables, and a merchant sees it`() async throws {
        try await World.withReceiver(WebhookGoneTests.lines) { world, service, receiver, clock in
            let disabled = await world.payrelay("endpoints", "disable", "bookshop", on: service)
            #expect(disabled.status == 0 && disabled.out == "bookshop default is disabled\n", "\(disabled)")
            _ = try await world.paid("ORDER-1", on: service, clock)
            let held = try await world.deliveries("status=held", are: 1, on: service, clock)
            #expect(held.first?["waiting_for"]?["reason"]?.text == "endpoint_disabled")
            // Nobody has to be told of what an admin does.
            #expect(try await world.alarms("endpoint_disabled", on: service) == 0)
            #expect(receiver.messages().isEmpty)
            let enabled = await world.payrelay("endpoints", "enable", "bookshop", "default", on: service)
            #expect(enabled.status == 0, "\(enabled)")
            #expect(try await world.arrive(1, of: receiver, clock).first?.reference == "ORDER-1")
            _ = try await world.deliveries("status=delivered", are: 1, on: service, clock)
        }
    }
}
