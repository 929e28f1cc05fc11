import App
import HTTP
import JSON
import Support
import Testing

/// Receivers that mean harm, and what a merchant and an operator see of each; all of them at once, in one service.
@Suite(.timeLimit(.minutes(2))) struct WebhookHostileTests {
    /// What an endpoint does on its first connection, and what is told of it. Afterwards it takes everything.
    struct Hostile: Sendable {
        let id: String
        let outcome: String
        var status: Int64?
        /// Part of the sentence; nil for none at all.
        var error: String?
        let script: @Sendable (RawServer.Peer) -> Void
    }

    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    private static let ok200 = "HTTP/1.1 200 OK\r\n"
    private static let block = [UInt8](repeating: 0x78, count: 65_536)

    static let hostiles = [
        Hostile(id: "hang", outcome: "timeout", error: "") { peer in
            _ = peer.request()
            peer.waitForClose()
        },
        Hostile(id: "drip", outcome: "timeout", error: "") { peer in
            _ = peer.request()
            peer.write(ok200 + "Content-Length: 100000\r\n\r\n")
            while peer.pause(ms: 10), peer.write("x") {}
        },
        Hostile(id: "reset", outcome: "reset", error: "") { peer in
            _ = peer.request()
            peer.reset()
        },
        Hostile(id: "garbage", outcome: "malformed", error: "") { peer in
            _ = peer.request()
            peer.write("\u{1}\u{2}\u{3}\u{0}\u{7f} garbage\r\n\r\n")
        },
        Hostile(id: "head-bomb", outcome: "malformed", error: "") { peer in
            _ = peer.request()
            peer.write(ok200)
            while peer.write("X-A: 1\r\n") {}
        },
        Hostile(id: "flood", outcome: "taken", status: 200) { peer in
            _ = peer.request()
            peer.write(ok200 + "Content-Length: \(1_600 * block.count)\r\n\r\n")
            for _ in 0..<1_600 where !peer.write(block) { return }
        },
        Hostile(id: "redirect", outcome: "status", status: 302, error: "redirects are not followed") { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n")
        },
        Hostile(id: "closer", outcome: "taken", status: 200) { peer in
            _ = peer.request()
            peer.write(ok)
        },
    ]

    private static let counts = [
        "timeout": 2, "reset": 1, "malformed": 2, "taken": 3, "status_3xx": 1, "connect": 1,
    ]

    private func attempts(_ world: World, _ service: Service) async throws -> [String: Int] {
        var found: [String: Int] = [:]
        for outcome in WebhookHostileTests.counts.keys {
            found[outcome] = try await world.metric(
                #"payrelay_delivery_attempts_total{outcome="\#(outcome)"}"#, on: service)
        }
        return found
    }

    /// The first attempt of each of an event's deliveries, by its endpoint, as each delivery shows it.
    private func firstAttempts(
        _ event: String, _ count: Int, _ world: World, _ service: Service, _ clock: ManualClock
    ) async throws -> [String: (delivery: JSONValue, attempt: JSONValue)] {
        try await world.until(clock, "the first try of each endpoint") {
            try await world.deliveries("event=\(event)", on: service).count {
                $0["attempts"]?.elements.count == 1
            } == count
        }
        var found: [String: (delivery: JSONValue, attempt: JSONValue)] = [:]
        for row in try await world.deliveries("event=\(event)", on: service) {
            let id = try #require(row["id"]?.text)
            let delivery = try await world.call(.get, "/v1/deliveries/\(id)", on: service).json
            found[delivery["endpoint"]?.text ?? ""] = (
                delivery, try #require(delivery["attempts"]?.elements.first)
            )
        }
        return found
    }

    @Test func `each hostile receiver is told by its name, and keeps nobody from the next delivery`() async throws {
        let clock = ManualClock()
        let hostiles = WebhookHostileTests.hostiles
        let servers = hostiles.map { hostile in
            RawServer { peer in
                peer.number == 0 || hostile.id == "closer"
                    ? hostile.script(peer) : peer.answerAll(WebhookHostileTests.ok)
            }
        }
        let good = RawServer { $0.answerAll(WebhookHostileTests.ok) }
        // A server that nobody asks any more would end at once.
        defer { withExtendedLifetime((servers, good)) {} }
        // Nobody listens there any more.
        let refused = RawServer { _ in }.url()
        let lines = ["timeout: 1s"]
        let endpoints =
            zip(hostiles, servers).map { (id: $0.id, url: $1.url(), lines: lines) }
            + [(id: "refused", url: refused, lines: lines), (id: "good", url: good.url(), lines: lines)]
        let world = try World(World.Options(webhookSection: World.endpoints(endpoints)), clock: clock)
        defer { world.stop() }
        let service = try world.start()
        defer { service.stop() }

        let first = try await world.paid("ORDER-1", on: service, clock)
        let event = try await world.event("payment.succeeded", of: first, on: service, clock)
        let found = try await firstAttempts(event, endpoints.count, world, service, clock)
        for hostile in hostiles {
            let (delivery, attempt) = try #require(found[hostile.id])
            #expect(attempt["outcome"]?.text == hostile.outcome, "\(hostile.id): \(attempt)")
            #expect(attempt["status_code"]?.int64 == hostile.status, "\(hostile.id)")
            #expect(attempt["address"]?.text?.contains("127.0.0.1") == true, "\(hostile.id): \(attempt)")
            if let error = hostile.error {
                let text = try #require(attempt["error"]?.text)
                #expect(!text.isEmpty && (error.isEmpty || text.contains(error)), "\(hostile.id): \(text)")
            } else {
                #expect(attempt["error"] == .null, "\(hostile.id)")
            }
            #expect(delivery["status"]?.text == (hostile.outcome == "taken" ? "delivered" : "pending"))
            #expect((attempt["response_excerpt"]?.text?.utf8.count ?? 0) <= 4_096)
        }
        let refusal = try #require(found["refused"]?.attempt)
        #expect(refusal["outcome"]?.text == "connect" && refusal["error"]?.text?.isEmpty == false, "\(refusal)")
        #expect(found["good"]?.delivery["status"]?.text == "delivered")
        #expect(found["flood"]?.attempt["response_excerpt"]?.text?.utf8.count == 4_096)
        #expect(try await attempts(world, service) == WebhookHostileTests.counts)

        // Time stands still, so that these are no retries.
        let second = try await world.paid("ORDER-2", on: service, clock)
        let next = try await world.event("payment.succeeded", of: second, on: service, clock)
        let later = try await firstAttempts(next, endpoints.count, world, service, clock)
        for (id, (_, attempt)) in later {
            #expect(attempt["outcome"]?.text == (id == "refused" ? "connect" : "taken"), "\(id): \(attempt)")
        }
        #expect(later.count == endpoints.count)
        #expect(good.acceptCount == 1)
    }

    @Test func `Alipay reads success at once, however long the merchant's endpoint hangs`() async throws {
        let clock = ManualClock()
        let receiver = HangingReceiver()
        var options = World.Options(alipay: ["notify_verify: false"])
        options.webhookSection = World.endpoint(receiver.url, ["timeout: 30s"])
        try await World.run(options, clock: clock) { world, service in
            // The service waits for it when it stops, by a clock that stands still.
            defer { receiver.release() }
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.told(message, on: service) == "success")
            try await world.until(clock, "the webhook") { receiver.hasCome }
            // The repeat as well, and the next payment's.
            #expect(try await world.told(message, on: service) == "success")
            let (_, other) = try await world.open("ORDER-2", on: service)
            let next = HandMadeNotification(reference: "ORDER-2", tradeNo: other, status: "TRADE_SUCCESS")
            #expect(try await world.told(next, on: service) == "success")
            #expect(try await world.verdicts(on: service) == ["applied", "repeat", "applied"])
            let event = try await world.event("payment.succeeded", of: id, on: service, clock)
            let delivery = try await world.delivery(of: event, on: service)
            #expect(delivery["status"]?.text == "pending" && delivery["attempts"] == .array([]), "\(delivery)")
        }
    }

    @Test func `a name that leads to this machine is refused before a connection, and the address is not told`()
        async throws
    {
        let inside = RawServer { $0.answerAll(WebhookHostileTests.ok) }
        let hosts = ["localhost", "127.0.0.1", "[::1]"]
        let section =
            "webhooks:\n"
            + hosts.enumerated().map { index, host in
                """
                  - id: inside-\(index)
                    url: \(inside.url(host: host))
                    secrets: [file:secrets/shop.whsec]
                    allow_http: true
                    allow_ports: [\(inside.port)]

                """
            }.joined()
        let clock = ManualClock()
        try await World.run(World.Options(webhookSection: section), clock: clock) { world, service in
            let id = try await world.paid("ORDER-1", on: service, clock)
            let event = try await world.event("payment.succeeded", of: id, on: service, clock)
            let found = try await firstAttempts(event, hosts.count, world, service, clock)
            for (index, host) in hosts.enumerated() {
                let attempt = try #require(found["inside-\(index)"]?.attempt)
                #expect(attempt["outcome"]?.text == "refused_destination", "\(host): \(attempt)")
                #expect(attempt["address"] == .null && attempt["status_code"] == .null, "\(host): \(attempt)")
                let text = try #require(attempt["error"]?.text)
                #expect(!text.isEmpty && !text.contains("127.") && !text.contains("::1"), "\(text)")
            }
            // Whoever asks by a test learns no more.
            let (status, test, _) = try await world.call(.post, "/v1/webhooks/test", on: service)
            #expect(status == 200)
            #expect(test["attempts"]?.elements.first?["outcome"]?.text == "refused_destination", "\(test)")
            #expect(inside.acceptCount == 0)
            let name = #"payrelay_delivery_attempts_total{outcome="refused_destination"}"#
            #expect(try await world.metric(name, on: service) == hosts.count + 1)
        }
    }
}
