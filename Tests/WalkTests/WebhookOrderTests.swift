import App
import JSON
import Support
import Testing

/// In which order a merchant hears of one payment, and that it never hears late of another for that.
@Suite(.timeLimit(.minutes(2))) struct WebhookOrderTests {
    private static let minuteMs: Int64 = 60_000

    @Test func `a later event waits for an earlier one of its payment, and follows it at once`() async throws {
        let lines = ["schedule: [0s, 5s, 5s]", "jitter: 0%"]
        try await World.withReceiver(lines) { world, service, receiver, clock in
            receiver.answer(500)
            let first = try await world.paid("ORDER-1", on: service, clock)
            let paid = try await world.event("payment.succeeded", of: first, on: service, clock)
            _ = try await world.tried(1, paid, on: service, clock)
            let refunded = try await world.refunded(first, 100, on: service, clock)
            let waiting = try await world.delivery(of: refunded, on: service)
            #expect(waiting["status"]?.text == "pending" && waiting["attempts"]?.elements.isEmpty == true)
            #expect(waiting["waiting_for"]?["reason"]?.text == "earlier_event")
            #expect(waiting["waiting_for"]?["since"] == waiting["created_at"])
            #expect(waiting["waiting_for"]?["until"] == waiting["next_attempt_at"])

            _ = try await world.paid("ORDER-2", on: service, clock)
            let meanwhile = try await world.arrive(2, of: receiver, clock)
            #expect(meanwhile.map(\.reference) == ["ORDER-1", "ORDER-2"])

            clock.advance(byMs: 5_000)
            let all = try await world.arrive(4, of: receiver, clock)
            #expect(all[2...].map(\.id) == [paid, refunded])
            #expect(all[3].atMs == all[2].atMs)
            #expect(all.map(\.sequence) == [1, 1, 1, 2])
            _ = try await world.deliveries("status=delivered", are: 3, on: service, clock)
            #expect(try await world.deliveries("status=pending", on: service).isEmpty)
        }
    }

    @Test func `an event waits 15 minutes for an earlier one and no longer`() async throws {
        let lines = ["schedule: [0s, 1h]", "jitter: 0%"]
        try await World.withReceiver(lines) { world, service, receiver, clock in
            receiver.answer(500)
            let first = try await world.paid("ORDER-1", on: service, clock)
            let paid = try await world.event("payment.succeeded", of: first, on: service, clock)
            _ = try await world.tried(1, paid, on: service, clock)
            let refunded = try await world.refunded(first, 100, on: service, clock)

            clock.advance(byMs: 15 * WebhookOrderTests.minuteMs - 1)
            // Whatever was due has been sent when a later event has arrived.
            _ = try await world.paid("ORDER-2", on: service, clock)
            #expect(try await world.arrive(2, of: receiver, clock).map(\.reference) == ["ORDER-1", "ORDER-2"])
            #expect(try await world.delivery(of: refunded, on: service)["attempts"]?.elements.isEmpty == true)

            clock.advance(byMs: 1)
            #expect(try await world.arrive(3, of: receiver, clock).last?.id == refunded)
            let sent = try await world.tried(1, refunded, on: service, clock)
            #expect(sent["status"]?.text == "delivered" && sent["waiting_for"] == .null)
            #expect(try await world.delivery(of: paid, on: service)["status"]?.text == "pending")

            clock.advance(byMs: 45 * WebhookOrderTests.minuteMs)
            let all = try await world.arrive(4, of: receiver, clock)
            // It comes last; its number says that it is the older one.
            #expect(all[3].id == paid && all[3].sequence < all[2].sequence)
            _ = try await world.deliveries("status=delivered", are: 3, on: service, clock)
        }
    }

    @Test func `an endpoint that asks for no order gets every event at once`() async throws {
        let lines = ["schedule: [0s, 1h]", "jitter: 0%", "ordering: none"]
        try await World.withReceiver(lines) { world, service, receiver, clock in
            receiver.answer(500)
            let payment = try await world.paid("ORDER-1", on: service, clock)
            _ = try await world.arrive(1, of: receiver, clock)
            for amount in 1...3 {
                _ = try await world.refunded(payment, amount, on: service, clock)
                let all = try await world.arrive(1 + amount, of: receiver, clock)
                #expect(all.last?.sequence == Int64(1 + amount))
            }
            _ = try await world.deliveries("status=delivered", are: 3, on: service, clock)
            let open = try await world.deliveries("status=pending", on: service)
            #expect(open.count == 1 && open.first?["event_type"]?.text == "payment.succeeded")
        }
    }

    @Test func `the events of a payment come in the order of their numbers, whichever tries fail`() async throws {
        let lines = ["schedule: [0s, 1s, 1s, 1s]", "jitter: 0%"]
        try await World.withReceiver(lines) { world, service, receiver, clock in
            receiver.answer(500, 200, 500, 500, 200, 500, 200)
            let payment = try await world.paid("ORDER-1", on: service, clock)
            for amount in 1...3 {
                _ = try await world.refunded(payment, amount, on: service, clock)
            }
            for count in [1, 3, 4, 6] {
                _ = try await world.arrive(count, of: receiver, clock)
                try await world.until(clock, "the results of \(count) tries") {
                    try await world.tries(on: service) == count
                }
                clock.advance(byMs: 1_000)
            }
            let all = try await world.arrive(8, of: receiver, clock)
            #expect(all.map(\.sequence) == [1, 1, 2, 2, 2, 3, 3, 4])
            _ = try await world.deliveries("status=delivered", are: 4, on: service, clock)
        }
    }
}
