import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// A merchant that nobody can reach asks for its events, and misses none.
@Suite(.timeLimit(.minutes(2))) struct WebhookPullTests {
    private static let buyers = 4
    private static let paymentsEach = 5
    /// A payment and its refund.
    private static let events = 2 * buyers * paymentsEach

    @Test func `every event is pulled once and in the order of the commits, while more are made`() async throws {
        // Nobody listens there.
        let section = World.endpoint(RawServer { _ in }.url())
        try await World.run(World.Options(webhookSection: section)) { world, service in
            async let pulled = pull(world, service)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for buyer in 1...WebhookPullTests.buyers {
                    group.addTask { try await buy(buyer, world, service) }
                }
                try await group.waitForAll()
            }
            let events = try await pulled
            let ids = events.compactMap { $0["id"]?.text }
            #expect(ids.count == WebhookPullTests.events && Set(ids).count == ids.count)
            // Nothing was put in before what had been pulled already.
            #expect(try await world.events(on: service).compactMap { $0["id"]?.text } == ids)
            let byReference = Dictionary(grouping: events) { event in
                event["data"]?["payment"]?.text ?? event["data"]?["id"]?.text ?? ""
            }
            #expect(byReference.count == WebhookPullTests.events / 2)
            for own in byReference.values { #expect(own.compactMap { $0["sequence"]?.int64 } == [1, 2]) }
        }
    }

    private func buy(_ buyer: Int, _ world: World, _ service: Service) async throws {
        for number in 1...WebhookPullTests.paymentsEach {
            let (id, trade) = try await world.open("ORDER-\(buyer)-\(number)", on: service)
            _ = try world.alipay.simulator.move(trade, .pay)
            try await world.until(nil, "the payment") { try await world.status(id, on: service) == "succeeded" }
            _ = try await world.makeRefund(id, on: service)
        }
    }

    /// Page by page from the beginning, until there were as many as there will be.
    private func pull(_ world: World, _ service: Service) async throws -> [JSONValue] {
        var events: [JSONValue] = []
        while events.count < WebhookPullTests.events {
            let after = events.last?["id"]?.text.map { "&after=\($0)" } ?? ""
            let (status, page, _) = try await world.call(.get, "/v1/events?limit=3\(after)", on: service)
            #expect(status == 200)
            events += page["data"]?.elements ?? []
        }
        return events
    }
}
