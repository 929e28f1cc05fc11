import App
import Diagnostics
import JSON
import Support
import Testing

/// An endpoint that keeps failing is left alone for a while, and loses nothing by it.
@Suite(.timeLimit(.minutes(2))) struct WebhookBreakerTests {
    private static let lines = ["schedule: [0s, 6s, 30m, 30m]", "jitter: 0%"]
    private static let held = #"payrelay_endpoints_held{tenant="bookshop",endpoint="default",reason="circuit_open"}"#

    /// Five deliveries fail at once and again 6 s later: the endpoint is held then. Answers the number of tries.
    private func open(
        _ world: World, _ service: Service, _ receiver: Receiver, _ clock: ManualClock
    ) async throws -> Int {
        receiver.always(500)
        for number in 1...5 { _ = try await world.paid("ORDER-\(number)", on: service, clock) }
        try await world.until(clock, "five failures") { try await world.tries(on: service) == 5 }
        #expect(try await world.deliveries("status=held", on: service).isEmpty)
        clock.advance(byMs: 6_000)
        _ = try await world.deliveries("status=held", are: 5, on: service, clock)
        // What was out already when it opened ends as well.
        var tries = 0
        try await world.until(clock, "no request in flight") {
            tries = try await world.tries(on: service)
            let out = try await world.metric("payrelay_deliveries_in_flight", on: service)
            return out == 0 && receiver.messages().count == tries
        }
        return tries
    }

    /// When the endpoint may be asked again, unix milliseconds.
    private func reopensAtMs(_ world: World, _ service: Service) async throws -> Int64 {
        let held = try await world.deliveries("status=held", on: service)
        return try #require(held.first?["waiting_for"]?["until"]?.text.flatMap(RFC3339.unixMs))
    }

    @Test func `a failing endpoint is held, spends no tries, is asked by one message and gets everything`()
        async throws
    {
        try await World.withReceiver(WebhookBreakerTests.lines) { world, service, receiver, clock in
            let tries = try await open(world, service, receiver, clock)
            let untilMs = try await reopensAtMs(world, service)
            #expect((15_000...30_000).contains(untilMs - clock.nowMs))
            let held = try await world.deliveries("status=held", on: service)
            for delivery in held {
                #expect(delivery["waiting_for"]?["reason"]?.text == "circuit_breaker")
                #expect(delivery["waiting_for"]?["detail"]?.text?.contains("status 500") == true)
                #expect(delivery["next_attempt_at"] == .null)
            }
            #expect(try await world.metric(WebhookBreakerTests.held, on: service) == 1)
            #expect(try await world.alarms("circuit_opened", on: service) == 1)

            // New events are held as well; the other tenant notices nothing.
            _ = try await world.paid("ORDER-6", on: service, clock)
            _ = try await world.paidAtTeashop("TEA-1", on: service, clock)
            let tea = try await world.nextWebhook(clock)
            #expect(tea["data"]?["merchant_reference"]?.text == "TEA-1")
            clock.advance(byMs: untilMs - clock.nowMs - 1)
            _ = try await world.paidAtTeashop("TEA-2", on: service, clock)
            #expect(try await world.nextWebhook(clock)["data"]?["merchant_reference"]?.text == "TEA-2")
            #expect(try await world.deliveries("status=held", on: service).count == 6)
            #expect(try await world.tries(on: service) == tries && receiver.messages().count == tries)

            // The newest event is the one that is let out to see; it fails, and the wait becomes longer.
            clock.advance(byMs: 1)
            let probe = try await world.arrive(tries + 1, of: receiver, clock)
            #expect(probe.last?.reference == "ORDER-6")
            _ = try await world.deliveries("status=held", are: 6, on: service, clock)
            let nextMs = try await reopensAtMs(world, service)
            #expect((30_000...60_000).contains(nextMs - clock.nowMs))
            #expect(receiver.messages().count == tries + 1)

            receiver.always(200)
            clock.advance(byMs: nextMs - clock.nowMs)
            _ = try await world.arrive(tries + 2, of: receiver, clock)
            try await world.until(clock, "the breaker to close") {
                try await world.metric(WebhookBreakerTests.held, on: service) == 0
            }
            clock.advance(byMs: 30 * 60_000)
            _ = try await world.deliveries("status=delivered", are: 6, on: service, clock)
            #expect(receiver.messages().count == tries + 1 + 6)
            #expect(try await world.alarms("circuit_opened", on: service) == 1)
        }
    }

    @Test func `an open breaker survives a restart, and so does what it keeps back`() async throws {
        try await World.withRestarts(WebhookBreakerTests.lines) { world, receiver, clock in
            let first = try world.start()
            let tries = try await open(world, first, receiver, clock)
            let untilMs = try await reopensAtMs(world, first)
            first.stop()
            receiver.always(200)
            let second = try world.start()
            defer { second.stop() }
            _ = try await world.paid("ORDER-6", on: second, clock)
            let held = try await world.deliveries("status=held", are: 6, on: second, clock)
            #expect(held.allSatisfy { $0["waiting_for"]?["reason"]?.text == "circuit_breaker" })
            #expect(try await reopensAtMs(world, second) == untilMs)
            try await world.until(clock, "the metric") {
                try await world.metric(WebhookBreakerTests.held, on: second) == 1
            }
            clock.advance(byMs: untilMs - clock.nowMs - 1)
            _ = try await world.paidAtTeashop("TEA-1", on: second, clock)
            _ = try await world.nextWebhook(clock)
            #expect(receiver.messages().count == tries)

            clock.advance(byMs: 1)
            // The others may follow before they are looked at.
            #expect(try await world.arrive(tries + 1, of: receiver, clock)[tries].reference == "ORDER-6")
            clock.advance(byMs: 30 * 60_000)
            _ = try await world.deliveries("status=delivered", are: 6, on: second, clock)
            #expect(receiver.messages().count == tries + 6)
        }
    }
}
