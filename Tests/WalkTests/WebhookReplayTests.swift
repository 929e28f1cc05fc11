import App
import Diagnostics
import HTTP
import JSON
import Support
import Testing

/// What was given up is sent again when somebody asks, one event or a day of them.
@Suite(.timeLimit(.minutes(2))) struct WebhookReplayTests {
    private static let lines = ["schedule: [0s, 1s]", "jitter: 0%"]

    /// Pays for each, and has the endpoint refuse it until its delivery is exhausted.
    private func exhaust(
        _ references: [String], _ world: World, _ service: Service, _ receiver: Receiver, _ clock: ManualClock
    ) async throws {
        let (tries, count) = (try await world.tries(on: service), references.count)
        let exhausted = try await world.deliveries("status=exhausted", on: service).count
        receiver.always(404)
        for reference in references { _ = try await world.paid(reference, on: service, clock) }
        try await world.until(clock, "the first tries") { try await world.tries(on: service) == tries + count }
        clock.advance(byMs: 1_000)
        _ = try await world.deliveries("status=exhausted", are: exhausted + count, on: service, clock)
        receiver.always(200)
    }

    private func expectSentAgain(
        _ first: ArraySlice<Receiver.Message>, _ again: Receiver.Message, _ world: World, _ service: Service,
        _ clock: ManualClock
    ) async throws {
        #expect(again.body == first.first?.body && first.allSatisfy { $0.id == again.id })
        #expect(again.timestamp == clock.nowMs / 1000)
        #expect(first.allSatisfy { $0.timestamp < again.timestamp })
        let delivery = try await world.tried(3, again.id, on: service, clock)
        #expect(delivery["status"]?.text == "delivered")
        #expect(delivery["attempts"]?.elements.compactMap { $0["number"]?.int64 } == [1, 2, 3])
    }

    @Test func `an exhausted event is sent again by its id, to its own tenant alone`() async throws {
        try await World.withReceiver(WebhookReplayTests.lines) { world, service, receiver, clock in
            try await exhaust(["ORDER-1"], world, service, receiver, clock)
            #expect(try await world.alarms("delivery_exhausted", on: service) == 1)
            let event = try #require(receiver.messages().first?.id)
            clock.advance(byMs: 60_000)
            let path = "/v1/events/\(event)/redeliver"
            let (none, _, _) = try await world.call(.post, path, on: service, key: World.otherKey)
            #expect(none == 404)
            let (status, told, _) = try await world.call(.post, path, on: service)
            #expect(status == 202, "\(told)")
            #expect(told["data"]?.elements.first?["status"]?.text == "pending")
            let all = try await world.arrive(3, of: receiver, clock)
            try await expectSentAgain(all.prefix(2), all[2], world, service, clock)

            // What was delivered is sent again as well.
            _ = try await world.call(.post, path, on: service)
            #expect(try await world.arrive(4, of: receiver, clock)[3].id == event)
            let again = try await world.tried(4, event, on: service, clock)
            #expect(again["status"]?.text == "delivered")
        }
    }

    @Test func `one that is sent again has its whole schedule again`() async throws {
        try await World.withReceiver(WebhookReplayTests.lines) { world, service, receiver, clock in
            try await exhaust(["ORDER-1"], world, service, receiver, clock)
            let event = try #require(receiver.messages().first?.id)
            receiver.answer(404)
            _ = try await world.call(.post, "/v1/events/\(event)/redeliver", on: service)
            let failed = try await world.tried(3, event, on: service, clock)
            #expect(failed["status"]?.text == "pending")
            clock.advance(byMs: 1_000)
            let taken = try await world.tried(4, event, on: service, clock)
            #expect(taken["status"]?.text == "delivered")
        }
    }

    @Test func `the exhausted deliveries of a time are sent again, and no others`() async throws {
        try await World.withReceiver(WebhookReplayTests.lines) { world, service, receiver, clock in
            let sinceMs = clock.nowMs
            try await exhaust(["ORDER-1", "ORDER-2"], world, service, receiver, clock)
            clock.advance(byMs: 3_600_000)
            let untilMs = clock.nowMs
            try await exhaust(["ORDER-3"], world, service, receiver, clock)
            _ = try await world.paid("ORDER-4", on: service, clock)
            #expect(try await world.arrive(7, of: receiver, clock).last?.reference == "ORDER-4")
            clock.advance(byMs: 60_000)

            let body = #"{"since": "\#(RFC3339.text(unixMs: sinceMs))", "until": "\#(RFC3339.text(unixMs: untilMs))"}"#
            let (status, replay, _) = try await world.call(.post, "/v1/deliveries/replay", on: service, body: body)
            #expect(status == 202 && replay["count"]?.int64 == 2, "\(replay)")
            let all = try await world.arrive(9, of: receiver, clock)
            #expect(Set(all[7...].map(\.reference)) == ["ORDER-1", "ORDER-2"])
            for again in all[7...] {
                let first = all[..<4].filter { $0.id == again.id }
                #expect(first.count == 2)
                try await expectSentAgain(first[...], again, world, service, clock)
            }
            let rest = try await world.deliveries("status=exhausted", on: service)
            #expect(rest.count == 1)

            // Another tenant's replay finds nothing of it.
            let theirs = try await world.call(
                .post, "/v1/deliveries/replay", on: service, key: World.otherKey,
                body: #"{"since": "\#(RFC3339.text(unixMs: sinceMs))"}"#)
            #expect(theirs.status == 202 && theirs.json["count"]?.int64 == 0 && theirs.json["id"] == .null)

            // One part of a replay is a moment after another.
            clock.advance(byMs: 1_000)
            let spoken = await world.payrelay(
                "deliveries", "replay", "--tenant", "bookshop", "--since", RFC3339.text(unixMs: sinceMs), on: service)
            #expect(spoken.status == 0 && spoken.out.contains("1 delivery is sent again"), "\(spoken)")
            let last = try await world.arrive(10, of: receiver, clock)
            #expect(last[9].reference == "ORDER-3")
            try await expectSentAgain(last[4...5], last[9], world, service, clock)
            #expect(try await world.deliveries("status=delivered", on: service).count == 4)
        }
    }

    @Test func `a replay goes on where it was when the service was stopped`() async throws {
        // A part of a replay is 200 of them.
        let count = 250
        try await World.withRestarts(WebhookReplayTests.lines) { world, receiver, clock in
            let first = try world.start()
            let sinceMs = clock.nowMs
            receiver.always(404)
            // A test has one try.
            for _ in 0..<count {
                let (status, _, _) = try await world.call(.post, "/v1/webhooks/test", on: first)
                #expect(status == 200)
            }
            receiver.always(200)
            clock.advance(byMs: 1_000)
            let body = #"{"since": "\#(RFC3339.text(unixMs: sinceMs))", "types": ["webhook.test"]}"#
            let (_, replay, _) = try await world.call(.post, "/v1/deliveries/replay", on: first, body: body)
            #expect(replay["count"]?.int64 == Int64(count))
            // Time stands still, and so does the replay after its first part.
            _ = try await world.arrive(count + 200, of: receiver, clock)
            first.stop()
            #expect(receiver.messages().count == count + 200)

            let second = try world.start()
            defer { second.stop() }
            let all = try await world.arrive(2 * count, of: receiver, clock)
            #expect(Set(all[count...].map(\.id)).count == count)
            #expect(Set(all[..<count].map(\.id)) == Set(all[count...].map(\.id)))
            try await world.until(clock, "the end of the replay") {
                clock.advance(byMs: 100)
                let rest = try await world.deliveries("status=exhausted", on: second)
                let open = try await world.metric("payrelay_replays_open", on: second)
                return rest.isEmpty && open == 0
            }
            #expect(receiver.messages().count == 2 * count)
        }
    }
}
