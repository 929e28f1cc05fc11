import App
import HTTP
import JSON
import Support
import Testing

/// Each delivery that was ever made is somewhere.
@Suite(.timeLimit(.minutes(2))) struct WebhookLedgerTests {
    @Test func `what was made is delivered, exhausted, held or waits, over restarts and replays`() async throws {
        let clock = ManualClock()
        let receiver = try Receiver(clock: clock)
        defer { receiver.stop() }
        let lines = ["schedule: [0s, 1s]", "jitter: 0%"]
        let ends = [(id: "a", status: 200), (id: "b", status: 404), (id: "c", status: 410)]
        for end in ends { receiver.always(end.status, at: "/\(end.id)") }
        let section = World.endpoints(
            ends.map { (id: $0.id, url: receiver.url("/\($0.id)"), lines: lines) }
                + [(id: "d", url: receiver.url("/d"), lines: ["schedule: [24h]"])])
        let world = try World(World.Options(webhookSection: section), clock: clock)
        defer { world.stop() }
        let first = try world.start()
        for number in 1...3 { _ = try await world.paid("ORDER-\(number)", on: first, clock) }
        _ = try await world.deliveries("status=delivered", are: 3, on: first, clock)
        clock.advance(byMs: 1_000)
        _ = try await world.deliveries("status=exhausted", are: 3, on: first, clock)
        try await expect(held: 3, pending: 3, world, first, clock)
        first.stop()
        try world.expectConservation()

        let second = try world.start()
        receiver.always(200, at: "/b")
        receiver.always(200, at: "/c")
        let replay = try await world.call(
            .post, "/v1/deliveries/replay", on: second, body: #"{"since": "2026-01-01T00:00:00Z"}"#)
        #expect(replay.json["count"]?.int64 == 3)
        _ = try await world.deliveries("status=delivered", are: 6, on: second, clock)
        try await expect(held: 3, pending: 3, world, second, clock)
        _ = await world.payrelay("endpoints", "enable", "bookshop", "c", on: second)
        clock.advance(byMs: 24 * 60 * 60_000)
        _ = try await world.deliveries("status=delivered", are: 12, on: second, clock)
        try await expect(held: 0, pending: 0, world, second, clock)
        second.stop()
        try world.expectConservation()
    }

    /// As the metrics show it, after the next count.
    private func expect(
        held: Int, pending: Int, _ world: World, _ service: Service, _ clock: ManualClock
    ) async throws {
        let expected = [
            #"payrelay_deliveries_waiting{status="held"} \#(held)"#,
            #"payrelay_deliveries_waiting{status="pending"} \#(pending)"#,
            "payrelay_deliveries_conservation_gap 0",
        ]
        clock.advance(byMs: 60_000)
        try await world.until(clock, "\(expected)") {
            let lines = Set(try await world.metrics(on: service).split(separator: "\n").map(String.init))
            return lines.isSuperset(of: expected)
        }
    }
}
